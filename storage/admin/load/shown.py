"""What the wizard's second page shows: the file as it was found, and what it meets where it goes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from files.models import File
from kbstore.console import formatting, markup
from storage.admin.load.choices import FULL, INCREMENTAL, LoadChoices, Matching
from storage.admin.load.target import Target
from storage.admin.preview_grid import Cell, Grid, Header, cell_of, is_numeric
from storage.engine.specs import CsvOptions, DetectedFile
from storage.services.detect_file import refused_values

DELIMITERS = ((",", "Comma  ,"), (";", "Semicolon  ;"), ("\\t", "Tab"), ("|", "Pipe  |"), (":", "Colon  :"))
QUOTES = (('"', "Double quotes"), ("'", "Single quotes"), ("", "Nothing"))
TYPES = (
    "VARCHAR",
    "BIGINT",
    "INTEGER",
    "DOUBLE",
    "DECIMAL(18,2)",
    "DECIMAL(18,4)",
    "DECIMAL(38,10)",
    "BOOLEAN",
    "DATE",
    "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE",
    "TIME",
    "UUID",
    "JSON",
)
#: From so many columns on, a list of all types for each would make the page heavy.
MANY_COLUMNS = 100


def facts(file: File, found: DetectedFile | None = None) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [
        ("File", file.name),
        ("Project", markup.page_link(file.project)),
        ("Size", markup.size(file.size_bytes)),
    ]
    if found is not None:
        about = "" if found.is_counted else "about "
        rows = markup.EMPTY if found.row_count is None else f"{about}{formatting.count(found.row_count)}"
        facts += [("Format", found.format.upper() if found.format == "csv" else "Parquet"), ("Rows", rows)]
        facts += [("Columns", formatting.count(len(found.columns)))]
    return facts


def found_context(file: File, found: DetectedFile, choices: LoadChoices) -> dict[str, Any]:
    chosen = choices.columns or ()
    return {
        "file_facts": facts(file, found),
        "warnings": found.warnings,
        "dialect": dialect_context(found.csv) if found.csv else None,
        "choices": choices,
        "types": TYPES,
        "columns": [
            {
                "position": position,
                "name": column.name,
                "type": column.type,
                "types": _types_offered(column.type, len(chosen)),
                "is_key": column.is_key,
                "nullable": column.nullable,
                "header": detected.header,
                "found": detected.type,
                "may_be_key": detected.is_unique and detected.is_filled,
                "example": _example(found, position - 1),
            }
            for position, (column, detected) in enumerate(zip(chosen, found.columns, strict=True), 1)
        ],
        "columns_json": json.dumps(
            [
                {"name": column.name, "type": column.type, "key": column.is_key, "nullable": column.nullable}
                for column in chosen
            ]
        ),
    }


def _types_offered(type_name: str, columns: int) -> tuple[str, ...]:
    """None where there are too many columns: their types are typed, with the list of all as a proposal."""
    if columns > MANY_COLUMNS:
        return ()
    return TYPES if type_name in TYPES else (*TYPES, type_name)


def _example(found: DetectedFile, at: int) -> Cell:
    value = next((row[at] for row in found.rows if row[at]), None)
    return cell_of(value, False)


def _grid_context(found: DetectedFile, names: Sequence[str], types: Sequence[str]) -> dict[str, Any]:
    """The first rows; those marked that the load would refuse."""
    refused = refused_values(found, types)
    pairs = list(zip(names, types, strict=True))[:MANY_COLUMNS]
    headers = [Header(name, type_name, is_numeric(type_name)) for name, type_name in pairs]
    rows = [
        [
            replace(cell_of(value, header.is_numeric), is_misfit=(number, at) in refused)
            for at, (value, header) in enumerate(zip(row[:MANY_COLUMNS], headers, strict=True))
        ]
        for number, row in enumerate(found.rows)
    ]
    return {
        "grid": Grid(headers, rows),
        "hidden_columns": len(names) - len(headers),
        "refused_rows": len({number for number, _ in refused}),
    }


def dialect_context(options: CsvOptions) -> dict[str, Any]:
    delimiter = "\\t" if options.delimiter == "\t" else options.delimiter
    known = dict(DELIMITERS)
    return {
        "options": options,
        "delimiter": delimiter,
        "delimiters": DELIMITERS if delimiter in known else (*DELIMITERS, (delimiter, delimiter)),
        "quotes": QUOTES if options.quote in dict(QUOTES) else (*QUOTES, (options.quote, options.quote)),
        "is_backslash": options.escape == "\\",
    }


def target_context(choices: LoadChoices, found: DetectedFile, target: Target, matching: Matching) -> dict[str, Any]:
    table = target.table
    chosen = choices.columns or ()
    context: dict[str, Any] = {
        "target": target,
        "matching": matching,
        "rows_text": "" if found.row_count is None else formatting.amount(found.row_count, "row"),
        "about": "" if found.is_counted else "about ",
    }
    if table is None or not matching.names:
        context |= _grid_context(found, [column.name for column in chosen], [column.type for column in chosen])
    if table is None:
        return context
    version = table.current_version
    types = {column["name"]: column["type"] for column in version.columns}
    if matching.names:
        context |= _grid_context(found, matching.names, [types[name] for name in matching.names])
    return context | {
        "table_url": markup.page_url(table),
        "table_rows": version.row_count,
        "table_rows_text": formatting.amount(version.row_count, "row"),
        "table_key": version.primary_key,
        "mode": choices.mode or (INCREMENTAL if version.row_count else FULL),
        "mapped": [
            {
                "header": column.header or f"column {position}",
                "name": name,
                "type": types[name],
                "found": column.type,
                "is_key": name in version.primary_key,
                "example": _example(found, position - 1),
            }
            for position, (column, name) in enumerate(zip(found.columns, matching.names, strict=True), 1)
        ]
        if matching.names
        else [],
    }
