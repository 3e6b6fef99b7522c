"""ObjectInfo of what is in a workspace."""

from __future__ import annotations

import pytest

from storage.driver.generated.executeQuery_pb2 import ExecuteQueryCommand
from storage.driver.generated.info_pb2 import ObjectInfoCommand, ObjectInfoResponse, ObjectType
from storage.driver.generated.workspace_pb2 import CreateWorkspaceCommand
from tests.driver.conftest import HostProject
from tests.driver.doors import Refused


@pytest.fixture
def workshop(host: HostProject) -> HostProject:
    """With the workspace `w7`, which has the table `made` and the view `seen`."""
    host.execute(CreateWorkspaceCommand(projectId=host.id, workspaceId="w7"))
    for sql in (
        "CREATE TABLE made (id INTEGER PRIMARY KEY, price DECIMAL(10,2), name VARCHAR DEFAULT 'x')",
        "INSERT INTO made (id) VALUES (1), (2)",
        "CREATE VIEW seen AS SELECT id FROM made WHERE id > 1",
    ):
        told = host.execute(ExecuteQueryCommand(pathRestriction=[host.id, "w7"], query=sql))
        assert not told.result.message or "success" in told.result.message.lower()
    return host


def info(host: HostProject, *path: str, kind: int) -> ObjectInfoResponse:
    return host.execute(ObjectInfoCommand(path=path, expectedObjectType=kind)).result


def test_a_workspace_lists_its_tables_and_views(workshop: HostProject) -> None:
    for path in (["w7"], [workshop.id, "w7"]):
        objects = info(workshop, *path, kind=ObjectType.SCHEMA).schemaInfo.objects
        assert [(one.objectName, one.objectType) for one in objects] == [
            ("made", ObjectType.TABLE),
            ("seen", ObjectType.VIEW),
        ]


def test_a_table_of_a_workspace_is_described(workshop: HostProject) -> None:
    found = info(workshop, "w7", "made", kind=ObjectType.TABLE).tableInfo

    assert (list(found.path), found.tableName, found.rowsCount) == (["w7"], "made", 2)
    assert list(found.primaryKeysNames) == ["id"]
    assert [(one.name, one.type, one.length, one.nullable, one.default) for one in found.columns] == [
        ("id", "INTEGER", "", False, ""),
        ("price", "DECIMAL", "10,2", True, ""),
        ("name", "VARCHAR", "", True, "'x'"),
    ]


def test_a_view_of_a_workspace_is_described(workshop: HostProject) -> None:
    found = info(workshop, "w7", "seen", kind=ObjectType.VIEW).viewInfo

    assert (list(found.path), found.viewName, found.rowsCount) == (["w7"], "seen", 1)
    assert [one.name for one in found.columns] == ["id"]


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("seen", ObjectType.TABLE, "Table not found"),
        ("made", ObjectType.VIEW, "View not found"),
        ("none", ObjectType.TABLE, "Table not found"),
    ],
)
def test_what_is_not_there_or_of_another_type_is_not_found(
    workshop: HostProject, name: str, kind: int, text: str
) -> None:
    with pytest.raises(Refused, match=text) as refused:
        info(workshop, "w7", name, kind=kind)

    assert refused.value.status == "NOT_FOUND"
