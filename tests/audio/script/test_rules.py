"""What an announcement must say, and must not."""

import pytest

from audio.script import Lack, Script, Variant, check
from tests.engine.law.builders import rate_today

NAME = "Lumière du Midi SARL"
NUMBER = "+33948123456"

FRENCH = {
    "identity": "Bonjour, ici Lumière du Midi SARL, appel commercial.",
    "purpose": "Nous vous invitons à nos portes ouvertes, samedi 12 décembre 2026, dès 9 heures.",
    "person": "Pour ne plus être appelé, appuyez sur le 9 ou rappelez le 09 48 12 34 56, "
    "appel non surtaxé.",
    "machine": "Pour ne plus être appelé, rappelez le 09 48 12 34 56, appel non surtaxé.",
}
ENGLISH = {
    "identity": "Hello, this is Lumière du Midi SARL, a commercial call.",
    "purpose": "We would like to invite you to our open day on Saturday.",
    "person": "If you no longer want to be called, press 9 or call 09 48 12 34 56, "
    "at standard rate.",
    "machine": "If you no longer want to be called, call 09 48 12 34 56, at standard rate.",
}


def a_script(language: str = "fr", **changed: str) -> Script:
    said = {**(FRENCH if language == "fr" else ENGLISH), **changed}
    source = f'sender = "{NAME}"\nlanguage = "{language}"\n'
    for part, text in said.items():
        if text:
            source += f'[[segment]]\ntext = "{text}"\n'
            source += f'only = "{part}"\n' if part in ("person", "machine") else ""
    return Script.parse(source)


def lacks(
    script: Script,
    variant: Variant = Variant.PERSON,
    *,
    name: str = NAME,
    kind: str = "marketing",
    number: str = NUMBER,
) -> tuple[Lack, ...]:
    return check(
        script,
        sender_name=name,
        kind=kind,
        opt_out_number=number,
        variant=variant,
        rate_of=rate_today,
    )


def items(script: Script, variant: Variant = Variant.PERSON, **about: str) -> list[str]:
    return [lack.item for lack in lacks(script, variant, **about)]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("variant", list(Variant))
def test_a_whole_announcement_lacks_nothing(language: str, variant: Variant) -> None:
    assert lacks(a_script(language), variant) == ()


# Identity: CPCE art. L. 34-5, al. 5.


@pytest.mark.parametrize(
    "opening",
    [
        "Bonjour. Ici Lumière du Midi SARL, appel commercial.",
        "Bonjour, ici LUMIERE DU MIDI S.A.R.L., appel commercial.",
        "Lumière-du-Midi SARL, appel commercial.",
    ],
)
def test_the_name_may_be_written_as_it_is_said(opening: str) -> None:
    assert items(a_script(identity=opening)) == []


@pytest.mark.parametrize(
    "opening",
    [
        "Bonjour, appel commercial. Ici Lumière du Midi SARL.",
        "Bonjour, ici Lumière du Nord SARL, appel commercial.",
        "Bonjour, ici votre conseiller énergie, appel commercial.",
        "Bonjour, ici Lumière, appel commercial.",
    ],
)
def test_the_registered_name_is_in_the_first_sentence(opening: str) -> None:
    assert items(a_script(identity=opening)) == ["identity"]


# The commercial nature: C. consom. art. L. 221-16, al. 1.


@pytest.mark.parametrize(
    "nature",
    ["", ", ceci n'est pas un appel commercial", ", sans message commercial", ", appel important"],
)
def test_the_commercial_nature_is_told_and_not_denied(nature: str) -> None:
    opening = f"Bonjour, ici Lumière du Midi SARL{nature}."
    assert items(a_script(identity=opening)) == ["commercial"]
    assert items(a_script(identity=opening), kind="informational") == []


