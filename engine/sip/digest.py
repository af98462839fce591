"""Digest authentication of our requests (RFC 8760, RFC 7616, RFC 3261 section 22)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.sip.fields import split_outside

HASHES: dict[str, Callable[[bytes], str]] = {
    "SHA-256": lambda text: hashlib.sha256(text).hexdigest(),
    "MD5": lambda text: hashlib.md5(text, usedforsecurity=False).hexdigest(),
}
"Algorithms by name, strongest first."


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a trunk knows us by; `repr()` keeps the password to itself."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge that we can answer."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    "As the server wrote it, or MD5 when it wrote none."
    qop: str = ""
    "`auth`, `auth-int` or, from before RFC 2617, nothing."
    opaque: str | None = None
    is_stale: bool = False
    "The nonce was too old, the password was right: try again without fear."


def choose(values: list[str]) -> Challenge | None:
    """Choose the strongest of the challenges that a response carries; `None` without one."""
    challenges = [challenge for value in values if (challenge := parse_challenge(value))]
    order = list(HASHES)
    return min(challenges, key=lambda c: order.index(c.algorithm.upper()), default=None)


def parse_challenge(value: str) -> Challenge | None:
    """Read a WWW-Authenticate or Proxy-Authenticate value; `None` when we cannot answer it."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    try:
        parameters = _parameters(rest)
    except ValueError:
        return None
    algorithm = parameters.get("algorithm", "MD5")
    offered = [qop.strip().lower() for qop in parameters.get("qop", "").split(",") if qop.strip()]
    qop = next((qop for qop in ("auth", "auth-int") if qop in offered), "")
    if "nonce" not in parameters or algorithm.upper() not in HASHES or (offered and not qop):
        return None
    return Challenge(
        realm=parameters.get("realm", ""),
        nonce=parameters["nonce"],
        algorithm=algorithm,
        qop=qop,
        opaque=parameters.get("opaque"),
        is_stale=parameters.get("stale", "").lower() == "true",
    )


def authorize(
    challenge: Challenge,
    credentials: Credentials,
    *,
    method: str,
    uri: str,
    cnonce: str,
    count: int = 1,
    body: bytes = b"",
) -> str:
    """Answer *challenge*: the value of Authorization or Proxy-Authorization (RFC 7616, 3.4).

    *count* is how often the nonce has been used, this time included.
    """
    digest = HASHES[challenge.algorithm.upper()]
    secret = f"{credentials.username}:{challenge.realm}:{credentials.password}"
    act = f"{method}:{uri}"
    if challenge.qop == "auth-int":
        act += f":{digest(body)}"
    ha1, ha2 = digest(secret.encode()), digest(act.encode())
    middle = f"{count:08x}:{cnonce}:{challenge.qop}:" if challenge.qop else ""
    response = digest(f"{ha1}:{challenge.nonce}:{middle}{ha2}".encode())
    parts = [
        f"username={_quote(credentials.username)}",
        f"realm={_quote(challenge.realm)}",
        f"nonce={_quote(challenge.nonce)}",
        f"uri={_quote(uri)}",
        f'response="{response}"',
        f"algorithm={challenge.algorithm}",
    ]
    if challenge.qop:
        parts += [f'cnonce="{cnonce}"', f"qop={challenge.qop}", f"nc={count:08x}"]
    if challenge.opaque is not None:
        parts.append(f"opaque={_quote(challenge.opaque)}")
    return "Digest " + ", ".join(parts)


def _parameters(text: str) -> dict[str, str]:
    parameters = {}
    for part in split_outside(text, ","):
        name, equals, value = part.partition("=")
        if equals:
            parameters[name.strip().lower()] = _unquote(value.strip())
    return parameters


def _unquote(value: str) -> str:
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return value[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def _quote(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
