"""Transfer: clear the second call at this instant, and commit that it leaves before it does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from engine.clearance import Clearance
from engine.interfaces import Means
from engine.operations.results import Gone, Refused


@dataclass(frozen=True, slots=True)
class TransferWish:
    """What a callee asked for by a key: to be connected with the sender's people."""

    sender_id: str
    target: str = field(repr=False)
    "E.164."
    caller_id: str = field(repr=False)
    "The sender's number to show: the drop's, or the one that was rung."
    route: str
    call_id: int | None = None
    "The drop's call; `None` for a call-back."
    callee: str | None = field(default=None, repr=False)
    "Who asked, in E.164; `None`: a withheld number, or as the call says."


@dataclass(frozen=True, slots=True)
class TransferDial:
    """The transfer is committed: place this second call, once, on this paper."""

    paper: Clearance


def transfer(means: Means, wish: TransferWish, *, at: datetime) -> TransferDial | Refused | Gone:
    """Clear a transfer and, if granted, commit that its call leaves (`Kind.TRANSFERRED`).

    A refusal is journalled too (`Kind.NOT_TRANSFERRED`), with its articles. `Gone` while
    everything is stopped.
    """
    raise NotImplementedError


def transfer_over(
    means: Means, wish: TransferWish, *, came_to: str, talked_s: float, cause: str, at: datetime
) -> None:
    """Record how a transfer ended (`Kind.PARTED`).

    *came_to* is ``talked`` or ``not_connected``.
    """
    raise NotImplementedError
