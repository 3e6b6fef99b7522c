"""Workspaces in use: one owner per file, sessions beside each other, project tables that nobody can change."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kbstore.errors import InvalidRequest, KbstoreError, ServiceUnavailable
from storage.engine.config import EngineConfig
from storage.engine.errors import VersionGone
from storage.engine.layout import Layout
from storage.engine.native import NativeConnection, NativeDatabase, NativeError, prepare, rows
from storage.engine.workspace_errors import WorkspaceBusy, WorkspaceDamaged, WorkspaceMissing
from storage.engine.workspace_file import make_workspace_file, remove_workspace_file, workspace_size_bytes
from storage.engine.workspace_instance import WorkspaceInstance, WorkspaceLimits

LIMITS = WorkspaceLimits(memory_bytes=200_000_000, threads=2, spill_bytes=50_000_000)
SCHEMA = "in_c_sales"
#: A second process opens the workspace whose path is its second argument.
OPEN = """
from storage.engine.native import rows
from storage.engine.workspace_instance import *
instance = WorkspaceInstance.open(config, path=Path(sys.argv[2]), database="ws", limits=WorkspaceLimits(threads=1))
session = instance.session()
"""


@pytest.fixture
def path(config: EngineConfig, layout: Layout) -> Path:
    path = layout.workspace_path("p1", None, "ws_1")
    make_workspace_file(config, path, workspace_id="ws_1")
    return path


@pytest.fixture
def versions(layout: Layout) -> Path:
    directory = layout.versions_project_dir("p1")
    directory.mkdir(parents=True)
    return directory


@pytest.fixture
def instance(config: EngineConfig, path: Path, versions: Path) -> Iterator[WorkspaceInstance]:
    with open_at(config, path) as instance:
        yield instance


@pytest.fixture
def session(instance: WorkspaceInstance) -> NativeConnection:
    return instance.session([SCHEMA])


@pytest.fixture
def version(versions: Path) -> Callable[..., Path]:
    """A version file that holds the result of a query."""

    def make(name: str, query: str, directory: Path = versions) -> Path:
        path = directory / f"{name}.duckdb"
        with NativeDatabase({"threads": "1"}, str(path)) as database:
            database.connect().run(f"CREATE TABLE data AS {query}")
        path.chmod(0o444)
        return path

    return make


@pytest.fixture
def show(instance: WorkspaceInstance, version: Callable[..., Path]) -> Callable[..., None]:
    """Show the result of a query as the table `orders`, in a version of its own."""
    count = iter(range(1000))

    def run(query: str) -> None:
        path = version(f"v{next(count)}", query)
        instance.show_table(schema=SCHEMA, table="orders", alias_key="1", path=path)

    return run


def open_at(config: EngineConfig, path: Path) -> WorkspaceInstance:
    return WorkspaceInstance.open(config, path=path, database="workspace_ws", limits=LIMITS)


def wal(path: Path) -> Path:
    return Path(f"{path}.wal")


class TestTheFile:
    def test_it_holds_its_id_and_has_no_log(self, config: EngineConfig, path: Path) -> None:
        with open_at(config, path) as instance:
            info = dict(rows(instance.session(), "FROM _workspace_info"))
        assert info["workspace_id"] == "ws_1"
        assert info.keys() == {"workspace_id", "created_at"}
        assert [entry.name for entry in path.parent.iterdir()] == ["ws_1.duckdb"]

    def test_it_is_for_its_owner_only(self, path: Path) -> None:
        assert path.stat().st_mode & 0o777 == 0o600

    def test_its_size_counts_the_log(self, config: EngineConfig, path: Path) -> None:
        with open_at(config, path) as instance:
            instance.session().run("CREATE TABLE t AS SELECT 1")
            assert wal(path).stat().st_size > 0
            assert instance.size_bytes() == path.stat().st_size + wal(path).stat().st_size

    def test_removing_it_takes_the_log_too(self, config: EngineConfig, path: Path) -> None:
        wal(path).write_bytes(b"left")
        remove_workspace_file(path)
        remove_workspace_file(path)
        assert (path.exists(), wal(path).exists(), workspace_size_bytes(path)) == (False, False, 0)

    @pytest.mark.parametrize("name", ["..", "a/b", "", "a\0b"])
    def test_an_id_never_leads_elsewhere(self, layout: Layout, name: str) -> None:
        with pytest.raises(InvalidRequest):
            layout.workspace_path("p1", None, name)

    def test_branches_have_files_of_their_own(self, layout: Layout, config: EngineConfig) -> None:
        path = layout.workspace_path("p1", "b1", "ws_1")
        assert path.relative_to(config.duckdb_dir) == Path("project_p1_branch_b1/_workspaces/ws_1.duckdb")


class TestOpening:
    def test_a_missing_file_is_not_made(self, config: EngineConfig, layout: Layout) -> None:
        path = layout.workspace_path("p1", None, "nope")
        with pytest.raises(WorkspaceMissing):
            open_at(config, path)
        assert not path.exists()

    def test_a_damaged_file_is_named_so(self, config: EngineConfig, path: Path) -> None:
        path.write_bytes(b"no database" * 1000)
        for _ in range(2):
            with pytest.raises(WorkspaceDamaged):
                open_at(config, path)

    def test_a_second_instance_of_this_process_is_refused(
        self, config: EngineConfig, path: Path, instance: WorkspaceInstance
    ) -> None:
        with pytest.raises(WorkspaceBusy):
            open_at(config, path)
        instance.close()
        open_at(config, path).close()

    def test_another_process_that_has_it_makes_it_busy(
        self, config: EngineConfig, path: Path, start_python: Callable[..., subprocess.Popen[str]]
    ) -> None:
        process = start_python(OPEN + "print('open', flush=True); sys.stdin.read()", str(path))
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        with pytest.raises(WorkspaceBusy) as refusal:
            open_at(config, path)
        assert (refusal.value.http_status, refusal.value.code) == (409, "workspace_busy")
        assert str(path) not in refusal.value.message

    def test_a_killed_owner_loses_nothing_that_was_committed(
        self, config: EngineConfig, path: Path, start_python: Callable[..., subprocess.Popen[str]]
    ) -> None:
        code = """
