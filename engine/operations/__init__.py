"""The operations: each is one unit of work, or a few, and leaves its trace in the journal.

They take the means (store, law, keys) and the instant *at* of the law's clock; what follows the
machine's clock is named *beat_at*.
"""

from engine.operations.conclude import answered, conclude, note, write_down
from engine.operations.control import (
    called_off,
    cancel,
    end_if_over,
    pause,
    restart,
    resume,
    stop,
)
from engine.operations.dial import claim_due, dial, next_due_at, put_off
from engine.operations.objection import (
    called_back,
    erase,
    is_opted_out,
    opt_out,
    opt_out_all,
    sender_of,
)
from engine.operations.record import KeysRefused, bind_keys, seal, verify_journal
from engine.operations.recover import beat, leave, recover
from engine.operations.reports import (
    Applied,
    Redirection,
    apply_reports,
    bind,
    receive,
    settle,
    told,
)
from engine.operations.results import (
    Dial,
    Erasure,
    Gone,
    Postponed,
    Recovery,
    Refused,
    Screened,
    Submitted,
    Unlaunched,
)
from engine.operations.submit import screen, submit
from engine.operations.transfer import (
    Parting,
    TransferDial,
    TransferWish,
    transfer,
    transfer_over,
)

__all__ = [
    "Applied",
    "Dial",
    "Erasure",
    "Gone",
    "KeysRefused",
    "Parting",
    "Postponed",
    "Recovery",
    "Redirection",
    "Refused",
    "Screened",
    "Submitted",
    "TransferDial",
    "TransferWish",
    "Unlaunched",
    "answered",
    "apply_reports",
    "beat",
    "bind",
    "bind_keys",
    "called_back",
    "called_off",
    "cancel",
    "claim_due",
    "conclude",
    "dial",
    "end_if_over",
    "erase",
    "is_opted_out",
    "leave",
    "next_due_at",
    "note",
    "opt_out",
    "opt_out_all",
    "pause",
    "put_off",
    "receive",
    "recover",
    "restart",
    "resume",
    "screen",
    "seal",
    "sender_of",
    "settle",
    "stop",
    "submit",
    "told",
    "transfer",
    "transfer_over",
    "verify_journal",
    "write_down",
]
