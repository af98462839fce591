"""What the law wants an announcement to say, and what it must not say.

Each lack names its item, the sentence to add (or what to take out) and its article
(``config/announcements/required.toml``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from audio.numerals import grouped, national
from audio.script import phrases
from audio.script.script import Script, Variant, text
from audio.script.words import SaidNumber, numbers, plain, says, sentences, words

#: "At the start" is within so many words: about ten seconds of speech.
START_WORDS: Final = 30

Rate = Literal["free", "standard", "premium", "unknown"]
RateOf = Callable[[str], Rate]
"Tells what calling a number costs; the rulebook knows (``engine.clearance.rate_of``)."


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that a script lacks, or that it must not say."""

    item: str
    sentence: str
    "What to add, ready to be said; or what to take out."
    article: str


@dataclass(frozen=True, slots=True)
class _Case:
    """One variant of a script against one campaign."""

    script: Script
    variant: Variant
    sender: str
    kind: str
    number: str
    rate_of: RateOf
    text: str
    sentences: tuple[str, ...]
    numbers: tuple[SaidNumber, ...]

    def lack(self, item: str, *, wording: str = "", found: str = "") -> Lack:
        """Word a lack in the script's language."""
        required, language = _required(), self.script.language
        entry = required[wording or item]
        rate = "free" if self.rate_of(self.number) == "free" else "standard"
        sentence = entry[language].format(
            sender=self.sender,
            number=grouped(self.number),
            cost=required["cost"][language][rate],
            found=found,
        )
        return Lack(item, sentence, entry["article"])


@cache
def _required() -> dict[str, Any]:
    source = files("config").joinpath("announcements/required.toml").read_text("utf-8")
    return tomllib.loads(source)


def check(
    script: Script,
    *,
    sender_name: str,
    kind: str,
    opt_out_number: str,
    variant: Variant,
    rate_of: RateOf,
) -> tuple[Lack, ...]:
    """Return all that *variant* of *script* lacks for a campaign; empty: nothing.

    *sender_name* is the registered name, *kind* the campaign's (``marketing``…), *opt_out_number*
    the number to call back (E.164 or national), *rate_of* what calling a number costs.
    """
    said = text(script, variant)
    case = _Case(
        script=script,
        variant=variant,
        sender=sender_name,
        kind=kind,
        number=opt_out_number,
        rate_of=rate_of,
        text=said,
        sentences=tuple(sentences(said)),
        numbers=tuple(numbers(said)),
    )
    return tuple(lack for rule in _RULES for lack in rule(case))


def _identity(case: _Case) -> Iterator[Lack]:
    """The registered name, in the first sentence (CPCE L34-5 al. 5; C. consom. L221-16)."""
    if not case.sentences or not says(case.sentences[0], case.sender):
        yield case.lack("identity")


def _commercial(case: _Case) -> Iterator[Lack]:
    """The commercial nature, at the start, and not denied (C. consom. L221-16 al. 1)."""
    if case.kind != "marketing":
        return
    start = " ".join(words(case.text)[:START_WORDS])
    if not phrases.is_affirmed(phrases.COMMERCIAL, start):
        yield case.lack("commercial")


def _purpose(case: _Case) -> Iterator[Lack]:
    """Why the sender calls: a segment marked so, or a sentence that says it."""
    marked = any(s.purpose and len(words(s.text)) >= 3 for s in case.script.of(case.variant))
    if not marked and not phrases.PURPOSE.search(_heard(case.text)):
        yield case.lack("purpose")


def _opt_out(case: _Case) -> Iterator[Lack]:
    """The key that a person presses to object (CPCE L34-5 al. 5)."""
    if case.variant is not Variant.PERSON:
        return
    heard = [_heard(sentence) for sentence in case.sentences]
    if not any(phrases.KEY_NINE.search(h) and phrases.OBJECT.search(h) for h in heard):
        yield case.lack("opt_out")


def _key(case: _Case) -> Iterator[Lack]:
    """No key in what is left on a machine: a mailbox would take it for its own."""
    heard = _heard(case.text)
    pressed = phrases.KEY_NINE.search(heard) or phrases.ANY_KEY.search(heard)
    if case.variant is Variant.MACHINE and pressed:
        yield case.lack("key")


def _call_back(case: _Case) -> Iterator[Lack]:
    """The campaign's own number, to be called to object, at no surcharge."""
    if case.rate_of(case.number) not in ("free", "standard"):
        yield case.lack("call_back", wording="call_back_rate")
        return
    wanted = national(case.number)
    told = [
        place
        for place, sentence in enumerate(case.sentences)
        if any(national(n.digits).endswith(wanted) for n in numbers(sentence))
    ]
    if not any(_calls_to_object(case.sentences, place) for place in told):
        yield case.lack("call_back")
    if not any(_is_told_free(case.sentences, place) for place in told):
        yield case.lack("free")


def _calls_to_object(told: tuple[str, ...], place: int) -> bool:
    """Whether the number is there to be called, to object: said with it or just before."""
    before = _heard(told[place - 1]) if place else ""
    here = _heard(told[place])
    return bool(phrases.CALL.search(here) and phrases.OBJECT.search(f"{before} {here}"))


def _is_told_free(told: tuple[str, ...], place: int) -> bool:
    """Whether the cost is said with the number, or of the call in the next sentence."""
    after = _heard(told[place + 1]) if place + 1 < len(told) else ""
    here = _heard(told[place])
    return bool(phrases.FREE.search(here)) or bool(
        phrases.FREE.search(after) and phrases.THE_CALL.search(after)
    )


def _premium(case: _Case) -> Iterator[Lack]:
    """No premium number, and no premium call, anywhere (CPCE L34-5 al. 3)."""
    found = [grouped(d) for n in case.numbers for d in _readings(n) if _is_premium(n, d, case)]
    heard = plain(case.text).replace("-", " ").replace(",", " ")
    found += [surcharge[0] for surcharge in phrases.affirmed(phrases.SURCHARGED, heard)]
    if found:
        yield case.lack("premium", found=", ".join(dict.fromkeys(found)))


def _is_premium(said: SaidNumber, digits: str, case: _Case) -> bool:
    if case.rate_of(digits) != "premium":
        return False
    if len(digits) > 4 and digits[0] == "0":
        return True
    # Four digits may be a year or a price: they are a number where one is told to call it.
    called = said.before[-1:] == ("au",) or phrases.CALL.search(" ".join(said.before))
    return bool(called) and not phrases.UNITS & {*said.after[:1]}


def _readings(said: SaidNumber) -> list[str]:
    """Return the numbers that a run of digits can be: a key and a number may stand together."""
    digits = national(said.digits)
    return [digits] if len(digits) <= 10 else [digits[:10], digits[-10:]]


def _urgency(case: _Case) -> Iterator[Lack]:
    """No "call back urgently" (CPCE L34-5 al. 3)."""
    heard = [_heard(sentence) for sentence in case.sentences]
    if any(phrases.URGENT.search(h) and phrases.CALL.search(h) for h in heard):
        yield case.lack("urgency")


def _bloctel(case: _Case) -> Iterator[Lack]:
    """No mention of Bloctel, which was abolished (loi 2025-594 art. 13)."""
    if phrases.BLOCTEL.search(_heard(case.text)):
        yield case.lack("bloctel")


def _heard(text: str) -> str:
    """Return a text as words only, for the phrases to be found in."""
    return " ".join(words(text))


_RULES: Final = (
    _identity,
    _commercial,
    _purpose,
    _opt_out,
    _key,
    _call_back,
    _premium,
    _urgency,
    _bloctel,
)
