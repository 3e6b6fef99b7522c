"""Reading CSV: first in one typed pass, and in slower, more tolerant ways only when DuckDB refuses that."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from storage.engine.csv_dialect import Dialect, Head, detect_dialect, dialect_from, first_line_end, first_record
from storage.engine.csv_file import ends_blank, holds_escape, longest_stretch, plain_file, read_head
from storage.engine.csv_repair import write_canonical
from storage.engine.load_source import TEXT_TYPES, Reading, cast, column_count_text, file_column
from storage.engine.monitor import Monitor
from storage.engine.specs import ColumnSpec, CsvOptions
from storage.errors import ImportFailed

# (longest line, read buffer) in bytes. DuckDB's default is 2 MB; its own choice of buffer is 16 lines, which a 64 MiB
# line would turn into a gigabyte.
LINE_LIMITS = ((0, 0), (16 << 20, 64 << 20), (64 << 20, 160 << 20))
LINE_TOO_LONG = "A line is longer than 64 MiB."
LINE_ENDS = {"\n": "\\n", "\r\n": "\\r\\n", "\r": "\\r"}  # as DuckDB wants them spelled
LINE_TOO_LONG_TEXT = re.compile(r"line size", re.IGNORECASE)
UNREADABLE_TEXT = re.compile(r"invalid state|unterminated quote", re.IGNORECASE)
_EMPTY_VALUE = re.compile(r'Could not convert string ""')


@dataclass(frozen=True)
class CsvReading(Reading):
    """A reading together with the choices that made it, from which the next attempt differs."""

    path: Path = Path()
    dialect: Dialect = Dialect()
    detected: bool = False
    blank_lines: int = 0
    line_end: str = "\n"
    repaired: bool = False
    tolerant: bool = False
    line_limit: int = 0


class CsvSource:
    """The readings of one CSV file, best first. Scratch files are the caller's to remove."""

    def __init__(self, path: Path, *, new_scratch: Callable[[], Path], monitor: Monitor) -> None:
        self._new_scratch = new_scratch
        self._monitor = monitor
        self._path = plain_file(path, new_scratch, monitor)
        self.warnings: list[str] = []

    def first(self, options: CsvOptions | None, targets: tuple[ColumnSpec, ...]) -> CsvReading:
        """The reading to try first. Raises InvalidCsvOptions, and ImportFailed for what the first bytes show."""
        given = dialect_from(options) if options is not None else None
        head = read_head(self._path)
        dialect = given or detect_dialect(head, [column.name for column in targets])
        blank_lines, mapped = self._map_header(head, dialect, targets) if dialect.header else (0, targets)
        reading = CsvReading(
            mapped,
            path=self._path,
            dialect=dialect,
            detected=given is None,
            blank_lines=blank_lines,
            line_end=(line_end := first_line_end(head, dialect)),
            line_limit=self._line_limit(line_end),
        )
        if self._needs_repair(reading):
            return self._repaired(reading)
        return _built(replace(reading, dialect=replace(dialect, escape=dialect.quote)))

    def next(self, error: duckdb.Error, failed: CsvReading) -> CsvReading | None:
        """Another way to read what `failed` could not because of `error`; None when the file is to blame."""
        text = str(error)
        if LINE_TOO_LONG_TEXT.search(text) and failed.line_limit + 1 < len(LINE_LIMITS):
            return _built(replace(failed, line_limit=failed.line_limit + 1))
        if UNREADABLE_TEXT.search(text) and not failed.repaired:
            escape = "\\" if failed.detected and failed.dialect.quote else failed.dialect.escape
            return self._repaired(replace(failed, dialect=replace(failed.dialect, escape=escape)))
        if _EMPTY_VALUE.search(text) and not failed.tolerant:
            return _built(replace(failed, tolerant=True))
        return None

    def _line_limit(self, line_end: str) -> int:
        """The limit to start with: DuckDB drops a last line that is longer than its buffer without a word."""
        stretch = longest_stretch(self._path, line_end)
        if stretch > LINE_LIMITS[-1][0]:
            raise ImportFailed(LINE_TOO_LONG)
        return len(LINE_LIMITS) - 1 if stretch else 0

    def _needs_repair(self, reading: CsvReading) -> bool:
        dialect = reading.dialect
        if dialect.escapes and holds_escape(self._path, dialect.escape, dialect.quote, self._monitor):
            return True
        return _ignores_blank_end(reading) and ends_blank(self._path)

    def _repaired(self, reading: CsvReading) -> CsvReading:
        target = self._new_scratch()
        write_canonical(reading.path, target, reading.dialect, self._monitor, trim_end=_ignores_blank_end(reading))
        dialect = replace(reading.dialect, escape=reading.dialect.quote)
        return _built(replace(reading, path=target, dialect=dialect, line_end="\n", repaired=True))

    def _map_header(
        self, head: Head, dialect: Dialect, targets: tuple[ColumnSpec, ...]
    ) -> tuple[int, tuple[ColumnSpec, ...]]:
        """Blank lines before the header, and the table's columns in the order of the file."""
        found = first_record(head, dialect, skip_blank=len(targets) > 1)
        if found is None:
            raise ImportFailed("The header cannot be read with this CSV dialect.", details={"line": 1})
        blank_lines, names = found
        if len(names) != len(targets):
            line = blank_lines + 1
            raise ImportFailed(
                f"{column_count_text(len(names), targets)} See line {line}.",
                details={"line": line, "columns_found": len(names), "columns_expected": len(targets)},
            )
        by_name = {column.name: column for column in targets}
        if names == list(by_name) or sorted(names) != sorted(by_name):
            return blank_lines, targets
        self.warnings.append("The header names the table's columns in another order: values were mapped by name.")
        return blank_lines, tuple(by_name[name] for name in names)


