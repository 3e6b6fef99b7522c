"""A table takes its next shape with all its rows, or stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from storage.engine import alter
from storage.engine.file_backend import FileBackend
from storage.engine.monitor import Monitor
from storage.engine.specs import Alteration, ColumnSpec, LoadSpec, SealedVersion, TableSpec
from storage.errors import DoesNotFit, PrimaryKeyViolation
from tests.unit.engine.load_bench import table

Load = Callable[..., SealedVersion]
BASE = table("id BIGINT", "name VARCHAR DEFAULT 'nobody'", "x DOUBLE")


@pytest.fixture
def filled(backend: FileBackend, csv_of: Callable[..., Any]) -> SealedVersion:
    """Three rows: 1, 2 and 3; the second has no name, the third no x."""
    source = csv_of("1,11,1.5", "2,,2.5", "3,abc,", header="id,name,x")
    empty = backend.create("p1", BASE)
    return backend.load("p1", BASE, empty.ref, LoadSpec(source), Monitor()).sealed


def changed(backend: FileBackend, base: SealedVersion, **columns: ColumnSpec) -> SealedVersion:
    """Replace columns of the base by name; what is new goes to the end."""
    after, sources = [], []
    for column in base.spec.columns:
        after.append(columns.pop(column.name, column))
        sources.append(column.name)
    after += columns.values()
    sources += [None] * len(columns)
    alteration = Alteration(base.spec, replace(base.spec, columns=tuple(after)), tuple(sources))
    return backend.alter("p1", base.ref, alteration, Monitor())


def keyed(backend: FileBackend, base: SealedVersion, *key: str) -> SealedVersion:
    columns = tuple(replace(c, nullable=c.nullable and c.name not in key) for c in base.spec.columns)
    alteration = Alteration(base.spec, TableSpec(columns, key), base.spec.column_names)
    return backend.alter("p1", base.ref, alteration, Monitor())


def rows(backend: FileBackend, version: SealedVersion) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{backend.version_path(version.ref)}' AS v (READ_ONLY)")
        return connection.execute("FROM v.main.data").fetchall()


def defaults(backend: FileBackend, version: SealedVersion) -> list[str | None]:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{backend.version_path(version.ref)}' AS v (READ_ONLY)")
        query = "SELECT column_default FROM duckdb_columns() WHERE database_name = 'v' ORDER BY column_index"
        return [row[0] for row in connection.execute(query).fetchall()]


def test_a_new_column_holds_its_default_or_null(backend: FileBackend, filled: SealedVersion) -> None:
    after = changed(backend, filled, a=ColumnSpec("a", "INTEGER"), b=ColumnSpec("b", "VARCHAR", False, "'é'"))
    assert [row[3:] for row in rows(backend, after)] == [(None, "é")] * 3
    assert defaults(backend, after)[-1] == "'é'"
    assert after.spec.columns[-1].nullable is False
    assert rows(backend, filled) == [(1, "11", 1.5), (2, None, 2.5), (3, "abc", None)]


@pytest.mark.parametrize(
    ("kind", "default", "value"),
    [
        ("INTEGER[]", "[1, 2]", [1, 2]),
        ("INTEGER[2]", "[1, 2]", (1, 2)),
        ("STRUCT(a INTEGER)", "{'a': 1}", {"a": 1}),
        ("MAP(VARCHAR, INTEGER)", "MAP {'a': 1}", {"a": 1}),
        ("ENUM('a', 'b')", "'b'", "b"),
        ("JSON", "'{}'", "{}"),
        ("BIT", "'101'", "101"),
        ("INTEGER[]", None, None),
    ],
)
def test_defaults_of_every_kind(
    backend: FileBackend, filled: SealedVersion, kind: str, default: str | None, value: Any
) -> None:
    after = changed(backend, filled, n=ColumnSpec("n", kind, default=default))
    assert [row[3] for row in rows(backend, after)] == [value] * 3


def test_each_row_gets_a_uuid_of_its_own(backend: FileBackend, filled: SealedVersion) -> None:
    after = changed(backend, filled, u=ColumnSpec("u", "UUID", False, "uuid()"))
    assert len({row[3] for row in rows(backend, after)}) == 3


def test_a_required_column_without_a_value_is_refused(backend: FileBackend, filled: SealedVersion) -> None:
    with pytest.raises(DoesNotFit):
        changed(backend, filled, n=ColumnSpec("n", "INTEGER", nullable=False))


def test_values_convert(backend: FileBackend, filled: SealedVersion) -> None:
    after = changed(backend, filled, x=ColumnSpec("x", "DECIMAL(4,1)"), id=ColumnSpec("id", "VARCHAR", False))
    assert [(row[0], str(row[2])) for row in rows(backend, after)] == [("1", "1.5"), ("2", "2.5"), ("3", "None")]


def test_what_does_not_convert_is_counted_and_shown(backend: FileBackend, filled: SealedVersion) -> None:
    with pytest.raises(DoesNotFit) as caught:
        changed(backend, filled, name=ColumnSpec("title", "INTEGER"))
    assert caught.value.message == "1 value of column title cannot become INTEGER, for example 'abc'"


def test_types_that_never_convert_are_refused(backend: FileBackend, filled: SealedVersion) -> None:
    for kind in ("DATE", "STRUCT(a INTEGER)", "INTEGER[]"):
        with pytest.raises(DoesNotFit) as caught:
            changed(backend, filled, id=ColumnSpec("id", kind))
        assert caught.value.message == f"3 values of column id cannot become {kind}, for example '1'"


def test_a_default_goes_with_the_new_type(backend: FileBackend, filled: SealedVersion) -> None:
    after = changed(backend, filled, x=ColumnSpec("x", "VARCHAR", default="'none'"))
    again = changed(backend, after, x=ColumnSpec("x", "DOUBLE"))
    assert (defaults(backend, after)[2], defaults(backend, again)[2]) == ("'none'", None)


def test_deleted_rows_do_not_hinder_a_conversion(backend: FileBackend, filled: SealedVersion) -> None:
    kept = backend.delete_rows("p1", BASE, filled.ref, "name = 'abc'", Monitor()).sealed
    assert kept is not None
    after = changed(backend, kept, name=ColumnSpec("name", "INTEGER"))
    assert rows(backend, after) == [(1, 11, 1.5), (2, None, 2.5)]


def test_null_where_it_is_forbidden_is_counted(backend: FileBackend, filled: SealedVersion) -> None:
    with pytest.raises(DoesNotFit, match="column name holds NULL in 1 row$"):
        changed(backend, filled, name=ColumnSpec("name", "VARCHAR", nullable=False))


def test_a_key_has_to_be_unique_and_full(backend: FileBackend, filled: SealedVersion) -> None:
    after = keyed(backend, filled, "id")
    assert (after.spec.primary_key, rows(backend, after)) == (("id",), rows(backend, filled))
    assert defaults(backend, after) == defaults(backend, filled)
    with pytest.raises(PrimaryKeyViolation) as caught:
        keyed(backend, filled, "id", "x")
    assert caught.value.details == {"primary_key": ["id", "x"], "count": 1, "example": {"x": None}}


def test_a_repeated_key_is_counted_and_shown(backend: FileBackend, csv_of: Callable[..., Any]) -> None:
    source = csv_of("1,a,1", "1,a,2", "2,b,1", "2,b,1", "2,c,1", header="id,name,x")
    base = backend.load("p1", BASE, backend.create("p1", BASE).ref, LoadSpec(source), Monitor()).sealed
    with pytest.raises(PrimaryKeyViolation) as caught:
        keyed(backend, base, "id", "name")
    assert caught.value.message == "Primary key violation: 2 duplicate keys, for example id=1, name=a"
    assert caught.value.details == {
        "primary_key": ["id", "name"],
        "count": 2,
        "example": {"id": "1", "name": "a"},
    }


def test_a_key_has_to_stay_unique_in_its_new_type(backend: FileBackend, filled: SealedVersion) -> None:
    base = keyed(backend, changed(backend, filled, x=ColumnSpec("x", "DOUBLE", default="0")), "id")
    wide = changed(backend, base, id=ColumnSpec("id", "DOUBLE", nullable=False))
    assert [row[0] for row in rows(backend, wide)] == [1.0, 2.0, 3.0]
    with pytest.raises(PrimaryKeyViolation, match="1 duplicate key, for example id=true"):
        changed(backend, base, id=ColumnSpec("id", "BOOLEAN", nullable=False))


def test_columns_may_swap_names_and_places(backend: FileBackend, filled: SealedVersion) -> None:
    spec = table("x BIGINT", "id DOUBLE", "new VARCHAR DEFAULT 'n'")
    alteration = Alteration(BASE, spec, ("id", "x", None))
    after = backend.alter("p1", filled.ref, alteration, Monitor())
    assert rows(backend, after) == [(1, 1.5, "n"), (2, 2.5, "n"), (3, None, "n")]


@pytest.mark.parametrize("name", ["select", "a b", "é", "a'b", "ID2", "Name"])
def test_a_rename_keeps_values_and_default(backend: FileBackend, filled: SealedVersion, name: str) -> None:
    after = changed(backend, filled, name=ColumnSpec(name, "VARCHAR", default="'nobody'"))
    assert after.spec.column_names == ("id", name, "x")
    assert (rows(backend, after), defaults(backend, after)[1]) == (rows(backend, filled), "'nobody'")


def test_a_file_that_loses_much_is_written_anew(backend: FileBackend, layout: Any) -> None:
    spec = table("id BIGINT", "note VARCHAR")
    source = layout.staging_path(".parquet")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT i AS id, md5(i::VARCHAR) AS note FROM range(300000) r(i)) TO '{source}' (FORMAT parquet)"
        )
    order = LoadSpec(source, "parquet")
    base = backend.load("p1", spec, backend.create("p1", spec).ref, order, Monitor()).sealed
    after = backend.alter("p1", base.ref, Alteration(spec, table("id BIGINT"), ("id",)), Monitor())
    assert after.row_count == 300_000
    assert after.size_bytes < base.size_bytes / 4


def test_a_failure_leaves_no_file(backend: FileBackend, filled: SealedVersion, tmp_path: Path) -> None:
    before = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    for column in (ColumnSpec("name", "INTEGER"), ColumnSpec("name", "VARCHAR", nullable=False)):
        with pytest.raises(DoesNotFit):
            changed(backend, filled, name=column)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == before


def test_the_cheap_way_is_taken_where_it_can_be(filled: SealedVersion, backend: FileBackend) -> None:
    column = ColumnSpec("n", "INTEGER", default="1")
    alteration = Alteration(BASE, replace(BASE, columns=(*BASE.columns, column)), (*BASE.column_names, None))
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{backend.version_path(filled.ref)}' AS v (READ_ONLY)")
        assert alter.can_alter_in_place(connection, "v", alteration)
