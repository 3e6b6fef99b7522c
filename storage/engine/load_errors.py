"""From DuckDB's refusal of a file to an ImportFailed that names line, column and value."""

from __future__ import annotations

import re
from typing import Any

import duckdb

from kbstore.errors import KbstoreError
from storage.engine.errors import clean_message, translate
from storage.engine.load_source import Reading, file_column
from storage.engine.monitor import Monitor
from storage.engine.specs import ColumnSpec, TableSpec
from storage.errors import ImportFailed, UnreadableFile, WrongColumnCount

_SAMPLE = 5
_VALUE_CHARS = 100
_LINE = re.compile(r"CSV Error on Line: (\d+)")
_COUNT = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_CAST = re.compile(r"""converting column "c(\d+)"\. Could not convert string "(.*?)" to '""", re.DOTALL)
_REASONS = (
    (re.compile(r"invalid unicode|not utf-8", re.IGNORECASE), "The file is not UTF-8 encoded."),
    (re.compile(r"unterminated quote", re.IGNORECASE), "A quoted value does not end properly."),
    (re.compile(r"line size", re.IGNORECASE), "A line is longer than 64 MiB."),
    (re.compile(r"invalid state", re.IGNORECASE), "The file cannot be read with this CSV dialect."),
)
# What the data cannot be blamed for: memory, disk, a cancelled job.
_INNOCENT = (duckdb.InterruptException, duckdb.OutOfMemoryException, duckdb.TransactionException)
# A statement of ours that is wrong.
_OUR_FAULT = (duckdb.ParserException, duckdb.CatalogException, duckdb.InternalException, duckdb.PermissionException)


def import_error(
    connection: duckdb.DuckDBPyConnection, *, error: duckdb.Error, reading: Reading, spec: TableSpec, monitor: Monitor
) -> KbstoreError:
    """The error to raise for a load that DuckDB ended with `error`; reads the file again to find the wrong rows."""
    if isinstance(error, _OUR_FAULT):
        return KbstoreError("The storage engine failed. Nothing was changed.")
    general = translate(error, monitor)
    if isinstance(error, _INNOCENT) or general.kind.label in ("no_space", "unavailable"):
        return general
    missing = _missing_column(spec, reading)
    if missing is not None and isinstance(error, duckdb.ConstraintException):
        return ImportFailed(
            f"Column {missing} must not be NULL, the file does not supply it and it has no default.",
            details={"column": missing},
        )
    if isinstance(error, duckdb.ConversionException | duckdb.ConstraintException | duckdb.OutOfRangeException):
        try:
            found = _wrong_rows(connection, reading)
        except duckdb.InterruptException as interruption:
            return translate(interruption, monitor)
        except duckdb.Error:
            found = []
        if found:
            return _from_rows(found, reading)
    return _from_message(str(error), reading)


def _missing_column(spec: TableSpec, reading: Reading) -> str | None:
    supplied = {column.name for column in reading.targets}
    for column in spec.columns:
        if column.name not in supplied and not column.nullable and column.default is None:
            return column.name
    return None


def _wrong_rows(connection: duckdb.DuckDBPyConnection, reading: Reading) -> list[dict[str, Any]]:
    """The first few rows with a value that does not convert or a NULL that must not be, in file order."""
    names = [file_column(index) for index in range(len(reading.targets))]
    checks = [cell_check(name, column, reading) for name, column in zip(names, reading.targets, strict=True)]
    shown = ", ".join(f"left(CAST({name} AS VARCHAR), {_VALUE_CHARS + 1})" for name in names)
    rows = connection.execute(
        f"SELECT n, list_position([{', '.join(checks)}], true) AS position, [{shown}] AS shown "
        f"FROM (SELECT row_number() OVER () AS n, * FROM {reading.raw_relation}) "
        f"WHERE {' OR '.join(checks)} LIMIT {_SAMPLE}",
        reading.raw_parameters,
    ).fetchall()
    rows.sort()
    places = _places(connection, reading, [row[0] for row in rows])
    found = []
    for (_, position, values), place in zip(rows, places, strict=True):
        column = reading.targets[position - 1]
        found.append({**place, **_finding(column, values[position - 1])})
    return found


