"""The journal: what happened, written once, sealed into a Merkle tree whose heads are signed.

An `Entry` never holds a telephone number, only a keyed hash of it. The leaf of the tree is a salted
hash of the entry, so that an entry can be purged (entry and salt deleted) while the tree still
verifies. Every signed `TreeHead` is also appended to a file outside the store: whoever rewrites the
store, even with the key, contradicts that file.
"""

from engine.journal.entry import Entry, Json, Kind, canonical, commit_to, new_salt, without_numbers
from engine.journal.heads import HeadsFile, Signer, TreeHead, read_public_key
from engine.journal.seal import seal
from engine.journal.verify import Leaf, Problem, Purge, Reason, Verdict, verify

__all__ = [
    "Entry",
    "HeadsFile",
    "Json",
    "Kind",
    "Leaf",
    "Problem",
    "Purge",
    "Reason",
    "Signer",
    "TreeHead",
    "Verdict",
    "canonical",
    "commit_to",
    "new_salt",
    "read_public_key",
    "seal",
    "verify",
    "without_numbers",
]
