"""Rows into a table of a workspace and out of it: all or none, whatever stops it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kbstore.errors import OperationCancelled
from storage.engine.config import EngineConfig
from storage.engine.import_specs import RelationSource
from storage.engine.layout import Layout
from storage.engine.monitor import Monitor
from storage.engine.native import NativeConnection, NativeDatabase, rows
from storage.engine.specs import ColumnSpec, TableSpec
from storage.engine.workspace_errors import translated_native_errors
from storage.engine.workspace_file import make_workspace_file
from storage.engine.workspace_fill import FillOrder, fill_table
from storage.engine.workspace_instance import WorkspaceInstance, WorkspaceLimits
from storage.engine.workspace_objects import ObjectInUse, WorkspaceChanging
from storage.engine.workspace_room import WorkspaceFull
from storage.engine.workspace_unload import UnloadOrder, unloaded
from storage.errors import DuplicateKey

ROOM = 10**9
SPEC = TableSpec((ColumnSpec("id", "BIGINT", nullable=False), ColumnSpec("text", "VARCHAR")), ("id",))
PAIRS = (("id", "id"), ("text", "text"))


@pytest.fixture
def instance(config: EngineConfig, layout: Layout) -> Iterator[WorkspaceInstance]:
    path = layout.workspace_path("p1", None, "ws_1")
    make_workspace_file(config, path, workspace_id="ws_1")
    with WorkspaceInstance.open(config, path=path, database="ws", limits=WorkspaceLimits(threads=2)) as instance:
        yield instance


@pytest.fixture
def session(instance: WorkspaceInstance) -> NativeConnection:
    """With the table `t`, whose rows are 1 and 2."""
    session = instance.session()
    session.run("CREATE TABLE t (id BIGINT PRIMARY KEY, text VARCHAR); INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    return session


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A version with the rows 2, with another text, and 3."""
    path = tmp_path / "version.duckdb"
    with NativeDatabase({"threads": "1"}, str(path)) as database:
        database.connect().run("CREATE TABLE data AS SELECT * FROM (VALUES (2::BIGINT, 'new'), (3, 'c')) v(id, text)")
    return path


def order(file: Path, mode: str, limit: int = ROOM, **fields: object) -> FillOrder:
    source = RelationSource(file, SPEC, PAIRS)
    return FillOrder(source, "t", mode, limit, definition=SPEC, key=("id",), **fields)  # type: ignore[arg-type]


def table(session: NativeConnection) -> list[tuple[object, ...]]:
    return rows(session, "SELECT id, text FROM t ORDER BY id")


BEFORE = [(1, "a"), (2, "b")]


@pytest.mark.parametrize(
    ("mode", "after"),
    [
        ("make", [(2, "new"), (3, "c")]),
        ("replace", [(2, "new"), (3, "c")]),
        ("merge", [(1, "a"), (2, "new"), (3, "c")]),
    ],
)
def test_each_mode_does_what_it_says(
    instance: WorkspaceInstance, session: NativeConnection, file: Path, mode: str, after: list[object]
) -> None:
    filled = fill_table(instance, order(file, mode), Monitor())

    assert (table(session), filled.rows, filled.table_rows) == (after, 2, len(after))
    attached = rows(session, "SELECT count(*) FROM duckdb_databases() WHERE database_name LIKE '_v_file%'")
    assert (attached, list(instance.gate.directory.iterdir())) == ([(0,)], [])


def test_columns_that_the_file_does_not_have_stay_in_rows_that_change(
    instance: WorkspaceInstance, session: NativeConnection, file: Path
) -> None:
    session.run("CREATE OR REPLACE TABLE t (id BIGINT PRIMARY KEY, text VARCHAR, note VARCHAR DEFAULT 'none')")
    session.run("INSERT INTO t VALUES (2, 'b', 'mine')")
    spec = TableSpec((*SPEC.columns, ColumnSpec("note", "VARCHAR")), ("id",))
    source = RelationSource(file, SPEC, PAIRS)

    fill_table(instance, FillOrder(source, "t", "merge", ROOM, definition=spec, key=("id",)), Monitor())

    assert rows(session, "FROM t ORDER BY id") == [(2, "new", "mine"), (3, "c", "none")]


def test_a_key_that_is_there_is_named(instance: WorkspaceInstance, session: NativeConnection, file: Path) -> None:
    with pytest.raises(DuplicateKey, match="id=2"):
        fill_table(instance, order(file, "merge", is_strict=True), Monitor())

    assert table(session) == BEFORE


@pytest.mark.parametrize("mode", ["make", "replace", "merge"])
def test_what_stops_it_leaves_the_table_as_it_was(
    instance: WorkspaceInstance, session: NativeConnection, file: Path, mode: str
) -> None:
    cancelled = Monitor()
    cancelled.cancel()
    with pytest.raises(OperationCancelled):
        fill_table(instance, order(file, mode), cancelled)
    with pytest.raises(WorkspaceFull):
        fill_table(instance, order(file, mode, limit=instance.size_bytes()), Monitor())
    session.run("BEGIN; DROP TABLE t" if mode == "make" else "BEGIN; DELETE FROM t WHERE id = 2")
    with pytest.raises(WorkspaceChanging):
        fill_table(instance, order(file, mode), Monitor())
    session.run("ROLLBACK")

    assert table(session) == BEFORE


def test_a_table_that_another_object_needs_is_not_made_anew(
    instance: WorkspaceInstance, session: NativeConnection, file: Path
) -> None:
    session.run("CREATE TABLE child (id BIGINT REFERENCES t (id))")

    with pytest.raises(ObjectInUse):
        fill_table(instance, order(file, "make"), Monitor())

    assert table(session) == BEFORE


def test_an_endless_view_fills_no_disk(instance: WorkspaceInstance, session: NativeConnection) -> None:
    numbers = "FROM range(1000000000000) r(i)"
    session.run(f"CREATE VIEW endless AS SELECT (hash(i) >> 2)::BIGINT AS id, hash(i)::VARCHAR AS text {numbers}")
    wanted = UnloadOrder("endless", SPEC, ("id",), None, limit_bytes=20_000_000)

    with pytest.raises(WorkspaceFull), translated_native_errors(), unloaded(instance, session, wanted, Monitor()):
        pass

    assert list(instance.gate.directory.iterdir()) == []
