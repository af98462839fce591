"""Entries, heads and the heads file; the journal in a store is tested with the store."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from engine.journal import (
    Entry,
    HeadsFile,
    Kind,
    Signer,
    TreeHead,
    canonical,
    commit_to,
    without_numbers,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def a_signer() -> Signer:
    return Signer(Ed25519PrivateKey.generate())


@pytest.mark.parametrize(
    "text",
    [
        "+33612345678",
        "sip:+33612345678@192.0.2.1",
        "0612345678",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "+33 6 12 34 56 78",
        "0033612345678",
        "+1 212 555 0123",
        "call <tel:+590690123456>!",
    ],
)
def test_no_telephone_number_survives_in_an_entry(text: str) -> None:
    entry = Entry(Kind.CONCLUDED, NOON, detail={"cause": text, "deep": [{text: text}]})
    assert not any(part.isdigit() and len(part) > 6 for part in entry.body().decode().split('"'))
    written = entry.body().decode()
    assert "345678" not in written.replace(" ", "").replace(".", "").replace("-", "")
    assert "5550123" not in written.replace(" ", "")


@pytest.mark.parametrize(
    "text",
    ["2026-11-23T12:00:00+00:00", "486 Busy Here", "start 0.613 s", "a" * 3 + "12345678" * 7 + "b"],
)
def test_what_is_no_telephone_number_stays(text: str) -> None:
    assert without_numbers(text) == text


def test_an_entry_has_one_text_whatever_the_order_and_the_zone() -> None:
    paris = NOON.astimezone(timezone(timedelta(hours=1)))
    one = Entry(Kind.DIALLED, NOON, campaign="c", drop=7, detail={"a": 1, "b": "é"})
    other = Entry(Kind.DIALLED, paris, campaign="c", drop=7, detail={"b": "é", "a": 1})
    assert one.body() == other.body()
    assert json.loads(one.body())["at"] == "2026-11-23T12:00:00+00:00"


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Entry(Kind.STOPPED, datetime(2026, 11, 23, 12)).body()  # noqa: DTZ001


def test_a_number_that_json_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical({"x": float("nan")})


def test_the_same_entry_leaves_another_leaf_under_another_salt() -> None:
    assert commit_to(b"0" * 16, b"{}") != commit_to(b"1" * 16, b"{}")


@given(st.integers(0, 2**60), st.binary(min_size=32, max_size=32), st.integers(0, 10**9))
def test_a_head_survives_its_line(size: int, root: bytes, second: int) -> None:
    signer = a_signer()
    head = signer.sign(size, root, datetime.fromtimestamp(second, UTC))
    again = TreeHead.parse(head.line())
    assert again == head
    assert again.is_signed_by(signer.public_key)
    assert not again.is_signed_by(a_signer().public_key)
    assert not TreeHead(size + 1, root, head.at, head.signature).is_signed_by(signer.public_key)


@pytest.mark.parametrize(
    "line", [b"", b"\x00\xff", b"[]", b"{}", b'{"size":1,"root":"zz","at":"x","signature":""}']
)
def test_what_is_no_head_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match="signed tree head"):
        TreeHead.parse(line)


def test_the_heads_file_only_grows_and_takes_each_size_once(tmp_path: Path) -> None:
    signer, file = a_signer(), HeadsFile(tmp_path / "deep" / "heads.jsonl")
    heads = [signer.sign(size, bytes(32), NOON) for size in (1, 5, 9)]
    file.append(heads[:2])
    file.append(heads)
    file.append(heads[:1])
    assert list(file) == heads
    assert file.last_size() == 9


def test_a_half_written_line_spoils_no_other(tmp_path: Path) -> None:
    signer, file = a_signer(), HeadsFile(tmp_path / "heads.jsonl")
    first, second = (signer.sign(size, bytes(32), NOON) for size in (1, 2))
    file.append([first])
    with file.path.open("ab") as raw:
        raw.write(second.line()[:20])
    file.append([second])
    assert list(file) == [first, None, second]
