from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kbstore.access import SYSTEM, Actor, Role
from kbstore.errors import Forbidden
from storage.models import Bucket, Project, Table
from workspaces.models import Workspace
from workspaces.services.list_sql_names import SqlName, list_sql_names
from workspaces.services.open_workspace import opened
from workspaces.services.workspace_place import remove_file


def names(workspace: Workspace) -> list[SqlName]:
    return list_sql_names(actor=SYSTEM, project_id=workspace.project_id, workspace_id=workspace.pk)


def make(workspace: Workspace, *statements: str) -> None:
    with opened(workspace) as instance, instance.session() as session:
        for statement in statements:
            session.run(statement)


def test_own_tables_and_views_come_first_with_their_columns(own_table: Table, workspace: Workspace) -> None:
    make(
        workspace,
        'CREATE TABLE "Mine; or not" (a INTEGER, "b ""c""" DECIMAL(9,2)[])',
        "CREATE VIEW seen AS SELECT 'x' AS v",
        "CREATE SCHEMA extra",
        "CREATE TABLE extra.t (z DATE)",
        "CREATE TABLE _ours (n INTEGER)",
    )
    found = [(each.schema, each.name, list(each.columns)) for each in names(workspace)]
    assert found == [
        ("extra", "t", [("z", "DATE")]),
        ("main", "Mine; or not", [("a", "INTEGER"), ('b "c"', "DECIMAL(9,2)[]")]),
        ("main", "seen", [("v", "VARCHAR")]),
        ("in_c_b", "t", [("id", "INTEGER")]),
    ]


def test_a_table_of_the_project_tells_its_bucket_and_rows(own_table: Table, workspace: Workspace) -> None:
    (found,) = names(workspace)
    assert (found.bucket, found.rows) == ("in.c-b", 0)
    assert found.alias_key == f"{own_table.pk}_in_c_b"


def test_without_its_file_the_projects_tables_are_listed(own_table: Table, workspace: Workspace) -> None:
    remove_file(workspace)
    assert [each.name for each in names(workspace)] == ["t"]


def test_nobody_lists_names_of_a_project_that_is_not_theirs(own_project: Project, workspace: Workspace) -> None:
    stranger = Actor(Role.PROJECT_READ, "stranger", "other")
    with pytest.raises(Forbidden):
        list_sql_names(actor=stranger, project_id=own_project.pk, workspace_id=workspace.pk)


def test_many_tables_cost_as_many_queries_as_one(own_table: Table, workspace: Workspace) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            names(workspace)
        return len(asked)

    few = cost()
    bucket = Bucket.objects.get(name="in.c-b")
    version = own_table.current_version
    Table.objects.bulk_create(Table(bucket=bucket, name=f"t{n}", current_version=version) for n in range(40))
    assert cost() == few
