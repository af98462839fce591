"""Which routes can take a call: prefixes, landlines, caller ids."""

from __future__ import annotations

import pytest

from engine.interfaces import Route
from engine.journal import Json
from engine.numbering import french_plan
from engine.numbers import PhoneNumber, parse
from engine.routing import GROUPS, Deposit, capabilities, choose, is_prefix, unfit

NPV = parse("0162000001")
MOBILE, LANDLINE = parse("0612345678"), parse("0145678901")
OVERSEAS_MOBILE = parse("0692123456")


def a_route(name: str = "one", carrier: str = "trunk", **settings: Json) -> Route:
    return Route(name, carrier, settings)


def reason(route: Route, number: PhoneNumber, caller_id: PhoneNumber = NPV) -> str | None:
    found = unfit(route, number, caller_id)
    return found.reason if found else None


def test_a_route_that_declares_nothing_takes_every_number() -> None:
    for number in (MOBILE, LANDLINE, OVERSEAS_MOBILE):
        assert unfit(a_route(), number, NPV) is None


@pytest.mark.parametrize(
    ("prefixes", "served", "others"),
    [
        (["+336", "+337"], [MOBILE], [LANDLINE, OVERSEAS_MOBILE]),
        (["metropole_mobile"], [MOBILE], [LANDLINE, OVERSEAS_MOBILE]),
        (["metropole_landline"], [LANDLINE, parse("0945678901")], [MOBILE, OVERSEAS_MOBILE]),
        (["metropole"], [MOBILE, LANDLINE], [OVERSEAS_MOBILE]),
        (["overseas"], [OVERSEAS_MOBILE, parse("0262123456")], [MOBILE, LANDLINE]),
        (["overseas_landline"], [parse("0262123456")], [OVERSEAS_MOBILE, LANDLINE]),
        (["overseas_mobile", "+331"], [OVERSEAS_MOBILE, LANDLINE], [MOBILE]),
    ],
)
def test_prefixes_and_groups_bound_what_a_route_serves(
    prefixes: list[Json], served: list[PhoneNumber], others: list[PhoneNumber]
) -> None:
    route = a_route(prefixes=prefixes)
    assert [reason(route, number) for number in served] == [None] * len(served)
    assert {reason(route, number) for number in others} == {"route_prefix"}


def test_every_territory_of_the_plan_is_in_one_group() -> None:
    for name, code in french_plan().codes.items():
        number = PhoneNumber(f"+{code}600000000", "0600000000", name, MOBILE.line)
        assert [g for g in ("metropole", "overseas") if GROUPS[g](number)] == [
            "metropole" if name == "FR" else "overseas"
        ]


def test_a_number_whose_prefix_tells_no_territory_is_in_no_group() -> None:
    shared = parse("0976123456", territory="RE")
    assert shared.territory is None
    assert not any(holds(shared) for holds in GROUPS.values())


@pytest.mark.parametrize("wrong", [["nowhere"], ["0033"], ["+33x"], ["+"], "+33", 33, [33], []])
def test_prefixes_that_cannot_be_read_serve_nobody(wrong: Json) -> None:
    assert reason(a_route(prefixes=wrong), MOBILE) == "route_prefix"


def test_a_prefix_is_a_group_or_a_plus_and_digits() -> None:
    assert all(map(is_prefix, [*GROUPS, "+33", "+3360"]))
    assert not any(map(is_prefix, ["33", "", "+", "++33", "+33 6", "mobile", "+٣٣"]))


def test_a_direct_route_takes_mobiles_only_unless_said_otherwise() -> None:
    """A landline would ring: direct deposit is for mailboxes of mobiles."""
    direct = a_route(carrier="voicepartner")
    assert capabilities(direct).deposit is Deposit.DIRECT
    assert (reason(direct, MOBILE), reason(direct, LANDLINE)) == (None, "route_landline")
    assert reason(a_route(carrier="voicepartner", landlines=True), LANDLINE) is None
    assert reason(a_route(carrier="voicepartner", landlines="yes"), LANDLINE) == "route_landline"


def test_a_route_shows_the_caller_ids_it_lists() -> None:
    route = a_route(caller_ids=["+33162000001"])
    assert reason(route, MOBILE) is None
    assert reason(route, MOBILE, parse("0162000002")) == "route_caller_id"
    assert reason(a_route(caller_ids="+33162000001"), MOBILE) == "route_caller_id"


def test_no_french_mobile_is_shown_through_twilio() -> None:
    assert reason(a_route(carrier="twilio"), MOBILE, MOBILE) == "route_mobile_caller_id"
    assert reason(a_route(carrier="twilio"), MOBILE) is None


def test_over_a_trunk_what_is_shown_is_left_to_clearance() -> None:
    assert reason(a_route(carrier="trunk"), MOBILE, MOBILE) is None


def test_a_reason_names_what_the_route_serves() -> None:
    for prefixes, served in ((["+331", "+332"], "+331, +332"), ([], "—")):
        why = unfit(a_route(prefixes=prefixes), MOBILE, LANDLINE)
        assert why is not None
        assert why.facts["served"] == served


def test_a_reason_names_no_number_in_clear() -> None:
    for route in (a_route(caller_ids=[]), a_route(carrier="twilio")):
        found = unfit(route, LANDLINE, MOBILE)
        assert found is not None
        assert MOBILE.e164 not in str(found)


def test_the_campaigns_order_decides_and_every_refusal_is_kept() -> None:
    ways = [
        a_route("landlines", prefixes=["metropole_landline"]),
        a_route("mobiles", prefixes=["+336"]),
        a_route("all"),
    ]
    choice = choose(ways, MOBILE, NPV)
    assert choice.fit == ("mobiles", "all")
    assert [(why.route, why.reason) for why in choice.unfit] == [("landlines", "route_prefix")]
