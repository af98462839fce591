"""A route's check says what would go wrong, and what to do; it changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.carriers.checks import Around, Check, Standing
from engine.carriers.reachable import why_unreachable
from engine.carriers.twilio.check import COUNTRIES, check
from engine.clearance import CallerId
from engine.interfaces import Route
from engine.journal import Json
from engine.numbers import parse
from tests.engine.carriers.twilio.account import (
    ADDRESSES,
    KEYS,
    PUBLIC_URL,
    SID,
    Says,
    a_route,
    an_account,
    refusal,
)

NPV = CallerId(parse("0162000001"), assignee="lumiere")
MOBILE = CallerId(parse("0612345678"), assignee="lumiere")
BYOC = "BY" + "2" * 32
OURS = {
    "phone_number": "+33162000001",
    "voice_url": ADDRESSES.inbound("twilio") + "#rc=1",
    "voice_method": "POST",
    "sms_url": ADDRESSES.message("twilio"),
    "sms_method": "POST",
}
NOTHING = Says(404, {"code": 20404, "message": "not found"})


def the_list(name: str, *entries: object) -> Says:
    return Says(200, {name: list(entries), "next_page_uri": None})


def account_of(**changes: str) -> Says:
    return Says(200, {"sid": SID, "status": "active", "type": "Full", **changes})


SOUND: Mapping[str, Says] = {
    "/IncomingPhoneNumbers": the_list("incoming_phone_numbers", OURS),
    "/OutgoingCallerIds": the_list("outgoing_caller_ids"),
    "/DialingPermissions": Says(200, {"low_risk_numbers_enabled": True}),
    "/Notifications": the_list("notifications"),
    "/ByocTrunks": NOTHING,
    "/Calls.json": the_list("calls", {"sid": "CA1", "queue_time": "2000"}),
    f"/Accounts/{SID}.json": account_of(),
}


@pytest.fixture
def route(tmp_path: Path) -> Route:
    return a_route(tmp_path)


def checked(
    route: Route,
    *,
    shown: CallerId = NPV,
    by_path: Mapping[str, Says] = SOUND,
    **settings: Json,
) -> dict[str, Check]:
    with an_account(NOTHING, by_path=by_path) as account:
        here = {**route.settings, "api_url": account.url, "timeout_s": 0.2, **settings}
        around = Around(PUBLIC_URL, KEYS, [shown])
        found = check(Route(route.name, route.carrier, here), around)
    assert not any(each.method != "GET" for each in account.asked)
    return {each.name: each for each in found}


def changed(path: str, says: Says) -> Mapping[str, Says]:
    return {**SOUND, path: says}


def test_a_sound_route_warns_of_the_npv_alone(route: Route) -> None:
    Path(str(route.settings["secret"])).chmod(0o600)
    found = checked(route)
    assert {name for name, each in found.items() if each.standing is not Standing.OK} == {
        "npv_authentication"
    }
    assert {"account", "caller_id_owned", "voice_url", "sms_url", "geo", "pace"} <= set(found)


def test_the_npvs_own_trunk_is_the_way_out(route: Route) -> None:
    there = {**changed("/ByocTrunks", Says(200, {"sid": BYOC}))}
    there["/IncomingPhoneNumbers"] = the_list("incoming_phone_numbers")
    found = checked(route, by_path=there, byoc=BYOC)
    assert found["byoc"].standing is Standing.OK
    assert found["caller_id_byoc"].standing is Standing.WARNING
    assert "npv_authentication" not in found
    assert "--byoc" in checked(route)["npv_authentication"].remedy["en"]


def test_a_trunk_that_the_account_has_not_fails(route: Route) -> None:
    assert checked(route, byoc=BYOC)["byoc_unknown"].standing is Standing.FAILS


def test_a_french_mobile_fails_whatever_twilio_accepts(route: Route) -> None:
    mobile = {**OURS, "phone_number": "+33612345678"}
    there = changed("/IncomingPhoneNumbers", the_list("incoming_phone_numbers", mobile))
    found = checked(route, shown=MOBILE, by_path=there)
    assert found["caller_id_mobile"].standing is Standing.FAILS
    assert "ARCEP" in found["caller_id_mobile"].said["fr"]


def test_a_number_that_is_neither_owned_nor_verified_fails(route: Route) -> None:
    there = changed("/IncomingPhoneNumbers", the_list("incoming_phone_numbers"))
    assert checked(route, by_path=there)["caller_id_foreign"].standing is Standing.FAILS


def test_a_verified_number_is_not_rung_back_at_twilio(route: Route) -> None:
    there = {
        **changed("/IncomingPhoneNumbers", the_list("incoming_phone_numbers")),
        "/OutgoingCallerIds": the_list("outgoing_caller_ids", {"phone_number": "+33162000001"}),
    }
    assert checked(route, by_path=there)["caller_id_verified"].standing is Standing.WARNING


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"voice_url": "https://demo.twilio.com/welcome"}, "voice_url_wrong"),
        ({"voice_url": None}, "voice_url_wrong"),
        ({"voice_method": "GET"}, "voice_url_wrong"),
        ({"trunk_sid": "TK1"}, "voice_url_wrong"),
        ({"voice_application_sid": "AP1"}, "voice_url_wrong"),
        ({"sms_url": ""}, "sms_url_wrong"),
        ({"sms_application_sid": "AP1"}, "sms_url_wrong"),
    ],
)
def test_a_number_that_does_not_lead_to_us_says_where_it_should(
    route: Route, change: dict[str, object], name: str
) -> None:
    wrong = the_list("incoming_phone_numbers", {**OURS, **change})
    found = checked(route, by_path=changed("/IncomingPhoneNumbers", wrong))
    wanted = ADDRESSES.inbound if name == "voice_url_wrong" else ADDRESSES.message
    assert found[name].standing is not Standing.OK
    assert wanted("twilio") in found[name].remedy["en"]


def test_a_country_that_is_closed_is_named(route: Route) -> None:
    there = {"/Countries/GP": Says(200, {"low_risk_numbers_enabled": False}), **SOUND}
    found = checked(route, by_path=there)
    assert found["geo_closed"].standing is Standing.WARNING
    assert "Guadeloupe" in found["geo_closed"].said["en"]
    assert "Guadeloupe" not in found["geo"].said["en"]
    closed = changed("/DialingPermissions", Says(200, {"low_risk_numbers_enabled": False}))
    assert "geo" not in checked(route, by_path=closed)


def test_france_closed_fails(route: Route) -> None:
    there = {"/Countries/FR": Says(200, {"low_risk_numbers_enabled": False}), **SOUND}
    assert checked(route, by_path=there)["geo_closed"].standing is Standing.FAILS
    assert "FR" in COUNTRIES


def test_a_pace_that_twilio_may_not_have_granted_warns(route: Route) -> None:
    assert checked(route, calls_per_second=5)["pace_unsure"].standing is Standing.WARNING


@pytest.mark.parametrize(
    ("says", "name", "standing"),
    [
        (account_of(status="suspended"), "account_inactive", Standing.FAILS),
        (account_of(type="Trial"), "account_trial", Standing.WARNING),
        (refusal(401, 20003), "twilio_refused", Standing.FAILS),
        (refusal(500, 20500), "twilio_silent", Standing.FAILS),
        (Says(200, text="<html>"), "twilio_silent", Standing.FAILS),
    ],
)
def test_an_account_that_cannot_call_is_told(
    route: Route, says: Says, name: str, standing: Standing
) -> None:
    found = checked(route, by_path=changed(f"/Accounts/{SID}.json", says))
    assert found[name].standing is standing
    assert found[name].remedy["fr"]
    assert "612345678" not in found[name].said["en"]


def test_the_latest_errors_are_explained(route: Route) -> None:
    notes = the_list("notifications", *[{"error_code": "11200"}] * 3, {"error_code": "x"})
    found = checked(route, by_path=changed("/Notifications", notes))["lately"]
    assert "11200 × 3" in found.said["en"]
    assert "LICITE_PUBLIC_URL" in found.remedy["en"]


def test_operators_read_their_own_language(route: Route) -> None:
    here: dict[str, Json] = {**route.settings, "secret": "/nowhere"}
    (unreadable,) = check(Route("tw", "twilio", here), Around(PUBLIC_URL, KEYS, []))
    assert unreadable.said["fr"] == "secret : /nowhere ne peut pas être lu."
    assert unreadable.remedy["en"].startswith("Check that the file exists")
    silent = checked(route, by_path=changed(f"/Accounts/{SID}.json", Says(200, text="<p>")))
    assert "a répondu HTTP 200, pas de JSON" in silent["twilio_silent"].said["fr"]


def test_what_twilio_does_not_tell_is_said(route: Route) -> None:
    found = checked(route, by_path={f"/Accounts/{SID}.json": account_of()})
    assert found["not_told"].standing is Standing.WARNING
    assert all(each.standing is not Standing.FAILS for each in found.values())


def test_settings_that_cannot_be_used_are_named_and_nobody_is_asked(tmp_path: Path) -> None:
    wrong = Route("twilio", "twilio", {"account_sid": "AC1"})
    (only,) = check(wrong, Around(PUBLIC_URL, KEYS, []))
    assert (only.name, only.standing) == ("settings_refused", Standing.FAILS)
    assert "account_sid" in only.said["fr"]


def test_a_secret_that_others_can_read_warns(route: Route) -> None:
    Path(str(route.settings["secret"])).chmod(0o644)
    assert "chmod 600" in checked(route)["secret_open"].remedy["en"]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "unset"),
        ("http://calls.example.org", "not_https"),
        ("https://calls_1.example.org", "underscore"),
        ("https://127.0.0.1:8000", "private"),
        ("https://10.1.2.3", "private"),
        ("https://[::1]", "private"),
        ("https://localhost", "private"),
        ("https://web.internal", "private"),
        ("https://calls.example.org", None),
        ("https://8.8.8.8", None),
    ],
)
def test_an_address_that_no_carrier_reaches_is_told_by_its_form(url: str, why: str | None) -> None:
    assert why_unreachable(url) == why


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_reason_of_an_unreachable_address_has_its_sentence(language: str) -> None:
    from engine.carriers.twilio.check import SAYS

    for why in ("unset", "not_https", "underscore", "private"):
        assert SAYS.fails(f"public_url_{why}").remedy[language]


def test_calls_that_twilio_made_wait_are_told(route: Route) -> None:
    calls = [{"sid": f"CA{wait}", "queue_time": wait} for wait in ("0", "2001", "7500", None)]
    late = checked(route, by_path=changed("/Calls.json", the_list("calls", *calls)))["queued"]
    assert late.standing is Standing.WARNING
    assert "2 of the latest calls wait, 7 s" in late.said["en"]
