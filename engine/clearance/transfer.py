"""Whether a callee may be connected with the sender's people, at their own wish.

A transfer is a second call, from us to the sender. It rings the sender's own staff, because the
callee asked for it on a line that is open already: nobody is solicited. So neither the hours of
D. 223-9, nor consent, nor the suppression register applies to it (a sender may well have asked
not to be prospected itself), and it is no attempt on the callee. Everything that protects who
sees the number and where the call goes holds as for any call: the number shown is an NPV of the
sender's own, verified (L. 221-17, D. 406-18 CPCE), never the callee's and never hidden; and the
destination is an ordinary French line that the operator declared beforehand. Whether anybody is
there at that hour is the flow's to know (`Sender.reception_hours`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from engine.clearance.facts import CallerId, Sender
from engine.clearance.paper import Clearance
from engine.law import Law
from engine.numbers import PhoneNumber


@dataclass(frozen=True, slots=True)
class TransferFacts:
    """Everything about a transfer but where it goes; `None` is unknown, and refuses."""

    sender: Sender | None = None
    caller_id: CallerId | None = None
    "The sender's own number, to be shown to the sender's people."
    route: str | None = None
    declared: Collection[str] | None = None
    "The numbers, in E.164, that the operator declared for transfers."


def clear_transfer(number: PhoneNumber, facts: TransferFacts, law: Law, at: datetime) -> Clearance:
    """Return the clearance of the second call of a transfer, granted or with every reason why not.

    It never raises for "no"; what is unknown refuses. *at* must be aware.
    """
    raise NotImplementedError
