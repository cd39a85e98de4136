"""Data files: the rows that iterations run with, read one at a time."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal, TextIO

from bruscript.collection.json_shape import read_number, refuse_constant
from bruscript.errors import BruscriptError, InvalidFileError
from bruscript.files import readable_path
from bruscript.records import record
from bruscript.unicode import wide_encoding

_CHUNK: Final = 64 * 1024
_BLANK: Final = " \t\r\n\f\v\u00a0\ufeff"
_FIELD: Final = re.compile(r'[^\S\n]*(?:"(?P<quoted>(?:[^"]|"")*)"\s*|(?P<plain>[^",\r\n]*))(?P<end>,|\Z)')


class CsvFileNotFoundError(BruscriptError):
    """The CSV file of a run does not exist."""

    exit_code = 10


class JsonFileNotFoundError(BruscriptError):
    """The JSON data file of a run does not exist."""

    exit_code = 11


@record(frozen=True)
class DataFile:
    """A CSV file with a header line, or a JSON file with a list of objects; each row is an iteration's data.

    Rows are read anew by every pass over it, and never held: memory stays flat however many there are.
    """

    path: Path
    kind: Literal["csv", "json"]

    def __post_init__(self) -> None:
        if not self.path.is_file():
            if self.kind == "csv":
                raise CsvFileNotFoundError(f"CSV file {self.name} does not exist")
            raise JsonFileNotFoundError(f"JSON file {self.name} does not exist")

    @property
    def name(self) -> str:
        """The file as messages name it."""
        return readable_path(self.path)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the rows, in order; a CSV's values are texts.

        Raises InvalidFileError at an invalid row.
        """
        try:
            self._refuse_wide()
            with self.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
                yield from _csv_rows(file, self.name) if self.kind == "csv" else _json_rows(file, self.name)
        except OSError as error:
            raise InvalidFileError(f"Cannot read {self.name}: {error.strerror}") from None

    def _refuse_wide(self) -> None:
        with self.path.open("rb") as file:
            if encoding := wide_encoding(file.read(4)):
                name = encoding[:6].upper()
                raise InvalidFileError(f"{self.name} is in {name}, not in UTF-8", hint="Save it as UTF-8.")

    def bad_bytes(self) -> str | None:
        """Return a warning that names the first bytes that are not UTF-8; None where all are.

        Each is read as U+FFFD, as in the reference. Raises InvalidFileError.
        """
        decoder = codecs.getincrementaldecoder("utf-8")()
        line, chunk = 1, b""
        try:
            with self.path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    decoder.decode(chunk)
                    line += chunk.count(b"\n")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            line += error.object.count(b"\n", 0, error.start)
            byte = error.object[error.start]
            place = f"{self.name}:{line}"
            return f"{place}: the byte 0x{byte:02x} is not UTF-8, and read as U+FFFD: save the file as UTF-8"
        except OSError as error:
            raise InvalidFileError(f"Cannot read {self.name}: {error.strerror}") from None
        return None

    def count(self) -> int:
        """Return the number of rows; reads the file once. Raises InvalidFileError if it is not valid."""
        return sum(1 for _ in self)


def merged_rows(files: Sequence[DataFile]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the last file, each with what the same rows of the others have beside it.

    Raises InvalidFileError at an invalid row.
    """
    *others, last = files
    beside = [iter(file) for file in others]
    for row in last:
        merged: dict[str, Any] = {}
        for rows in beside:
            merged |= next(rows, {})
        yield merged | row


def _csv_rows(file: TextIO, name: str) -> Iterator[dict[str, Any]]:
    raw: list[str] = []

    def lines() -> Iterator[str]:
        for line in file:
            raw.append(line)
            yield line

    reader = csv.reader(lines(), strict=True, skipinitialspace=True)
    columns: list[str] | None = None
    while True:
        raw.clear()
        try:
            row = next(reader, None)
        except csv.Error as error:
            # Strict reading may have failed on blanks around quotes, which are allowed.
            row = _quoted_row("".join(raw))
            if row is None:
                raise InvalidFileError(f"{name}:{reader.line_num}: not valid CSV: {error}") from None
        if row is None:
            return
        text = "".join(raw)
        row = (_quoted_row(text) or row) if '"' in text else [value.strip(_BLANK) for value in row]
        if not text.strip(_BLANK):
            continue
        if columns is None:
            columns = row
        elif len(row) != len(columns):
            raise InvalidFileError(
                f"{name}:{reader.line_num}: found {len(row)} values, the header has {len(columns)}",
                hint="Put values with commas in double quotes.",
            )
        else:
            yield dict(zip(columns, row, strict=True))


def _quoted_row(text: str) -> list[str] | None:
    """Return the fields of one record, blanks around them gone but those within quotes kept.

    None at the end of the file.
    """
    text = text.rstrip("\r\n")
    fields: list[str] = []
    position = 0
    while True:
        match = _FIELD.match(text, position)
        if match is None:
            return None
        quoted = match["quoted"]
        fields.append(match["plain"].strip(_BLANK) if quoted is None else quoted.replace('""', '"'))
        position = match.end()
        if not match["end"]:
            return fields


def _json_rows(file: TextIO, name: str) -> Iterator[dict[str, Any]]:
    decode = json.JSONDecoder(parse_constant=refuse_constant, parse_int=read_number).raw_decode
    buffer, position, number = "", 0, 0

    def refill() -> bool:
        nonlocal buffer, position
        chunk = file.read(max(_CHUNK, len(buffer) - position))
        buffer, position = buffer[position:] + chunk, 0
        return bool(chunk)

    def peek() -> str:
        """Return the next character that is not a blank, "" at the end."""
        nonlocal position
        while True:
            while position < len(buffer) and buffer[position] in " \t\r\n":
                position += 1
            if position < len(buffer):
                return buffer[position]
            if not refill():
                return ""

    if peek() != "[":
        raise InvalidFileError(f"{name}: expected a JSON list of objects, one for each iteration")
    position += 1
    if peek() == "]":
        return
    while True:
        peek()
        while True:
            try:
                row, end = decode(buffer, position)
                break
            except RecursionError:
                raise InvalidFileError(f"{name}: item {number + 1} is nested too deeply") from None
            except ValueError as error:
                if not refill():
                    raise InvalidFileError(f"{name}: item {number + 1} is not valid JSON: {error}") from None
        number += 1
        if not isinstance(row, dict):
            raise InvalidFileError(f"{name}: item {number} of the list is not an object")
        position = end
        yield row
        following = peek()
        if following == "]":
            return
        if following != ",":
            raise InvalidFileError(f"{name}: expected `,` or `]` after item {number}")
        position += 1
