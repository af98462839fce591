"""Digest authentication, against the examples of the RFCs."""

from __future__ import annotations

import pytest

from engine.sip.digest import Challenge, Credentials, authorize, choose, parse_challenge

MUFASA = Credentials("Mufasa", "Circle of Life")
NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, response: str) -> None:
    """RFC 7616, 3.9.1."""
    challenge = Challenge("http-auth@example.org", NONCE, algorithm, "auth", OPAQUE)
    value = authorize(challenge, MUFASA, method="GET", uri="/dir/index.html", cnonce=CNONCE)
    assert f'response="{response}"' in value
    assert f"algorithm={algorithm}" in value
    assert "qop=auth, nc=00000001" in value
    assert f'opaque="{OPAQUE}"' in value


def test_without_qop_the_response_is_that_of_rfc_2069() -> None:
    """RFC 2617, 3.2.2.1: KD(H(A1), nonce ":" H(A2)), worked by hand with md5sum."""
    challenge = parse_challenge('Digest realm="sipp", nonce="47ebe028", algorithm=MD5')
    assert challenge is not None
    value = authorize(
        challenge, Credentials("u", "p"), method="INVITE", uri="sip:b@x", cnonce="unused"
    )
    assert 'response="8a3afb48c415a61b8d1a567b04177e47"' in value
    assert "cnonce" not in value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('Digest realm="r", nonce="n"', Challenge("r", "n")),
        (
            'digest  realm = "a \\"b\\", c" ,nonce="n,m",  stale=TRUE',
            Challenge('a "b", c', "n,m", is_stale=True),
        ),
        ('Digest realm="r", nonce="n", qop="auth-int, auth"', Challenge("r", "n", qop="auth")),
        ('Digest realm="r", nonce="n", qop="auth-int"', Challenge("r", "n", qop="auth-int")),
        ('Digest realm="r", nonce="n", algorithm=sha-256', Challenge("r", "n", "sha-256")),
        ('Digest realm="r", nonce="n", algorithm=NOVEL', None),
        ('Digest realm="r", nonce="n", qop="novel"', None),
        ('Digest realm="r"', None),
        ('Digest realm="r', None),
        ("Basic realm=x", None),
        ("", None),
    ],
)
def test_challenges_are_read(value: str, expected: Challenge | None) -> None:
    assert parse_challenge(value) == expected


def test_the_strongest_challenge_is_chosen() -> None:
    """RFC 8760, 2.4."""
    chosen = choose(
        [
            'Digest realm="r", nonce="1", algorithm=MD5',
            'Digest realm="r", nonce="2", algorithm=SHA-512-256',
            'Digest realm="r", nonce="3", algorithm=SHA-256',
        ]
    )
    assert chosen == Challenge("r", "3", "SHA-256")
    assert choose([]) is None
    assert choose(["Basic x"]) is None


def test_a_challenge_written_to_cost_time_costs_none() -> None:
    assert parse_challenge("Digest " + 'a="",' * 10_000 + "!") is None
