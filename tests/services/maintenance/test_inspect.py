"""`manage.py inspect`."""

from __future__ import annotations

import json

import pytest

from storage.models import Project, Snapshot, Table
from tests.services.maintenance.conftest import Manage, version_file


def test_projects_with_their_numbers(table: Table, manage: Manage) -> None:
    (project,) = json.loads(manage("inspect", "--json").out)["projects"]
    size = table.current_version.size_bytes
    assert project == {
        "id": "p1",
        "name": "First [red]",
        "bucket_count": 1,
        "table_count": 1,
        "branch_count": 0,
        "size_bytes": size,
        "kept_bytes": size,
    }


def test_a_project_and_a_bucket(table: Table, manage: Manage) -> None:
    project = json.loads(manage("inspect", "p1", "--json").out)
    assert [(bucket["name"], bucket["table_count"]) for bucket in project["buckets"]] == [("in.c-b", 1)]
    bucket = json.loads(manage("inspect", "p1", "in.c-b", "--json").out)
    assert [(found["name"], found["row_count"], found["version_count"]) for found in bucket["tables"]] == [("t", 0, 1)]


def test_a_table_names_its_file_history_and_snapshots(table: Table, manage: Manage) -> None:
    Snapshot.objects.create(
        id="s1", project_id="p1", bucket_name="in.c-b", table_name="t", version=table.current_version
    )
    found = json.loads(manage("inspect", "p1", "in.c-b", "t", "--json").out)
    assert found["file"] == str(version_file(table))
    assert [column["name"] for column in found["columns"]] == ["id", "note"]
    assert [(version["number"], version["is_current"]) for version in found["versions"]] == [(1, True)]
    assert [snapshot["id"] for snapshot in found["snapshots"]] == ["s1"]


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [((), "First [red]"), (("p1",), "in.c-b"), (("p1", "in.c-b"), "t"), (("p1", "in.c-b", "t"), "default '[bold]'")],
)
def test_names_are_shown_as_they_are(table: Table, manage: Manage, arguments: tuple[str, ...], shown: str) -> None:
    ended = manage("inspect", *arguments)
    assert ended.code == 0
    assert shown in ended.out


@pytest.mark.parametrize("arguments", [("none",), ("p1", "none"), ("p1", "none", "t")])
def test_what_is_not_there_is_said_in_words(project: Project, manage: Manage, arguments: tuple[str, ...]) -> None:
    ended = manage("inspect", *arguments)
    assert ended.code == 1
    assert "none not found" in ended.err
