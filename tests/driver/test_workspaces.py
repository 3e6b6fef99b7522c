"""Workspaces of a host: made, emptied, dropped, and opened to other projects."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from google.protobuf.message import Message

from storage.driver.generated.executeQuery_pb2 import ExecuteQueryCommand, ExecuteQueryResponse
from storage.driver.generated.workspace_pb2 import (
    ClearWorkspaceCommand,
    CreateWorkspaceCommand,
    CreateWorkspaceUserCommand,
    DirectGrantTable,
    DropWorkspaceCommand,
    DropWorkspaceObjectCommand,
    DropWorkspaceUserCommand,
    GrantWorkspaceAccessToProjectCommand,
    ResetWorkspacePasswordCommand,
    RevokeWorkspaceAccessToProjectCommand,
)
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import CONFLICTS, Refused, Told


def make(host: HostProject, workspace_id: str = "4711", **fields: object) -> Told:
    return host.execute(CreateWorkspaceCommand(projectId=host.id, workspaceId=workspace_id, **fields))


def run(host: HostProject, sql: str, *, path: Sequence[str] = ("4711",), **options: object) -> ExecuteQueryResponse:
    return host.execute(ExecuteQueryCommand(pathRestriction=path, query=sql), **options).result


def rows(answer: ExecuteQueryResponse) -> list[dict[str, str]]:
    assert answer.status == ExecuteQueryResponse.Success, answer.message
    return [dict(row.fields) for row in answer.data.rows]


def objects(host: HostProject, workspace_id: str = "4711") -> list[str]:
    listed = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
    return [row["table_name"] for row in rows(run(host, listed, path=[workspace_id]))]


@pytest.fixture
def neighbour(driver_server: Server, host: HostProject) -> HostProject:
    """Another project at the same door."""
    return make_host(driver_server, host.door)


def test_a_workspace_gets_the_handles_that_hosts_keep(host: HostProject) -> None:
    made = make(host)

    assert made.result.workspaceObjectName == "4711"
    assert made.result.workspaceUserName.startswith("ws_4711_")
    assert len(made.result.workspaceUserName) == len("ws_4711_") + 8
    assert made.result.workspaceRoleName == "role_4711"
    assert len(made.result.workspacePassword) == 32
    (shown,) = host.person.get("/projects/{p}/workspaces").json()["workspaces"]
    assert (shown["name"], shown["expires_at"], shown["size_limit_gb"]) == ("workspace_4711", None, 10)
    assert made.result.workspacePassword not in str(made.messages)


@pytest.mark.parametrize("missing", ["projectId", "workspaceId"])
def test_a_workspace_needs_project_and_id(host: HostProject, missing: str) -> None:
    fields = {"projectId": host.id, "workspaceId": "4711"}
    del fields[missing]

    with pytest.raises(Refused, match=f"{missing} is required") as refused:
        host.execute(CreateWorkspaceCommand(**fields))

    assert refused.value.status == "INVALID_ARGUMENT"


@pytest.mark.parametrize("name", ["../x", "a/b", 'a"b', "a b", "-x", "x" * 65, "a'; DROP TABLE t"])
def test_an_id_that_could_be_anything_else_is_refused(host: HostProject, name: str) -> None:
    with pytest.raises(Refused) as refused:
        make(host, name)

    assert refused.value.status == "INVALID_ARGUMENT"
    assert host.person.get("/projects/{p}/workspaces").json()["workspaces"] == []


def test_an_unknown_branch_is_not_found_and_nothing_is_made(host: HostProject) -> None:
    with pytest.raises(Refused) as refused:
        make(host, branchId="nowhere")

    assert refused.value.status == "NOT_FOUND"
    assert host.person.get("/projects/{p}/workspaces").json()["workspaces"] == []


def test_a_second_one_with_the_same_id_is_refused_and_harms_nothing(host: HostProject) -> None:
    make(host)
    run(host, "CREATE TABLE kept AS SELECT 1 AS a")

    with pytest.raises(Refused, match="already exists") as refused:
        make(host)

    assert refused.value.status in CONFLICTS
    assert objects(host) == ["kept"]
    assert len(host.person.get("/projects/{p}/workspaces").json()["workspaces"]) == 1


def test_ids_are_those_of_a_project(host: HostProject, neighbour: HostProject) -> None:
    make(host)
    make(neighbour)

    run(host, "CREATE TABLE mine AS SELECT 1 AS a")

    assert objects(host) == ["mine"]
    assert objects(neighbour) == []


def test_a_branch_workspace_sees_its_branch(host: HostProject) -> None:
    branch = host.person.make_branch("dev")

    make(host, branchId=branch)

    (shown,) = host.person.get("/projects/{p}/workspaces").json()["workspaces"]
    assert shown["branch_id"] == branch


def test_the_default_branch_of_a_host_is_main(host: HostProject) -> None:
    make(host, branchId="1234", isBranchDefault=True)

    (shown,) = host.person.get("/projects/{p}/workspaces").json()["workspaces"]
    assert shown["branch_id"] is None


def test_grants_of_single_tables_are_told_as_not_given(host: HostProject) -> None:
    made = make(host, directGrantTables=[DirectGrantTable(path=["in_c_sales"], tableName="t")])

    assert "directGrantTables" in made.texts("Warning")[0]


def test_a_dropped_workspace_is_gone_and_again_is_a_warning(host: HostProject) -> None:
    make(host)

    first = host.execute(DropWorkspaceCommand(workspaceObjectName="4711", isCascade=True))
    again = host.execute(DropWorkspaceCommand(workspaceObjectName="4711"))

    assert first.result is None
    assert first.texts()
    assert not first.texts("Warning")
    assert "not found" in again.texts("Warning")[0]
    assert host.person.get("/projects/{p}/workspaces").json()["workspaces"] == []
    make(host)


def test_clearing_leaves_what_is_to_be_preserved(host: HostProject) -> None:
    make(host)
    for name in ("a", "b", "keep_me", '"_inner"'):
        run(host, f"CREATE TABLE {name} AS SELECT 1 AS x")
    run(host, "CREATE VIEW seen AS SELECT * FROM a")

    host.execute(ClearWorkspaceCommand(workspaceObjectName="4711", objectsToPreserve=["keep_me"]))

    assert objects(host) == ["_inner", "keep_me"]
    host.execute(ClearWorkspaceCommand(workspaceObjectName="4711"))
    assert objects(host) == ["_inner"]


def test_clearing_an_unknown_workspace_is_an_error_unless_errors_are_ignored(host: HostProject) -> None:
    with pytest.raises(Refused, match="not found") as refused:
        host.execute(ClearWorkspaceCommand(workspaceObjectName="none"))
    told = host.execute(ClearWorkspaceCommand(workspaceObjectName="none", ignoreErrors=True))

    assert refused.value.status == "NOT_FOUND"
    assert told.texts("Warning")


def test_an_object_is_dropped(host: HostProject) -> None:
    make(host)
    run(host, "CREATE TABLE a AS SELECT 1 AS x")
    run(host, "CREATE VIEW v AS SELECT 1 AS x")

    for name in ("a", "v"):
        host.execute(DropWorkspaceObjectCommand(workspaceObjectName="4711", objectNameToDrop=name))

    assert objects(host) == []


def test_a_missing_object_fails_or_warns_by_profile(host: HostProject) -> None:
    make(host)
    command = DropWorkspaceObjectCommand(workspaceObjectName="4711", objectNameToDrop="none")

    if host.door.name == "grpc":
        with pytest.raises(Refused) as refused:
            host.execute(command)
        assert refused.value.status == "NOT_FOUND"
    else:
        assert "not found" in host.execute(command).texts("Warning")[0]
    command.ignoreIfNotExists = True
    assert host.execute(command).texts("Warning")


def test_an_object_of_an_unknown_workspace(host: HostProject) -> None:
    command = DropWorkspaceObjectCommand(workspaceObjectName="none", objectNameToDrop="x")

    with pytest.raises(Refused) as refused:
        host.execute(command)
    command.ignoreIfNotExists = True

    assert refused.value.status == "NOT_FOUND"
    assert host.execute(command).texts("Warning")


def test_a_password_is_reset_under_the_same_name(host: HostProject) -> None:
    made = make(host).result

    told = host.execute(ResetWorkspacePasswordCommand(workspaceUserName=made.workspaceUserName))

    assert told.result.workspaceUserName == made.workspaceUserName
    assert len(told.result.workspacePassword) == 32
    assert told.result.workspacePassword != made.workspacePassword
    assert told.result.workspacePassword not in str(told.messages)


def test_the_password_of_an_unknown_user_cannot_be_reset(host: HostProject) -> None:
    with pytest.raises(Refused, match="not found") as refused:
        host.execute(ResetWorkspacePasswordCommand(workspaceUserName="ws_1_00000000"))

    assert refused.value.status == "NOT_FOUND"


def granted(server: Server, host: HostProject) -> list[str]:
    sql = (
        "SELECT g.project_id FROM workspaces_workspacegrant g JOIN workspaces_workspace w ON w.id = g.workspace_id"
        " WHERE w.project_id = ?"
    )
    return [project for (project,) in server.execute(sql, host.id)]


def test_access_is_granted_and_revoked(driver_server: Server, host: HostProject, neighbour: HostProject) -> None:
    make(host)
    fields = {"workspaceObjectName": "4711", "projectUserName": f"project_{neighbour.id}"}

    told = [host.execute(GrantWorkspaceAccessToProjectCommand(**fields)) for _ in range(2)]
    assert all("Grant workspace access recorded" in each.texts()[0] for each in told)
    assert granted(driver_server, host) == [neighbour.id]

    told = [host.execute(RevokeWorkspaceAccessToProjectCommand(**fields)) for _ in range(2)]
    assert all("Revoke workspace access recorded" in each.texts()[0] for each in told)
    assert granted(driver_server, host) == []


def test_grants_need_no_workspace_and_no_project(host: HostProject) -> None:
    grant = host.execute(GrantWorkspaceAccessToProjectCommand(workspaceObjectName="none"))
    revoke = host.execute(RevokeWorkspaceAccessToProjectCommand(workspaceObjectName="none"))

    assert "Grant workspace access recorded" in grant.texts()[-1]
    assert "Revoke workspace access recorded" in revoke.texts()[-1]
    assert grant.texts("Warning")


@pytest.mark.parametrize(
    "command",
    [
        ClearWorkspaceCommand(),
        DropWorkspaceCommand(),
        DropWorkspaceObjectCommand(objectNameToDrop="x"),
        GrantWorkspaceAccessToProjectCommand(),
        RevokeWorkspaceAccessToProjectCommand(),
        CreateWorkspaceUserCommand(),
    ],
)
def test_the_workspace_has_to_be_named(host: HostProject, command: Message) -> None:
    with pytest.raises(Refused, match="workspaceObjectName is required") as refused:
        host.execute(command)

    assert refused.value.status == "INVALID_ARGUMENT"


def test_a_key_reaches_no_workspace_of_another_project(
    driver_server: Server, host: HostProject, neighbour: HostProject
) -> None:
    made = make(host).result
    run(host, "CREATE TABLE kept AS SELECT 1 AS a")
    own_id = driver_server.execute("SELECT id FROM workspaces_workspace WHERE project_id = ?", host.id)[0][0]

    for name in ("4711", own_id):
        told = neighbour.execute(DropWorkspaceCommand(workspaceObjectName=name))
        assert told.texts("Warning")
        drop = DropWorkspaceObjectCommand(workspaceObjectName=name, objectNameToDrop="kept")
        for command in (ClearWorkspaceCommand(workspaceObjectName=name), drop):
            with pytest.raises(Refused) as refused:
                neighbour.execute(command)
            assert refused.value.status == "NOT_FOUND"
        with pytest.raises(Refused):
            neighbour.execute(CreateWorkspaceUserCommand(workspaceObjectName=name))
        with pytest.raises(Refused):
            neighbour.execute(CreateWorkspaceUserCommand(workspaceObjectName=name, projectId=host.id))
    with pytest.raises(Refused):
        neighbour.execute(ResetWorkspacePasswordCommand(workspaceUserName=made.workspaceUserName))
    assert neighbour.execute(DropWorkspaceUserCommand(workspaceUserName=made.workspaceUserName)).texts("Warning")
    with pytest.raises(Refused) as refused:
        neighbour.execute(CreateWorkspaceCommand(projectId=host.id, workspaceId="mine"))
    assert refused.value.status == "PERMISSION_DENIED"
    assert objects(host) == ["kept"]


def test_a_branch_key_works_in_its_branch_only(host: HostProject) -> None:
    branch = host.person.make_branch("dev")
    made = host.person.post("/projects/{p}/branches/{br}/keys", br=branch, json={"scope": "branch_admin"})
    if made.status_code >= 400:
        made = host.person.post(
            "/projects/{p}/api-keys", json={"scope": "branch_admin", "branch_id": branch, "description": "b"}
        )
    made.raise_for_status()
    key = made.json()["api_key"]
    make(host)

    for command in (
        ClearWorkspaceCommand(workspaceObjectName="4711"),
        DropWorkspaceCommand(workspaceObjectName="4711"),
        CreateWorkspaceCommand(projectId=host.id, workspaceId="other"),
    ):
        with pytest.raises(Refused) as refused:
            host.execute(command, key=key)
        assert refused.value.status == "PERMISSION_DENIED"
    host.execute(CreateWorkspaceCommand(projectId=host.id, workspaceId="own", branchId=branch), key=key)
    host.execute(DropWorkspaceCommand(workspaceObjectName="own"), key=key)
    assert len(host.person.get("/projects/{p}/workspaces").json()["workspaces"]) == 1
