"""What a drop request names: whether it is there, and whether its callees can hear it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.campaign import Campaign, FieldProblem
from engine.interfaces import AnnouncementVersion, UnitOfWork
from engine.interfaces.scenarios import ScenarioVersion
from engine.operations.deposit_audio import unready
from engine.scenario import check_sale

_WORDING = {
    "unknown": {
        "fr": ("« {value} » n'est pas enregistré.", "Enregistrez-le, ou corrigez le nom."),
        "en": ("“{value}” is not registered.", "Register it, or correct the name."),
    },
    "not_senders": {
        "fr": ("« {value} » appartient à un autre émetteur.", "Choisissez-en un du même émetteur."),
        "en": ("“{value}” belongs to another sender.", "Choose one of the same sender."),
    },
    "another_language": {
        "fr": (
            "« {value} » n'est pas dans la langue de l'annonce.",
            "Choisissez un scénario dans la même langue.",
        ),
        "en": (
            "“{value}” is not in the language of the announcement.",
            "Choose a scenario in the same language.",
        ),
    },
    "unbound": {
        "fr": (
            "La route « {value} » dépose elle-même : aucun fichier n'y est lié à cette annonce.",
            "Exportez-le, téléversez-le et liez-le : licite deposit-audio.",
        ),
        "en": (
            "Route “{value}” deposits by itself: no file is bound to this announcement there.",
            "Export it, upload it and bind it: licite deposit-audio.",
        ),
    },
    "unattested": {
        "fr": (
            "Le fichier de la route « {value} » n'a été écouté par personne d'autre.",
            "Une seconde personne l'écoute et l'atteste : licite deposit-audio attest.",
        ),
        "en": (
            "Nobody but who bound it has heard the file of route “{value}”.",
            "A second person listens to it and attests: licite deposit-audio attest.",
        ),
    },
    "nobody": {
        "fr": ("Aucune ligne n'a pu être lue.", "Corrigez les lignes signalées et recommencez."),
        "en": ("No row could be used.", "Correct the rows reported and try again."),
    },
    "cancelled": {
        "fr": ("La campagne a été annulée pendant son import.", "Lancez-la de nouveau."),
        "en": ("The campaign was cancelled during its import.", "Launch it again."),
    },
}


@dataclass(frozen=True, slots=True)
class Played:
    """What a campaign's callees will hear, in the versions of this instant."""

    announcement: AnnouncementVersion
    scenario: ScenarioVersion | None


def look_up(
    unit: UnitOfWork, campaign: Campaign, language: str
) -> tuple[list[FieldProblem], Played | None]:
    """Return what the campaign names and the store does not know, and what it will play."""
    setup = unit.setup
    version = setup.announcement(campaign.announcement)
    scenario = unit.scenarios.newest(campaign.scenario) if campaign.scenario else None
    caller_id = setup.caller_id(campaign.caller_id.e164)
    texts = setup.consent_texts(campaign.consent_texts)
    named = [
        ("sender", campaign.sender, setup.sender(campaign.sender) is not None),
        ("caller_id", campaign.caller_id.masked, caller_id is not None),
        ("announcement", campaign.announcement, version is not None),
        ("scenario", campaign.scenario or "", scenario is not None or not campaign.scenario),
        *(("routes", name, setup.route(name) is not None) for name in campaign.routes),
        *(("consent_texts", name, name in texts) for name in campaign.consent_texts),
    ]
    problems = [problem(where, "unknown", value, language) for where, value, ok in named if not ok]
    if version:
        problems += _unheard(unit, campaign, version, language)
    if version and scenario:
        problems += _unfit(scenario, version, language)
    return problems, Played(version, scenario) if version else None


def _unheard(
    unit: UnitOfWork, campaign: Campaign, version: AnnouncementVersion, language: str
) -> Iterator[FieldProblem]:
    """Yield the routes whose provider would play a file that two people do not answer for."""
    for route in filter(None, map(unit.setup.route, campaign.routes)):
        audio = unit.deposits.audio(route.name, version.variants["machine"].sha256)
        if route.is_handed_over and (why := unready(audio)):
            yield problem("routes", why.value, route.name, language)


def _unfit(
    scenario: ScenarioVersion, version: AnnouncementVersion, language: str
) -> Iterator[FieldProblem]:
    """Yield why a scenario cannot hang off an announcement."""
    if scenario.scenario.language != version.language:
        yield problem("scenario", "another_language", scenario.name, language)
    text = version.variants["person"].text
    yield from check_sale("announcement", text, version.language, language=language)


def problem(where: str, cause: str, value: str, language: str) -> FieldProblem:
    """Return what is wrong with a field, in the operator's language (`fr`, or English)."""
    reason, remedy = _WORDING[cause][language if language in _WORDING[cause] else "en"]
    return FieldProblem(where, reason.format(value=value), remedy)
