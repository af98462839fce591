import pytest

from engine.sandbox import KeysBy, Kind, Lines, LinesError
from engine.sandbox.lines import LAST_TWO_DIGITS, kind_by_ending

NUMBER = "+33612345601"


def a_file(**settings: str) -> str:
    fields = {"number": f'"{NUMBER}"', "kind": '"presses_9"', **settings}
    return "[[line]]\n" + "\n".join(f"{name} = {value}" for name, value in fields.items())


def test_a_listed_line_has_its_kinds_settings_unless_it_says_otherwise() -> None:
    line = Lines.parse(a_file(key_after_s="8", keys_by='"info"')).at(NUMBER)
    assert (line.kind, line.keys, line.key_after_s) == (Kind.PRESSES_9, "9", 8.0)
    assert line.keys_by is KeysBy.INFO


def test_settings_at_the_top_hold_for_listed_and_unlisted_lines() -> None:
    lines = Lines.parse('ring_s = 0.5\nlanguage = "en"\n' + a_file(language='"fr"'))
    assert (lines.at(NUMBER).ring_s, lines.at(NUMBER).language) == (0.5, "fr")
    assert (lines.at("+33700000000").ring_s, lines.at("+33700000000").language) == (0.5, "en")


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+33600000000", Kind.LISTENER),
        ("+33600000012", Kind.MAILBOX_SHORT),
        ("+33600000032", Kind.CHALLENGES),
        ("+33600000033", Kind.RECEPTION),
        ("+33600000034", Kind.ASKS_FOR_RECEPTION),
        ("+33600000035", Kind.UNKNOWN),
        ("+33600000079", Kind.MAILBOX_SHORT),
        ("+33600000099", Kind.UNKNOWN),
        ("", Kind.UNKNOWN),
        ("alice", Kind.UNKNOWN),
    ],
)
def test_the_last_two_digits_choose_for_an_unlisted_number(number: str, kind: Kind) -> None:
    assert kind_by_ending(number) is kind


def test_every_kind_has_an_ending() -> None:
    assert set(LAST_TWO_DIGITS.values()) == set(Kind)


def test_a_line_that_calls_back_takes_calls_as_its_first_kind() -> None:
    line = Lines.parse(a_file(kind='"calls_back"', first='"busy"')).at(NUMBER)
    assert (line.as_called.kind, line.as_called.code) == (Kind.BUSY, 486)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("line = 3", "[[line]]"),
        ("line = [3]", "in line 1"),
        ("[[line", "not TOML"),
        ('number = "+33"', "`number`"),
        (a_file(number='"0612345601"'), "E.164"),
        (a_file(number="33612345601"), "E.164"),
        (a_file(kind='"mail"'), "mailbox_short"),
        (a_file(colour='"red"'), "`colour`"),
        (a_file(ring_s='"1"'), "`ring_s`"),
        (a_file(ring_s="-1"), "`ring_s`"),
        (a_file(ring_s="nan"), "`ring_s`"),
        (a_file(code="200"), "`code`"),
        (a_file(keys='"9a"'), "`keys`"),
        (a_file(language='"de"'), "`language`"),
        (a_file(codec='"OPUS"'), "`codec`"),
        (a_file(keys_by='"telepathy"'), "`keys_by`"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_field(text: str, names: str) -> None:
    with pytest.raises(LinesError) as refused:
        Lines.parse(text)
    assert names in str(refused.value)
