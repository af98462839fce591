"""A file of callees (CSV), read line by line and never whole."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Sequence
from typing import BinaryIO

from engine.campaign.problems import RowProblem, row_problem
from engine.campaign.rows import COLUMNS, REQUIRED_COLUMNS, CalleeRow, RowReader, word

LONGEST_LINE = 8_192
"Bytes; no honest row is longer."

MOST_ROWS = 2_000_000
"Rows in one file; a longer list is split, so that duplicates can be told in bounded memory."

_HEADERS = {
    **{column: column for column in COLUMNS},
    "numero": "number",
    "telephone": "number",
    "numero_de_telephone": "number",
    "type": "callee_kind",
    "type_de_destinataire": "callee_kind",
    "territoire": "territory",
    "fondement": "basis",
    "base_legale": "basis",
    "date_du_consentement": "consent_at",
    "texte_du_consentement": "consent_text",
    "mode_du_consentement": "consent_channel",
    "source_du_consentement": "consent_source",
}
_BOM = b"\xef\xbb\xbf"
_FOREIGN_STARTS = {
    b"PK\x03\x04": "file_workbook",
    b"\xd0\xcf\x11\xe0": "file_workbook",
    b"\xff\xfe": "file_utf16",
    b"\xfe\xff": "file_utf16",
}


class _WrongFile(ValueError):
    """A file of which nothing can be read; carries the problem."""

    def __init__(self, problem: RowProblem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


def read_callees(
    stream: BinaryIO, *, consent_texts: Collection[str], language: str = "fr"
) -> Iterator[CalleeRow | RowProblem]:
    """Read the callees of a CSV file: UTF-8, ``,`` or ``;``, headers in French or English.

    A bad row is a problem among the others' callees; a problem that `stops` is the last.
    """
    lines = _Lines(stream)
    following = iter(lines)
    try:
        columns, delimiter = _header(next(following, b""), lines, language)
    except _WrongFile as wrong:
        yield wrong.problem
        return
    reader = RowReader(consent_texts, language)
    for line in following:
        if lines.number > MOST_ROWS + 1:
            most = str(MOST_ROWS)
            yield row_problem(lines.number, "", "file_too_many", language, stops=True, most=most)
            return
        row = _row(line, lines, columns, delimiter, language)
        if isinstance(row, RowProblem):
            yield row
        elif row is not None:
            yield reader.read(lines.number, row)


class _Lines:
    """The lines of a binary stream, each cut at `LONGEST_LINE`."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.number = 0
        self.is_whole = True
        "Whether the last line ended with a line end."
        self.is_too_long = False

    def __iter__(self) -> Iterator[bytes]:
        while line := self._stream.readline(LONGEST_LINE + 1):
            self.number += 1
            self.is_whole = line.endswith(b"\n")
            self.is_too_long = len(line) > LONGEST_LINE and not self.is_whole
            yield line
            if self.is_too_long:
                self._skip()

    def _skip(self) -> None:
        """Read on to the next line end without keeping anything."""
        while rest := self._stream.readline(1 << 16):
            if rest.endswith(b"\n"):
                return


def _header(first: bytes, lines: _Lines, language: str) -> tuple[Sequence[str], str]:
    """Return the columns and the delimiter that the first line tells; raises _WrongFile."""
    text = _header_text(first, lines, language)
    delimiter = ";" if text.count(";") > text.count(",") else ","
    names = _split(text, delimiter) or []
    columns = [_HEADERS.get(word(name), "") for name in names]
    missing = [column for column in REQUIRED_COLUMNS if column not in columns]
    if missing:
        raise _wrong("file_header", language, missing=", ".join(missing))
    for name, column in zip(names, columns, strict=True):
        if not column:
            raise _wrong("file_column_unknown", language, name=name[:40])
        if columns.count(column) > 1:
            raise _wrong("file_column_twice", language, name=name[:40])
    return columns, delimiter


def _header_text(first: bytes, lines: _Lines, language: str) -> str:
    """Return the first line as text; says which kind of file it is when it is none of ours."""
    for start, cause in _FOREIGN_STARTS.items():
        if first.startswith(start):
            raise _wrong(cause, language)
    content = first.removeprefix(_BOM)
    if b"\0" in content:
        raise _wrong("file_binary", language)
    if not content.strip():
        raise _wrong("file_empty" if lines.number <= 1 else "file_header", language, missing="")
    try:
        text = content.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise _wrong("file_not_utf8", language) from None
    if lines.is_too_long or "\r" in text:
        raise _wrong("file_line_ends", language)
    return text


def _wrong(cause: str, language: str, **facts: str) -> _WrongFile:
    wanted = ", ".join(COLUMNS)
    return _WrongFile(row_problem(1, "", cause, language, stops=True, wanted=wanted, **facts))


def _row(
    line: bytes, lines: _Lines, columns: Sequence[str], delimiter: str, language: str
) -> dict[str, str] | RowProblem | None:
    """Return a line's values by column; `None` for an empty line."""
    number = lines.number
    if lines.is_too_long:
        longest = str(LONGEST_LINE)
        return row_problem(number, "", "row_too_long", language, longest=longest)
    if b"\0" in line:
        return row_problem(number, "", "row_binary", language)
    try:
        text = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        return row_problem(number, "", "row_not_utf8", language)
    if not text.strip(delimiter + " \t"):
        return None
    values = _split(text, delimiter)
    if values is None or len(values) != len(columns):
        return _misshapen(values, lines, len(columns), language)
    return dict(zip(columns, values, strict=True))


def _misshapen(
    values: Sequence[str] | None, lines: _Lines, wanted: int, language: str
) -> RowProblem:
    """Say why a line does not have one value for each column."""
    if not lines.is_whole and (values is None or len(values) < wanted):
        cause = "row_half_written"
    else:
        cause = "row_quotes" if values is None else "row_columns"
    found = str(len(values or ()))
    return row_problem(lines.number, "", cause, language, found=found, wanted=str(wanted))


def _split(text: str, delimiter: str) -> list[str] | None:
    """Return the values of one line; `None` when its quotes do not close."""
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None
