"""CreateProject, UpdateProject, DropProject, CreateDevBranch and DropDevBranch."""

from __future__ import annotations

import re
import uuid

import pytest
from google.protobuf.message import Message

from storage.driver.generated.executeQuery_pb2 import ExecuteQueryCommand
from storage.driver.generated.info_pb2 import ObjectInfoCommand, ObjectType
from storage.driver.generated.project_pb2 import (
    CreateDevBranchCommand,
    CreateProjectCommand,
    DropDevBranchCommand,
    DropProjectCommand,
    UpdateProjectCommand,
)
from storage.driver.generated.table_pb2 import CreateTableCommand, TableColumnShared
from tests.cast import Person, Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import Door, Refused
from tests.live_server import ADMIN_KEY


@pytest.fixture
def new_id() -> str:
    return f"x{uuid.uuid4().hex[:10]}"


@pytest.fixture
def admin(driver_server: Server) -> Person:
    return Person(driver_server, key=ADMIN_KEY)


def refusal(door: Door, command: Message, **options: object) -> Refused:
    with pytest.raises(Refused) as refused:
        door.execute(command, **options)  # type: ignore[arg-type]
    return refused.value


def test_a_new_project_tells_its_key_once(door: Door, admin: Person, new_id: str) -> None:
    told = door.execute(CreateProjectCommand(projectId=new_id, stackPrefix="sapi", dataRetentionTime=30))

    project = told.result
    assert (project.projectDatabaseName, project.projectUserName) == (new_id, f"project_{new_id}")
    assert re.fullmatch(rf"proj_{new_id}_admin_[0-9a-f]{{32}}", project.projectPassword)
    assert (project.projectRoleName, project.projectReadOnlyRoleName) == ("", "")
    assert not any(project.projectPassword in text for _, text in told.messages)
    assert admin.get(f"/projects/{new_id}").json()["name"] == f"Project {new_id}"
    retention = admin.get(f"/projects/{new_id}/settings/snapshots").json()["effective_config"]["retention"]
    assert retention == {"auto_days": 30, "manual_days": 90}
    info = ObjectInfoCommand(path=[new_id], expectedObjectType=ObjectType.DATABASE)
    assert not door.execute(info, project=new_id, key=project.projectPassword).result.databaseInfo.objects
    again = refusal(door, CreateProjectCommand(projectId=new_id))
    assert (again.status, again.number) == ("INVALID_ARGUMENT", 2006)
    assert again.message == f"Project {new_id} already exists"


def test_read_only_roles_are_named_where_the_host_knows_them(door: Door, new_id: str) -> None:
    command = CreateProjectCommand(projectId=new_id, stackPrefix="sapi")

    project = door.execute(command, features=["input-mapping-read-only-storage", "never-heard-of"]).result

    assert project.projectRoleName == f"SAPI_{new_id}_ROLE".upper()
    assert project.projectReadOnlyRoleName == f"SAPI_{new_id}_RO".upper()


@pytest.mark.parametrize("project_id", ["", "../up", "a/b", "a b", "x" * 65])
def test_a_project_needs_a_good_id(door: Door, project_id: str) -> None:
    assert refusal(door, CreateProjectCommand(projectId=project_id)).status == "INVALID_ARGUMENT"


def test_a_negative_retention_is_refused(door: Door, new_id: str) -> None:
    refused = refusal(door, CreateProjectCommand(projectId=new_id, dataRetentionTime=-1))

    assert refused.status == "INVALID_ARGUMENT"


def test_a_dropped_project_is_gone_and_its_id_taken(door: Door, admin: Person, new_id: str) -> None:
    key = door.execute(CreateProjectCommand(projectId=new_id)).result.projectPassword
    drop = DropProjectCommand(projectDatabaseName=new_id)

    assert door.execute(drop).result is None
    assert admin.get(f"/projects/{new_id}").status_code == 404
    info = ObjectInfoCommand(path=[new_id])
    assert refusal(door, info, project=new_id, key=key).status == "UNAUTHENTICATED"
    assert door.execute(drop).texts("Warning")
    assert "already exists" in refusal(door, CreateProjectCommand(projectId=new_id)).message


