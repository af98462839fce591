"""Key presses in SIP INFO requests (RFC 6086), as gateways send them."""

from __future__ import annotations

from engine.rtp.telephone_event import KEYS


def key_in_info(content_type: str, body: bytes) -> str:
    """Return the key that an INFO's body carries, or "" when it carries none.

    ``application/dtmf-relay`` has lines ``Signal=9`` and ``Duration=160``, the signal a key or
    an event code (RFC 4733, 3.2); ``application/dtmf`` has the signal alone.
    """
    kind = content_type.partition(";")[0].strip().lower()
    text = body[:200].decode("ascii", "replace")
    if kind == "application/dtmf":
        return _key(text)
    if kind != "application/dtmf-relay":
        return ""
    for line in text.splitlines():
        name, _, value = line.partition("=")
        if name.strip().lower() == "signal":
            return _key(value)
    return ""


def _key(signal: str) -> str:
    signal = signal.strip().upper()
    if len(signal) == 1 and signal in KEYS:
        return signal
    if signal.isascii() and signal.isdigit() and 10 <= int(signal) < len(KEYS):
        return KEYS[int(signal)]
    return ""
