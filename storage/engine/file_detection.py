"""What a CSV or Parquet file holds, from its beginning: dialect, columns, types and the first rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from storage.engine.config import EngineConfig
from storage.engine.connection import light_instance
from storage.engine.csv_dialect import Dialect, Head, dialect_from, guess_dialect, records
from storage.engine.csv_file import is_archive, is_packed, is_parquet, read_unpacked_head
from storage.engine.preview_json import encoded_object_sql
from storage.engine.specs import CsvOptions, DetectedColumn, DetectedFile
from storage.engine.type_guess import guess_type, is_plain_text
from storage.errors import ImportFailed

#: Texts that programs write for a missing value.
_NULL_TEXTS = ("\\N", "NULL", "null", "NA", "N/A", "None")
#: So much is parsed: thousands of rows, in a fraction of a second.
_PARSED_CHARS = 1 << 19
_MAX_NAME = 128
_UNUSABLE = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"]')


def detect_file(config: EngineConfig, path: Path, *, options: CsvOptions | None, rows: int) -> DetectedFile:
    """What a local file is; `options` are the dialect to read it in, None to find it out.

    Reads a MiB at most, and judges by half of it. Raises InvalidCsvOptions, and ImportFailed for what is neither CSV
    nor Parquet.
    """
    if is_parquet(path):
        return _detect_parquet(config, path, rows)
    if is_archive(path):
        raise ImportFailed("It is a ZIP archive or an Excel workbook. Save it as CSV or Parquet and upload that.")
    head = _beginning(read_unpacked_head(path))
    if "\0" in head.text:
        raise ImportFailed("It is neither text nor a Parquet file.")
    return _detect_csv(head, options, rows, file_bytes=None if is_packed(path) else path.stat().st_size)


def _detect_csv(head: Head, options: CsvOptions | None, rows: int, file_bytes: int | None) -> DetectedFile:
    dialect = dialect_from(options) if options is not None else guess_dialect(head)
    found = _whole_records(head, dialect)
    if not found:
        raise ImportFailed("The file cannot be read with this CSV dialect.")
    if options is None:
        dialect = replace(dialect, header=_has_header(found))
    width = len(found[0])
    headers, data = (found[0], found[1:]) if dialect.header else ([""] * width, found)
    even = [record for record in data if len(record) == width]
    if options is None:
        dialect = replace(dialect, null_string=_null_text(even, width))
    names = usable_names(headers)
    values = [_values(even, at, dialect.null_string) for at in range(width)]
    distinct = [set(found_values) for found_values in values]
    columns = tuple(
        DetectedColumn(
            name=name,
            type=guess_type(distinct[at]),
            header=headers[at],
            is_unique=len(distinct[at]) == len(values[at]),
            is_filled=0 < len(values[at]) == len(even),
        )
        for at, name in enumerate(names)
    )
    return DetectedFile(
        format="csv",
        columns=columns,
        rows=tuple(_shown(record, width, dialect.null_string) for record in data[:rows]),
        csv=_options(dialect),
        row_count=_row_count(head, len(data), file_bytes),
        is_counted=head.complete,
        warnings=tuple(_csv_warnings(head, data, width)),
    )


def _beginning(head: Head) -> Head:
    return head if len(head.text) <= _PARSED_CHARS else Head(head.text[:_PARSED_CHARS], complete=False)


def _whole_records(head: Head, dialect: Dialect) -> list[list[str]]:
    """All records of the beginning but the last, which may be cut; blank lines between them mean nothing here."""
    found = [record for record in records(head.text, dialect) if record != [""]]
    return found if head.complete or len(found) < 2 else found[:-1]


def _has_header(found: Sequence[Sequence[str]]) -> bool:
    return all(is_plain_text(value) for value in found[0])


def _null_text(data: Sequence[Sequence[str]], width: int) -> str:
    """The text that stands for NULL, where without it a column would be of a better type; else empty."""
    for at in range(width):
        values = {record[at] for record in data} - {""}
        for text in values.intersection(_NULL_TEXTS):
            others = values - {text}
            if others and guess_type(others) != "VARCHAR":
                return text
    return ""


def _values(data: Sequence[Sequence[str]], at: int, null_text: str) -> list[str]:
    return [record[at] for record in data if record[at] not in ("", null_text)]


def _shown(record: Sequence[str], width: int, null_text: str) -> tuple[str | None, ...]:
    cells = [None if value == null_text else value for value in record]
    return tuple(cells + [None] * (width - len(cells)))


def usable_names(headers: Iterable[str]) -> list[str]:
    """A name for each column that a table can have: not empty, no quotes, none twice whatever the case."""
    names: list[str] = []
    taken: set[str] = set()
    for position, header in enumerate(headers, 1):
        wanted = _UNUSABLE.sub("", header).strip()[:_MAX_NAME] or f"column_{position}"
        name, number = wanted, 2
        while name.casefold() in taken:
            name, number = f"{wanted[: _MAX_NAME - 6]}_{number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _options(dialect: Dialect) -> CsvOptions:
    return CsvOptions(
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        escape=dialect.escape,
        header=dialect.header,
        null_string=dialect.null_string,
        quoted_null=dialect.quoted_null,
    )


def _row_count(head: Head, counted: int, file_bytes: int | None) -> int | None:
    if head.complete:
        return counted
    if file_bytes is None:
        return None
    guess = counted * file_bytes / max(1, len(head.text.encode(errors="replace")))
    # More digits would look like knowledge.
    return int(float(f"{guess:.3g}"))


def _csv_warnings(head: Head, data: Sequence[Sequence[str]], width: int) -> Iterable[str]:
    if "\ufffd" in head.text[:-1]:
        yield "The file does not seem to be UTF-8. Save it as UTF-8, or letters such as é and ü will be refused."
    odd = sum(len(record) != width for record in data)
    if odd:
        subject = "1 row has" if odd == 1 else f"{odd:,} rows have"
        yield f"{subject} not {width} values. Is the delimiter right?"
    if width == 1:
        yield "Only one column was found. Is the delimiter right?"


def _detect_parquet(config: EngineConfig, path: Path, rows: int) -> DetectedFile:
    with light_instance(config, [path]) as connection:
        try:
            described = connection.execute("DESCRIBE SELECT * FROM read_parquet($path)", {"path": str(path)}).fetchall()
            [count] = connection.execute(
                "SELECT sum(num_rows) FROM parquet_file_metadata($path)", {"path": str(path)}
            ).fetchall()
            found = [(str(row[0]), str(row[1])) for row in described]
            shown = _parquet_rows(connection, path, found, rows)
        except duckdb.Error as error:
            raise ImportFailed("The Parquet file is damaged.") from error
    names = usable_names(name for name, _ in found)
    columns = tuple(
        DetectedColumn(name, type_name, header, is_unique=_is_unique(shown, at), is_filled=_is_filled(shown, at))
        for at, (name, (header, type_name)) in enumerate(zip(names, found, strict=True))
    )
    return DetectedFile("parquet", columns, shown, row_count=int(count[0] or 0), is_counted=True)


def _parquet_rows(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: list[tuple[str, str]], rows: int
) -> tuple[tuple[str | None, ...], ...]:
    sql = (
        f"SELECT {encoded_object_sql(columns, cut=2000)} FROM "  # noqa: S608 - names are quoted
        f"(SELECT * FROM read_parquet($path) LIMIT {int(rows)})"
    )
    found = [json.loads(row[0]) for row in connection.execute(sql, {"path": str(path)}).fetchall()]
    return tuple(tuple(_text(row.get(name)) for name, _ in columns) for row in found)


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_unique(rows: Sequence[Sequence[str | None]], at: int) -> bool:
    return len({row[at] for row in rows}) == len(rows)


def _is_filled(rows: Sequence[Sequence[str | None]], at: int) -> bool:
    return bool(rows) and all(row[at] is not None for row in rows)
