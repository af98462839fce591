"""Dialogs: what two user agents remember of each other (RFC 3261, section 12)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from engine.sip.compose import Address
from engine.sip.fields import name_addr, split_host_port
from engine.sip.message import Message, Request, Response

DialogId = tuple[str, str, str]
"Call-ID, our tag, their tag."


@dataclass(slots=True)
class Dialog:
    """One dialog; `route` is the route set, `target` the remote target."""

    call_id: str
    local_tag: str
    remote_tag: str
    local: str
    "Our From, tag included."
    remote: str
    "Our To, tag included."
    local_cseq: int
    remote_cseq: int | None
    target: str
    route: tuple[str, ...]
    peer: Address
    "Where the far side was reached, for targets that name no address."

    @property
    def id(self) -> DialogId:
        """What requests of the far side find this dialog by."""
        return self.call_id, self.local_tag, self.remote_tag

    def next_cseq(self) -> int:
        """Count one request of ours (RFC 3261, 12.2.1.1)."""
        self.local_cseq += 1
        return self.local_cseq

    def routed(self) -> tuple[str, tuple[str, ...]]:
        """Request-URI and Route entries, loose or strict (RFC 3261, 12.2.1.1)."""
        if not self.route:
            return self.target, ()
        first = name_addr(self.route[0]).uri
        if "lr" in [part.split("=")[0].lower() for part in first.split(";")[1:]]:
            return self.target, self.route
        return first, (*self.route[1:], f"<{self.target}>")

    def next_hop(self) -> Address:
        """Where the next request is sent (RFC 3261, 8.1.2)."""
        first = name_addr(self.route[0]).uri if self.route else self.target
        return address_of(first) or self.peer

    def takes_in(self, request: Request) -> bool:
        """Whether *request* comes in order, which it is noted to have done (12.2.2)."""
        if self.remote_cseq is not None and request.cseq.number <= self.remote_cseq:
            return False
        self.remote_cseq = request.cseq.number
        return True

    def refresh_target(self, message: Message) -> None:
        """Learn the far side's new Contact, if it gave a usable one (12.2.1.2, 12.2.2)."""
        self.target = contact_of(message) or self.target


def of_answer(response: Response, *, local: str, target: str, cseq: int, peer: Address) -> Dialog:
    """The dialog that a response to our INVITE makes (RFC 3261, 12.1.2).

    *local* is our From; *target* what to use when the response has no Contact.
    """
    return Dialog(
        call_id=response.call_id,
        local_tag=response.from_tag,
        remote_tag=response.to_tag,
        local=local,
        remote=response.first("to"),
        local_cseq=cseq,
        remote_cseq=None,
        target=contact_of(response) or target,
        route=tuple(reversed(_usable_routes(response))),
        peer=peer,
    )


def of_invite(request: Request, *, to_tag: str, peer: Address) -> Dialog:
    """The dialog that our answer to an INVITE makes (RFC 3261, 12.1.1)."""
    return Dialog(
        call_id=request.call_id,
        local_tag=to_tag,
        remote_tag=request.from_tag,
        local=f"{request.first('to')};tag={to_tag}",
        remote=request.first("from"),
        local_cseq=0,
        remote_cseq=request.cseq.number,
        target=contact_of(request) or name_addr(request.first("from")).uri,
        route=tuple(_usable_routes(request)),
        peer=peer,
    )


def contact_of(message: Message) -> str | None:
    """The URI of the first Contact, when there is one that can be read."""
    for entry in message.listed_or_nothing("contact"):
        try:
            return name_addr(entry).uri
        except ValueError:
            return None
    return None


def address_of(uri: str) -> Address | None:
    """The address that *uri* names by number, unless nobody can be reached there."""
    rest = uri.partition(":")[2].split(";")[0].split("?")[0]
    try:
        host, port = split_host_port(rest.rpartition("@")[2])
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
    if address.is_unspecified or address.is_multicast or host == "255.255.255.255" or port == 0:
        return None
    return str(address), port or 5060


def _usable_routes(message: Message) -> list[str]:
    routes = message.listed_or_nothing("record-route")
    try:
        for entry in routes:
            name_addr(entry)
    except ValueError:
        return []
    return routes
