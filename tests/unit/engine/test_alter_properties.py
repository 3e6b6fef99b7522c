"""Random changes of shape and deletions against a plain-Python model of a table."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kbstore.errors import KbstoreError
from storage.engine.config import EngineConfig
from storage.engine.file_backend import FileBackend
from storage.engine.monitor import Monitor
from storage.engine.specs import Alteration, ColumnSpec, LoadSpec, SealedVersion, TableSpec

START = TableSpec((ColumnSpec("a", "INTEGER"), ColumnSpec("b", "VARCHAR")))
values = st.one_of(st.none(), st.integers(0, 4))
texts = st.one_of(st.none(), st.sampled_from(["1", "2", "x", "é y"]))
names = st.sampled_from(["a", "b", "c", "D", "order by"])
operations = st.one_of(
    st.tuples(st.just("add"), names, st.sampled_from(["INTEGER", "VARCHAR"]), st.booleans(), st.booleans()),
    st.tuples(st.just("drop"), names),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("type"), names, st.sampled_from(["INTEGER", "VARCHAR"])),
    st.tuples(st.just("null"), names, st.booleans()),
    st.tuples(st.just("key"), st.lists(names, max_size=2, unique=True)),
    st.tuples(st.just("delete"), names),
)


@dataclass(frozen=True)
class Model:
    """A table in plain Python: `values` holds for each row a dict by column name."""

    spec: TableSpec
    values: tuple[dict[str, Any], ...]

    def rows(self) -> list[tuple[Any, ...]]:
        return [tuple(row[name] for name in self.spec.column_names) for row in self.values]

    def column(self, name: str) -> ColumnSpec | None:
        return next((column for column in self.spec.columns if column.name == name), None)

    def is_sound(self) -> bool:
        required = [column.name for column in self.spec.columns if not column.nullable]
        if any(row[name] is None for row in self.values for name in required):
            return False
        keys = [tuple(row[name] for name in self.spec.primary_key) for row in self.values]
        return not self.spec.primary_key or len(set(keys)) == len(keys)

    def replaced(self, old: str, new: ColumnSpec) -> Model:
        columns = tuple(new if column.name == old else column for column in self.spec.columns)
        key = tuple(new.name if name == old else name for name in self.spec.primary_key)
        rows = tuple({(new.name if name == old else name): value for name, value in row.items()} for row in self.values)
        return Model(TableSpec(columns, key), rows)


#: The model afterwards, and for each of its columns the one that fills it.
Plan = tuple[Model, tuple[str | None, ...]]


def planned(model: Model, operation: tuple[Any, ...]) -> Plan | None:
    """The model afterwards and where its columns come from; None where the services would not ask the engine."""
    kind, name = operation[0], operation[1]
    if kind == "key":
        return keyed(model, name)
    if kind == "add":
        return added(model, *operation[1:])
    column = model.column(name)
    return None if column is None else altered(model, column, operation)


def keyed(model: Model, key: list[str]) -> Plan | None:
    spec, before = model.spec, model.spec.column_names
    if spec.primary_key or not key or not set(key) <= set(before):
        return None
    columns = tuple(replace(c, nullable=c.nullable and c.name not in key) for c in spec.columns)
    return Model(TableSpec(columns, tuple(key)), model.values), before


def added(model: Model, name: str, type_text: str, nullable: bool, has_default: bool) -> Plan | None:
    spec, before = model.spec, model.spec.column_names
    if name.casefold() in {known.casefold() for known in before}:
        return None
    default = ("7" if type_text == "INTEGER" else "'d'") if has_default else None
    value = {"7": 7, "'d'": "d", None: None}[default]
    columns = (*spec.columns, ColumnSpec(name, type_text, nullable, default))
    rows = tuple(row | {name: value} for row in model.values)
    return Model(replace(spec, columns=columns), rows), (*before, None)


def altered(model: Model, column: ColumnSpec, operation: tuple[Any, ...]) -> Plan | None:
    """A drop, a rename, another type or NOT NULL."""
    kind, name, spec, before = operation[0], column.name, model.spec, model.spec.column_names
    if kind == "drop":
        if len(before) == 1 or name in spec.primary_key:
            return None
        columns = tuple(c for c in spec.columns if c.name != name)
        rows = tuple({key: value for key, value in row.items() if key != name} for row in model.values)
        return Model(replace(spec, columns=columns), rows), tuple(c.name for c in columns)
    if kind == "rename":
        if operation[2].casefold() in {known.casefold() for known in before if known != name}:
            return None
        return model.replaced(name, replace(column, name=operation[2])), before
    if kind == "null":
        return model.replaced(name, replace(column, nullable=operation[2] and name not in spec.primary_key)), before
    return converted(model, column, operation[2]), before


def converted(model: Model, column: ColumnSpec, type_text: str) -> Model:
    """With values of the new type; "bad" where one does not convert, which no sound table holds."""

    def cast(value: Any) -> Any:
        if value is None or type_text == column.type:
            return value
        return str(value) if type_text == "VARCHAR" else int(value) if value.isdigit() else Unconvertible

    changed = model.replaced(column.name, replace(column, type=type_text, default=None))
    return replace(changed, values=tuple(row | {column.name: cast(row[column.name])} for row in changed.values))


class Unconvertible:
    """Stands where a value has no counterpart in the new type."""


@contextmanager
def opened() -> Iterator[tuple[FileBackend, Path]]:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        parts = (root / name for name in ("duckdb", "versions", "_staging", "locks", "tmp"))
        backend = FileBackend(EngineConfig(*parts, threads=1, memory_limit_bytes=500_000_000))
        try:
            yield backend, root
        finally:
            backend.close()


def started(backend: FileBackend, root: Path, model: Model) -> SealedVersion:
    source = root / "start.parquet"
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (a INTEGER, b VARCHAR)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [[None, None], *model.rows()])
        connection.execute(f"COPY (SELECT * FROM t OFFSET 1) TO '{source}' (FORMAT parquet)")
    empty = backend.create("p", START)
    return backend.load("p", START, empty.ref, LoadSpec(source, "parquet"), Monitor()).sealed


def found(backend: FileBackend, version: SealedVersion) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{backend.version_path(version.ref)}' AS v (READ_ONLY)")
        return connection.execute("FROM v.main.data").fetchall()


def deleted(backend: FileBackend, version: SealedVersion, model: Model, name: str) -> tuple[SealedVersion, Model]:
    """Without the rows that hold NULL or 1 in a column."""
    kept = tuple(row for row in model.values if row[name] is not None and str(row[name]) != "1")
    clause = f'"{name}" IS NULL OR CAST("{name}" AS VARCHAR) = \'1\''
    deletion = backend.delete_rows("p", version.spec, version.ref, clause, Monitor())
    assert deletion.deleted_rows == len(model.values) - len(kept)
    return deletion.sealed or version, replace(model, values=kept)


@given(st.lists(st.tuples(values, texts), max_size=6), st.lists(operations, min_size=1, max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_any_sequence_equals_the_model_and_a_failure_changes_nothing(rows: list[Any], changes: list[Any]) -> None:
    model = Model(START, tuple({"a": a, "b": b} for a, b in rows))
    with opened() as (backend, root):
        version = started(backend, root, model)
        for change in changes:
            if change[0] == "delete":
                if model.column(change[1]) is not None:
                    version, model = deleted(backend, version, model, change[1])
                continue
            plan = planned(model, change)
            if plan is None:
                continue
            after, sources = plan
            alteration = Alteration(model.spec, after.spec, sources)
            fits = after.is_sound() and not any(value is Unconvertible for row in after.rows() for value in row)
            try:
                version = backend.alter("p", version.ref, alteration, Monitor())
            except KbstoreError:
                assert not fits, change
            else:
                assert fits, change
                model = after
            assert (found(backend, version), version.spec) == (model.rows(), model.spec)
