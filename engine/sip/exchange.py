"""One request of ours, sent again with credentials when it is challenged (RFC 3261, 22)."""

from __future__ import annotations

from collections.abc import Callable

from engine.sip import digest
from engine.sip.compose import Address, HeaderLines, OutgoingRequest
from engine.sip.core import Core
from engine.sip.digest import Challenge, Credentials
from engine.sip.message import Response
from engine.sip.transaction import ClientTransaction, ClientUser

CHALLENGES = {
    401: ("www-authenticate", "Authorization"),
    407: ("proxy-authenticate", "Proxy-Authorization"),
}
"The header that challenges, and the one that answers, by response code."

Build = Callable[[HeaderLines], OutgoingRequest]
"Writes the request with these headers more, under a new CSeq and a new branch."


class Exchange:
    """A request and, once for each challenger, the same with credentials.

    A stale nonce earns one more attempt; a second refusal is the user's to hear.
    """

    def __init__(
        self,
        core: Core,
        build: Build,
        destination: Address,
        user: ClientUser,
        credentials: Credentials | None,
    ) -> None:
        self.authorization: HeaderLines = ()
        self.transaction: ClientTransaction | None = None
        self.is_abandoned = False
        "Set when the user no longer wants an answer: no further attempt is made."
        self._core = core
        self._build = build
        self._destination = destination
        self._user = user
        self._credentials = credentials
        self._attempts: dict[int, int] = {}

    def send(self, now: float) -> None:
        """Send the request, as a new transaction."""
        request = self._build(self.authorization)
        self.transaction = self._core.layer.request(request, self._destination, self, now)

    def on_response(self, sent: ClientTransaction, response: Response, now: float) -> None:
        """Answer a challenge, or pass the response on."""
        challenge = self._answerable(response)
        if challenge is None or sent is not self.transaction:
            self._user.on_response(sent, response, now)
            return
        self._attempts[response.code] = self._attempts.get(response.code, 0) + 1
        self._authorize(sent.request, response.code, challenge)
        self.send(now)

    def on_timeout(self, sent: ClientTransaction, now: float) -> None:
        """Pass it on."""
        self._user.on_timeout(sent, now)

    def _answerable(self, response: Response) -> Challenge | None:
        if response.code not in CHALLENGES or self._credentials is None or self.is_abandoned:
            return None
        challenging, _ = CHALLENGES[response.code]
        challenge = digest.choose(response.fields.get(challenging, []))
        attempts = self._attempts.get(response.code, 0)
        if challenge is None or attempts > 1 or (attempts == 1 and not challenge.is_stale):
            return None
        return challenge

    def _authorize(self, request: OutgoingRequest, code: int, challenge: Challenge) -> None:
        assert self._credentials is not None
        name = CHALLENGES[code][1]
        value = digest.authorize(
            challenge,
            self._credentials,
            method=request.method,
            uri=request.uri,
            cnonce=self._core.token(),
            body=request.body,
        )
        others = tuple(line for line in self.authorization if line[0] != name)
        self.authorization = (*others, (name, value))
