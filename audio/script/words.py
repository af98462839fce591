"""A text as it is heard: words without accents, sentences, and the numbers said in it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

from audio.numerals import below_thousand, english_digit

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[^a-z\s])")
_INITIAL = re.compile(r"(?:^|[\s.(])[^\W\d_]\.$")
_TOKEN = re.compile(r"\+?\d+|[^\W\d_]+|[,;:.!?…()]")
_ACRONYM_DOT = re.compile(r"(?<=\b[^\W\d_])\.(?=[^\W\d_]\b)")
_PUNCTUATION = frozenset(",;:.!?…()")
_GREETINGS = frozenset(
    ("allo", "bonjour", "bonsoir", "hello", "hi", "good", "morning", "evening", "afternoon")
)
_LEAST_DIGITS = 4
#: The most words that one number takes: "neuf cent quatre-vingt-dix-neuf".
_LONGEST: Final = 6


@dataclass(frozen=True, slots=True)
class SaidNumber:
    """Digits said one after the other, as one number."""

    digits: str
    before: tuple[str, ...]
    "The words before it, nearest last."
    after: tuple[str, ...]
    "The words after it, nearest first."


def plain(text: str) -> str:
    """Return *text* in lower case, without accents, with plain apostrophes and spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe"))
    stripped = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", re.sub(r"[’'ʼ]", " ", stripped)).strip()


def words(text: str) -> list[str]:
    """Return the words and digits of *text*, without punctuation; S.A.R.L. is one word."""
    return re.findall(r"\w+", _ACRONYM_DOT.sub("", plain(text)))


def says(text: str, phrase: str) -> bool:
    """Whether the words of *phrase* follow one another in *text*."""
    wanted = words(phrase)
    return bool(wanted) and f" {' '.join(wanted)} " in f" {' '.join(words(text))} "


def sentences(text: str) -> list[str]:
    """Cut a text into sentences; a greeting alone belongs to the one it opens."""
    found: list[str] = []
    for part in _SENTENCE_END.split(text.strip()):
        if found and (_INITIAL.search(found[-1]) or set(words(found[-1])) <= _GREETINGS):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found


def numbers(text: str) -> list[SaidNumber]:
    """Return the numbers of four digits or more that *text* says, in digits or in words."""
    tokens = _TOKEN.findall(plain(text).replace("-", " "))
    found: list[SaidNumber] = []
    digits, start, index = "", 0, 0
    while index <= len(tokens):
        piece, length = _digits_at(tokens, index)
        if length:
            start, digits = (index, piece) if not digits else (start, digits + piece)
            index += length
        elif digits and index < len(tokens) and _joins(tokens, index):
            index += 1
        else:
            if len(digits.lstrip("+")) >= _LEAST_DIGITS:
                found.append(SaidNumber(digits, *_around(tokens, start, index)))
            digits = ""
            index += 1
    return found


def _joins(tokens: list[str], index: int) -> bool:
    """Whether a comma or a full stop only parts the digits of one number."""
    return tokens[index] in ",." and bool(_digits_at(tokens, index + 1)[1])


def _around(tokens: list[str], start: int, end: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    before = [token for token in tokens[:start] if token not in _PUNCTUATION]
    after = [token for token in tokens[end:] if token not in _PUNCTUATION]
    return tuple(before[-6:]), tuple(after[:3])


def _digits_at(tokens: list[str], index: int) -> tuple[str, int]:
    """Return the digits that the longest number word at *index* stands for, and its length."""
    if index >= len(tokens):
        return "", 0
    if re.fullmatch(r"\+?\d+", tokens[index]):
        return tokens[index], 1
    for length in range(min(_LONGEST, len(tokens) - index), 0, -1):
        digits = _number_words().get(tuple(tokens[index : index + length]))
        if digits is not None:
            return digits, length
    return "", 0


@cache
def _number_words() -> dict[tuple[str, ...], str]:
    """Return the digits of every number word: French 0 to 999, English 0 to 9."""
    known = {tuple(words(below_thousand(value))): str(value) for value in range(1000)}
    known |= {(english_digit(value),): str(value) for value in range(10)}
    known[("quatre", "vingt")] = "80"
    return known