session.run("CREATE TABLE t (i INT); INSERT INTO t VALUES (1), (2); BEGIN; INSERT INTO t VALUES (3)")
print('written', flush=True)
sys.stdin.read()
"""
        process = start_python(OPEN + code, str(path))
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert wal(path).exists()
        with open_at(config, path) as instance:
            assert rows(instance.session(), "FROM t") == [(1,), (2,)]
        assert not wal(path).exists()


class TestClosing:
    def test_it_leaves_no_log_and_no_spill_directory(self, config: EngineConfig, path: Path) -> None:
        with open_at(config, path) as instance:
            instance.session().run("CREATE TABLE t AS FROM range(10000)")
        assert not wal(path).exists()
        assert list(config.temp_dir.iterdir()) == []

    def test_it_ends_what_still_runs(self, config: EngineConfig, path: Path) -> None:
        instance = open_at(config, path)
        session = instance.session()
        failures: list[NativeError] = []
        started = threading.Event()

        def run() -> None:
            started.set()
            try:
                rows(session, "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range = 7")
            except NativeError as error:
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        started.wait()
        instance.close()
        thread.join(timeout=20)
        assert not thread.is_alive()
        assert len(failures) == 1
        open_at(config, path).close()

    def test_an_open_transaction_is_rolled_back(self, config: EngineConfig, path: Path) -> None:
        with open_at(config, path) as instance:
            session = instance.session()
            session.run("CREATE TABLE t (i INT); BEGIN; INSERT INTO t VALUES (1)")
        assert not wal(path).exists()
        with open_at(config, path) as instance:
            assert rows(instance.session(), "FROM t") == []

    def test_a_closed_instance_gives_no_session(self, config: EngineConfig, path: Path) -> None:
        instance = open_at(config, path)
        instance.close()
        instance.close()
        with pytest.raises(ServiceUnavailable):
            instance.session()


class TestABrokenInstance:
    def test_it_says_so_and_loses_nothing_when_opened_anew(self, config: EngineConfig, path: Path) -> None:
        with open_at(config, path) as instance:
            session = instance.session()
            session.run("CREATE TABLE t AS SELECT 1 AS i")
            assert not instance.is_broken
            with pytest.raises(NativeError):
                session.run("PREPARE p AS SELECT typeof($1), $1::VARCHAR; EXECUTE p('x')")
            assert instance.is_broken
        with open_at(config, path) as instance:
            assert rows(instance.session(), "FROM t") == [(1,)]
            assert not instance.is_broken


class TestProjectTables:
    def test_two_part_names_reach_them(self, session: NativeConnection, show: Callable[..., None]) -> None:
        show("SELECT 1 AS id")
        assert rows(session, "SELECT id, current_database(), current_schema() FROM in_c_sales.orders") == [
            (1, "workspace_ws", "main")
        ]

    def test_own_tables_go_to_the_workspace(self, session: NativeConnection, show: Callable[..., None]) -> None:
        show("SELECT 1 AS id")
        session.run("CREATE TABLE mine AS FROM in_c_sales.orders")
        assert rows(session, "FROM workspace_ws.main.mine") == [(1,)]

    def test_the_next_version_is_there_at_the_next_statement(
        self, session: NativeConnection, show: Callable[..., None]
    ) -> None:
        show("SELECT 1 AS id")
        with prepare(session, "FROM in_c_sales.orders") as statement:
            show("SELECT 2 AS id, 'new' AS name")
            with statement.execute() as result:
                assert [batch.to_pylist() for batch in result.batches()] == [[{"id": 2, "name": "new"}]]

    def test_a_transaction_keeps_the_version_it_touched(
        self, session: NativeConnection, show: Callable[..., None]
    ) -> None:
        show("SELECT 1 AS id")
        session.run("BEGIN")
        rows(session, "FROM in_c_sales.orders")
        show("SELECT 2 AS id")
        assert rows(session, "FROM in_c_sales.orders") == [(1,)]
        session.run("COMMIT")
        assert rows(session, "FROM in_c_sales.orders") == [(2,)]

    def test_a_stream_goes_on_with_the_version_it_began_with(
        self, session: NativeConnection, show: Callable[..., None]
    ) -> None:
        show("SELECT 1 AS id FROM range(500000)")
        with prepare(session, "FROM in_c_sales.orders") as statement, statement.execute() as result:
            batches = result.batches()
            next(batches)
            show("SELECT 2 AS id FROM range(500000)")
            values = {value for batch in batches for value in batch.column(0).unique().to_pylist()}
        assert values == {1}

    def test_changing_versions_never_leaves_a_gap(
        self, instance: WorkspaceInstance, show: Callable[..., None], version: Callable[..., Path]
    ) -> None:
        paths = [version(f"gap{number}", f"SELECT {number} AS id") for number in range(2)]
        instance.show_table(schema=SCHEMA, table="orders", alias_key="1", path=paths[0])
        reader = instance.session([SCHEMA])
        stop = threading.Event()
        seen: list[Any] = []

        def read() -> None:
            while not stop.is_set():
                try:
                    seen.extend(rows(reader, "SELECT id FROM in_c_sales.orders"))
                except NativeError as error:
                    seen.append(error)

        thread = threading.Thread(target=read)
        thread.start()
        for number in range(200):
            instance.show_table(schema=SCHEMA, table="orders", alias_key="1", path=paths[number % 2])
        stop.set()
        thread.join()
        assert set(seen) <= {(0,), (1,)}

    def test_a_version_that_is_gone_says_so(self, instance: WorkspaceInstance, versions: Path) -> None:
        with pytest.raises(VersionGone):
            instance.show_table(schema=SCHEMA, table="x", alias_key="9", path=versions / "gone.duckdb")

    def test_after_a_damaged_version_the_good_one_can_be_shown_again(
        self, instance: WorkspaceInstance, session: NativeConnection, version: Callable[..., Path], versions: Path
    ) -> None:
        good, bad = version("good", "SELECT 1 AS id"), versions / "bad.duckdb"
        bad.write_bytes(b"no database" * 1000)
        instance.show_table(schema=SCHEMA, table="orders", alias_key="1", path=good)
        with pytest.raises(KbstoreError) as failure:
            instance.show_table(schema=SCHEMA, table="orders", alias_key="1", path=bad)
        assert str(bad) not in failure.value.message
        instance.show_table(schema=SCHEMA, table="orders", alias_key="1", path=good)
        assert rows(session, "FROM in_c_sales.orders") == [(1,)]

    def test_one_version_can_be_two_tables(
        self, instance: WorkspaceInstance, session: NativeConnection, version: Callable[..., Path]
    ) -> None:
        path = version("twice", "SELECT 1 AS id")
        for key in ("a", "b"):
            instance.show_table(schema=SCHEMA, table=key, alias_key=key, path=path)
        assert rows(session, "FROM in_c_sales.a, in_c_sales.b") == [(1, 1)]

    def test_of_two_tables_with_one_name_the_last_shown_is_seen(
        self, instance: WorkspaceInstance, session: NativeConnection, version: Callable[..., Path]
    ) -> None:
        paths = {key: version(key, f"SELECT '{key}' AS name") for key in ("main", "branch")}
        for key in ("main", "branch", "main", "branch"):
            instance.show_table(schema=SCHEMA, table="orders", alias_key=key, path=paths[key])
            assert rows(session, "SELECT name FROM in_c_sales.orders") == [(key,)]
            assert list(instance.shown_tables) == [key]
        instance.hide_table(alias_key="main")
        assert rows(session, "SELECT name FROM in_c_sales.orders") == [("branch",)]

    def test_a_hidden_table_is_gone(
        self, instance: WorkspaceInstance, session: NativeConnection, show: Callable[..., None]
    ) -> None:
        show("SELECT 1 AS id")
        instance.hide_table(alias_key="1")
        instance.hide_table(alias_key="1")
        with pytest.raises(NativeError):
            rows(session, "FROM in_c_sales.orders")
        assert instance.shown_tables == {}

    def test_a_renamed_table_is_found_under_its_new_name_only(
        self, instance: WorkspaceInstance, session: NativeConnection, version: Callable[..., Path]
    ) -> None:
        path = version("renamed", "SELECT 1 AS id")
        for name in ("before", "after"):
            instance.show_table(schema=SCHEMA, table=name, alias_key="1", path=path)
        assert rows(session, "FROM in_c_sales.after") == [(1,)]
        with pytest.raises(NativeError):
            rows(session, "FROM in_c_sales.before")

    def test_only_the_last_used_stay_attached(
        self, instance: WorkspaceInstance, version: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("storage.engine.workspace_instance._MOST_ATTACHED", 2)
        path = version("shared", "SELECT 1 AS id")
        for key in ("a", "b", "a", "c"):
            copy = path.with_name(f"{key}.duckdb")
            if not copy.exists():
                copy.write_bytes(path.read_bytes())
            instance.show_table(schema=SCHEMA, table=key, alias_key=key, path=copy)
        assert set(instance.shown_tables) == {"a", "c"}

    @pytest.mark.parametrize(
        "attack",
        [
            "INSERT INTO in_c_sales.orders VALUES (2)",
            "UPDATE in_c_sales.orders SET id = 2",
            "DELETE FROM in_c_sales.orders",
            "INSERT INTO _v_1.main.data VALUES (2)",
            "DROP TABLE _v_1.main.data",
            "CREATE TABLE _v_1.main.other AS SELECT 1",
            "ALTER TABLE _v_1.main.data ADD COLUMN x INT",
        ],
    )
    def test_their_rows_cannot_be_written(
        self, session: NativeConnection, show: Callable[..., None], attack: str
    ) -> None:
        show("SELECT 1 AS id")
        with pytest.raises(NativeError):
            session.run(attack)
        assert rows(session, "FROM in_c_sales.orders") == [(1,)]


class TestSessions:
    def test_they_see_each_others_commits_only(self, instance: WorkspaceInstance) -> None:
        first, second = instance.session(), instance.session()
        first.run("CREATE TABLE t (i INT); BEGIN; INSERT INTO t VALUES (1)")
        assert rows(second, "FROM t") == []
        first.run("COMMIT")
        assert rows(second, "FROM t") == [(1,)]

    def test_their_time_zones_and_temporary_tables_are_their_own(self, instance: WorkspaceInstance) -> None:
        first, second = instance.session(), instance.session()
        first.run("SET TimeZone = 'Europe/Prague'; CREATE TEMP TABLE mine AS SELECT 1")
        assert rows(second, "SELECT current_setting('TimeZone')") == [("UTC",)]
        with pytest.raises(NativeError):
            rows(second, "FROM mine")

    def test_schemas_that_come_later_can_be_added(self, instance: WorkspaceInstance) -> None:
        session = instance.session()
        instance.show_schemas(['out_c_a"b', "in_c_x,y"], to=session)
        path = rows(session, "SELECT current_setting('search_path')")
        assert "in_c_x,y" in path[0][0]

    def test_a_checkpoint_empties_the_log(self, instance: WorkspaceInstance, path: Path) -> None:
        instance.session().run("CREATE TABLE t AS FROM range(1000)")
        instance.checkpoint()
        assert not wal(path).exists() or wal(path).stat().st_size == 0


class TestConfinement:
    @pytest.fixture
    def stranger(self, layout: Layout, version: Callable[..., Path]) -> Path:
        """A version file of another project."""
        directory = layout.versions_project_dir("p2")
        directory.mkdir(parents=True)
        return version("secret", "SELECT 'theirs' AS id", directory)

    @pytest.mark.parametrize(
        "attack",
        [
            "ATTACH '{0}' AS x (READ_ONLY)",
            "SELECT * FROM read_blob('{0}')",
            "SELECT * FROM '{0}'",
            "SELECT * FROM glob('{1}/*')",
            "SELECT * FROM read_blob('{1}/../project_p1/../project_p2/secret.duckdb')",
            "ATTACH '{1}/../project_p2/secret.duckdb' AS x (READ_ONLY)",
            "COPY (SELECT 1) TO '{1}/evil.csv'",
            "SELECT * FROM read_text('/etc/passwd')",
            "SELECT * FROM read_csv('/proc/self/environ')",
            "SELECT * FROM '/etc/passwd'",
            "COPY (SELECT 1) TO '/dev/stdout'",
            "EXPORT DATABASE '/tmp/evil'",
            "IMPORT DATABASE '/etc'",
            "ATTACH '/etc/passwd' AS x",
            "LOAD httpfs",
            "LOAD '/tmp/evil.duckdb_extension'",
            "SET enable_external_access = true",
            "SET allowed_directories = ['/']",
            "SET lock_configuration = false",
            "SET memory_limit = '1TB'",
            "SET threads = 64",
            "SET temp_directory = '/tmp'",
            "SET max_temp_directory_size = '1TB'",
            "PRAGMA threads = 64",
            "RESET memory_limit",
            "SET errors_as_json = false",
            "SET secret_directory = '/tmp'",
            "CREATE PERSISTENT SECRET x (TYPE s3)",
        ],
    )
    def test_it_stops(self, session: NativeConnection, stranger: Path, attack: str) -> None:
        with pytest.raises(NativeError):
            rows(session, attack.format(stranger, stranger.parent))

    def test_workspaces_of_two_projects_see_their_own_tables_only(
        self, config: EngineConfig, layout: Layout, stranger: Path, instance: WorkspaceInstance
    ) -> None:
        path = layout.workspace_path("p2", None, "ws_2")
        make_workspace_file(config, path, workspace_id="ws_2")
        with open_at(config, path) as other:
            other.show_table(schema=SCHEMA, table="t", alias_key="1", path=stranger)
            assert rows(other.session([SCHEMA]), "FROM in_c_sales.t") == [("theirs",)]
            with pytest.raises(NativeError):
                rows(instance.session([SCHEMA]), "FROM in_c_sales.t")

    def test_no_version_is_within_reach_not_even_of_a_table_that_is_shown(
        self, instance: WorkspaceInstance, show: Callable[..., None], versions: Path, config: EngineConfig
    ) -> None:
        show("SELECT 1 AS id")
        session = instance.session([SCHEMA])
        assert rows(session, "FROM in_c_sales.orders") == [(1,)]
        (gate,) = config.staging_dir.glob("*.gate")
        assert list(gate.iterdir()) == []
        for attack in ("SELECT * FROM read_blob('{0}')", "ATTACH '{0}' AS x", "COPY (SELECT 1) TO '{0}'"):
            with pytest.raises(NativeError):
                rows(session, attack.format(versions / "v0.duckdb"))

    def test_its_gate_goes_with_it(self, config: EngineConfig, path: Path) -> None:
        with open_at(config, path):
            assert len(list(config.staging_dir.glob("*.gate"))) == 1
        assert list(config.staging_dir.glob("*.gate")) == []


class TestABoundTransaction:
    """One that can write to the workspace alone, whatever names its statements find."""

    @pytest.mark.parametrize(
        "attack",
        [
            "DROP VIEW orders",
            "DROP VIEW in_c_sales.orders",
            "DROP VIEW IF EXISTS orders CASCADE",
            "ALTER VIEW orders RENAME TO mine",
            "ALTER VIEW project.in_c_sales.orders RENAME TO mine",
            "COMMENT ON VIEW orders IS 'x'",
            "COMMENT ON COLUMN in_c_sales.orders.id IS 'x'",
            "CREATE OR REPLACE VIEW in_c_sales.orders AS SELECT 1",
            "CREATE VIEW in_c_sales.more AS SELECT 1",
            "CREATE TABLE in_c_sales.mine (i int)",
            "CREATE TABLE in_c_sales.mine AS SELECT 1 AS i",
            "CREATE TABLE project.main.mine (i int)",
            "CREATE TABLE memory.main.mine (i int)",
            "CREATE SEQUENCE in_c_sales.mine",
            "CREATE TYPE in_c_sales.mine AS ENUM ('a')",
            "CREATE MACRO in_c_sales.mine(a) AS a",
            "CREATE MACRO in_c_sales.mine(a) AS TABLE SELECT a",
            "CREATE SCHEMA project.mine",
            "DROP SCHEMA project.in_c_sales CASCADE",
            "SET search_path = 'project.in_c_sales'; CREATE TABLE mine (i int)",
            "SET search_path = 'project.in_c_sales'; DROP VIEW orders",
            "USE project.in_c_sales; CREATE OR REPLACE VIEW orders AS SELECT 1",
            "PREPARE p AS DROP VIEW orders; EXECUTE p",
            "EXPLAIN ANALYZE CREATE TABLE in_c_sales.mine AS SELECT 1 AS i",
            "INSERT INTO orders VALUES (2)",
            "UPDATE orders SET id = 2",
            "DELETE FROM orders",
            "TRUNCATE orders",
        ],
    )
    def test_it_changes_no_table_of_the_project(
        self, instance: WorkspaceInstance, show: Callable[..., None], attack: str
    ) -> None:
        show("SELECT 1 AS id")
        session = instance.session([SCHEMA])
        session.run("BEGIN")
        instance.guard_project(session)
        with pytest.raises(NativeError):
            session.run(attack)
        session.run("ROLLBACK")
        other = instance.session([SCHEMA])
        assert rows(other, "FROM in_c_sales.orders") == [(1,)]
        found = "SELECT count(*) FROM duckdb_tables() WHERE database_name IN ('project', 'memory') AND NOT internal"
        assert rows(other, found) == [(0,)]

    def test_it_changes_the_workspace_and_what_is_temporary(
        self, instance: WorkspaceInstance, show: Callable[..., None]
    ) -> None:
        show("SELECT 1 AS id")
        session = instance.session([SCHEMA])
        session.run("BEGIN")
        instance.guard_project(session)
        session.run("CREATE TABLE mine AS FROM orders; INSERT INTO mine VALUES (2); CREATE TEMP TABLE t (i int)")
        session.run("CREATE TEMP VIEW orders AS SELECT 'shadow' AS id; INSERT INTO t VALUES (1)")
        session.run("COMMIT")
        assert rows(session, "SELECT count(*) FROM mine") == [(2,)]
        assert rows(instance.session([SCHEMA]), "FROM orders") == [(1,)]

    def test_the_workspace_of_another_is_out_of_reach(
        self, config: EngineConfig, layout: Layout, session: NativeConnection
    ) -> None:
        path = layout.workspace_path("p1", None, "ws_3")
        make_workspace_file(config, path, workspace_id="ws_3")
        for attack in (f"ATTACH '{path}' AS x", f"SELECT * FROM read_blob('{path}')"):
            with pytest.raises(NativeError):
                rows(session, attack)

    def test_spilling_stops_at_its_limit(self, config: EngineConfig, path: Path) -> None:
        limits = WorkspaceLimits(memory_bytes=20_000_000, threads=1, spill_bytes=1_000_000)
        with WorkspaceInstance.open(config, path=path, database="ws", limits=limits) as instance:
            session = instance.session()
            with pytest.raises(NativeError) as failure:
                rows(
                    session, "SELECT count(*) FROM (SELECT hash(range) h FROM range(3000000) ORDER BY h LIMIT 2500000)"
                )
            assert failure.value.kind.value == "Out of Memory"
            assert rows(session, "SELECT 1") == [(1,)]
