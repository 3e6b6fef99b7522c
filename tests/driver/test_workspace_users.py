"""Logins that a host makes, with real clients of PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from storage.driver.generated.executeQuery_pb2 import ExecuteQueryCommand
from storage.driver.generated.workspace_pb2 import (
    CreateWorkspaceCommand,
    CreateWorkspaceUserCommand,
    DropWorkspaceCommand,
    DropWorkspaceUserCommand,
    ResetWorkspacePasswordCommand,
)
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import CONFLICTS, BridgeDoor, GrpcDoor, Refused
from tests.driver.people import make_people
from tests.wire.pgwire.sql_cast import SqlServer, sql_server


@pytest.fixture(scope="module")
def sql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServer]:
    with sql_server(tmp_path_factory.mktemp("driver_sql"), GRPC_ENABLED="true") as server:
        yield server


@dataclass
class Lab:
    """A host's project with the table `people` and the workspace 4711."""

    port: int
    host: HostProject
    user: str
    password: str

    def connect(self, user: str, password: str, database: str = "workspace_4711") -> psycopg.Connection[Any]:
        options = f"host=127.0.0.1 port={self.port} sslmode=disable connect_timeout=10"
        return psycopg.connect(f"{options} user={user} password={password} dbname={database}", autocommit=True)

    def add_user(self, *, reads_storage: bool) -> tuple[str, str]:
        role = "reader" if reads_storage else ""
        command = CreateWorkspaceUserCommand(workspaceObjectName="4711", projectReadOnlyRoleName=role)
        made = self.host.execute(command).result
        return made.workspaceUserName, made.workspacePassword


@pytest.fixture(params=["grpc", "bridge"])
def lab(request: pytest.FixtureRequest, sql: SqlServer) -> Lab:
    door = GrpcDoor(sql.server) if request.param == "grpc" else BridgeDoor(sql.server)
    host = make_host(sql.server, door)
    make_people(host)
    made = host.execute(CreateWorkspaceCommand(projectId=host.id, workspaceId="4711")).result
    return Lab(sql.port, host, made.workspaceUserName, made.workspacePassword)


def is_closed(connection: psycopg.Connection[Any], timeout_seconds: float = 10.0) -> bool:
    """Whether the server ends the connection in this time."""
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        try:
            connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return True
        time.sleep(0.05)
    return False


def test_the_first_login_works_in_the_workspace_and_reads_storage(lab: Lab) -> None:
    with lab.connect(lab.user, lab.password) as db:
        db.execute("CREATE TABLE copy AS SELECT * FROM in_c_sales.people")
        assert db.execute("SELECT current_database()").fetchone() == ("workspace_4711",)

    query = ExecuteQueryCommand(pathRestriction=["4711"], query="SELECT count(*) AS n FROM copy")
    assert lab.host.execute(query).result.data.rows[0].fields["n"] == "3"


@pytest.mark.parametrize("database", ["4711", "workspace_4711", "postgres"])
def test_a_workspace_is_reached_by_each_of_its_names(lab: Lab, database: str) -> None:
    with lab.connect(lab.user, lab.password, database) as db:
        assert db.execute("SELECT 1").fetchone() == (1,)


def test_another_login_shares_the_objects_and_reads_storage_if_it_may(lab: Lab) -> None:
    with lab.connect(lab.user, lab.password) as db:
        db.execute("CREATE TABLE shared AS SELECT 1 AS a")

    user, password = lab.add_user(reads_storage=True)

    assert user.startswith("ws_4711_")
    assert user != lab.user
    with lab.connect(user, password) as db:
        assert db.execute("SELECT a FROM shared").fetchall() == [(1,)]
        assert db.execute("SELECT count(*) FROM in_c_sales.people").fetchone() == (3,)


STORAGE = (
    "SELECT * FROM in_c_sales.people",
    "SELECT * FROM people",
    "SELECT * FROM project.in_c_sales.people",
    "SELECT * FROM workspace_4711.in_c_sales.people",
    "CREATE TABLE stolen AS FROM in_c_sales.people",
    "CREATE VIEW stolen AS SELECT * FROM in_c_sales.people",
    "COPY in_c_sales.people TO STDOUT",
    "TABLE in_c_sales.people",
    "SELECT * FROM query_table('in_c_sales.people')",
)


def test_a_login_without_the_role_reads_no_storage(lab: Lab) -> None:
    user, password = lab.add_user(reads_storage=False)

    with lab.connect(lab.user, lab.password) as owner, lab.connect(user, password) as db:
        assert owner.execute("SELECT count(*) FROM in_c_sales.people").fetchone() == (3,)
        for sql in STORAGE:
            with pytest.raises(psycopg.Error):
                db.execute(sql)
        db.execute("SET search_path = in_c_sales, public")
        with pytest.raises(psycopg.Error):
            db.execute("SELECT * FROM people")
        db.execute("SET search_path = public")
        db.execute("CREATE TABLE own AS SELECT 1 AS a")
        db.execute("SELECT * FROM information_schema.tables")
        with pytest.raises(psycopg.Error):
            db.execute("SELECT * FROM in_c_sales.people")
        assert owner.execute("SELECT count(*) FROM in_c_sales.people").fetchone() == (3,)
        assert owner.execute("SELECT a FROM own").fetchone() == (1,)


def test_a_reset_password_ends_the_sessions_of_that_login_only(lab: Lab) -> None:
    user, password = lab.add_user(reads_storage=True)
    with lab.connect(lab.user, lab.password) as first, lab.connect(user, password) as other:
        told = lab.host.execute(ResetWorkspacePasswordCommand(workspaceUserName=lab.user))

        assert is_closed(first)
        assert other.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError):
        lab.connect(lab.user, lab.password)
    lab.connect(lab.user, told.result.workspacePassword).close()


def test_a_dropped_login_is_out_and_dropping_it_again_is_a_warning(lab: Lab) -> None:
    user, password = lab.add_user(reads_storage=True)
    with lab.connect(user, password) as db, lab.connect(lab.user, lab.password) as owner:
        told = lab.host.execute(DropWorkspaceUserCommand(workspaceUserName=user))

        assert told.result is None
        assert is_closed(db)
        assert owner.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError):
        lab.connect(user, password)
    assert lab.host.execute(DropWorkspaceUserCommand(workspaceUserName=user)).texts("Warning")


def test_the_first_login_goes_with_its_workspace_only(lab: Lab) -> None:
    with pytest.raises(Refused) as refused:
        lab.host.execute(DropWorkspaceUserCommand(workspaceUserName=lab.user))

    assert refused.value.status in CONFLICTS
    assert refused.value.status in ("FAILED_PRECONDITION", "CONFLICT")
    lab.connect(lab.user, lab.password).close()


def test_a_dropped_workspace_takes_all_sessions_and_logins_along(lab: Lab) -> None:
    user, password = lab.add_user(reads_storage=False)
    with lab.connect(lab.user, lab.password) as first, lab.connect(user, password) as other:
        lab.host.execute(DropWorkspaceCommand(workspaceObjectName="4711"))

        assert is_closed(first)
        assert is_closed(other)
    for name, secret in ((lab.user, lab.password), (user, password)):
        with pytest.raises(psycopg.OperationalError):
            lab.connect(name, secret)


def test_a_login_needs_a_workspace(lab: Lab) -> None:
    with pytest.raises(Refused) as refused:
        lab.host.execute(CreateWorkspaceUserCommand(workspaceObjectName="none"))

    assert refused.value.status == "NOT_FOUND"
    assert lab.host.execute(CreateWorkspaceUserCommand(workspaceId="4711")).result.workspacePassword
