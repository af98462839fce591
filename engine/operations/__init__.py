"""The operations: each is one unit of work, or a few, and leaves its trace in the journal.

They take the means (store, law, keys) and the instant *at* of the law's clock; what follows the
machine's clock is named *beat_at*.
"""

from engine.operations.claim import claim_due, next_due_at, put_off
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
from engine.operations.counting import Watch, settle_next_day
from engine.operations.dial import dial
from engine.operations.health import Alarm, CallerIdHealth, caller_id_health, look
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
from engine.operations.remote import (
    called_off_remote,
    close_window,
    open_remote,
    over,
    sought,
    take_look,
)
from engine.operations.reports import (
    APPLIED_AT_ONCE,
    Applied,
    Redirection,
    apply_reports,
    bind,
    receive,
    settle,
    told,
    was_told,
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
from engine.operations.scenarios import Wish, wish_call_back, wishes
from engine.operations.submit import screen, submit
from engine.operations.transfer import (
    Parting,
    TransferDial,
    TransferWish,
    transfer,
    transfer_over,
)

__all__ = [
    "APPLIED_AT_ONCE",
    "Alarm",
    "Applied",
    "CallerIdHealth",
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
    "Watch",
    "Wish",
    "answered",
    "apply_reports",
    "beat",
    "bind",
    "bind_keys",
    "called_back",
    "called_off",
    "called_off_remote",
    "caller_id_health",
    "cancel",
    "claim_due",
    "close_window",
    "conclude",
    "dial",
    "end_if_over",
    "erase",
    "is_opted_out",
    "leave",
    "look",
    "next_due_at",
    "note",
    "open_remote",
    "opt_out",
    "opt_out_all",
    "over",
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
    "settle_next_day",
    "sought",
    "stop",
    "submit",
    "take_look",
    "told",
    "transfer",
    "transfer_over",
    "verify_journal",
    "was_told",
    "wish_call_back",
    "wishes",
    "write_down",
]
