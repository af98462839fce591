"""What becomes of a message at a number: by the kind of line, and whether it is a mobile."""

from __future__ import annotations

from typing import Final

from engine.sandbox.kinds import Kind
from engine.sandbox.lines import Line

#: Lines whose mailbox takes nothing, or that have none.
_WITHOUT_MAILBOX: Final = frozenset(
    {Kind.UNKNOWN, Kind.UNREACHABLE, Kind.EARLY_MEDIA, Kind.FAX, Kind.MAILBOX_FULL}
)
#: Lines at which a call that rings is not taken by a person.
_NOBODY_ANSWERS: Final = frozenset({Kind.NO_ANSWER, Kind.BUSY, Kind.REJECTED})
_MOBILES: Final = ("+336", "+337")


def is_mobile(number: str) -> bool:
    """Tell whether *number* (E.164) is a French mobile: its telephone does not ring."""
    return number.startswith(_MOBILES)


def is_deposited(line: Line) -> bool:
    """Tell whether the message is left in the mailbox of *line*."""
    kind = line.as_called.kind
    if kind in _WITHOUT_MAILBOX:
        return False
    return is_mobile(line.number) or not is_answered(line)


def is_answered(line: Line) -> bool:
    """Tell whether a person takes a call that rings at *line*."""
    kind = line.as_called.kind
    is_mailbox = kind.value.startswith("mailbox")
    return not (is_mailbox or kind in _WITHOUT_MAILBOX | _NOBODY_ANSWERS)
