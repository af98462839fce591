"""The text of an announcement: read it, say it, and check that it says what the law wants.

>>> script = Script.parse(source)
>>> check(script, sender_name="Lumière du Midi", kind="marketing",
...       opt_out_number="+33948123456", variant=Variant.PERSON, rate_of=rate_of)
()
"""

from audio.script.rules import Lack, Rate, RateOf, check
from audio.script.script import LANGUAGES, Script, Segment, Variant, text

__all__ = [
    "LANGUAGES",
    "Lack",
    "Rate",
    "RateOf",
    "Script",
    "Segment",
    "Variant",
    "check",
    "text",
]
