"""What the provider's documents say: read with care, since their forms are not all published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_LISTS = ("audios", "audioFiles", "files", "data")
_TOKENS = ("tokenAudio", "token")
_NAMES = ("filename", "fileName", "name")
_CREDITS = ("credit", "credits", "balance")


def campaign_id(document: object) -> str | None:
    """Return the name of a request that was taken; `None` where the answer holds none."""
    if not isinstance(document, Mapping) or document.get("success") is not True:
        return None
    return _text(document.get("campaignId", document.get("campaign_id"))) or None


def audio_files(document: object) -> Mapping[str, str] | None:
    """Return the files' names by their tokens; `None` for a document that lists none."""
    if isinstance(document, Mapping):
        document = next((document[name] for name in _LISTS if name in document), None)
    if not isinstance(document, Sequence) or isinstance(document, str):
        return None
    files = [row for row in document if isinstance(row, Mapping)]
    named = {_first(row, _TOKENS): _first(row, _NAMES) for row in files}
    return {token: name for token, name in named.items() if token}


def credit_left(document: object) -> float | None:
    """Return the credit that an account's document tells, wherever it stands in it."""
    if not isinstance(document, Mapping):
        return None
    for name in _CREDITS:
        if (number := _number(document.get(name))) is not None:
            return number
    found = (credit_left(inner) for inner in document.values())
    return next((number for number in found if number is not None), None)


def _first(row: Mapping[object, object], names: Sequence[str]) -> str:
    return next((_text(row[name]) for name in names if name in row), "")


def _text(value: object) -> str:
    is_plain = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value) if is_plain else ""


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if number == number and abs(number) != float("inf") else None
