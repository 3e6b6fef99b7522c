"""A comparison of versions is a job; its answer is known as long as its job is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kbstore.access import Actor, Role
from kbstore.errors import Forbidden
from storage.engine.monitor import Monitor
from storage.engine.specs import PageOrder, RowFilter
from storage.errors import InvalidFilter, VersionNotFound
from storage.models import Event, Job, JobState, Table, TableVersion
from storage.runtime import close_engine, engine
from storage.services.browse_table import browse_table
from storage.services.compare_versions import request_comparison, run_comparison
from tests.api.console.things import ADMIN, make_bucket, make_project, make_table

STRANGER = Actor(Role.PROJECT_ADMIN, "stranger", "elsewhere")


@pytest.fixture
def table(db: None) -> Iterator[Table]:
    """With two versions of the same content."""
    table = make_table(make_bucket(make_project()))
    first = table.current_version
    second = TableVersion.from_sealed(engine().duplicate(first.sealed, first.project_id), operation="restore")
    second.table, second.number = table, 2
    second.save()
    table.current_version = second
    table.save()
    yield table
    close_engine()


def place(table: Table) -> dict[str, str]:
    return {
        "project_id": table.bucket.project_id,
        "branch_id": "default",
        "bucket_name": table.bucket.name,
        "table_name": table.name,
    }


def ask(table: Table, older: str = "1", newer: str = "2", actor: Actor = ADMIN) -> Job:
    return request_comparison(actor=actor, older=older, newer=newer, respond_async=True, **place(table))


def test_the_job_tells_what_changed_and_is_noted(table: Table) -> None:
    result = run_comparison(ask(table), Monitor())
    assert (result["older"], result["newer"], result["key"]) == (1, 2, ("id",))
    assert [result[name] for name in ("added", "removed", "changed", "unchanged")] == [0, 0, 0, 0]
    assert (result["added_columns"], result["removed_columns"], result["retyped_columns"]) == ([], [], [])
    event = Event.objects.get(operation="compare_versions")
    assert (event.status, event.resource_id, event.details["newer"]) == ("success", "in.c-sales.orders", 2)


def test_a_version_whose_file_is_gone_is_not_found(table: Table) -> None:
    job = ask(table)
    engine().discard([TableVersion.objects.get(table=table, number=1).ref])
    with pytest.raises(VersionNotFound):
        run_comparison(job, Monitor())
    assert Event.objects.get(operation="compare_versions").status == "failed"


def test_the_same_question_is_not_answered_twice(table: Table) -> None:
    first = ask(table)
    assert ask(table) == first
    Job.objects.update(state=JobState.SUCCESS)
    assert ask(table) == first
    assert ask(table, "2", "1") != first
    Job.objects.update(state=JobState.ERROR)
    assert ask(table) != first


@pytest.mark.parametrize("version", ["9", "nonsense", ""])
def test_both_versions_have_to_be_there(table: Table, version: str) -> None:
    with pytest.raises(VersionNotFound):
        ask(table, version, "2")
    assert not Job.objects.exists()


def test_strangers_see_neither_differences_nor_rows(table: Table) -> None:
    with pytest.raises(Forbidden):
        ask(table, actor=STRANGER)
    with pytest.raises(Forbidden):
        browse_table(actor=STRANGER, order=PageOrder(limit=1), **place(table))


def test_a_page_is_of_the_version_that_is_asked_for(table: Table) -> None:
    version, page = browse_table(actor=ADMIN, order=PageOrder(limit=5), version="1", **place(table))
    assert (version.number, page.matching, page.rows_json) == (1, 0, b"[]")
    with pytest.raises(VersionNotFound):
        browse_table(actor=ADMIN, order=PageOrder(limit=5), version="7", **place(table))
    with pytest.raises(InvalidFilter):
        browse_table(actor=ADMIN, order=PageOrder(5, filters=(RowFilter("x", "is"),)), **place(table))