def test_the_commercial_nature_is_told_at_the_start() -> None:
    opening, late = FRENCH["identity"].replace(", appel commercial", ""), "Appel commercial. "
    filler = "Nous isolons les combles, les murs et les planchers des maisons anciennes. " * 3
    assert "commercial" in items(a_script(identity=opening, purpose=filler + late))


def test_a_message_without_purpose_lacks_it() -> None:
    assert items(a_script(purpose="Il fait beau.")) == ["purpose"]


def test_a_segment_marked_as_the_purpose_is_believed() -> None:
    source = f'sender = "{NAME}"\nlanguage = "fr"\n'
    for part in ("identity", "person"):
        source += f'[[segment]]\ntext = "{FRENCH[part]}"\n'
    marked = source + '[[segment]]\ntext = "Le compteur sera relevé mardi."\npurpose = true\n'
    assert items(Script.parse(marked)) == []


# The way to object: CPCE art. L. 34-5, al. 5.


@pytest.mark.parametrize(
    "sentence",
    [
        "Pour ne plus être appelé, rappelez le 09 48 12 34 56, appel non surtaxé.",
        "Pour ne plus être appelé, appuyez sur le 3 ou rappelez le 09 48 12 34 56, "
        "appel non surtaxé.",
        "Pour en savoir plus, appuyez sur le 9. Pour ne plus être appelé, rappelez le "
        "09 48 12 34 56, appel non surtaxé.",
    ],
)
def test_a_person_is_told_that_nine_opts_out(sentence: str) -> None:
    assert items(a_script(person=sentence)) == ["opt_out"]


@pytest.mark.parametrize(
    "nine", ["appuyez sur le 9", "tapez neuf", "appuyez sur la touche 9", "faites le 9"]
)
def test_nine_may_be_said_in_several_ways(nine: str) -> None:
    said = FRENCH["person"].replace("appuyez sur le 9", nine)
    assert items(a_script(person=said)) == []


@pytest.mark.parametrize("key", ["appuyez sur le 9", "tapez neuf", "appuyez sur la touche étoile"])
def test_a_mailbox_is_told_of_no_key(key: str) -> None:
    said = f"Pour ne plus être appelé, {key} ou rappelez le 09 48 12 34 56, appel non surtaxé."
    assert items(a_script(machine=said), Variant.MACHINE) == ["key"]


@pytest.mark.parametrize("variant", list(Variant))
def test_the_number_to_call_back_is_the_campaign_s(variant: Variant) -> None:
    assert items(a_script(), variant, number="+33948123457") == ["call_back", "free"]


@pytest.mark.parametrize(
    "number",
    [
        "09.48.12.34.56",
        "0948123456",
        "+33 9 48 12 34 56",
        "zéro neuf, quarante-huit, douze, trente-quatre, cinquante-six",
    ],
)
def test_the_number_may_be_written_in_digits_or_words(number: str) -> None:
    said = FRENCH["machine"].replace("09 48 12 34 56", number)
    assert items(a_script(machine=said), Variant.MACHINE) == []


def test_a_number_to_order_at_is_no_way_to_object() -> None:
    said = "Pour commander, rappelez le 09 48 12 34 56, appel non surtaxé."
    assert items(a_script(machine=said), Variant.MACHINE) == ["call_back"]


@pytest.mark.parametrize("number", ["0892701239", "0612345678", "118218", "3250", "+4412345678"])
def test_the_number_to_call_back_is_free_or_standard_rate(number: str) -> None:
    found = [lack for lack in lacks(a_script(), number=number) if lack.item == "call_back"]
    assert len(found) == 1
    assert "ordinaire" in found[0].sentence


def test_what_a_call_costs_can_be_told_by_another_rulebook() -> None:
    found = check(
        a_script(),
        sender_name=NAME,
        kind="marketing",
        opt_out_number=NUMBER,
        variant=Variant.MACHINE,
        rate_of=lambda _: "unknown",
    )
    assert [lack.item for lack in found] == ["call_back"]


