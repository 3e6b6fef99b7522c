"""Random imports under the rules of the storage driver against a plain-Python model of what they mean."""

from __future__ import annotations

import datetime
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.engine.csv_dialect import Dialect
from storage.engine.csv_unescape import _Unescaper
from storage.engine.import_specs import TIMESTAMP_COLUMN
from storage.engine.specs import ColumnSpec, TableSpec
from storage.errors import DuplicateKey, ImportFailed, ImportRefused
from tests.unit.engine.import_bench import NOW, importing
from tests.unit.engine.load_bench import TABLE, opened

SETTINGS = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
OLD = datetime.datetime(2020, 1, 1)
GIVEN = datetime.datetime(2021, 2, 3, 4, 5, 6)

Row = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    text: str
    enclosed: bool

    def written(self) -> str:
        return f'"{self.text}"' if self.enclosed else self.text


@dataclass(frozen=True)
class Case:
    """One import; `key` is what rows are the same by."""

    spec: TableSpec
    base: tuple[Row, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    options: dict[str, Any]

    @property
    def key(self) -> tuple[str, ...]:
        if self.options["dedup_mode"] == "insert_duplicates":
            return self.spec.primary_key
        return self.options["dedup_columns"] or self.spec.primary_key


TEXTS = ("", "a", "b", "NULL", "-")
CELLS = {
    "k": st.builds(Cell, st.sampled_from([*"0123" * 5, ""]), st.booleans()),
    "t": st.builds(Cell, st.sampled_from(TEXTS), st.booleans()),
    "s": st.builds(Cell, st.sampled_from([*TEXTS, "x", "x", "x"]), st.booleans()),
    "n": st.builds(Cell, st.sampled_from(["", "5", "6"]), st.booleans()),
    TIMESTAMP_COLUMN: st.builds(Cell, st.sampled_from([str(GIVEN)]), st.booleans()),
}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    primary_key = draw(st.sampled_from([(), ("k",), ("k",), ("k", "s")]))
    key_type = draw(st.sampled_from(["INTEGER", "VARCHAR"]))
    columns = [
        ColumnSpec("k", key_type, nullable="k" not in primary_key),
        ColumnSpec("t", "VARCHAR"),
        ColumnSpec("n", "INTEGER", default=draw(st.sampled_from([None, "7"]))),
        ColumnSpec("s", "VARCHAR", nullable=False, default="'x'"),
    ]
    if draw(st.booleans()):
        columns.append(ColumnSpec(TIMESTAMP_COLUMN, "TIMESTAMP"))
    spec = TableSpec(tuple(columns), primary_key)
    # A blank line of a file with one column may be its end: never one column alone.
    supplied = ["k", *(name for name in ("t", "n", "s") if draw(st.booleans()))]
    supplied += ["t"] if len(supplied) == 1 else []
    if TIMESTAMP_COLUMN in spec.column_names and draw(st.booleans()):
        supplied.append(TIMESTAMP_COLUMN)
    names = tuple(draw(st.permutations(supplied)))
    rows = draw(st.lists(st.tuples(*(CELLS[name] for name in names)), max_size=7))
    return Case(spec, draw(bases(spec)), names, tuple(rows), draw(options(names)))


@st.composite
def bases(draw: st.DrawFn, spec: TableSpec) -> tuple[Row, ...]:
    keys = draw(st.lists(st.integers(0, 4), max_size=4, min_size=draw(st.sampled_from([0, 2])), unique=True))
    typed = {"INTEGER": int, "VARCHAR": str}[spec.columns[0].type]
    return tuple(
        {
            "k": typed(key),
            "t": draw(st.sampled_from([None, "a", ""])),
            "n": draw(st.sampled_from([None, 5])),
            "s": "x",
            TIMESTAMP_COLUMN: OLD,
        }
        for key in keys
    )


@st.composite
def options(draw: st.DrawFn, names: tuple[str, ...]) -> dict[str, Any]:
    modes = ["current_time", "none"] * (1 if TIMESTAMP_COLUMN in names else 4)
    return {
        "incremental": draw(st.sampled_from([True, True, False])),
        "strategy": draw(st.sampled_from(["string_table", "user_defined_table"])),
        "dedup_mode": draw(st.sampled_from(["update_duplicates"] * 4 + ["insert_duplicates", "fail_on_duplicates"])),
        "dedup_columns": draw(st.sampled_from([(), (), ("k",)])),
        "null_texts": draw(st.sampled_from([(), ("",), ("NULL",), ("NULL", "")])),
        "empty_is_null": draw(st.sampled_from([(), ("t",), ("t", "k")])),
        "timestamp_mode": draw(st.sampled_from([*modes, "from_source"])),
    }


class Refusal(Exception):
    """The model says that the import has to be refused."""


def cell_value(cell: Cell, column: ColumnSpec, case: Case) -> Any:
    order, text = case.options, cell.text
    value: str | None = text
    if order["null_texts"]:
        value = None if text in order["null_texts"] else text
    elif not text and not cell.enclosed and column.type != "VARCHAR":
        value = None
    if column.type == "VARCHAR":
        if order["strategy"] == "string_table":
            becomes_null = column.name in order["empty_is_null"] and column.name not in case.key
            value = (value or None) if becomes_null else (value or "")
    elif value is not None:
        value = {"INTEGER": int, "TIMESTAMP": datetime.datetime.fromisoformat}[column.type](value) if value else None  # type: ignore[operator]
    if value is None and not column.nullable:
        raise Refusal
    return value


def model(case: Case) -> tuple[list[Row], int]:
    """The rows afterwards and `importedRowsCount`. Raises Refusal."""
    order, key = case.options, case.key
    names = [name for name in case.columns if order["timestamp_mode"] != "none" or name != TIMESTAMP_COLUMN]
    if order["timestamp_mode"] == "from_source" and TIMESTAMP_COLUMN not in names:
        raise Refusal
    incoming = [imported(case, names, row) for row in case.rows]
    merges = bool(order["incremental"] and case.base)
    kept = [dict(row) for row in case.base] if order["incremental"] else []
    if not key:
        return kept + incoming, len(incoming)
    identity = lambda row: tuple(row[name] for name in key)  # noqa: E731
    if any(None in identity(row) for row in incoming):
        raise Refusal
    latest = {identity(row): row for row in incoming}
    strict = order["dedup_mode"] != "update_duplicates"
    if strict and (len(latest) < len(incoming) or any(identity(row) in latest for row in kept)):
        raise Refusal
    found = {identity(row): row for row in kept}
    compared = [name for name in names if name not in key and name != TIMESTAMP_COLUMN]
    for one, row in latest.items():
        old = found.get(one)
        if old is None:
            found[one] = row
        elif any(old[name] != row[name] for name in compared):
            set_columns = names if "stamp" not in row else [*names, TIMESTAMP_COLUMN]
            found[one] = old | {name: row[name] for name in set_columns}
    rows = list(found.values())
    own_key = [tuple(row[name] for name in case.spec.primary_key) for row in rows]
    if case.spec.primary_key and len(set(own_key)) < len(own_key):
        raise Refusal
    return rows, len(latest) if merges or order["incremental"] else len(incoming)


def imported(case: Case, names: list[str], cells: tuple[Cell, ...]) -> Row:
    """A row of the source as it would be added; `stamp` says that the import sets the time."""
    row: Row = {"k": None, "t": None, "n": None, "s": "x", TIMESTAMP_COLUMN: None}
    if case.spec.columns[2].default is not None:
        row["n"] = 7
    for name, cell in zip(case.columns, cells, strict=True):
        if name in names:
            column = next(column for column in case.spec.columns if column.name == name)
            row[name] = cell_value(cell, column, case)
    stamped = case.options["timestamp_mode"] == "current_time" and TIMESTAMP_COLUMN not in names
    return row | ({TIMESTAMP_COLUMN: NOW, "stamp": True} if stamped else {})


def shown(case: Case, rows: list[Row]) -> list[str]:
    return sorted(repr([row[name] for name in case.spec.column_names]) for row in rows)


@SETTINGS
@given(case=cases(), slices=st.integers(1, 3))
def test_an_import_does_what_the_model_does(case: Case, slices: int) -> None:
    with tempfile.TemporaryDirectory() as directory, opened(Path(directory), case.spec) as bench:
        for row in case.base if case.options["incremental"] else ():
            values = [row[name] for name in case.spec.column_names]
            bench.connection.execute(f"INSERT INTO {TABLE} VALUES ({', '.join('?' * len(values))})", values)
        before = bench.rows()
        lines = [",".join(cell.written() for cell in row) + "\n" for row in case.rows]
        contents = [part.encode() for part in split(lines, slices)]
        try:
            expected, count = model(case)
        except Refusal:
            expected, count = None, 0
        try:
            counts = importing(bench, contents, columns=case.columns, **case.options)
        except (ImportFailed, ImportRefused, DuplicateKey):
            counts = None
        assert (counts is None) == (expected is None)
        if counts is None:
            assert bench.rows() == before
        else:
            found = [dict(zip(case.spec.column_names, row, strict=True)) for row in bench.rows()]
            assert shown(case, found) == shown(case, expected or [])
            assert counts.imported == count
        assert bench.leftovers() == []


def split(lines: list[str], parts: int) -> list[str]:
    size = -(-len(lines) // parts) or 1
    return ["".join(lines[at : at + size]) for at in range(0, max(len(lines), 1), size)]


@settings(SETTINGS, max_examples=40)
@given(case=cases())
def test_a_merge_that_is_done_again_changes_nothing(case: Case) -> None:
    again = replace(case, options=case.options | {"incremental": True, "dedup_mode": "update_duplicates"})
    if not again.key:
        return
    with tempfile.TemporaryDirectory() as directory, opened(Path(directory), case.spec) as bench:
        content = "".join(",".join(cell.written() for cell in row) + "\n" for row in case.rows).encode()
        try:
            importing(bench, [content], columns=case.columns, **again.options)
        except (ImportFailed, ImportRefused, DuplicateKey):
            return
        first = sorted(map(repr, bench.rows()))
        later = again.options | {"started": NOW + datetime.timedelta(days=1)}
        importing(bench, [content], columns=case.columns, **later)
        assert sorted(map(repr, bench.rows())) == first


def unescaped(text: str) -> list[list[str]]:
    """Fields with the escape `\\` outside of quotes: what a reader character by character makes of them."""
    rows: list[list[str]] = [[""]]
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\" and position + 1 < len(text):
            following = text[position + 1]
            rows[-1][-1] += {"n": "\n", "t": "\t", "r": "\r"}.get(following, following)
            position += 1
        elif character == ",":
            rows[-1].append("")
        elif character == "\n":
            rows.append([""])
        else:
            rows[-1][-1] += character
        position += 1
    return rows


def doubled(data: str) -> list[list[str]]:
    """The rows of text in which quotes are doubled."""
    import csv  # noqa: PLC0415 - only the oracle needs it
    import io  # noqa: PLC0415

    return [row or [""] for row in csv.reader(io.StringIO(data, newline=""))]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    pieces=st.lists(st.sampled_from(["a", "b ", ",", "\n", "\\,", "\\\\", "\\n", "\\\n", "\\x"]), max_size=14),
    cuts=st.lists(st.integers(0, 30), max_size=3),
)
def test_escapes_outside_of_quotes_stand_for_the_next_character(pieces: list[str], cuts: list[int]) -> None:
    text = "".join(pieces) + "\n"
    data, rest, out = text.encode(), b"", b""
    rewriter = _Unescaper(Dialect(escape="\\"))
    ends = sorted({*(cut for cut in cuts if cut < len(data)), len(data)})
    for start, end in zip([0, *ends], ends, strict=False):
        done, rest = rewriter.rewrite(rest + data[start:end])
        out += done
    out += rewriter.finish(rest)
    assert doubled(out.decode()) == unescaped(text)[:-1]
