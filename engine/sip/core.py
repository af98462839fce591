"""What the calls of one user agent share."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.sip.compose import ALLOW, Address, HeaderLines
from engine.sip.dialog import DialogId
from engine.sip.events import CallId, Event
from engine.sip.layer import MAGIC_COOKIE, TransactionLayer
from engine.sip.timers import Agenda

if TYPE_CHECKING:
    from engine.sip.call import Call


@dataclass(slots=True)
class Core:
    """The clock's agenda, the transactions, the calls, and what goes to their owner."""

    address: Address
    product: str
    token: Callable[[], str]
    "Makes tags, branches and Call-IDs: unguessable, never the same twice."
    agenda: Agenda
    layer: TransactionLayer
    events: deque[Event] = field(default_factory=deque)
    calls: dict[CallId, Call] = field(default_factory=dict)
    dialogs: dict[DialogId, Call] = field(default_factory=dict)

    def via(self) -> str:
        """A Via with a new branch, asking for `rport` (RFC 3581)."""
        return f"SIP/2.0/UDP {self.host_port};rport;branch={MAGIC_COOKIE}{self.token()}"

    @property
    def host_port(self) -> str:
        """Our address, as Via and Contact write it."""
        host, port = self.address
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def contact(self) -> str:
        """Where requests within a dialog reach us."""
        return f"<sip:{self.host_port}>"

    def invitation_fields(self) -> HeaderLines:
        """What every INVITE, and every 2xx to one, says of us (RFC 3261, 13.2.1)."""
        return (("Contact", self.contact), ("Allow", ALLOW), *self.product_field("User-Agent"))

    def answer_fields(self) -> HeaderLines:
        """What our 2xx to an INVITE says of us (RFC 3261, 13.3.1.4)."""
        return (("Contact", self.contact), ("Allow", ALLOW), *self.product_field("Server"))

    def product_field(self, name: str) -> HeaderLines:
        """Our name, unless the owner wants none."""
        return ((name, self.product),) if self.product else ()
