"""Reading a script."""

import re
from pathlib import Path

import pytest

from audio.refusal import AudioRefused
from audio.script import Script, Variant, check, text
from tests.engine.law.builders import rate_today

WHOLE = """
sender = "Lumière du Midi SARL"
language = "fr"

[[segment]]
text = "Bonjour, ici Lumière du Midi SARL"

[[segment]]
only = "machine"
text = "Rappelez-nous !"
"""


def refusal(source: str) -> AudioRefused:
    with pytest.raises(AudioRefused) as refused:
        Script.parse(source)
    assert refused.value.told("fr") != refused.value.told("en")
    return refused.value


def test_each_variant_says_its_own_segments() -> None:
    script = Script.parse(WHOLE)
    assert text(script, Variant.PERSON) == "Bonjour, ici Lumière du Midi SARL."
    assert text(script, Variant.MACHINE).endswith("SARL. Rappelez-nous !")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("sender =", "sender"), "script_toml"),
        (('sender = "Lumière du Midi SARL"', ""), "script_field"),
        (('"Lumière du Midi SARL"', '"  "'), "script_field"),
        (('"Lumière du Midi SARL"', "3"), "script_field"),
        (('"fr"', '"de"'), "script_language"),
        (("only", "onyl"), "script_key"),
        (('"machine"', '"robot"'), "script_only"),
        (('"machine"', "[1]"), "script_only"),
        (("[[segment]]", "[segment]"), "script_toml"),
        (("Rappelez-nous !", ""), "script_field"),
        (("Rappelez-nous !", "la " * 600), "script_long"),
        (('only = "machine"', 'purpose = "yes"'), "script_field"),
    ],
)
def test_a_script_that_cannot_be_read_is_refused(change: tuple[str, str], what: str) -> None:
    assert refusal(WHOLE.replace(*change)).what == what


def test_a_script_without_segments_is_refused() -> None:
    assert refusal('sender = "A"\nlanguage = "fr"').what == "script_segments"
    assert refusal('sender = "A"\nlanguage = "fr"\nsegment = [1]').what == "script_field"


def test_a_refusal_names_the_field() -> None:
    assert "segment 2: onyl" in str(refusal(WHOLE.replace("only", "onyl")))


def test_the_documented_example_lacks_nothing() -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "announcement.md"
    example = re.search(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert example
    script = Script.parse(example[1])
    for variant in Variant:
        found = check(
            script,
            sender_name="Lumière du Midi SARL",
            kind="marketing",
            opt_out_number="+33948123456",
            variant=variant,
            rate_of=rate_today,
        )
        assert found == ()
