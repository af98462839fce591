"""Twilio's errors, as its API gives them (Twilio: Error and Warning Dictionary)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_STATUS: Final[Mapping[int, int]] = {
    20003: 401,
    20005: 403,
    10001: 403,
    20404: 404,
    20004: 405,
    10004: 429,
    20429: 429,
    20500: 500,
}
#: A message may quote a number in clear, as Twilio's do.
_MESSAGES: Final[Mapping[int, str]] = {
    10001: "Account is not active",
    10004: "Call concurrency limit exceeded",
    20001: "Invalid parameter: {}",
    20003: "Authenticate",
    20004: "Method not allowed",
    20005: "Account is suspended",
    20404: "The requested resource {} was not found",
    20429: "Too Many Requests",
    20500: "Internal Server Error",
    21201: "No 'To' number is specified",
    21205: "Url is not a valid URL: {}",
    21206: "Invalid SendDigits: {}",
    21208: "Invalid Timeout: {}",
    21210: "The source phone number provided, {}, is not yet verified for your account. "
    "You may only make calls from phone numbers that you've verified or purchased from Twilio.",
    21211: "The phone number you are attempting to call, {}, is not valid.",
    21212: "Invalid From Number (caller ID): {}",
    21213: "No 'From' number is specified",
    21215: "Account not authorized to call {}. Perhaps you need to enable some international "
    "permissions",
    21216: "Account not allowed to call {}",
    21218: "Invalid ApplicationSid: {}",
    21219: "The number {} is unverified. Trial accounts may only make calls to verified numbers.",
    21220: "Call is not in-progress. Cannot redirect.",
    21422: "Phone number {} is not available",
    21450: "Phone number already validated for your account",
    21609: "The 'StatusCallback' URL {} is not a valid URL.",
    21649: "Phone Number requires a Bundle",
    32018: "Twiml is longer than 4000 characters",
}


class Refused(Exception):
    """A request that Twilio refuses."""

    def __init__(self, code: int, about: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.status = _STATUS.get(code, 400)
        self.message = _MESSAGES[code].format(about)

    def as_json(self) -> dict[str, object]:
        """Return the body."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
