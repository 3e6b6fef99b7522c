"""What the key of one project can do to another: nothing, whichever way a command names it.

A new command needs a line in `NAMING` (its fields name a project, a path or a handle) or in `BY_CREDENTIALS` (only the
credentials say whose it is); a command with several ways to name a project needs a line for each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from google.protobuf.message import Message

from storage.driver.commands import register_all
from storage.driver.generated import bucket_pb2 as bucket
from storage.driver.generated import executeQuery_pb2 as query
from storage.driver.generated import info_pb2 as info
from storage.driver.generated import project_pb2 as project
from storage.driver.generated import table_pb2 as table
from storage.driver.generated import workspace_pb2 as workspace
from storage.driver.registry import command_names
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import Door, Refused

#: They need the admin key, whatever they name.
OF_ADMINS = {
    "InitBackendCommand",
    "RemoveBackendCommand",
    "CreateProjectCommand",
    "UpdateProjectCommand",
    "DropProjectCommand",
}
BUCKET, TABLE, BRANCH, WORKSPACE = "in_c_sales", "t", "of_victim", "ws-of-victim"


@dataclass
class Victim:
    """A project with one of everything."""

    host: HostProject
    workspace_user: str

    @property
    def id(self) -> str:
        return self.host.id

    @property
    def path(self) -> list[str]:
        return [self.id, BUCKET]

    @property
    def table(self) -> dict[str, Any]:
        return {"path": self.path, "tableName": TABLE}

    @property
    def branch_role(self) -> str:
        return f"branch_{self.id}_{BRANCH}_readonly"

    @property
    def share_role(self) -> str:
        return f"share_{self.id}_{BUCKET}"

    def state(self) -> list[object]:
        """All that an attack could have changed."""
        paths = ["", "/branches", "/api-keys", "/branches/default/buckets", "/workspaces"]
        paths += [f"/branches/default/buckets/{BUCKET}/{what}" for what in ("tables", "share")]
        replies = [self.host.person.get("/projects/{p}" + path) for path in paths]
        assert {reply.status_code for reply in replies} == {200}
        return [_without_times(reply.json()) for reply in replies] + self.host.person.rows(TABLE, bucket=BUCKET)


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_times(one) for name, one in value.items() if name not in ("last_used_at", "updated_at")}
    return [_without_times(one) for one in value] if isinstance(value, list) else value


Attack = Callable[[Victim, HostProject], Message]
_COLUMN = table.TableColumnShared(name="x", nullable=True)
_CSV = table.TableImportFromFileCommand.CsvTypeOptions(columnsNames=["id", "name"], delimiter=",", enclosure='"')


def _import(victim: Victim) -> Message:
    command = table.TableImportFromFileCommand(destination=victim.table, importOptions={"numberOfIgnoredLines": 1})
    command.filePath.fileName = "any.csv"
    command.formatTypeOptions.Pack(_CSV)
    return command


NAMING: dict[str, Attack] = {
    "CreateDevBranch": lambda v, me: project.CreateDevBranchCommand(projectId=v.id, branchId="x"),
    "DropDevBranch": lambda v, me: project.DropDevBranchCommand(devBranchReadOnlyRoleName=v.branch_role),
    "CreateBucket": lambda v, me: bucket.CreateBucketCommand(projectId=v.id, bucketId="in.c-x"),
    "ShareBucket": lambda v, me: bucket.ShareBucketCommand(sourceProjectId=v.id, sourceBucketObjectName=BUCKET),
    "UnshareBucket of a role": lambda v, me: bucket.UnshareBucketCommand(
        bucketObjectName=BUCKET, bucketShareRoleName=v.share_role
    ),
    "LinkBucket to oneself": lambda v, me: bucket.LinkBucketCommand(
        targetProjectId=me.id, targetBucketId="in.c-l", sourceShareRoleName=v.share_role
    ),
    "LinkBucket to the victim": lambda v, me: bucket.LinkBucketCommand(
        targetProjectId=v.id, targetBucketId="in.c-l", sourceShareRoleName=f"share_{me.id}_{BUCKET}"
    ),
    "GrantBucketAccessToReadOnlyRole": lambda v, me: bucket.GrantBucketAccessToReadOnlyRoleCommand(path=v.path),
    "GrantBucketAccessToReadOnlyRole under a name": lambda v, me: bucket.GrantBucketAccessToReadOnlyRoleCommand(
        path=v.path, destinationObjectName="external"
    ),
    "CreateTable": lambda v, me: table.CreateTableCommand(path=v.path, tableName="x", columns=[_COLUMN]),
    "CreateTable in a branch": lambda v, me: table.CreateTableCommand(
        path=[v.id, BRANCH, BUCKET], tableName="x", columns=[_COLUMN]
    ),
    "DropTable": lambda v, me: table.DropTableCommand(**v.table),
    "AddColumn": lambda v, me: table.AddColumnCommand(**v.table, columnDefinition=_COLUMN),
    "DropColumn": lambda v, me: table.DropColumnCommand(**v.table, columnName="name"),
    "AlterColumn": lambda v, me: table.AlterColumnCommand(
        **v.table, desiredDefiniton=table.TableColumnShared(name="id", type="TEXT"), attributesToUpdate=["type"]
    ),
    "AlterColumn of nothing": lambda v, me: table.AlterColumnCommand(**v.table, desiredDefiniton=_COLUMN),
    "AddPrimaryKey": lambda v, me: table.AddPrimaryKeyCommand(**v.table, primaryKeysNames=["id"]),
    "DropPrimaryKey": lambda v, me: table.DropPrimaryKeyCommand(**v.table),
    "DeleteTableRows": lambda v, me: table.DeleteTableRowsCommand(**v.table),
    "PreviewTable": lambda v, me: table.PreviewTableCommand(**v.table),
    "CreateProfileTable": lambda v, me: table.CreateProfileTableCommand(**v.table),
    "CreateTableFromTimeTravel": lambda v, me: table.CreateTableFromTimeTravelCommand(
        source=v.table, destination={"path": [me.id, BUCKET], "tableName": "x"}, timestamp=1_700_000_000
    ),
    "CreateTableFromTimeTravel to the victim": lambda v, me: table.CreateTableFromTimeTravelCommand(
        source={"path": [me.id, BUCKET], "tableName": TABLE}, destination=v.table, timestamp=1_700_000_000
    ),
    "CreateView": lambda v, me: table.CreateViewCommand(
        path=[me.id, BUCKET], viewName="v", sourcePath=v.path, sourceTableName=TABLE
    ),
    "CreateView at the victim": lambda v, me: table.CreateViewCommand(path=v.path, viewName="v", sourceTableName=TABLE),
    "TableImportFromFile": lambda v, me: _import(v),
    "TableImportFromTable": lambda v, me: table.TableImportFromTableCommand(
        source=v.table, destination={"path": [me.id, BUCKET], "tableName": TABLE}
    ),
    "TableImportFromTable to the victim": lambda v, me: table.TableImportFromTableCommand(
        source={"path": [me.id, BUCKET], "tableName": TABLE}, destination=v.table
    ),
    "TableExportToFile": lambda v, me: table.TableExportToFileCommand(
        source=v.table, filePath={"path": "out", "fileName": "x"}
    ),
    "ObjectInfo TABLE": lambda v, me: info.ObjectInfoCommand(path=[*v.path, TABLE], expectedObjectType="TABLE"),
    "ObjectInfo SCHEMA": lambda v, me: info.ObjectInfoCommand(path=v.path, expectedObjectType="SCHEMA"),
    "ObjectInfo DATABASE": lambda v, me: info.ObjectInfoCommand(path=[v.id], expectedObjectType="DATABASE"),
    "CreateWorkspace": lambda v, me: workspace.CreateWorkspaceCommand(projectId=v.id, workspaceId="x"),
    "LoadTableToWorkspace": lambda v, me: workspace.LoadTableToWorkspaceCommand(
        source=v.table, destination={"path": [WORKSPACE], "tableName": "x"}
    ),
    "CreateWorkspaceUser": lambda v, me: workspace.CreateWorkspaceUserCommand(
        projectId=v.id, workspaceId=WORKSPACE, workspaceObjectName=WORKSPACE
    ),
    "ExecuteQuery": lambda v, me: query.ExecuteQueryCommand(pathRestriction=v.path, query="SELECT 1"),
}
BY_CREDENTIALS: dict[str, Attack] = {
    "DropBucket": lambda v, me: bucket.DropBucketCommand(bucketObjectName=BUCKET, isCascade=True, ignoreErrors=True),
    "UnshareBucket": lambda v, me: bucket.UnshareBucketCommand(bucketObjectName=BUCKET),
    "UnlinkBucket": lambda v, me: bucket.UnlinkBucketCommand(bucketObjectName=BUCKET),
    "RevokeBucketAccessFromReadOnlyRole": lambda v, me: bucket.RevokeBucketAccessFromReadOnlyRoleCommand(
        bucketObjectName=BUCKET
    ),
    "ListSchemas": lambda v, me: info.ListSchemasCommand(),
    "DropTable by its bucket": lambda v, me: table.DropTableCommand(path=[BUCKET], tableName=TABLE),
    "ObjectInfo by its bucket": lambda v, me: info.ObjectInfoCommand(path=[BUCKET, TABLE], expectedObjectType="TABLE"),
    "DropWorkspace": lambda v, me: workspace.DropWorkspaceCommand(workspaceObjectName=WORKSPACE),
    "ClearWorkspace": lambda v, me: workspace.ClearWorkspaceCommand(workspaceObjectName=WORKSPACE, ignoreErrors=True),
    "ResetWorkspacePassword": lambda v, me: workspace.ResetWorkspacePasswordCommand(workspaceUserName=v.workspace_user),
    "DropWorkspaceObject": lambda v, me: workspace.DropWorkspaceObjectCommand(
        workspaceObjectName=WORKSPACE, objectNameToDrop="x", ignoreIfNotExists=True
    ),
    "DropWorkspaceUser": lambda v, me: workspace.DropWorkspaceUserCommand(workspaceUserName=v.workspace_user),
    "GrantWorkspaceAccessToProject": lambda v, me: workspace.GrantWorkspaceAccessToProjectCommand(
        workspaceObjectName=WORKSPACE, projectUserName=f"project_{me.id}"
    ),
    "RevokeWorkspaceAccessToProject": lambda v, me: workspace.RevokeWorkspaceAccessToProjectCommand(
        workspaceObjectName=WORKSPACE, projectUserName=f"project_{me.id}"
    ),
}


def _is_there(name: str) -> bool:
    register_all()
    return f"{name.partition(' ')[0]}Command" in command_names()


THERE = [name for name in (*NAMING, *BY_CREDENTIALS) if _is_there(name)]


@pytest.fixture(scope="module")
def victim(driver_server: Server, grpc_door: Door) -> Victim:
    host = make_host(driver_server, grpc_door)
    columns = [table.TableColumnShared(name="id", type="INTEGER"), table.TableColumnShared(name="name", nullable=True)]
    host.execute(table.CreateTableCommand(path=[BUCKET], tableName=TABLE, columns=columns))
    host.person.load("id,name\n1,secret\n", TABLE, bucket=BUCKET).raise_for_status()
    host.execute(project.CreateDevBranchCommand(projectId=host.id, branchId=BRANCH))
    made = host.execute(workspace.CreateWorkspaceCommand(projectId=host.id, workspaceId=WORKSPACE))
    return Victim(host, made.result.workspaceUserName)


@pytest.fixture(scope="module")
def attacker(driver_server: Server, grpc_door: Door) -> HostProject:
    """With a bucket, a table and a workspace of the same names."""
    host = make_host(driver_server, grpc_door)
    host.execute(table.CreateTableCommand(path=[BUCKET], tableName=TABLE, columns=[_COLUMN]))
    host.execute(workspace.CreateWorkspaceCommand(projectId=host.id, workspaceId=WORKSPACE))
    return host


@pytest.mark.parametrize("name", THERE)
def test_a_key_reaches_no_other_project(door: Door, victim: Victim, attacker: HostProject, name: str) -> None:
    before = victim.state()
    command = (NAMING.get(name) or BY_CREDENTIALS[name])(victim, attacker)

    for claimed in [victim.id] + [attacker.id] * (name in NAMING):
        with pytest.raises(Refused) as refused:
            door.execute(command, project=claimed, key=attacker.key)
        assert refused.value.status == "PERMISSION_DENIED"
        assert "secret" not in refused.value.message

    assert victim.state() == before


#: What a key of a branch may do without naming its branch: nothing of it touches main.
OF_BRANCH_KEYS = {
    "GrantBucketAccessToReadOnlyRole",
    "ListSchemas",
    "ExecuteQuery",
    "TableImportFromFile",  # fails before, as there is no such file
}


@pytest.fixture(scope="module")
def insider_key(victim: Victim) -> str:
    """The admin key of another branch of the victim."""
    victim.host.execute(project.CreateDevBranchCommand(projectId=victim.id, branchId="of_insider"))
    branches = victim.host.person.get("/projects/{p}/branches").json()["branches"]
    [branch] = [one["id"] for one in branches if one["name"] == "Branch of_insider"]
    body = {"scope": "branch_admin", "branch_id": branch, "description": "insider"}
    key: str = victim.host.person.post("/projects/{p}/api-keys", json=body).json()["api_key"]
    return key


@pytest.mark.parametrize("name", [name for name in THERE if name not in OF_BRANCH_KEYS])
def test_a_branch_key_reaches_neither_main_nor_another_branch(
    door: Door, victim: Victim, insider_key: str, name: str
) -> None:
    before = victim.state()
    command = (NAMING.get(name) or BY_CREDENTIALS[name])(victim, victim.host)

    with pytest.raises(Refused) as refused:
        door.execute(command, project=victim.id, key=insider_key)

    assert refused.value.status == "PERMISSION_DENIED"
    assert victim.state() == before


def test_every_command_is_among_the_attacks() -> None:
    register_all()
    tried = {f"{name.partition(' ')[0]}Command" for name in (*NAMING, *BY_CREDENTIALS)}

    assert command_names() <= tried | OF_ADMINS