def cell_check(name: str, column: ColumnSpec, reading: Reading) -> str:
    """A condition, never NULL, that holds for a value that cannot go into the column."""
    converted = name if column.type == "VARCHAR" else f"TRY_CAST({name} AS {column.type})"
    too_long = "" if column.length is None else f" OR coalesce(length({name}) > {int(column.length)}, false)"
    if not column.nullable:
        return f"({converted} IS NULL{too_long})"
    if column.type == "VARCHAR":
        return f"(false{too_long})"
    empty = f" AND {name} <> ''" if reading.counts_lines else ""
    return f"coalesce({name} IS NOT NULL{empty} AND {converted} IS NULL, false)"


def _finding(column: ColumnSpec, value: str | None) -> dict[str, Any]:
    shown = value if value is None or len(value) <= _VALUE_CHARS else value[:_VALUE_CHARS] + "..."
    length = "" if column.length is None else f"({column.length})"
    return {"column": column.name, "value": shown, "expected_type": f"{column.type}{length}"}


def _places(connection: duckdb.DuckDBPyConnection, reading: Reading, numbers: list[int]) -> list[dict[str, int]]:
    """Lines, where rows stand on lines: line breaks inside earlier values count too. Else row numbers from 1."""
    if not numbers or not reading.counts_lines:
        return [{"row": number} for number in numbers]
    text = "concat(" + ", ".join(file_column(index) for index in range(len(reading.targets))) + ")"
    breaks = f"strlen({text}) - strlen(replace({text}, chr(10), ''))"
    sums = ", ".join(f"coalesce(sum(breaks) FILTER (n < {int(number)}), 0)" for number in numbers)
    [row] = connection.execute(
        f"SELECT {sums} FROM (SELECT row_number() OVER () AS n, {breaks} AS breaks FROM {reading.raw_relation})",
        reading.raw_parameters,
    ).fetchall()
    return [{"line": reading.first_line + number - 1 + int(extra)} for number, extra in zip(numbers, row, strict=True)]


def _from_rows(found: list[dict[str, Any]], reading: Reading) -> ImportFailed:
    first = found[0]
    where = f"line {first['line']}" if reading.counts_lines else f"row {first['row']}"
    column, value = first["column"], first["value"]
    target = next(spec for spec in reading.targets if spec.name == column)
    if target.type == "VARCHAR" and value:
        reason = f"Value '{value}' of column {column} in {where} is longer than {target.length} characters."
    elif not target.nullable and not value:
        reason = f"Column {column} must not be NULL, see {where}."
    else:
        reason = f"Value '{value}' of column {column} in {where} is no {first['expected_type']}."
    return ImportFailed(reason, details={**first, "errors_sampled": found})


def _from_message(text: str, reading: Reading) -> ImportFailed:
    details: dict[str, Any] = {}
    line = _LINE.search(text)
    if line is not None:
        details["line"] = int(line[1])
    suffix = f" See line {details['line']}." if line is not None else ""
    count, value = _COUNT.search(text), _CAST.search(text)
    if count is not None:
        details |= {"columns_expected": int(count[1]), "columns_found": int(count[2])}
        return WrongColumnCount(f"A row has {count[2]} columns, expected {count[1]}.{suffix}", details=details)
    if value is not None and int(value[1]) < len(reading.targets):
        column = reading.targets[int(value[1])]
        details |= _finding(column, value[2][: _VALUE_CHARS + 1])
        reason = f"Value '{details['value']}' of column {column.name} is no {column.type}.{suffix}"
        return ImportFailed(reason, details=details)
    for pattern, reason in _REASONS:
        if pattern.search(text):
            return UnreadableFile(reason + suffix, details=details)
    return ImportFailed(_named(clean_message(text), reading), details=details)


def _named(message: str, reading: Reading) -> str:
    """Our column names c0, c1, ... back to those of the table."""

    def original(match: re.Match[str]) -> str:
        index = int(match[1])
        return reading.targets[index].name if index < len(reading.targets) else match[0]

    return re.sub(r"\bc(\d+)\b", original, message)