@pytest.mark.parametrize("cost", ["", ", votre devis gratuit vous attend"])
def test_it_says_that_calling_back_costs_nothing_more(cost: str) -> None:
    said = FRENCH["machine"].replace(", appel non surtaxé", cost)
    assert items(a_script(machine=said), Variant.MACHINE) == ["free"]


@pytest.mark.parametrize(
    "cost", [", appel gratuit.", ", prix d'un appel local.", ". Cet appel n'est pas surtaxé."]
)
def test_the_cost_may_be_told_in_several_ways(cost: str) -> None:
    said = FRENCH["machine"].replace(", appel non surtaxé.", cost)
    assert items(a_script(machine=said), Variant.MACHINE) == []


# No premium number and no bait: CPCE art. L. 34-5, al. 3.


@pytest.mark.parametrize(
    "bait",
    [
        "Infos au 0 892 70 12 39.",
        "Pour en savoir plus, touche 9, 0 892 70 12 39.",
        "Le 06 12 34 56 78, 0 892 70 12 39.",
        "Appelez le 32 50.",
        "Appelez le trente-deux cinquante.",
        "Renseignements au 118 218.",
        "Composez le zéro huit cent quatre-vingt-dix-neuf, douze, trente-quatre, cinquante-six.",
        "Ligne à 0,80 € par minute.",
        "Appel surtaxé.",
    ],
)
def test_nothing_premium_is_named(bait: str) -> None:
    assert items(a_script(purpose=f"{FRENCH['purpose']} {bait}")) == ["premium"]


@pytest.mark.parametrize(
    "harmless",
    [
        "Une aide de 3250 euros vous attend.",
        "Depuis 1998, nous offrons nos services.",
        "Le 04 90 12 34 56 vous répond.",
        "Aucun numéro surtaxé.",
    ],
)
def test_years_prices_and_ordinary_numbers_are_not_premium(harmless: str) -> None:
    assert items(a_script(purpose=f"{FRENCH['purpose']} {harmless}")) == []


def test_no_urgent_call_back_is_asked_for() -> None:
    said = f"{FRENCH['purpose']} Rappelez-nous d'urgence."
    assert items(a_script(purpose=said)) == ["urgency"]


def test_bloctel_is_not_named() -> None:
    said = f"{FRENCH['purpose']} Vous pouvez vous inscrire sur Bloctel."
    assert items(a_script(purpose=said)) == ["bloctel"]


# What the operator is told.


def test_every_lack_has_its_article_and_a_sentence_with_the_sender_s_own_names() -> None:
    script = Script.parse(
        f'sender = "{NAME}"\nlanguage = "fr"\n[[segment]]\ntext = "Offre à saisir !"'
    )
    found = {lack.item: lack for lack in lacks(script)}
    assert set(found) == {"identity", "commercial", "opt_out", "call_back", "free"}
    assert all(lack.article for lack in found.values())
    assert NAME in found["identity"].sentence
    assert "09 48 12 34 56" in found["call_back"].sentence


@pytest.mark.parametrize("variant", list(Variant))
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("number", [NUMBER, "0800123456"])
def test_adding_the_sentences_asked_for_completes_the_script(
    variant: Variant, language: str, number: str
) -> None:
    source = f'sender = "{NAME}"\nlanguage = "{language}"\n[[segment]]\ntext = "Offre. Offer."\n'
    wanted = lacks(Script.parse(source), variant, number=number)
    first = [lack.sentence for lack in wanted if lack.item == "commercial"]
    others = [lack.sentence for lack in wanted if lack.item not in ("commercial", "identity")]
    segments = [*first, "Offre. Offer.", *dict.fromkeys(others)]
    completed = f'sender = "{NAME}"\nlanguage = "{language}"\n' + "".join(
        f'[[segment]]\ntext = "{text}"\n' for text in segments
    )
    assert items(Script.parse(completed), variant, number=number) == []
