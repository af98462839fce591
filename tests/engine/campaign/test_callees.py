"""A file of callees is read line by line: a bad row is a problem, the others go in."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.campaign import COLUMNS, CalleeRow, RowProblem, read_callees, read_rows
from engine.campaign.file import LONGEST_LINE
from engine.clearance import BasisKind, CalleeKind
from engine.wording import catalogue

HEADER = ",".join(COLUMNS)
ROW = "06 12 34 56 78,consumer,FR,consent,2026-09-01T10:00:00+02:00,web-2026,ticked_box,site"


def read(content: str | bytes, language: str = "fr") -> list[CalleeRow | RowProblem]:
    given = content if isinstance(content, bytes) else content.encode()
    return list(read_callees(io.BytesIO(given), consent_texts={"web-2026"}, language=language))


def problems(content: str | bytes) -> list[RowProblem]:
    return [row for row in read(content) if isinstance(row, RowProblem)]


def caused(problem: RowProblem) -> str:
    """Name the wording that a problem has."""
    for cause, parts in catalogue("fr").items():
        if cause.startswith(("file_", "row_", "value_", "number_")):
            wording = re.sub(r"\\{\w+\\}", ".*", re.escape(parts["reason"]))
            if re.fullmatch(wording, problem.reason):
                return cause
    return problem.reason


def test_a_row_becomes_a_callee() -> None:
    [row] = read(f"{HEADER}\n{ROW}\n")
    assert isinstance(row, CalleeRow)
    callee = row.callee
    assert row.line == 2
    assert callee.number.e164 == "+33612345678"
    assert (callee.kind, callee.territory) == (CalleeKind.CONSUMER, "FR")
    assert callee.basis.kind is BasisKind.CONSENT
    assert callee.basis.at == datetime(2026, 9, 1, 8, tzinfo=UTC)
    assert callee.basis.text_id == "web-2026"
    assert (callee.basis.channel, callee.basis.source) == ("ticked_box", "site")


FRENCH = (
    "Numéro;Type de destinataire;Territoire;Fondement;Date du consentement;"
    "Texte du consentement;Mode du consentement;Source du consentement"
)
FRENCH_ROW = (
    "06.12.34.56.78;Particulier;fr;Consentement;2026-09-01T10:00:00+02:00;web-2026;case cochée;site"
)

#: The same callee in every writing that is accepted.
WRITINGS = [
    f"{HEADER}\n{ROW}\n".encode(),
    f"{HEADER}\n{ROW}".encode(),
    f"{HEADER}\r\n{ROW}\r\n".encode(),
    f"\ufeff{HEADER}\n{ROW}\n".encode(),
    f"{HEADER}\n{ROW}\n".replace(",", ";").encode(),
    f"{FRENCH}\n{FRENCH_ROW}\n".encode(),
    f"{FRENCH.upper()}\n{FRENCH_ROW}\n".encode(),
    f"{HEADER}\n\n{ROW}\n,,,,,,,\n   \n".encode(),
    f'{HEADER}\n"06 12 34 56 78",consumer,FR,consent,2026-09-01T10:00:00+02:00,web-2026,'
    'ticked_box,"site"\n'.encode(),
]


@pytest.mark.parametrize("content", WRITINGS)
def test_a_file_is_read_however_it_is_written(content: bytes) -> None:
    [row] = read(content)
    [wanted] = read(WRITINGS[0])
    assert isinstance(row, CalleeRow)
    assert isinstance(wanted, CalleeRow)
    assert row.callee == wanted.callee


def test_columns_stand_in_any_order_and_the_optional_ones_may_be_left_out() -> None:
    [row] = read("basis,number,callee_kind\ncontrat,0612345678,entreprise\n")
    assert isinstance(row, CalleeRow)
    assert row.callee.kind is CalleeKind.LEGAL_ENTITY
    assert row.callee.basis.kind is BasisKind.CONTRACT
    assert row.callee.basis.source is None


#: A file of which nothing can be read -> why.
FILES = [
    (b"", "file_empty"),
    (b"\xef\xbb\xbf", "file_empty"),
    (b"\n\n", "file_empty"),
    (b"PK\x03\x04\x14\x00", "file_workbook"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1", "file_workbook"),
    (HEADER.encode("utf-16"), "file_utf16"),
    (HEADER.encode("utf-16-le"), "file_binary"),
    (b"\x7fELF\x02\x01\x01\x00\x00", "file_binary"),
    ("num\xe9ro;type;fondement\n".encode("latin-1"), "file_not_utf8"),
    (b"phone;kind\n0612345678;consumer\n", "file_header"),
    (b"number\n0612345678\n", "file_header"),
    (b"number\tcallee_kind\tbasis\n", "file_header"),
    (f"{HEADER},prenom\n{ROW},Ana\n".encode(), "file_column_unknown"),
    (f"{HEADER},numero\n".encode(), "file_column_twice"),
    (f"{HEADER}\r{ROW}\r".encode(), "file_line_ends"),
    (b"number," * 3000, "file_line_ends"),
]


@pytest.mark.parametrize(("content", "cause"), FILES)
def test_a_wrong_file_is_one_problem_that_stops(content: bytes, cause: str) -> None:
    [problem] = problems(content)
    assert caused(problem) == cause
    assert problem.stops
    assert problem.line == 1
    assert len(read(content)) == 1


def test_a_wrong_header_names_the_columns_that_are_wanted() -> None:
    [problem] = problems(b"a,b\n")
    assert HEADER.replace(",", ", ") in problem.remedy


#: A row that cannot be used -> its column and why.
ROWS = [
    (ROW.replace("06 12 34 56 78", ""), "number", "number_missing"),
    (ROW.replace("06 12 34 56 78", "612345678"), "number", "number_zero_lost"),
    (ROW.replace("06 12 34 56 78", "+33 596 12 34 56"), "number", "number_contradictory"),
    (ROW.replace("consumer", "friend"), "callee_kind", "value_not_among"),
    (ROW.replace("consumer", ""), "callee_kind", "value_missing"),
    (ROW.replace(",FR,", ",France,"), "territory", "value_not_territory"),
    (ROW.replace("consent,", "bloctel,"), "basis", "value_not_among"),
    (ROW.replace("2026-09-01T10:00:00+02:00", "01/09/2026"), "consent_at", "value_not_instant"),
    (ROW.replace("2026-09-01T10:00:00+02:00", "2026-09-01"), "consent_at", "value_date_only"),
    (ROW.replace("T10:00:00+02:00", "T10:00:00"), "consent_at", "value_no_offset"),
    (ROW.replace("web-2026", "web-2025"), "consent_text", "row_text_unknown"),
    (ROW.replace("site", "s" * 201), "consent_source", "value_too_long"),
    (ROW + ",more", "", "row_columns"),
    (ROW.replace(",site", ""), "", "row_columns"),
    ('"' + ROW, "", "row_quotes"),
    (ROW.replace("site", "s\0te"), "", "row_binary"),
    (ROW.replace("site", "s" * LONGEST_LINE), "", "row_too_long"),
]


@pytest.mark.parametrize(("row", "column", "cause"), ROWS)
def test_a_bad_row_is_reported_and_the_rest_goes_in(row: str, column: str, cause: str) -> None:
    other = ROW.replace("06 12 34 56 78", "06 12 34 56 79")
    rows = read(f"{HEADER}\n{row}\n{other}\n")
    problem, good = rows
    assert isinstance(problem, RowProblem)
    assert (problem.line, problem.column, caused(problem)) == (2, column, cause)
    assert problem.remedy
    assert not problem.stops
    assert isinstance(good, CalleeRow)
    assert good.line == 3


def test_a_row_in_another_encoding_is_reported() -> None:
    content = f"{HEADER}\n".encode() + ROW.replace("site", "forêt").encode("latin-1") + b"\n"
    [problem] = problems(content)
    assert caused(problem) == "row_not_utf8"


@pytest.mark.parametrize("cut", range(1, len(ROW) - len(",site")))
def test_a_half_written_last_line_is_reported(cut: int) -> None:
    [problem] = problems(f"{HEADER}\n{ROW[:cut]}")
    assert problem.line == 2
    assert caused(problem) == "row_half_written"


def test_a_number_that_comes_twice_goes_in_once() -> None:
    again = ROW.replace("06 12 34 56 78", "+33 (0)6 12 34 56 78")
    first, second = read(f"{HEADER}\n{ROW}\n{again}\n")
    assert isinstance(first, CalleeRow)
    assert isinstance(second, RowProblem)
    assert caused(second) == "row_duplicate"
    assert "2" in second.reason


def test_no_problem_shows_a_whole_number() -> None:
    shifted = "consumer,06 12 34 56 78,FR,consent,0612345678,web-2026,ticked_box,site"
    for row in (shifted, ROW.replace("78", "7x"), f"{ROW}\n{ROW}"):
        for problem in problems(f"{HEADER}\n{row}\n"):
            assert "12 34 56" not in f"{problem}"
            assert "123456" not in f"{problem}"


class Endless(io.RawIOBase):
    """A stream that never ends, and counts what was asked of it."""

    def __init__(self, chunk: bytes) -> None:
        self.chunk, self.asked = chunk, 0

    def readline(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert 0 < size <= 1 << 16
        self.asked += 1
        return self.chunk


@pytest.mark.parametrize("chunk", [b"\0" * (LONGEST_LINE + 1), b"x" * (LONGEST_LINE + 1)])
def test_an_endless_file_without_a_line_is_refused_after_its_first_bytes(chunk: bytes) -> None:
    stream = Endless(chunk)
    [problem] = read_callees(cast("BinaryIO", stream), consent_texts=())
    assert isinstance(problem, RowProblem)
    assert problem.stops
    assert stream.asked == 1


def test_rows_are_given_as_they_are_read() -> None:
    class Endlessly(Endless):
        def readline(self, size: int | None = -1, /) -> bytes:
            self.asked += 1
            number = f"+336{self.asked:08d}"
            return f"{HEADER}\n".encode() if self.asked == 1 else f"{number}{ROW[14:]}\n".encode()

    rows: Iterator[CalleeRow | RowProblem] = read_callees(
        cast("BinaryIO", Endlessly(b"")), consent_texts={"web-2026"}
    )
    assert [next(rows).line for _ in range(1000)] == list(range(2, 1002))


def test_rows_given_as_json_are_read_by_the_same_rules() -> None:
    values = dict(zip(COLUMNS, ROW.split(","), strict=True))
    good, unknown, wrong, twice = read_rows(
        [values, values | {"colour": "blue"}, values | {"number": 612345678}, values],
        consent_texts={"web-2026"},
    )
    assert isinstance(good, CalleeRow)
    [from_file] = read(f"{HEADER}\n{ROW}\n")
    assert isinstance(from_file, CalleeRow)
    assert good == CalleeRow(0, from_file.callee)
    assert isinstance(unknown, RowProblem)
    assert (unknown.line, unknown.column) == (1, "colour")
    assert isinstance(wrong, RowProblem)
    assert (wrong.line, wrong.column, caused(wrong)) == (2, "number", "value_not_text")
    assert isinstance(twice, RowProblem)
    assert (twice.line, caused(twice)) == (3, "row_duplicate")


@given(st.binary(max_size=300))
def test_no_bytes_do_worse_than_problems(content: bytes) -> None:
    for row in read(f"{HEADER}\n".encode() + content) + read(content):
        assert row.line >= 1