def test_a_project_is_dropped_by_its_user(door: Door, admin: Person, new_id: str) -> None:
    door.execute(CreateProjectCommand(projectId=new_id))

    door.execute(DropProjectCommand(projectUserName=f"project_{new_id}"))

    assert admin.get(f"/projects/{new_id}").status_code == 404


def test_a_project_that_never_was_is_not_found(door: Door, new_id: str) -> None:
    refused = refusal(door, DropProjectCommand(projectDatabaseName=new_id))

    assert (refused.status, refused.number) == ("NOT_FOUND", 2002)
    assert "not found" in refused.message
    missing = refusal(door, DropProjectCommand())
    assert (missing.status, missing.message) == ("INVALID_ARGUMENT", "projectDatabaseName (project_id) is required")


def test_rest_may_make_a_project_of_a_dropped_id(door: Door, admin: Person, new_id: str) -> None:
    door.execute(CreateProjectCommand(projectId=new_id))
    door.execute(DropProjectCommand(projectDatabaseName=new_id))

    assert admin.post("/projects", json={"id": new_id}).status_code == 201
    door.execute(DropProjectCommand(projectDatabaseName=new_id))


def test_an_update_is_no_command_unless_it_is_switched_on(door: Door, host: HostProject) -> None:
    update = UpdateProjectCommand(projectId=host.id, timezone="Europe/Prague")

    refused = refusal(door, update)
    assert refused.message == "Unsupported command: UpdateProjectCommand"
    assert refused.status in ("UNIMPLEMENTED", "INVALID_ARGUMENT" if door.name == "bridge" else "UNIMPLEMENTED")
    assert door.execute(update, features=["project-timezone"]).result is None
    wrong = refusal(door, UpdateProjectCommand(projectId=host.id, timezone="../etc"), features=["project-timezone"])
    assert wrong.status == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    "command",
    [CreateProjectCommand(projectId="any"), DropProjectCommand(projectDatabaseName="any"), UpdateProjectCommand()],
    ids=lambda command: command.DESCRIPTOR.name,
)
def test_a_project_key_may_not_manage_projects(host: HostProject, command: Message) -> None:
    refused = refusal(host.door, command, project=host.id, key=host.key)

    assert refused.status == "PERMISSION_DENIED"


def make_branch(host: HostProject, branch_id: str) -> str:
    return host.execute(CreateDevBranchCommand(projectId=host.id, branchId=branch_id)).result.devBranchReadOnlyRoleName


@pytest.mark.parametrize("branch_id", ["feature-123", "12345", "with_under_scores", "x" * 200])
def test_a_branch_has_the_id_of_the_host(host: HostProject, branch_id: str) -> None:
    role = make_branch(host, branch_id)

    assert role == f"branch_{host.id}_{branch_id}_readonly" == make_branch(host, branch_id)
    info = ObjectInfoCommand(path=[host.id, branch_id], expectedObjectType=ObjectType.DATABASE)
    assert [one.objectName for one in host.execute(info).result.databaseInfo.objects] == ["in_c_sales"]
    names = [one["name"] for one in host.person.get("/projects/{p}/branches").json()["branches"]]
    assert names == [f"Branch {branch_id}"]
    for _ in range(2):
        host.execute(DropDevBranchCommand(devBranchReadOnlyRoleName=role))
    assert host.person.get("/projects/{p}/branches").json()["branches"] == []


def test_a_branch_without_an_id_gets_one(host: HostProject) -> None:
    assert re.fullmatch(rf"branch_{host.id}_[0-9a-f]{{8}}_readonly", make_branch(host, ""))


