"""`manage.py purge` and what it runs."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from storage.errors import OperationFailed
from storage.models import Event, IdempotentRequest, Job, Project, Snapshot, Table, TableVersion
from storage.services import purge, purge_history
from tests.services.maintenance.conftest import Manage


def days_ago(days: float) -> datetime.datetime:
    return timezone.now() - datetime.timedelta(days=days)


def event(days: float, status: str = "success") -> Event:
    return Event.objects.create(
        timestamp=days_ago(days), operation="x", resource_type="table", resource_id="", status=status
    )


def job(days: float, state: str = "success") -> Job:
    finished_at = None if state in ("waiting", "processing") else days_ago(days)
    return Job.objects.create(
        project_id="p1", type="x", state=state, created_at=days_ago(days), finished_at=finished_at
    )


def removed(ended: Any) -> dict[str, int]:
    return {part["part"]: part["removed"] for part in json.loads(ended.out)}


def test_audit_events_go_after_their_time(data_dir: Path, settings: Any) -> None:
    settings.AUDIT_DAYS = 100
    kept = event(99)
    event(101)
    assert purge_history.purge_audit_events() == 1
    assert list(Event.objects.all()) == [kept]


def test_audit_events_never_go_before_the_history_stops_showing_them(data_dir: Path, settings: Any) -> None:
    settings.AUDIT_DAYS = 1
    kept = [event(2), event(29, "failed")]
    event(31, "failed")
    assert purge_history.purge_audit_events() == 1
    assert set(Event.objects.all()) == set(kept)


@pytest.mark.parametrize("days", [0, 1e300])
def test_audit_events_can_be_kept_for_ever(data_dir: Path, settings: Any, days: float) -> None:
    settings.AUDIT_DAYS = days
    event(5000)
    assert purge_history.purge_audit_events() == 0


def test_only_finished_jobs_go(project: Project, settings: Any) -> None:
    kept = {job(29), job(40, "waiting"), job(40, "processing")}
    job(31)
    job(31, "error")
    job(31, "cancelled")
    assert purge_history.purge_finished_jobs() == 3
    assert set(Job.objects.all()) == kept


def test_a_version_outlives_the_job_that_made_it(table: Table) -> None:
    TableVersion.objects.update(job=job(31))
    assert purge_history.purge_finished_jobs() == 1
    table.refresh_from_db()
    assert table.current_version.job is None


def test_more_rows_than_one_batch(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge_history, "BATCH", 2)
    for _ in range(5):
        event(5000)
    assert purge_history.purge_audit_events() == 5


def test_the_command_counts_what_each_part_removed(project: Project, manage: Manage) -> None:
    event(5000)
    job(31)
    Session.objects.create(session_key="a", session_data="", expire_date=days_ago(1))
    Session.objects.create(session_key="b", session_data="", expire_date=days_ago(-1))
    first = removed(manage("purge", "--json"))
    assert (first["audit events"], first["finished jobs"], first["console sessions"]) == (1, 1, 1)
    assert set(removed(manage("purge", "--json")).values()) == {0}
    assert "finished jobs" in manage("purge").out


def test_expired_snapshots_and_idempotency_keys_are_parts_of_it(table: Table, manage: Manage) -> None:
    names = {"project_id": "p1", "bucket_name": "in.c-b", "table_name": "t", "version": table.current_version}
    Snapshot.objects.create(id="old", expires_at=days_ago(1), **names)
    Snapshot.objects.create(id="young", expires_at=days_ago(-1), **names)
    IdempotentRequest.objects.create(
        key_hash="k", method="POST", path="/", credential_hash="c", worker="w", status=200, expires_at=days_ago(1)
    )
    counts = removed(manage("purge", "--json"))
    assert (counts["snapshots"], counts["idempotency keys"]) == (1, 1)
    assert [snapshot.pk for snapshot in Snapshot.objects.all()] == ["young"]


def test_a_part_that_fails_is_named_and_stops_no_other(
    data_dir: Path, manage: Manage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        raise OperationFailed("purge", "the disk is [gone]", code="x")

    monkeypatch.setattr(purge, "PARTS", {"broken": fail} | dict(purge.PARTS))
    event(5000)
    ended = manage("purge", "--json")
    assert ended.code == 1
    assert "the disk is [gone]" in json.loads(ended.out)[0]["error"]
    assert removed(ended)["audit events"] == 1
    assert "the disk is [gone]" in manage("purge").out
