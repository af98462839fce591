"""What can be checked of a Twilio route before a call leaves by it; nothing is changed there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from twilio.http import HttpClient

from engine.addresses import Addresses
from engine.carriers.checks import Around, Check, Sentences
from engine.carriers.reachable import is_loopback, why_unreachable
from engine.carriers.settings import SettingRefused
from engine.carriers.twilio.client import Refused, Unclear, asked, open_client
from engine.carriers.twilio.errors import Meaning, meaning_of
from engine.carriers.twilio.numbers import NumberCheck
from engine.carriers.twilio.settings import TwilioSettings
from engine.carriers.twilio.statuses import LONGEST_QUEUE_MS, whole
from engine.interfaces.records import Route

if TYPE_CHECKING:
    from twilio.rest import Client

SAYS = Sentences(Path(__file__).with_name("checks.toml"))

#: Where French numbers are called; who lacks one calls there in vain (ISO 3166-1 alpha-2).
COUNTRIES: Mapping[str, Mapping[str, str]] = {
    "FR": {"fr": "la France", "en": "France"},
    "GP": {"fr": "la Guadeloupe", "en": "Guadeloupe"},
    "MQ": {"fr": "la Martinique", "en": "Martinique"},
    "GF": {"fr": "la Guyane", "en": "French Guiana"},
    "RE": {"fr": "La Réunion et Mayotte", "en": "Réunion and Mayotte"},
    "PM": {"fr": "Saint-Pierre-et-Miquelon", "en": "Saint Pierre and Miquelon"},
}

GRANTED_TO_ALL = 1.0  #: Calls a second of every account (Twilio: CPS)
NOTED = 100  #: How many of the account's latest errors, and calls, are looked at

T = TypeVar("T")


def check(route: Route, around: Around, *, inner: HttpClient | None = None) -> Sequence[Check]:
    """Return how a route stands: settings, account, numbers, countries, pace, latest errors.

    *inner* carries the requests to Twilio, by default over the network.
    """
    try:
        settings = TwilioSettings.read(route)
    except SettingRefused as error:
        return [SAYS.fails("settings_refused", **error.told())]
    here = [SAYS.ok("settings"), *_secret(route), *_reached(settings, around)]
    api = open_client(settings, inner)
    try:
        here += _account(api)
    except Refused as refusal:
        return [*here, _told(SAYS.fails, "twilio_refused", _meaning(refusal))]
    except Unclear as error:
        return [*here, SAYS.fails("twilio_silent", reason=error.said)]
    there = (_numbers, _countries, _pace, _queued, _trunk, _lately)
    return [*here, *(found for look in there for found in look(api, settings, around))]


def _secret(route: Route) -> Iterator[Check]:
    path = Path(str(route.settings["secret"]))
    if path.stat().st_mode & 0o077:
        yield SAYS.warning("secret_open", path=path)


def _reached(settings: TwilioSettings, around: Around) -> Iterator[Check]:
    if is_loopback(settings.api_url):
        yield SAYS.ok("double", address=settings.api_url)
    elif why := why_unreachable(around.public_url):
        yield SAYS.fails(f"public_url_{why}")
    else:
        yield SAYS.ok("public_url", url=around.public_url)


def _account(api: Client) -> list[Check]:
    """Raises Refused and Unclear."""
    account = asked(lambda: api.api.v2010.accounts(str(api.account_sid)).fetch())
    status = str(account.status)
    if status != "active":
        return [SAYS.fails("account_inactive", status=status)]
    if str(account.type) == "Trial":
        return [SAYS.ok("account"), SAYS.warning("account_trial")]
    return [SAYS.ok("account")]


def _numbers(api: Client, settings: TwilioSettings, around: Around) -> Iterator[Check]:
    if not around.caller_ids:
        yield SAYS.warning("no_caller_id")
    addresses = Addresses(around.public_url, around.keys)
    for shown in around.caller_ids:
        number = NumberCheck(SAYS, shown.number, settings, addresses)
        yield from _asking(shown.number.e164, lambda number=number: number.found(api))  # type: ignore[misc]


def _countries(api: Client, _settings: TwilioSettings, _around: Around) -> Iterator[Check]:
    dialling = api.voice.v1.dialing_permissions
    is_open: dict[str, bool] = {}
    for country in COUNTRIES:
        try:
            known = asked(lambda country=country: dialling.countries(country).fetch())  # type: ignore[misc]
        except (Refused, Unclear) as error:
            yield _not_told(COUNTRIES[country], error)
        else:
            is_open[country] = known.low_risk_numbers_enabled is True
    for country in (country for country, may in is_open.items() if not may):
        tell = SAYS.fails if country == "FR" else SAYS.warning
        yield tell("geo_closed", country=COUNTRIES[country])
    if any(is_open.values()):
        names = [COUNTRIES[country] for country, may in is_open.items() if may]
        joined = {language: ", ".join(name[language] for name in names) for language in names[0]}
        yield SAYS.ok("geo", countries=joined)


def _pace(_api: Client, settings: TwilioSettings, _around: Around) -> Iterator[Check]:
    facts = {"per_second": f"{settings.calls_per_second:g}", "at_once": settings.calls_at_once}
    if settings.calls_per_second > GRANTED_TO_ALL:
        yield SAYS.warning("pace_unsure", **facts)
    else:
        yield SAYS.ok("pace", **facts)


def _queued(api: Client, _settings: TwilioSettings, _around: Around) -> Iterator[Check]:
    """Tell whether Twilio made the account's latest calls wait: we pace, Twilio does not."""
    try:
        calls = asked(lambda: api.calls.list(limit=NOTED))
    except (Refused, Unclear):
        return
    waits = [whole(call.queue_time) or 0 for call in calls]
    late = [wait_ms for wait_ms in waits if wait_ms > LONGEST_QUEUE_MS]
    if late:
        yield SAYS.warning("queued", count=len(late), longest_s=max(late) // 1_000)


def _trunk(api: Client, settings: TwilioSettings, _around: Around) -> Iterator[Check]:
    if not settings.byoc:
        return
    try:
        asked(lambda: api.voice.v1.byoc_trunks(settings.byoc).fetch())
        yield SAYS.ok("byoc", trunk=settings.byoc)
    except Refused as refusal:
        if refusal.status == 404:
            yield SAYS.fails("byoc_unknown", trunk=settings.byoc)
        else:
            yield _not_told(settings.byoc, refusal)
    except Unclear as error:
        yield _not_told(settings.byoc, error)


def _lately(api: Client, _settings: TwilioSettings, _around: Around) -> Iterator[Check]:
    """Tell what the latest errors of the account mean; an account that shows none has none."""
    try:
        noted = asked(lambda: api.api.v2010.account.notifications.list(limit=NOTED))
    except (Refused, Unclear):
        return
    counts = Counter(code for each in noted if (code := whole(each.error_code)))
    for code, count in counts.most_common():
        yield _told(SAYS.warning, "lately", meaning_of(code), count=count)


def _asking(what: str, look: Callable[[], Sequence[Check]]) -> Sequence[Check]:
    try:
        return look()
    except (Refused, Unclear) as error:
        return [_not_told(what, error)]


def _not_told(what: object, error: Refused | Unclear) -> Check:
    reason = error.said if isinstance(error, Unclear) else str(error)
    return SAYS.warning("not_told", what=what, reason=reason)


def _meaning(refusal: Refused) -> Meaning:
    return meaning_of(refusal.code, refusal.status)


def _told(tell: Callable[..., Check], name: str, meaning: Meaning, **facts: object) -> Check:
    return tell(name, code=meaning.code, meaning=meaning.said, way=meaning.remedy, **facts)