def _ignores_blank_end(reading: CsvReading) -> bool:
    """A blank line of a one-column file is a NULL, which export writes so; where NULL cannot be it ends the file."""
    return len(reading.targets) == 1 and not reading.targets[0].nullable


def _built(reading: CsvReading) -> CsvReading:
    """The same reading with its statement parts made from its choices."""
    names = [file_column(index) for index in range(len(reading.targets))]
    types = {name: column.type for name, column in zip(names, reading.targets, strict=True)}
    texts = dict.fromkeys(names, "VARCHAR")
    if reading.tolerant:
        types = {name: kind if kind in TEXT_TYPES else "VARCHAR" for name, kind in types.items()}
    parameters = _reader_parameters(reading)
    arguments = ", ".join(f"{name} => ${name}" for name in parameters if name != "path")
    relation = f"read_csv($path, {arguments})"
    return replace(
        reading,
        relation=relation,
        parameters={**parameters, "columns": types},
        values=tuple(_value(name, column, types[name]) for name, column in zip(names, reading.targets, strict=True)),
        raw_relation=relation,
        raw_parameters={**parameters, "columns": texts},
        first_line=1 + reading.blank_lines + int(reading.dialect.header),
    )


def _value(name: str, column: ColumnSpec, read_as: str) -> str:
    """An empty text is whatever the type makes of it, and NULL where it makes nothing of it."""
    if read_as == column.type:
        return name
    return f"CASE WHEN {name} = '' THEN TRY_CAST({name} AS {column.type}) ELSE {cast(name, column.type)} END"


def _reader_parameters(reading: CsvReading) -> dict[str, Any]:
    dialect = reading.dialect
    parameters: dict[str, Any] = {
        "path": str(reading.path),
        "columns": {},
        "auto_detect": False,
        "compression": "none",
        "header": dialect.header,
        "delim": dialect.delimiter,
        "new_line": LINE_ENDS[reading.line_end],
        "quote": dialect.quote,
        "escape": dialect.escape,
        "nullstr": dialect.null_string,
        "allow_quoted_nulls": dialect.quoted_null,
    }
    if reading.blank_lines:
        parameters["skip"] = reading.blank_lines
    longest, buffer = LINE_LIMITS[reading.line_limit]
    if longest:
        parameters.update(max_line_size=longest, buffer_size=buffer)
    return parameters
