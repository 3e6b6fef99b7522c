"""The query log: what it keeps of a text, what it counts, when it forgets."""

from __future__ import annotations

import time
from typing import Any

import pytest

from kbstore import metrics
from workspaces.models import LoggedQuery, Workspace
from workspaces.services import query_log
from workspaces.services.purge_query_log import purge_query_log
from workspaces.services.query_log import Executed, flush, record, shown_text

pytestmark = pytest.mark.django_db
DAY = 86_400.0


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread would write in a transaction of its own."""
    monkeypatch.setattr(query_log._writer, "is_running", True)


def executed(**changes: Any) -> Executed:
    values = {
        "workspace_id": "ws_00000000", "project_id": "p", "door": "wire", "session_id": "pgw_1", "user": "u",
        "client": "127.0.0.1", "application": "psql", "kind": "select", "text": "SELECT 1", "started": time.time(),
        "parse": 0.001, "wait": 0.0, "execute": 0.01, "send": 0.002, "rows": 3, "bytes": 40, "sqlstate": "",
    }  # fmt: skip
    return Executed(**values | changes)


class TestText:
    SQL = "SELECT 'secret', 42 /* why */ FROM t"

    @pytest.mark.parametrize(
        ("mode", "kept", "has_hash"),
        [("full", SQL, True), ("structure", "SELECT ? , ? FROM t", True), ("hash", "", True), ("off", "", False)],
    )
    def test_as_much_as_the_setting_says(self, settings: Any, mode: str, kept: str, has_hash: bool) -> None:  # noqa: FBT001
        settings.PGWIRE_LOG_SQL = mode
        text, digest = shown_text(self.SQL)
        assert (text, bool(digest)) == (kept, has_hash)

    @pytest.mark.parametrize("mode", ["full", "structure"])
    def test_at_most_ten_thousand_characters(self, settings: Any, mode: str) -> None:
        settings.PGWIRE_LOG_SQL = mode
        assert len(shown_text("SELECT " + "x + " * 5000 + "1")[0]) <= 10_000

    @pytest.mark.parametrize("text", ["SELECT 'open", "SELECT $a$ open", "\0", "SELECT \ud800"])
    def test_what_cannot_be_read_shows_nothing_of_itself(self, settings: Any, text: str) -> None:
        settings.PGWIRE_LOG_SQL = "structure"
        assert "open" not in shown_text(text)[0]


class TestStored:
    def test_the_row(self) -> None:
        record(executed())
        flush()
        row = LoggedQuery.objects.get()
        assert (row.workspace_id, row.status, row.rows, row.bytes, row.duration_ms) == (
            "ws_00000000",
            "success",
            3,
            40,
            13,
        )

    @pytest.mark.parametrize(
        ("sqlstate", "is_timeout", "status"),
        [
            ("42601", False, "error"),
            ("57014", False, "cancelled"),
            ("57014", True, "timeout"),
            ("57P01", False, "cancelled"),
        ],
    )
    def test_how_it_ended(self, sqlstate: str, is_timeout: bool, status: str) -> None:  # noqa: FBT001
        record(executed(sqlstate=sqlstate, is_timeout=is_timeout))
        flush()
        assert LoggedQuery.objects.get().status == status

    def test_slow_ones_are_counted(self) -> None:
        before = metrics.PGWIRE_SLOW_QUERIES._value.get()
        for seconds in (0.5, 1.5):
            record(executed(execute=seconds, send=0.0))
        flush()
        assert metrics.PGWIRE_SLOW_QUERIES._value.get() == before + 1

    def test_a_flood_is_counted_not_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(query_log, "MAX_WAITING", 2)
        before = query_log._writer.dropped
        for _ in range(5):
            record(executed())
        assert query_log._writer.dropped == before + 3
        flush()
        assert LoggedQuery.objects.count() == 2


class TestPurge:
    def test_by_age(self, settings: Any) -> None:
        settings.QUERY_LOG_DAYS = 7
        for days in (9, 8, 1):
            record(executed(started=time.time() - days * DAY))
        flush()
        assert purge_query_log() == 2
        assert LoggedQuery.objects.count() == 1

    def test_by_count(self, settings: Any) -> None:
        settings.QUERY_LOG_ROWS = 2
        for rows in range(5):
            record(executed(rows=rows))
        flush()
        assert purge_query_log() == 3
        assert list(LoggedQuery.objects.values_list("rows", flat=True)) == [4, 3]

    def test_nothing_where_all_is_kept(self, settings: Any) -> None:
        settings.QUERY_LOG_DAYS = settings.QUERY_LOG_ROWS = 0
        record(executed(started=1.0))
        flush()
        assert purge_query_log() == 0
        assert not Workspace.objects.exists()
