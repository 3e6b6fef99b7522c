"""Columns of a table from the beginning of a CSV file: names from its header, types that the values seen convert to."""

from __future__ import annotations

import csv
import datetime
import io
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from keboola_duckdb.errors import ConfigurationError

#: As much of a file is looked at.
SAMPLE_BYTES = 1 << 20
TEXT = "VARCHAR"
_PARSED_CHARACTERS = 1 << 19
_EVEN_SHARE = 0.95
_DELIMITERS = (",", ";", "\t", "|")
_DELIMITER_RECORDS = 100
_MAX_NAME = 128
_GZIP, _ZSTD, _PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
_UNUSABLE = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"]')
#: Numbers with leading zeros are codes, and more digits than these do not fit.
_INTEGER = re.compile(r"[+-]?(?:0|[1-9]\d{0,17})", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9]\d{0,17})(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIMESTAMP = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.\d{1,6})?", re.ASCII)
_WITH_ZONE = re.compile(
    r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.\d{1,6})?(?:Z|[+-]\d{2}(?::?\d{2})?)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class InferredColumn:
    """A column that a table could have; `type` is a type of DuckDB."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class CsvShape:
    """What the beginning of a CSV file with a header tells."""

    columns: tuple[InferredColumn, ...]
    delimiter: str

    @property
    def csv_options(self) -> dict[str, object]:
        """The same dialect in the words of an import, so that the server reads what was looked at here."""
        return {"delimiter": self.delimiter, "quote": '"', "escape": '"', "header": True}


def infer_csv(
    head: bytes, *, is_complete: bool, delimiter: str | None = None, samples: Sequence[bytes] = ()
) -> CsvShape:
    """The shape of a CSV file with a header from its first bytes; `is_complete` says that these are all of them.

    Plain and gzip; `samples` are pieces from elsewhere in a plain file. The types are those of the values seen: another
    value may still not fit. Raises ConfigurationError for what is no CSV.
    """
    text, is_complete = _text_of(head, is_complete=is_complete)
    delimiter = delimiter or _guess_delimiter(text)
    records = _records(text, delimiter)
    if not is_complete and len(records) > 1:
        records.pop()  # it may be cut
    if not records:
        raise ConfigurationError("The file is empty: there is no header to take columns from. Give `columns`.")
    header, rows = records[0], [record for record in records[1:] if len(record) == len(records[0])]
    for sample in samples:
        rows += _rows_within(sample, delimiter, width=len(header))
    columns = tuple(
        InferredColumn(name, guess_type({row[at] for row in rows} - {""}))
        for at, name in enumerate(usable_names(header))
    )
    return CsvShape(columns, delimiter)


def guess_type(values: Iterable[str]) -> str:
    """The narrowest type that takes every value without loss; VARCHAR for none at all. Give it no empty ones."""
    seen = tuple(values)
    if not seen:
        return TEXT
    return next((name for name, fits in _TYPES if all(map(fits, seen))), TEXT)


def usable_names(header: Sequence[str]) -> list[str]:
    """A name for each column that a table can have: not empty, no quotes, none twice whatever the case."""
    names: list[str] = []
    taken: set[str] = set()
    for position, title in enumerate(header, 1):
        wanted = _UNUSABLE.sub("", title).strip()[:_MAX_NAME] or f"column_{position}"
        name, number = wanted, 2
        while name.casefold() in taken:
            name, number = f"{wanted[: _MAX_NAME - 6]}_{number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def is_parquet(head: bytes) -> bool:
    """Whether these first bytes are those of a Parquet file."""
    return head.startswith(_PARQUET)


def is_packed(head: bytes) -> bool:
    """Whether these first bytes are those of a gzip or zstd file."""
    return head.startswith((_GZIP, _ZSTD))


def _rows_within(sample: bytes, delimiter: str, *, width: int) -> list[list[str]]:
    """The whole records of a piece; none if it seems to begin within quotes."""
    found = _records(sample.decode("utf-8", errors="replace"), delimiter)[1:-1]
    even = [record for record in found if len(record) == width]
    return even if len(even) >= _EVEN_SHARE * len(found) else []


def _text_of(head: bytes, *, is_complete: bool) -> tuple[str, bool]:
    if head.startswith(_ZSTD):
        raise ConfigurationError("Columns cannot be inferred from a zstd file. Give `columns`.")
    if head.startswith(_GZIP):
        unpacking = zlib.decompressobj(wbits=31)
        try:
            head = unpacking.decompress(head, SAMPLE_BYTES)
        except zlib.error as error:
            raise ConfigurationError("The gzip file is damaged.") from error
        is_complete = unpacking.eof and not unpacking.unused_data
    text = head.decode("utf-8-sig", errors="replace")
    if "\0" in text:
        raise ConfigurationError("Columns can be inferred from CSV and Parquet only. Give `columns`.")
    return text[:_PARSED_CHARACTERS], is_complete and len(text) <= _PARSED_CHARACTERS


def _guess_delimiter(text: str) -> str:
    """The one that cuts most records into the same number of fields; a comma where none does."""

    def evidence(delimiter: str) -> tuple[float, int]:
        widths = [len(record) for record in _records(text, delimiter, at_most=_DELIMITER_RECORDS)]
        width = widths[0] if widths else 1
        return (widths.count(width) / len(widths), width) if width > 1 else (0.0, 0)

    return max(_DELIMITERS, key=evidence)


def _records(text: str, delimiter: str, *, at_most: int | None = None) -> list[list[str]]:
    found: list[list[str]] = []
    if len(delimiter) != 1:
        raise ConfigurationError("Columns can be inferred where the delimiter is one character. Give `columns`.")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for record in reader:
            if record:
                found.append(record)
            if at_most is not None and len(found) == at_most:
                break
    except csv.Error:
        # A field longer than the module takes, most likely a quote that never ends: judge by what was read before it.
        return found
    return found


def _is_boolean(value: str) -> bool:
    return value.lower() in ("true", "false")


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    try:
        datetime.time.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_moment(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    def fits(value: str) -> bool:
        found = pattern.fullmatch(value)
        return found is not None and _is_day(found[1]) and _is_time(found[2])

    return fits


_TYPES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("BOOLEAN", _is_boolean),
    ("BIGINT", lambda value: _INTEGER.fullmatch(value) is not None),
    ("DOUBLE", lambda value: _NUMBER.fullmatch(value) is not None),
    ("DATE", lambda value: _DATE.fullmatch(value) is not None and _is_day(value)),
    ("TIMESTAMP", _is_moment(_TIMESTAMP)),
    ("TIMESTAMP WITH TIME ZONE", _is_moment(_WITH_ZONE)),
)
