"""Voice Partner: a provider that leaves the message in the mailbox by itself.

Its requests have no idempotency key, its key travels in the body or in the path, and of a deposit
it tells totals only: what fences this off is here, and in `engine.operations.deposits`.
"""

from engine.carriers.voicepartner.carrier import VoicePartnerCarrier
from engine.carriers.voicepartner.check import check
from engine.carriers.voicepartner.settings import Mode, VoicePartnerSettings

__all__ = ["Mode", "VoicePartnerCarrier", "VoicePartnerSettings", "check"]
