"""No key concludes a sale (MSG-06), and no prompt says what no announcement may."""

from __future__ import annotations

import pytest

from audio.script import Rate
from engine.scenario import check_prompts, concludes_a_sale
from tests.engine.scenario.writing import SOURCE, a_scenario


@pytest.mark.parametrize(
    "text",
    [
        "Pour commander, appuyez sur le 2.",
        "Pour valider votre commande, tapez 2.",
        "Vous voulez vous abonner ? Appuyez sur la touche 2.",
        "Si l'offre vous plaît et que vous souscrivez. Appuyez sur le 2.",
        "Appuyez sur le 2. Votre abonnement démarrera demain.",
        "Le 2 pour acheter, le 3 pour les horaires.",
        "Tapez 2 pour dire oui.",
        "Pour PAYER par carte bancaire, faites la touche 2.",
        "Pour accepter notre offre, pressez le 3.",
        "Choisissez deux pour commander.",
        "Composez le 2 : la commande part aujourd'hui.",
        "Deux pour commander, trois pour être rappelé.",
        "Tapez 2 et nous vous l'envoyons.",
        "Tapez 2 et c'est à vous.",
        "En appuyant sur le 2 vous prenez l'offre.",
        "To order now, press 2.",
        "Bonjour. Hit 2 to buy.",
        "Merci, votre commande est enregistrée.",
        "Vous serez prélevé de 30 euros par mois.",
    ],
)
def test_a_french_prompt_that_sells_by_key_is_refused(text: str) -> None:
    assert concludes_a_sale(text, "fr")


@pytest.mark.parametrize(
    "text",
    [
        "To order, press 2.",
        "Would you like to subscribe? Press 2.",
        "Press 2 to confirm your purchase.",
        "Press 2 to say yes.",
        "Hit 2 to buy.",
        "Press two and it is yours.",
        "Just dial 4 to sign up.",
        "Pour commander, appuyez sur le 2.",
        "Thank you, your order has been placed.",
        "You will be charged ten euros.",
    ],
)
def test_an_english_prompt_that_sells_by_key_is_refused(text: str) -> None:
    assert concludes_a_sale(text, "en")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Pour être rappelé, appuyez sur le 3.", "fr"),
        ("Pour parler à un conseiller, appuyez sur le 4.", "fr"),
        ("Le magasin est ouvert de 9 heures à 18 heures. Pour l'adresse, appuyez sur le 5.", "fr"),
        ("Aucun achat ne se fait par téléphone.", "fr"),
        ("Pour vous désabonner, appuyez sur le 9.", "fr"),
        ("Nous vous orientons vers un conseiller : appuyez sur le 2.", "fr"),
        (
            "Vos achats d'hiver vous attendent. Pour les horaires, appuyez sur le 2.",
            "fr",
        ),
        ("To be called back, press 3.", "en"),
        ("To hear our opening hours, press 2.", "en"),
        ("To unsubscribe, press 9.", "en"),
        ("Nous ouvrons de 2 à 6 pour tous. Pour les prix du pays, tapez 3.", "fr"),
        ("Our shop is active. To talk about a mandate, press 3.", "en"),
    ],
)
def test_what_sells_nothing_may_be_said(text: str, language: str) -> None:
    assert concludes_a_sale(text, language) is None


def rate_of(number: str) -> Rate:
    return "premium" if number.startswith("089") else "standard"


@pytest.mark.parametrize(
    ("said", "article"),
    [
        ("Pour commander, appuyez sur le 2.", "L. 221-16"),
        ("Appelez-nous au 0 899 12 34 56.", "L. 34-5"),
        ("Rappelez-nous d'urgence.", "L. 34-5"),
        ("Inscrivez-vous sur Bloctel.", "2025-594"),
    ],
)
def test_a_prompt_may_not_say_what_no_announcement_may(said: str, article: str) -> None:
    scenario = a_scenario(SOURCE.replace("Nous sommes au 12 rue du Port.", said))
    for language in ("fr", "en"):
        (problem,) = check_prompts(scenario, rate_of=rate_of, language=language)
        assert problem.field == "prompt.adresse.text"
        assert article in problem.reason


def test_a_scenario_that_says_nothing_wrong_is_sound() -> None:
    assert check_prompts(a_scenario(), rate_of=rate_of) == []
