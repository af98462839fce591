"""Messages as they come off the wire."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sip.message import (
    MAX_HEADER_LINES,
    MessageError,
    Request,
    Response,
    parse,
    parse_uri,
)
from tests.engine.sip.wire import an_answered_call

OPTIONS = (
    b"OPTIONS sip:licite@192.0.2.1 SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 198.51.100.5;branch=z9hG4bKa\r\n"
    b'f: "D, \\"J\\"" <sip:a@b>;tag=1\r\n'
    b"t: sip:licite@192.0.2.1;tag=2\r\n"
    b"i: abc\r\n"
    b"CSeq: 7 OPTIONS\r\n"
    b"Subject: one\r\n  two\r\n\tthree\r\n"
    b"l: 2\r\n\r\nhi, and more"
)


def a_request(data: bytes = OPTIONS) -> Request:
    message = parse(data)
    assert isinstance(message, Request)
    return message


def test_compact_names_are_the_long_ones() -> None:
    request = a_request()
    assert request.call_id == "abc"
    assert request.via.branch == "z9hG4bKa"
    assert (request.from_tag, request.to_tag) == ("1", "2")


def test_folded_headers_are_one_line() -> None:
    assert a_request().first("subject") == "one two three"


def test_bytes_beyond_content_length_are_dropped() -> None:
    """RFC 3261, 18.3."""
    assert a_request().body == b"hi"


def test_bytes_short_of_content_length_are_an_error_that_can_be_answered() -> None:
    with pytest.raises(MessageError) as caught:
        parse(OPTIONS.replace(b"l: 2", b"l: 200"))
    assert caught.value.code == 400
    assert caught.value.request is not None


def test_without_content_length_the_datagram_is_the_body() -> None:
    assert a_request(OPTIONS.replace(b"l: 2\r\n", b"")).body == b"hi, and more"


@pytest.mark.parametrize("scheme", [b"SIP", b"Sip", b"SIPS", b"sip"])
def test_schemes_are_read_in_either_case(scheme: bytes) -> None:
    """RFC 3261, 19.1.1 and RFC 3986, 3.1."""
    a_request(OPTIONS.replace(b"OPTIONS sip:", b"OPTIONS " + scheme + b":"))


def test_empty_lines_before_a_message_are_skipped() -> None:
    """RFC 3261, 7.5."""
    assert a_request(b"\r\n\r\n" + OPTIONS).method == "OPTIONS"


@pytest.mark.parametrize("keep_alive", [b"", b"\r\n", b"\r\n\r\n", b"\0\0\0\0"])
def test_keep_alives_are_no_messages(keep_alive: bytes) -> None:
    with pytest.raises(MessageError) as caught:
        parse(keep_alive)
    assert caught.value.request is None


def test_a_uri_parameter_may_have_any_name() -> None:
    """`self` is the name of an argument in the library below."""
    with pytest.raises(ValueError, match="not valid"):
        parse_uri("sip:a@b;self=1")


def test_a_message_without_end_of_headers_is_answered_400() -> None:
    with pytest.raises(MessageError) as caught:
        parse(OPTIONS[: OPTIONS.index(b"l: 2")])
    assert caught.value.request is not None


def test_headers_without_number_are_not_read() -> None:
    flood = b"X: y\r\n" * (MAX_HEADER_LINES + 1)
    with pytest.raises(MessageError, match="header lines"):
        parse(OPTIONS.replace(b"Subject", flood + b"Subject"))


@pytest.mark.parametrize(
    "hostile",
    [
        OPTIONS.replace(b"sip:licite@192.0.2.1 ", b"sip:" + b"a" * 60_000 + b" "),
        OPTIONS.replace(b"sip:licite@192.0.2.1 ", b"tel:+" + b"1" * 900 + b"! "),
        OPTIONS.replace(b"sip:licite@192.0.2.1 ", b"sip:" + b"a-" * 450 + b"! "),
        OPTIONS.replace(b"sip:licite@192.0.2.1 ", b"sip:[" + b"a:" * 450 + b"! "),
        OPTIONS.replace(b"f: ", b"f: " + b'"' * 60_000),
        OPTIONS.replace(b"f: ", b"f: " + b"<" * 60_000),
        OPTIONS.replace(b"z9hG4bKa", b";" * 60_000),
        OPTIONS.replace(b"v: ", b"v: " + b'",' * 30_000),
        OPTIONS.replace(b"CSeq: 7", b"CSeq: " + b"7" * 60_000),
        OPTIONS.replace(b"l: 2", b"l: " + b"9" * 60_000),
    ],
)
def test_a_datagram_written_to_cost_time_costs_little(hostile: bytes) -> None:
    start = time.process_time()
    with pytest.raises(MessageError):
        parse(hostile)
    assert time.process_time() - start < 0.25


def test_what_our_agents_write_is_read() -> None:
    wire, _, _ = an_answered_call()
    for sent in wire.sent:
        message = parse(sent.data)
        assert isinstance(message, Request | Response)
        assert sent.data.endswith(message.body)


@given(data=st.binary(max_size=300))
def test_anything_is_read_or_refused(data: bytes) -> None:
    try:
        parse(data)
    except MessageError:
        return


@given(position=st.integers(0, len(OPTIONS) - 1), patch=st.binary(min_size=1, max_size=8))
def test_every_corruption_is_read_or_refused(position: int, patch: bytes) -> None:
    try:
        parse(OPTIONS[:position] + patch + OPTIONS[position + len(patch) :])
    except MessageError:
        return
