"""Header fields."""

from __future__ import annotations

import pytest

from engine.sip.fields import (
    CSeq,
    NameAddr,
    elements,
    name_addr,
    parse_cseq,
    parse_via,
    split_host_port,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("sip:a@b;tag=1", NameAddr("sip:a@b", "", {"tag": "1"})),
        ("<sip:a@b;user=phone>;tag=1", NameAddr("sip:a@b;user=phone", "", {"tag": "1"})),
        ('"A <b> \\"c\\"; d" <sip:a@b>', NameAddr("sip:a@b", 'A <b> "c"; d', {})),
        ("Anna B <sip:a@b> ; TAG = x", NameAddr("sip:a@b", "Anna B", {"tag": "x"})),
        ('<sip:a@b>;x="1;2"', NameAddr("sip:a@b", "", {"x": '"1;2"'})),
    ],
)
def test_addresses_are_read(value: str, expected: NameAddr) -> None:
    assert name_addr(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "<>",
        "a@b",
        "sip:",
        '"a <sip:a@b>',
        "<sip:a@b",
        "< sip:a@b >",
        "A, B <sip:a@b>",
        '"a" sip:a@b',
        "<sip:a@b>x;tag=1",
        "<sip:a@b>;;",
        "sip:a@b;",
    ],
)
def test_addresses_that_are_none_are_refused(value: str) -> None:
    with pytest.raises(ValueError):
        name_addr(value)


def test_a_via_is_read_with_spaces_where_the_grammar_has_them() -> None:
    via = parse_via("SIP / 2.0 / udp  [2001:DB8::9] : 5070 ; branch = z9hG4bKx;rport")
    assert (via.transport, via.host, via.port) == ("UDP", "[2001:DB8::9]", 5070)
    assert via.branch == "z9hG4bKx"
    assert via.parameters["rport"] == ""
    assert via.sent_by == "[2001:db8::9]:5070"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "SIP/2.0/UDP",
        "SIP/1.0/UDP a",
        "HTTP/2.0/UDP a",
        "SIP/2.0/UDP a:b",
        "SIP/2.0/UDP a;;x",
        "SIP/2.0/UDP a:99999",
        "SIP/2.0/UDP ;branch=x",
    ],
)
def test_a_via_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(ValueError):
        parse_via(value)


def test_cseq() -> None:
    assert parse_cseq("0009   INVITE") == CSeq(9, "INVITE")
    for value in ("", "1", "INVITE 1", "-1 INVITE", "2147483648 INVITE", "1 2 INVITE"):
        with pytest.raises(ValueError):
            parse_cseq(value)


def test_lists_are_split_outside_quotes_and_brackets() -> None:
    assert elements('"a,b" <sip:a@b;x=1,2>, <sip:c>;q="1,\\",2" , sip:d') == [
        '"a,b" <sip:a@b;x=1,2>',
        '<sip:c>;q="1,\\",2"',
        "sip:d",
    ]
    assert elements("") == []


def test_hosts_and_ports() -> None:
    assert split_host_port("[::1]") == ("[::1]", None)
    assert split_host_port("[::1]:5060") == ("[::1]", 5060)
    assert split_host_port("a.example") == ("a.example", None)
