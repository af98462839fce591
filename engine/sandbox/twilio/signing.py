"""What signs the double's webhooks: the official validator's own computation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
)

from engine.sandbox.twilio.account import Account

IDEMPOTENCY_HEADER: Final = "I-Twilio-Idempotency-Token"


def signature(account: Account, url: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that sign a webhook; the fragment of *url* is not signed.

    By the Auth Token and HMAC-SHA1, or by the account's shared key and HMAC-SHA256 with the
    header that says so (Twilio: Validating Signatures; client 9.13).
    """
    shared = account.signs_with
    algorithm = HMAC_SHA256 if shared else HMAC_SHA1
    secret = shared.secret if shared else account.auth_token
    signed = _signed(secret, url.partition("#")[0], parameters, algorithm)
    headers = {SIGNATURE_HEADER: signed}
    if shared:
        headers[SIGNATURE_SETTINGS_HEADER] = f"key={shared.sid},algorithm={HMAC_SHA256}"
    return headers


def _signed(secret: str, url: str, parameters: Mapping[str, str], algorithm: str) -> str:
    validator: Any = RequestValidator(secret)  # type: ignore[no-untyped-call]  # untyped
    return str(validator.compute_signature(url, dict(parameters), algorithm))
