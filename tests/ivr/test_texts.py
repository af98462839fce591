from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.texts import is_opt_out, reply


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        " Stop. ",
        "STOP SVP",
        "stop!!!",
        "Stoooop",
        "S.T.O.P.",
        "S T O P",
        "ＳＴＯＰ",
        "STOP\n36063",
        "arrêt",
        "ARRET",
        "Arrêtez",
        "Arrêtez de m'appeler",
        "désabonner",
        "Désabonnement svp",
        "Desinscription",
        "unsubscribe",
        "Unsubscribe me please",
        "Ne m'appelez plus",
        "Ne m’appelez plus !",
        "Merci de ne plus m'appeler",
        "Bonjour, veuillez me désinscrire, merci",
        "retirez mon numéro de vos listes",
        "Do not call me again",
        "Don't call me",
        "please stop calling",
        "opt-out",
        "Opt out",
        "je m'oppose à tout démarchage",
        "9",
        "End",
        "non merci",
        "Non",
        "Fin",
        "Annuler",
        "SOTP",
        "Je refuse",
        "Je ne veux plus recevoir vos messages",
        "Merci de me retirer de votre liste",
        "Cessez de m'appeler",
        "Ne me rappelez plus",
        "Je ne veux pas être appelé",
        "Bloquez mon numéro",
        "effacez-moi",
        "Do not contact us",
    ],
)
def test_whoever_wants_no_more_calls_is_understood(text: str) -> None:
    assert is_opt_out(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "?",
        "Bonjour",
        "Oui, rappelez-moi demain",
        "Qui êtes-vous ?",
        "A quelle heure ouvre le magasin ?",
        "Merci, bonne journée",
        "I will come on Friday",
        "stand 12",
        "99",
        "9 heures, c'est possible ?",
        "Out of office until Monday",
    ],
)
def test_what_asks_for_nothing_of_the_kind_is_left(text: str) -> None:
    assert not is_opt_out(text)


@given(st.text(), st.sampled_from(["STOP", "stop", "Stop"]), st.sampled_from([" ", "\n", ", "]))
def test_a_stop_counts_whatever_comes_after(rest: str, stop: str, between: str) -> None:
    assert is_opt_out(stop + between + rest)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert is_opt_out(text) in (True, False)


def test_the_confirmation_names_the_sender_in_their_language() -> None:
    assert "Lumière" in reply("Lumière", "fr")
    assert reply("Lumière", "en").startswith("Done")
