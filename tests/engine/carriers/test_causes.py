import pytest

from engine.carriers.causes import CAUSES, NO_TRUNK, cause_of, not_answered
from engine.carriers.lines import TrunkLine, failure
from engine.carriers.streams import Stream
from engine.outcome import Outcome
from engine.sip import Failed, Side, offer


def test_every_final_response_has_an_outcome_and_two_sentences() -> None:
    for cause in map(cause_of, range(300, 700)):
        assert cause.fr.endswith(".")
        assert cause.en.endswith(".")
        assert cause.outcome not in {Outcome.DEPOSITED, Outcome.HEARD, Outcome.UNKNOWN}


def test_only_refusals_are_listed() -> None:
    assert all(300 <= code < 700 for code in CAUSES)


def test_the_far_sides_words_are_kept() -> None:
    result = not_answered(486, "Occupé")
    assert (result.cause, result.sip_code) == ("486 Occupé", 486)


def a_line(*, was_heard_of: bool = False, is_called_off: bool = False) -> TrunkLine:
    line = TrunkLine(Stream(1, 0, 7), offer("192.0.2.1", 4000), called="+33612345678", caller=None)
    line.was_heard_of = was_heard_of
    line.is_called_off = is_called_off
    return line


@pytest.mark.parametrize(
    ("code", "origin", "line", "outcome"),
    [
        (408, Side.LOCAL, a_line(), Outcome.UNREACHABLE),
        (487, Side.LOCAL, a_line(), Outcome.UNREACHABLE),
        (487, Side.LOCAL, a_line(was_heard_of=True), Outcome.NO_ANSWER),
        (487, Side.REMOTE, a_line(was_heard_of=True), Outcome.NO_ANSWER),
        (487, Side.REMOTE, a_line(was_heard_of=True, is_called_off=True), Outcome.CANCELLED),
        (486, Side.REMOTE, a_line(was_heard_of=True, is_called_off=True), Outcome.BUSY),
        (488, Side.LOCAL, a_line(), Outcome.FAILED),
        (401, Side.LOCAL, a_line(), Outcome.FAILED),
        (503, Side.REMOTE, a_line(), Outcome.UNREACHABLE),
    ],
)
def test_who_said_no_decides_what_it_means(
    code: int, origin: Side, line: TrunkLine, outcome: Outcome
) -> None:
    assert failure(Failed(1, code, "No", origin), line).outcome is outcome


def test_a_dead_trunk_is_named() -> None:
    result = failure(Failed(1, 408, "Request Timeout", Side.LOCAL), a_line())
    assert (result.cause, result.sip_code) == (NO_TRUNK.en, None)
