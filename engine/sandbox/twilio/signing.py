"""What signs the double's webhooks: the official validator's own computation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

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
    validator = RequestValidator(shared.secret if shared else account.auth_token)
    signed = validator.compute_signature(url.partition("#")[0], dict(parameters), algorithm)
    headers = {SIGNATURE_HEADER: str(signed)}
    if shared:
        headers[SIGNATURE_SETTINGS_HEADER] = f"key={shared.sid},algorithm={HMAC_SHA256}"
    return headers
