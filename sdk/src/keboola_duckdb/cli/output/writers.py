"""One writer per format. Rows are mappings of plain values, as JSON has them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TextIO

from keboola_duckdb.cli.output.columns import Column, as_size, as_text, as_time
from keboola_duckdb.cli.output.tables import Styled, write_line, write_table

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
    """One thing with all it has; as a table, one line for each of its fields and a table for each of its lists."""
    if format == "csv":
        _write_csv(list(row), [row], to)
    elif format != "table":
        _write_document(dict(row), format, to)
    else:
        fields = dict(_flat(row))
        lists = {name: value for name, value in fields.items() if _is_list_of_things(value)}
        cells = [[name, _show_field(name, value)] for name, value in fields.items() if name not in lists]
        write_table(["", ""], cells, right=[False, False], to=to, color=color)
        for name, things in lists.items():
            write_line([Styled(f"{name}:", "bold")], to=to, color=color)
            columns = [Column(field, show=partial(_show_field, field)) for field in _scalar_fields(things)]
            write_rows(things, columns=columns, format="table", to=to, color=color)


def _flat(row: Row, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Fields of things within as `thing.field`; those that hold nothing are left out."""
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif value is not None and value != []:
            yield f"{prefix}{name}", value


def _is_list_of_things(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _scalar_fields(things: Sequence[Row]) -> list[str]:
    names = dict.fromkeys(name for thing in things for name in thing)
    return [name for name in names if not any(isinstance(thing.get(name), Mapping) for thing in things)]


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
