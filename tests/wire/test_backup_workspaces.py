"""Workspaces in a backup: those in use as of one moment, with their passwords, and back after a restore."""

from __future__ import annotations

import threading
from pathlib import Path

from tests.cast import Person
from tests.live_server import LiveServer, manage
from tests.wire.pgwire.sql_cast import Login, SqlServer, analyst, make_branch_workspace, make_workspace, sql_server

BOTH = "SELECT (SELECT count(*) FROM left_side), (SELECT count(*) FROM right_side)"


class Writer(threading.Thread):
    """Adds to two tables in one transaction, again and again, with checkpoints in between."""

    def __init__(self, login: Login) -> None:
        super().__init__(daemon=True)
        self.login, self.is_stopped, self.rounds = login, threading.Event(), 0

    def run(self) -> None:
        with self.login.connect() as db:
            while not self.is_stopped.is_set():
                db.execute(
                    "BEGIN; INSERT INTO left_side SELECT range FROM range(5000);"
                    "INSERT INTO right_side SELECT range FROM range(5000); COMMIT"
                )
                self.rounds += 1
                if self.rounds % 3 == 0:
                    db.execute("CHECKPOINT")


def prepare(sql: SqlServer, owner: Person, busy: Login) -> tuple[Login, Login]:
    """The busy workspace with its tables, one that nobody has open after that, and one of a branch."""
    with busy.connect() as db:
        db.execute("CREATE TABLE left_side (i BIGINT); CREATE TABLE right_side (i BIGINT)")
    dev = Person(owner.server, key=owner.key, project_id=owner.project_id, branch_id=owner.make_branch())
    quiet, in_branch = make_workspace(sql, owner), make_branch_workspace(sql, dev)
    for login in (quiet, in_branch):
        with login.connect() as db:
            db.execute(
                "CREATE TABLE kept AS SELECT 42 AS i; CREATE VIEW of_project AS SELECT id FROM in_c_sales.orders"
            )
    return quiet, in_branch


def test_a_backup_takes_workspaces_that_are_written_to(tmp_path: Path) -> None:
    with sql_server(tmp_path) as sql, analyst(sql) as (owner, busy):
        quiet, in_branch = prepare(sql, owner, busy)
        writer = Writer(busy)
        writer.start()
        while writer.rounds < 3:
            assert writer.is_alive()
        before = writer.rounds
        taken = manage(tmp_path / "data", "backup", str(tmp_path / "b"))
        after = writer.rounds
        assert taken.returncode == 0, taken.stderr
        assert after > before, "the writer was not held up"
        writer.is_stopped.set()
        writer.join(30)

    restored = manage(tmp_path / "new" / "data", "restore", str(tmp_path / "b"))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    files = list((tmp_path / "new" / "data" / "duckdb").rglob("ws_*"))
    assert [(path.suffix, path.stat().st_mode & 0o777) for path in files] == [(".duckdb", 0o600)] * 3
    with LiveServer(tmp_path / "new" / "data", PGWIRE_ENABLED="true") as live:
        for login in (busy, quiet, in_branch):
            login.port = live.pgwire_port
        with busy.connect() as db:
            row = db.execute(BOTH).fetchone()
            assert row is not None
            assert row[0] == row[1]
            assert before * 5000 <= row[0] <= (after + 1) * 5000
            db.execute("INSERT INTO left_side VALUES (1)")
        for login in (quiet, in_branch):
            with login.connect() as db:
                assert db.execute("SELECT i FROM kept").fetchone() == (42,)
                assert db.execute("SELECT count(*) FROM of_project").fetchone() == (3,)


def test_a_workspace_whose_file_is_lost_is_named_and_stops_nothing(tmp_path: Path) -> None:
    with sql_server(tmp_path) as sql, analyst(sql) as (_, login):
        (file,) = (tmp_path / "data" / "duckdb").rglob(f"{login.workspace_id}.duckdb")
        file.unlink()
        taken = manage(tmp_path / "data", "backup", str(tmp_path / "b"))
    assert (taken.returncode, "1 file" in taken.stderr) == (0, True)
    assert login.workspace_id in (tmp_path / "b" / "manifest.json").read_text()
    assert manage(tmp_path / "new", "restore", str(tmp_path / "b")).returncode == 0
