"""Digest challenges, as a trunk or a PBX makes them (RFC 3261, 22; RFC 7616)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final

from sipmessage import AuthChallenge, AuthCredentials, AuthParameters

REALM: Final = "sandbox"


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Challenges and checks; a nonce belongs to one Call-ID, so nothing needs to be remembered."""

    username: str
    password: str
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)

    def challenge(self, call_id: str) -> AuthChallenge:
        """Return what a 401 or a 407 asks for."""
        return AuthChallenge(
            "Digest",
            AuthParameters(realm=REALM, nonce=self._nonce(call_id), algorithm="MD5", qop="auth"),
        )

    def admits(self, credentials: AuthCredentials | None, *, method: str, call_id: str) -> bool:
        """Whether *credentials* answer the challenge of that Call-ID."""
        given = credentials.parameters if credentials else None
        if given is None or given.get("nonce") != self._nonce(call_id):
            return False
        first = _md5(f"{self.username}:{REALM}:{self.password}")
        second = _md5(f"{method}:{given.get('uri', '')}")
        counted = [given[name] for name in ("nc", "cnonce", "qop") if name in given]
        wanted = _md5(":".join([first, given["nonce"], *counted, second]))
        names_us = given.get("username") == self.username and given.get("realm") == REALM
        return names_us and hmac.compare_digest(wanted, given.get("response", ""))

    def _nonce(self, call_id: str) -> str:
        return hmac.new(self.secret, call_id.encode(), hashlib.sha256).hexdigest()[:32]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
