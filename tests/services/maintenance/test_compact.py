"""`manage.py compact`."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kbstore.access import SYSTEM
from storage.engine.monitor import Monitor
from storage.engine.specs import LoadSpec
from storage.models import Event, Table
from storage.runtime import engine
from storage.services.publish_version import Publication, publish
from storage.services.write_target import write_target
from tests.services.maintenance.conftest import Manage, version_file

#: More than the engine tolerates deleted rows in one file.
ROWS = 120_000


@pytest.fixture
def worn(table: Table, tmp_path: Path) -> Table:
    """The table after loads that replaced most of its rows."""
    for first in (0, 1):
        source = tmp_path / f"{first}.csv"
        lines = (f"{row},{row * 7919 + first}" for row in range(first, ROWS))
        source.write_text("\n".join(["id,note", *lines]))
        write(table, LoadSpec(source, incremental=True))
    return fresh(table)


def write(table: Table, order: LoadSpec) -> None:
    with write_target(table, "default") as target:
        outcome = engine().load("p1", target.base.spec, target.base.ref, order, Monitor())
        publish_as_system(target, outcome.sealed)


def publish_as_system(target: Any, sealed: Any) -> None:
    from kbstore.access import Need
    from kbstore.operations import operation

    @operation("import_table", resource_type="table", need=Need.WRITE)
    def publish_it(*, actor: Any, project_id: str, branch_id: str) -> None:
        publish(target, sealed, Publication("import", "test"))

    publish_it(actor=SYSTEM, project_id="p1", branch_id="default")


def fresh(table: Table) -> Table:
    return Table.objects.select_related("bucket", "current_version").get(pk=table.pk)


def rows(table: Table) -> Any:
    with duckdb.connect(str(version_file(fresh(table))), read_only=True) as connection:
        return connection.sql("SELECT count(*), sum(hash(id, note)) FROM main.data").fetchone()


def test_a_worn_table_gets_a_smaller_file_with_the_same_rows(worn: Table, manage: Manage) -> None:
    before = rows(worn)
    assert manage("compact", "--project", "p1", "--dry-run").code == 0
    assert fresh(worn).current_version_id == worn.current_version_id
    ended = manage("compact", "--all")
    assert (ended.code, "in.c-b.t" in ended.out) == (0, True)
    after = fresh(worn).current_version
    assert after.size_bytes < worn.current_version.size_bytes
    assert (after.operation, after.number, rows(worn)) == ("compact", worn.current_version.number + 1, before)
    event = Event.objects.get(operation="compact_table")
    assert (event.status, event.table_name, event.rows) == ("success", "t", ROWS)
    assert "None of 1 table is worn" in manage("compact", "--all").out


def test_what_saves_nothing_is_not_kept_unless_forced(table: Table, tmp_path: Path, manage: Manage) -> None:
    source = tmp_path / "a.csv"
    source.write_text("id,note\n1,x\n")
    write(table, LoadSpec(source))
    current = fresh(table).current_version_id
    assert "is worn" in manage("compact", "--project", "p1", "--bucket", "in.c-b", "--table", "t").out
    assert fresh(table).current_version_id == current
    assert manage("compact", "--project", "p1", "--force").code == 0
    assert fresh(table).current_version.operation == "compact"


def test_a_file_that_is_gone_is_told_and_stops_no_other(table: Table, manage: Manage) -> None:
    version_file(table).unlink()
    ended = manage("compact", "--all", "--force")
    assert (ended.code, "in.c-b.t" in ended.out) == (1, True)


def test_the_history_says_how_long_it_waited_for_the_table(table: Table, manage: Manage) -> None:
    is_held = threading.Event()

    def hold() -> None:
        with engine().write_lock(table.lock_key):
            is_held.set()
            waiting = engine().locks
            deadline = time.monotonic() + 30
            while not waiting.waiting_count and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(0.05)

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait()
    assert manage("compact", "--all", "--force").code == 0
    holder.join()
    assert Event.objects.get(operation="compact_table").lock_wait_ms >= 50


@pytest.mark.parametrize(
    "arguments",
    [[], ["--bucket", "b"], ["--project", "p1", "--table", "t"], ["--all", "--project", "p1"], ["--project", "none"]],
)
def test_it_wants_to_know_which(table: Table, manage: Manage, arguments: list[str]) -> None:
    ended = manage("compact", *arguments)
    assert (ended.code, ended.err != "") == (1, True)
