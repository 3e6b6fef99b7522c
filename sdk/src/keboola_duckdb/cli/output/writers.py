"""One writer per format. Rows are mappings of plain values, as JSON has them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from keboola_duckdb.cli.output.columns import Column, as_size, as_text, as_time
from keboola_duckdb.cli.output.tables import write_table

Row = Mapping[str, Any]


def write_rows(rows: Sequence[Row], *, columns: Sequence[Column], format: str, to: TextIO, color: bool) -> None:  # noqa: A002
    """A list of things; a table and CSV show `columns`, the other formats show everything."""
    if format == "table":
        cells = [[column.show(row.get(column.field)) for column in columns] for row in rows]
        write_table(
            [column.heading for column in columns],
            cells,
            right=[column.right for column in columns],
            to=to,
            color=color,
        )
    elif format == "csv":
        _write_csv([column.field for column in columns], rows, to)
    else:
        _write_document(list(rows), format, to)


def write_object(row: Row, *, format: str, to: TextIO, color: bool) -> None:  # noqa: A002
    """One thing with all it has; as a table, one line for each of its fields."""
    if format == "table":
        cells = [[name, _show_field(name, value)] for name, value in row.items() if value is not None]
        write_table(["", ""], cells, right=[False, False], to=to, color=color)
    elif format == "csv":
        _write_csv(list(row), [row], to)
    else:
        _write_document(dict(row), format, to)


def _show_field(name: str, value: Any) -> str:
    if name.endswith("_bytes"):
        return as_size(value)
    if name.endswith("_at"):
        return as_time(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return as_text(value)


def _write_csv(fields: Sequence[str], rows: Sequence[Row], to: TextIO) -> None:
    writer = csv.writer(to, lineterminator="\n")
    writer.writerow(fields)
    for row in rows:
        writer.writerow([_csv_value(row.get(field)) for field in fields])


def _csv_value(value: Any) -> Any:
    """As JSON writes them, but for text and NULL."""
    if isinstance(value, bool | dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value


def _write_document(content: Any, format: str, to: TextIO) -> None:  # noqa: A002
    if format == "json":
        json.dump(content, to, indent=2, ensure_ascii=False, default=str)
        to.write("\n")
        return
    import yaml

    yaml.safe_dump(content, to, sort_keys=False, allow_unicode=True)
