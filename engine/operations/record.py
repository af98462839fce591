"""The record: number what was committed, sign it, verify it; hold the keys to their database."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from engine import journal
from engine.interfaces import Means, Store
from engine.journal import HeadsFile, TreeHead, Verdict
from engine.keys import Keys

_FINGERPRINT = "suppression key"


class KeysRefused(RuntimeError):
    """The keys are not those with which this database was filled."""


def bind_keys(store: Store, keys: Keys) -> None:
    """Remember whose keys fill this database; KeysRefused with any others.

    With another key no opt-out would be found again: better not to start.
    """
    with store.write() as unit:
        known = unit.settings.get(_FINGERPRINT)
        if known is None:
            unit.settings.put(_FINGERPRINT, keys.fingerprint)
    if known not in (None, keys.fingerprint):
        raise KeysRefused(
            "The suppression key is not the one that this database was filled with, and no "
            "opt-out would be found again. Restore the keys folder that belongs to it."
        )


def seal(means: Means, heads_path: Path, *, at: datetime) -> TreeHead | None:
    """Number every committed entry, sign the head and append it to the heads file.

    The file follows the commit: after a crash in between, the next call makes up for it.
    """
    newest = None
    while head := _seal_batch(means, at):
        newest = head
    heads_file = HeadsFile(heads_path)
    with means.store.read() as unit:
        last = unit.journal.last_head()
        after = heads_file.last_size()
        missing: list[TreeHead] = []
        while last is not None and after < last.size:
            missing += unit.journal.heads_after(after)
            after = missing[-1].size
    if missing:
        heads_file.append(missing)
    return newest


def _seal_batch(means: Means, at: datetime) -> TreeHead | None:
    with means.store.read() as unit:
        if not unit.journal.waiting():
            return None
    with means.store.write() as unit:
        return journal.seal(unit.journal, means.keys.signer, at)


def verify_journal(
    store: Store, public_key: Ed25519PublicKey, heads_path: Path | None = None
) -> Verdict:
    """Recompute the whole journal, against the heads file too where one is given."""
    heads_file = HeadsFile(heads_path) if heads_path else None
    with store.read() as unit:
        return journal.verify(unit.journal, public_key, heads_file)