def test_two_projects_may_call_a_branch_the_same(driver_server: Server, door: Door) -> None:
    one, other = make_host(driver_server, door), make_host(driver_server, door)
    roles = [make_branch(host, "7") for host in (one, other)]

    table = CreateTableCommand(path=[one.id, "7", "in_c_sales"], tableName="t", columns=[TableColumnShared(name="a")])
    one.execute(table)
    one.execute(DropDevBranchCommand(devBranchReadOnlyRoleName=roles[0]))

    assert len(other.person.get("/projects/{p}/branches").json()["branches"]) == 1
    main = ObjectInfoCommand(path=["in_c_sales"], expectedObjectType=ObjectType.SCHEMA)
    assert not one.execute(main).result.schemaInfo.objects


def test_a_branch_sees_main_and_keeps_its_tables_to_itself(host: HostProject) -> None:
    make_branch(host, "dev_1")
    columns = [TableColumnShared(name="a")]
    host.execute(CreateTableCommand(path=["in_c_sales"], tableName="of_main", columns=columns))
    host.execute(CreateTableCommand(path=[host.id, "dev_1", "in_c_sales"], tableName="of_branch", columns=columns))

    def tables(*path: str) -> list[str]:
        info = ObjectInfoCommand(path=path, expectedObjectType=ObjectType.SCHEMA)
        return [one.objectName for one in host.execute(info).result.schemaInfo.objects]

    assert tables("in_c_sales") == ["of_main"]
    assert tables(host.id, "dev_1", "in_c_sales") == ["of_branch", "of_main"]
    if host.door.name == "grpc":
        assert tables("dev_1_in_c_sales") == ["of_branch", "of_main"]


@pytest.mark.parametrize(
    ("command", "status", "fragment"),
    [
        (CreateDevBranchCommand(), "INVALID_ARGUMENT", "projectId is required"),
        (CreateDevBranchCommand(projectId="nobody-x", branchId="a"), "NOT_FOUND", "Project nobody-x not found"),
        (DropDevBranchCommand(), "INVALID_ARGUMENT", "devBranchReadOnlyRoleName is required"),
        (
            DropDevBranchCommand(devBranchReadOnlyRoleName="role_of_mine"),
            "INVALID_ARGUMENT",
            "Invalid devBranchReadOnlyRoleName format: role_of_mine",
        ),
    ],
)
def test_what_cannot_be_is_refused(door: Door, command: Message, status: str, fragment: str) -> None:
    refused = refusal(door, command)

    assert (refused.status, refused.message) == (status, fragment)


@pytest.mark.parametrize("branch_id", ["default", "a/b", "..", "a b", "x" * 300])
def test_a_branch_needs_a_good_id(host: HostProject, branch_id: str) -> None:
    with pytest.raises(Refused) as refused:
        make_branch(host, branch_id)

    assert refused.value.status == "INVALID_ARGUMENT"


def test_a_branch_key_may_not_make_or_drop_branches(host: HostProject) -> None:
    role = make_branch(host, "b")
    branch = host.person.get("/projects/{p}/branches").json()["branches"][0]["id"]
    key = host.person.post(
        "/projects/{p}/api-keys", json={"scope": "branch_admin", "branch_id": branch, "description": "k"}
    ).json()["api_key"]

    for command in (
        CreateDevBranchCommand(projectId=host.id, branchId="c"),
        DropDevBranchCommand(devBranchReadOnlyRoleName=role),
        CreateTableCommand(path=["in_c_sales"], tableName="t", columns=[TableColumnShared(name="a")]),
    ):
        assert refusal(host.door, command, project=host.id, key=key).status == "PERMISSION_DENIED"
    inside = CreateTableCommand(path=[host.id, "b", "in_c_sales"], tableName="t", columns=[TableColumnShared(name="a")])
    host.execute(inside, key=key)


def test_queries_begin_with_the_time_zone_of_the_project(host: HostProject) -> None:
    update = UpdateProjectCommand(projectId=host.id, timezone="Asia/Tokyo")
    host.door.execute(update, features=["project-timezone"])

    told = host.execute(
        ExecuteQueryCommand(
            pathRestriction=[host.id], query="SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00'::VARCHAR AS t"
        )
    )

    assert told.result.data.rows[0].fields["t"].startswith("2026-01-01 09:00:00")
