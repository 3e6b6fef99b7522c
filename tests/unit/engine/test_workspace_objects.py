"""What is in a workspace beside open sessions: clearing, dropping and copying are transactions like theirs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kbstore.errors import OperationCancelled
from storage.engine.config import EngineConfig
from storage.engine.layout import Layout
from storage.engine.monitor import Monitor
from storage.engine.native import NativeConnection, NativeDatabase, rows
from storage.engine.workspace_copy import CopyOrder, WorkspaceFull, copy_into_workspace
from storage.engine.workspace_errors import WorkspaceBusy
from storage.engine.workspace_file import make_workspace_file
from storage.engine.workspace_instance import WorkspaceInstance, WorkspaceLimits
from storage.engine.workspace_objects import WorkspaceChanging, clear_objects, drop_object, list_objects

ROOM = 10**9
ROWS = 100_000


@pytest.fixture
def instance(config: EngineConfig, layout: Layout) -> Iterator[WorkspaceInstance]:
    """A workspace that sees `b.numbers`, which has ROWS rows."""
    path = layout.workspace_path("p1", None, "ws_1")
    make_workspace_file(config, path, workspace_id="ws_1")
    directory = layout.versions_project_dir("p1")
    directory.mkdir(parents=True)
    version = directory / "v.duckdb"
    with NativeDatabase({"threads": "1"}, str(version)) as database:
        database.connect().run(f"CREATE TABLE data AS SELECT i AS id, 'row ' || i AS text FROM range({ROWS}) r(i)")
    with WorkspaceInstance.open(config, path=path, database="ws", limits=WorkspaceLimits(threads=2)) as instance:
        show(instance, version)
        yield instance


@pytest.fixture
def session(instance: WorkspaceInstance) -> NativeConnection:
    return instance.session()


def show(instance: WorkspaceInstance, version: Path) -> None:
    instance.show_table(schema="b", table="numbers", alias_key="1", path=version)


def order(size_limit_bytes: int = ROOM, where: str | None = None) -> CopyOrder:
    return CopyOrder("b", "numbers", "t", size_limit_bytes, where=where)


def names(instance: WorkspaceInstance) -> list[str]:
    return [found.name for found in list_objects(instance, patience_seconds=2.0)]


class TestClear:
    def test_an_open_change_of_somebody_else_is_busy_and_nothing_changes(
        self, instance: WorkspaceInstance, session: NativeConnection
    ) -> None:
        session.run("CREATE TABLE a (i INTEGER); CREATE TABLE b (i INTEGER)")
        session.run("BEGIN; ALTER TABLE a ADD COLUMN j INTEGER")
        with pytest.raises(WorkspaceChanging) as caught:
            clear_objects(instance)
        assert isinstance(caught.value, WorkspaceBusy)
        assert (caught.value.http_status, caught.value.code) == (409, "workspace_busy")
        session.run("ROLLBACK")
        assert names(instance) == ["a", "b"]

    def test_a_reader_goes_on(self, instance: WorkspaceInstance, session: NativeConnection) -> None:
        session.run("CREATE TABLE a AS SELECT 1 AS i")
        session.run("BEGIN")
        assert rows(session, "SELECT i FROM a") == [(1,)]
        clear_objects(instance)
        assert rows(session, "SELECT i FROM a") == [(1,)]
        session.run("COMMIT")
        assert names(instance) == []

    def test_what_an_internal_table_needs_stays(self, instance: WorkspaceInstance, session: NativeConnection) -> None:
        session.run("CREATE SEQUENCE s; CREATE TYPE mood AS ENUM ('a'); CREATE SEQUENCE unused")
        session.run("CREATE TABLE _kept (i INTEGER DEFAULT nextval('s'), m mood); CREATE TABLE gone (m mood)")
        clear_objects(instance)
        assert rows(session, "INSERT INTO _kept (m) VALUES ('a') RETURNING i") == [(1,)]
        assert rows(session, "SELECT sequence_name FROM duckdb_sequences()") == [("s",)]
        assert names(instance) == []

    def test_chains_of_everything(self, instance: WorkspaceInstance, session: NativeConnection) -> None:
        session.run("CREATE SCHEMA one; CREATE SCHEMA two; CREATE TYPE one.mood AS ENUM ('a')")
        session.run("CREATE SEQUENCE two.s; CREATE MACRO plus(a) AS a + 1; CREATE MACRO twice(a) AS plus(plus(a))")
        session.run("CREATE TABLE two.p (i INTEGER PRIMARY KEY DEFAULT nextval('two.s'), m one.mood)")
        session.run("CREATE TABLE two.c (i INTEGER REFERENCES two.p(i), j INTEGER GENERATED ALWAYS AS (twice(i)))")
        session.run(
            "CREATE VIEW one.v AS FROM two.c; CREATE MACRO one.f() AS TABLE FROM two.p; CREATE INDEX x ON two.p(m)"
        )
        clear_objects(instance)
        left = "SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'ws' AND schema_name <> 'main'"
        assert rows(session, left) == []
        assert rows(session, "SELECT table_name FROM duckdb_tables() WHERE database_name = 'ws'") == [
            ("_workspace_info",)
        ]
        others = "SELECT function_name FROM duckdb_functions() WHERE database_name = 'ws' AND NOT internal"
        assert rows(session, others) == []


def test_dropping_what_somebody_changes_is_busy(instance: WorkspaceInstance, session: NativeConnection) -> None:
    session.run("CREATE TABLE a (i INTEGER); BEGIN; ALTER TABLE a ADD COLUMN j INTEGER")
    with pytest.raises(WorkspaceChanging):
        drop_object(instance, "a")
    session.run("ROLLBACK")
    assert drop_object(instance, "a")


class TestCopy:
    def test_a_reader_of_the_destination_keeps_what_it_reads(
        self, instance: WorkspaceInstance, session: NativeConnection
    ) -> None:
        assert copy_into_workspace(instance, order(), Monitor()) == ROWS
        session.run("BEGIN")
        assert rows(session, "SELECT count(*) FROM t") == [(ROWS,)]
        assert copy_into_workspace(instance, order(where="id < 10"), Monitor()) == 10
        assert rows(session, "SELECT count(*) FROM t") == [(ROWS,)]
        session.run("COMMIT")
        assert rows(session, "SELECT count(*) FROM t") == [(10,)]

    def test_an_open_change_of_the_destination_is_busy(
        self, instance: WorkspaceInstance, session: NativeConnection
    ) -> None:
        session.run("CREATE TABLE t (i INTEGER); BEGIN; ALTER TABLE t ADD COLUMN j INTEGER")
        with pytest.raises(WorkspaceChanging):
            copy_into_workspace(instance, order(), Monitor())

    def test_cancelled_it_changes_nothing(self, instance: WorkspaceInstance, session: NativeConnection) -> None:
        session.run("CREATE TABLE t AS SELECT 7 AS old")
        monitor = Monitor()
        slow = "md5(repeat(text, 2000)) <> sha256(repeat(text, 2000))"  # many seconds
        threading.Timer(0.2, monitor.cancel).start()
        with pytest.raises(OperationCancelled):
            copy_into_workspace(instance, order(where=slow), monitor)
        assert rows(session, "SELECT old FROM t") == [(7,)]

    def test_over_the_limit_it_changes_nothing(self, instance: WorkspaceInstance, session: NativeConnection) -> None:
        session.run("CREATE TABLE t AS SELECT 7 AS old")
        with pytest.raises(WorkspaceFull):
            copy_into_workspace(instance, order(size_limit_bytes=instance.size_bytes()), Monitor())
        assert rows(session, "SELECT old FROM t") == [(7,)]

    def test_a_condition_may_call_the_table_data(self, instance: WorkspaceInstance) -> None:
        assert copy_into_workspace(instance, order(where="data.id = 5"), Monitor()) == 1
