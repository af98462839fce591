"""The transaction layer: which transaction a datagram belongs to (RFC 3261, 17.1.3, 17.2.3)."""

from __future__ import annotations

from engine.sip.compose import Address, OutgoingRequest
from engine.sip.message import Request, Response
from engine.sip.tables import Input
from engine.sip.timers import Agenda
from engine.sip.transaction import ClientTransaction, ClientUser, ServerTransaction

MAGIC_COOKIE = "z9hG4bK"

Key = tuple[str, ...]


class TransactionLayer:
    """Every transaction alive, found by its key; what they send gathers in `outbox`."""

    def __init__(self, agenda: Agenda) -> None:
        self.outbox: list[tuple[bytes, Address]] = []
        self._agenda = agenda
        self._clients: dict[Key, ClientTransaction] = {}
        self._servers: dict[Key, ServerTransaction] = {}
        self._merges: dict[Key, Key] = {}

    def __len__(self) -> int:
        return len(self._clients) + len(self._servers)

    @property
    def servers(self) -> int:
        """How many server transactions are alive."""
        return len(self._servers)

    def send(self, wire: bytes, destination: Address) -> None:
        """Put a datagram in the outbox."""
        self.outbox.append((wire, destination))

    def request(
        self, request: OutgoingRequest, destination: Address, user: ClientUser, now: float
    ) -> ClientTransaction:
        """Send *request* in a new client transaction; *user* hears of its responses."""
        key = (request.branch, request.method)
        transaction = ClientTransaction(
            request,
            destination,
            user,
            send=self.send,
            agenda=self._agenda,
            forget=lambda: self._forget_client(key),
            now=now,
        )
        self._clients[key] = transaction
        return transaction

    def receive_response(self, response: Response, now: float) -> None:
        """Give *response* to its transaction; a stray one is dropped (RFC 3261, 18.1.2)."""
        if len(response.vias) != 1:
            return
        transaction = self._clients.get((response.via.branch, response.cseq.method))
        if transaction is not None and transaction.request.cseq == response.cseq.number:
            transaction.receive(response, now)

    def absorb(self, request: Request, now: float) -> bool:
        """Give a retransmission, or the ACK of a failure, to the transaction it belongs to."""
        transaction = self._servers.get(_server_key(request))
        if transaction is None:
            return False
        transaction.feed(Input.ACK if request.method == "ACK" else Input.REQUEST, now, request)
        return True

    def accept(self, request: Request, source: Address, *, to_tag: str) -> ServerTransaction:
        """Open a server transaction for a new request."""
        key, merge = _server_key(request), _merge_key(request)
        transaction = ServerTransaction(
            request,
            source,
            to_tag=to_tag,
            send=self.send,
            agenda=self._agenda,
            forget=lambda: self._forget_server(key, merge),
        )
        self._servers[key] = transaction
        self._merges.setdefault(merge, key)
        return transaction

    def is_merged(self, request: Request) -> bool:
        """Whether *request* came already on another path (RFC 3261, 8.2.2.2)."""
        return not request.to_tag and _merge_key(request) in self._merges

    def cancelled(self, cancel: Request) -> ServerTransaction | None:
        """The INVITE's transaction that *cancel* is about (RFC 3261, 9.2)."""
        return self._servers.get(_server_key(cancel, "INVITE"))

    def _forget_client(self, key: Key) -> None:
        self._clients.pop(key, None)

    def _forget_server(self, key: Key, merge: Key) -> None:
        self._servers.pop(key, None)
        if self._merges.get(merge) == key:
            del self._merges[merge]


def _server_key(request: Request, method: str = "") -> Key:
    """What names a server transaction; from an RFC 2543 element, most of the request."""
    method = method or ("INVITE" if request.method == "ACK" else request.method)
    via = request.via
    if via.branch.startswith(MAGIC_COOKIE) and len(via.branch) > len(MAGIC_COOKIE):
        return via.branch, via.sent_by, method
    return (
        request.uri,
        request.from_tag,
        request.call_id,
        str(request.cseq.number),
        request.vias[0],
        method,
    )


def _merge_key(request: Request) -> Key:
    return request.from_tag, request.call_id, str(request.cseq.number), request.method
