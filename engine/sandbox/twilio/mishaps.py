"""What can go wrong with a request, for the tests of those who make requests."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Mishap(Enum):
    """What happens to one request, instead of an ordinary answer."""

    ERROR_500 = "error_500"  #: 500 in JSON; nothing was done
    DONE_THEN_500 = "done_then_500"  #: It was done, and 500 is the answer
    HTML_200 = "html_200"  #: It was done, and the answer is 200 with a page of HTML
    HANGS = "hangs"  #: Nothing was done, and no answer ever comes
    DONE_THEN_HANGS = "done_then_hangs"  #: It was done, and no answer ever comes
    DROPPED = "dropped"  #: Nothing was done, and the connection is cut
    DONE_THEN_DROPPED = "done_then_dropped"  #: It was done, and the connection is cut
    REFUSED_CONNECTION = "refused_connection"  #: No connection; in process only
    TOO_MANY = "too_many"  #: 429, code 20429; nothing was done
    CONCURRENCY = "concurrency"  #: 429, code 10004: too many calls at once
    SLOW = "slow"  #: It was done; the answer comes after 60 s


#: The request is carried out before it goes wrong.
DONE: Final = {
    Mishap.DONE_THEN_500,
    Mishap.HTML_200,
    Mishap.DONE_THEN_HANGS,
    Mishap.DONE_THEN_DROPPED,
    Mishap.SLOW,
}
#: No answer arrives: the connection stays silent.
SILENT: Final = {Mishap.HANGS, Mishap.DONE_THEN_HANGS}
#: No answer arrives: the connection is cut.
CUT: Final = {Mishap.DROPPED, Mishap.DONE_THEN_DROPPED}
SLOW_S: Final = 60.0
