"""SQL of a host: what it sees, what it may do, and how its outcome is told."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import grpc
import pytest

from storage.driver.generated.executeQuery_pb2 import ExecuteQueryCommand, ExecuteQueryResponse
from storage.driver.generated.workspace_pb2 import CreateWorkspaceCommand, DropWorkspaceCommand
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import BridgeDoor, GrpcDoor, Refused, request_of
from tests.driver.people import make_people

SLOW = "SELECT count(*) FROM range(100000) a, range(100000) b, range(1000) c WHERE a.range + b.range % 7 = c.range"
SUCCESS, ERROR = ExecuteQueryResponse.Success, ExecuteQueryResponse.Error


def run(host: HostProject, sql: str, *path: str, role: str = "", timeout: int = 0, **more: str) -> ExecuteQueryResponse:
    command = ExecuteQueryCommand(pathRestriction=path, query=sql, timeout=timeout)
    if role:
        command.snowflakeRole.roleName = role
    return host.execute(command, **more).result


def rows(answer: ExecuteQueryResponse) -> list[dict[str, str]]:
    assert answer.status == SUCCESS, answer.message
    return [dict(row.fields) for row in answer.data.rows]


def failure(answer: ExecuteQueryResponse) -> str:
    assert answer.status == ERROR, answer
    assert not answer.HasField("data")
    return answer.message


@pytest.fixture
def people(host: HostProject) -> HostProject:
    make_people(host)
    return host


@pytest.fixture
def workshop(people: HostProject) -> HostProject:
    people.execute(CreateWorkspaceCommand(projectId=people.id, workspaceId="4711"))
    return people


@pytest.fixture
def neighbour(driver_server: Server, host: HostProject) -> HostProject:
    other = make_host(driver_server, host.door)
    make_people(other, "secrets")
    other.execute(CreateWorkspaceCommand(projectId=other.id, workspaceId="0815"))
    return other


def test_one_value(host: HostProject) -> None:
    answer = run(host, "SELECT 1 AS value", host.id)

    assert (answer.status, list(answer.data.columns), rows(answer)) == (SUCCESS, ["value"], [{"value": "1"}])
    assert answer.message == "Query returned 1 rows"


@pytest.mark.parametrize("sql", ["", "   "])
def test_a_query_is_needed(host: HostProject, sql: str) -> None:
    with pytest.raises(Refused, match="query is required") as refused:
        run(host, sql, host.id)

    assert refused.value.status == "INVALID_ARGUMENT"


def test_a_project_is_needed(grpc_door: GrpcDoor) -> None:
    with pytest.raises(Refused, match="project_id must be provided via credentials or pathRestriction") as refused:
        grpc_door.execute(ExecuteQueryCommand(query="SELECT 1"))

    assert refused.value.status == "INVALID_ARGUMENT"


def test_the_admin_may_name_the_project_in_the_path_only(host: HostProject) -> None:
    told = host.door.execute(ExecuteQueryCommand(pathRestriction=[host.id], query="SELECT 1 AS a"))

    assert rows(told.result) == [{"a": "1"}]


def test_an_unknown_project_is_not_found(grpc_door: GrpcDoor) -> None:
    with pytest.raises(Refused) as refused:
        grpc_door.execute(ExecuteQueryCommand(pathRestriction=["no-such-project"], query="SELECT 1"))

    assert refused.value.status == "NOT_FOUND"


def test_a_failing_statement_is_an_answer(host: HostProject) -> None:
    told = host.execute(ExecuteQueryCommand(pathRestriction=[host.id], query="SELECT * FROM no_such_table"))

    assert "no_such_table" in failure(told.result)
    assert told.texts("Error")
    assert "SELECT" not in str(told.messages)


@pytest.mark.parametrize("sql", ["SELEC 1", ";", "-- nothing", "SELECT 'open", "SELECT (1", "SELECT 1/'a'"])
def test_what_is_no_sql_is_an_answer_too(host: HostProject, sql: str) -> None:
    assert failure(run(host, sql, host.id))


def test_tables_of_the_bucket_stand_alone_and_others_behind_theirs(people: HostProject) -> None:
    count = "SELECT count(*) AS n FROM "

    assert rows(run(people, count + "people", people.id, "in_c_sales")) == [{"n": "3"}]
    assert rows(run(people, count + "people", "in_c_sales")) == [{"n": "3"}]
    assert rows(run(people, count + "in_c_sales.people", people.id)) == [{"n": "3"}]
    assert rows(run(people, count + "in_c_sales.people")) == [{"n": "3"}]


def test_an_unknown_bucket_is_not_found(host: HostProject) -> None:
    with pytest.raises(Refused, match="not found") as refused:
        run(host, "SELECT 1", host.id, "in_c_nowhere")

    assert refused.value.status == "NOT_FOUND"


def test_the_next_query_sees_what_was_written_since(people: HostProject) -> None:
    count = "SELECT count(*) AS n FROM in_c_sales.people"
    assert rows(run(people, count)) == [{"n": "3"}]

    csv = "id,name,amount,_timestamp\n9,Z,1,2024-01-01\n"
    people.person.load(csv, "people", bucket=people.bucket, incremental=True).raise_for_status()
    people.person.make_table("in_c_sales", "later", {"a": "INTEGER"})

    assert rows(run(people, count)) == [{"n": "4"}]
    assert rows(run(people, "SELECT * FROM in_c_sales.later")) == []


def test_values_are_texts(host: HostProject) -> None:
    sql = """SELECT NULL::INTEGER AS nothing, true AS yes, 9007199254740993 AS big, 1.5::DOUBLE AS f,
        0.25::DECIMAL(2,2) AS d, 'a"b' AS t, TIMESTAMP '2024-01-02 03:04:05' AS whole,
        TIMESTAMP '2024-01-02 03:04:05.5' AS part, DATE '2024-01-02' AS day, [1, NULL, 2] AS l,
        {'a': 1, 'b': 'x'} AS s, MAP {'k': 1} AS m, '\\xAB\\x00'::BLOB AS b, 'infinity'::TIMESTAMP AS ever,
        170141183460469231731687303715884105727::HUGEINT AS huge, '00000000-0000-0000-0000-000000000001'::UUID AS u"""

    assert rows(run(host, sql, host.id)) == [
        {
            "nothing": "",
            "yes": "true",
            "big": "9007199254740993",
            "f": "1.5",
            "d": "0.25",
            "t": 'a"b',
            "whole": "2024-01-02 03:04:05",
            "part": "2024-01-02 03:04:05.500000",
            "day": "2024-01-02",
            "l": "[1,null,2]",
            "s": '{"a":1,"b":"x"}',
            "m": '{"k":1}',
            "b": "ab00",
            "ever": "infinity",
            "huge": "170141183460469231731687303715884105727",
            "u": "00000000-0000-0000-0000-000000000001",
        }
    ]


def test_statements_that_are_no_part_of_a_query_have_texts_too(workshop: HostProject) -> None:
    run(workshop, "CREATE TABLE t (a INTEGER, b TIMESTAMP)", "4711")

    made = run(workshop, "INSERT INTO t VALUES (1, '2024-01-02'), (2, NULL) RETURNING a, b", "4711")

    assert rows(made) == [{"a": "1", "b": "2024-01-02 00:00:00"}, {"a": "2", "b": ""}]
    assert [row["column_name"] for row in rows(run(workshop, "DESCRIBE t", "4711"))] == ["a", "b"]


def test_names_that_occur_twice_are_numbered(host: HostProject) -> None:
    answer = run(host, "SELECT 1 AS a, 2 AS a, 3 AS a_1, 4 AS a", host.id)

    assert list(answer.data.columns) == ["a", "a_2", "a_1", "a_3"]
    assert rows(answer) == [{"a": "1", "a_2": "2", "a_1": "3", "a_3": "4"}]


def test_rows_beyond_the_cap_are_cut_with_a_warning(host: HostProject) -> None:
    told = host.execute(ExecuteQueryCommand(pathRestriction=[host.id], query="SELECT * FROM range(10001)"))

    assert len(told.result.data.rows) == 10_000
    assert told.result.data.rows[-1].fields["range"] == "9999"
    assert "truncated" in told.result.message
    assert told.texts("Warning")


def test_a_result_of_many_bytes_is_cut(driver_server: Server, bridge: BridgeDoor) -> None:
    host = make_host(driver_server, bridge)
    told = host.execute(
        ExecuteQueryCommand(pathRestriction=[host.id], query="SELECT repeat('x', 1000000) AS t FROM range(60)")
    )

    assert 20 <= len(told.result.data.rows) <= 33
    assert "truncated" in told.result.message
    assert told.texts("Warning")


def test_several_statements_by_profile(host: HostProject) -> None:
    if host.door.name == "grpc":
        with pytest.raises(Refused) as refused:
            run(host, "SELECT 1 AS a; SELECT 2 AS b", host.id)
        assert refused.value.status == "INVALID_ARGUMENT"
    else:
        assert rows(run(host, "SELECT 1 AS a; SELECT 2 AS b", host.id)) == [{"b": "2"}]
    assert rows(run(host, "SELECT ';' AS a;", host.id)) == [{"a": ";"}]


def test_a_late_query_times_out(host: HostProject) -> None:
    started = time.monotonic()

    assert "timed out" in failure(run(host, SLOW, host.id, timeout=1))

    assert time.monotonic() - started < 10


def test_a_workspace_is_its_own_to_write(workshop: HostProject) -> None:
    answer = run(workshop, "CREATE TABLE copy AS SELECT * FROM in_c_sales.people", workshop.id, "4711")

    assert (answer.status, answer.message) == (SUCCESS, "Query executed successfully")
    assert not answer.HasField("data")
    count = "SELECT count(*) AS n FROM copy"
    assert rows(run(workshop, count, "4711")) == [{"n": "3"}]
    assert rows(run(workshop, count, role="role_4711")) == [{"n": "3"}]


def test_a_role_writes_to_its_workspace_with_a_bucket_as_default(workshop: HostProject) -> None:
    run(workshop, "CREATE TABLE public.copy AS SELECT * FROM people", "in_c_sales", role="role_4711")

    assert rows(run(workshop, "SELECT count(*) AS n FROM copy", "4711")) == [{"n": "3"}]


def test_an_unknown_role_is_not_found(workshop: HostProject) -> None:
    for role in ("role_none", "accountadmin", "branch_other_x_readonly"):
        with pytest.raises(Refused) as refused:
            run(workshop, "SELECT 1", role=role)
        assert refused.value.status == "NOT_FOUND"


def test_a_service_account_is_ignored_with_a_warning(host: HostProject) -> None:
    command = ExecuteQueryCommand(pathRestriction=[host.id], query="SELECT 1 AS a")
    command.bigQueryServiceAccount.serviceAccountEmail = "a@b"

    told = host.execute(command)

    assert rows(told.result) == [{"a": "1"}]
    assert told.texts("Warning")


WRITES = (
    "INSERT INTO in_c_sales.people (id) VALUES (4)",
    "UPDATE in_c_sales.people SET id = 0",
    "DELETE FROM in_c_sales.people",
    "TRUNCATE in_c_sales.people",
    "DROP TABLE in_c_sales.people",
    "DROP SCHEMA in_c_sales CASCADE",
    "ALTER TABLE in_c_sales.people ADD COLUMN x INTEGER",
    "CREATE TABLE in_c_sales.mine AS SELECT 1 AS a",
    "CREATE OR REPLACE VIEW in_c_sales.people AS SELECT 1 AS a",
    "CREATE TABLE project.in_c_sales.mine (a INTEGER)",
)


@pytest.mark.parametrize("path", [(), ("in_c_sales",), ("4711",)], ids=["project", "bucket", "workspace"])
def test_nobody_writes_to_storage(workshop: HostProject, path: Sequence[str]) -> None:
    for sql in WRITES:
        assert failure(run(workshop, sql, *path)), sql

    assert rows(run(workshop, "SELECT count(*) AS n, sum(id) AS s FROM in_c_sales.people")) == [{"n": "3", "s": "6"}]


def test_without_a_workspace_nothing_can_be_made(host: HostProject) -> None:
    for sql in (
        "CREATE TABLE t (a INTEGER)",
        "CREATE TEMP TABLE t (a INTEGER)",
        "CREATE VIEW v AS SELECT 1 AS a",
        "CREATE MACRO m() AS 1",
        "CREATE SCHEMA s",
        f"CREATE TABLE project_{host.id}.main.t (a INTEGER)",
        "DELETE FROM _workspace_info",
        'INSERT INTO "_workspace_info" VALUES (1)',
    ):
        assert failure(run(host, sql, host.id)), sql

    assert failure(run(host, "SELECT * FROM t", host.id))


ATTACKS = (
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/*')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM read_parquet('https://example.com/x.parquet')",
    "COPY (SELECT 1) TO '/tmp/stolen.csv'",
    "COPY people TO '/tmp/stolen.csv'",
    "COPY people FROM '/etc/passwd'",
    "EXPORT DATABASE '/tmp/stolen'",
    "ATTACH '/tmp/other.duckdb' AS other",
    "ATTACH ':memory:' AS other",
    "DETACH project",
    "USE memory",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '1TB'",
    "SET TimeZone = 'UTC'",
    "SET VARIABLE x = 1",
    "RESET memory_limit",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM duckdb_settings()",
    "SELECT current_setting('temp_directory')",
    "SELECT getenv('HOME')",
    "SELECT * FROM duckdb_secrets()",
    "CREATE SECRET s (TYPE s3)",
    "CALL enable_logging()",
    "SELECT * FROM query('SELECT 1')",
)


@pytest.mark.parametrize("path", [(), ("4711",)], ids=["project", "workspace"])
def test_the_sandbox_holds(workshop: HostProject, path: Sequence[str]) -> None:
    for sql in ATTACKS:
        answer = run(workshop, sql, *path)
        assert failure(answer), sql
        assert "/data" not in answer.message


def test_another_project_is_out_of_reach(people: HostProject, neighbour: HostProject) -> None:
    for path in ((neighbour.id,), (neighbour.id, "in_c_sales")):
        with pytest.raises(Refused) as refused:
            run(people, "SELECT 1", *path)
        assert refused.value.status in ("PERMISSION_DENIED", "NOT_FOUND")
    for more in ({"role": "role_0815"}, {}):
        with pytest.raises(Refused) as refused:
            run(people, "SELECT 1", *(() if more else ("0815",)), **more)
        assert refused.value.status == "NOT_FOUND"
    run(neighbour, "SELECT * FROM secrets", "in_c_sales")
    for table in ("secrets", "in_c_sales.secrets", f"project_{neighbour.id}.in_c_sales.secrets"):
        assert failure(run(people, f"SELECT * FROM {table}"))
    assert "secrets" not in str(rows(run(people, "SELECT * FROM information_schema.tables")))


def branch_key(host: HostProject, branch: str, scope: str) -> str:
    made = host.person.post("/projects/{p}/branches/{br}/keys", br=branch, json={"scope": scope})
    if made.status_code >= 400:
        body = {"scope": scope, "branch_id": branch, "description": "b"}
        made = host.person.post("/projects/{p}/api-keys", json=body)
    made.raise_for_status()
    return made.json()["api_key"]


def test_a_read_key_reads_its_branch_and_writes_nothing(workshop: HostProject) -> None:
    branch = workshop.person.make_branch("dev")
    workshop.execute(CreateWorkspaceCommand(projectId=workshop.id, workspaceId="12", branchId=branch))
    run(workshop, "CREATE TABLE t AS SELECT 1 AS a", "12")
    key = branch_key(workshop, branch, "branch_read")

    assert rows(run(workshop, "SELECT count(*) AS n FROM in_c_sales.people", key=key)) == [{"n": "3"}]
    assert rows(run(workshop, "SELECT * FROM t", "12", key=key)) == [{"a": "1"}]
    for sql in ("INSERT INTO t VALUES (2)", "CREATE TABLE u (a INTEGER)", "DROP TABLE t"):
        assert failure(run(workshop, sql, "12", key=key))
    for path, role in ((("4711",), ""), ((), "role_4711"), ((workshop.id, "default", "in_c_sales"), "")):
        with pytest.raises(Refused) as refused:
            run(workshop, "SELECT 1", *path, role=role, key=key)
        assert refused.value.status == "PERMISSION_DENIED"
    with pytest.raises(Refused) as refused:
        workshop.execute(DropWorkspaceCommand(workspaceObjectName="12"), key=key)
    assert refused.value.status == "PERMISSION_DENIED"


def test_a_branch_in_the_path_has_its_own_tables(people: HostProject) -> None:
    branch = people.person.make_branch("dev")
    csv = "id,name,amount,_timestamp\n9,Z,1,2024-01-01\n"
    in_branch = type(people.person)(people.person.server, key=people.person.key, project_id=people.id, branch_id=branch)
    in_branch.load(csv, "people", bucket="in_c_sales", incremental=True).raise_for_status()
    count = "SELECT count(*) AS n FROM people"

    assert rows(run(people, count, people.id, branch, "in_c_sales")) == [{"n": "4"}]
    assert rows(run(people, count, people.id, "in_c_sales")) == [{"n": "3"}]
    if people.door.name == "grpc":
        assert rows(run(people, count, f"{branch}_in_c_sales")) == [{"n": "4"}]


def test_a_cancelled_call_stops_its_query_within_a_second(host: HostProject, grpc_door: GrpcDoor) -> None:
    request = request_of(ExecuteQueryCommand(pathRestriction=[host.id], query=SLOW), project=host.id, key=host.key)
    call = grpc_door.stub.Execute.future(request, timeout=60)
    with suppress(grpc.FutureTimeoutError):
        call.result(timeout=0.5)
    call.cancel()

    # The query of the same place would wait for the cores otherwise; only the slot tells that it is over.
    started = time.monotonic()
    assert rows(run(host, "SELECT 1 AS a", host.id)) == [{"a": "1"}]
    assert time.monotonic() - started < 5


def test_a_deadline_ends_the_call(host: HostProject, grpc_door: GrpcDoor) -> None:
    request = request_of(ExecuteQueryCommand(pathRestriction=[host.id], query=SLOW), project=host.id, key=host.key)

    with pytest.raises(grpc.RpcError) as refused:
        grpc_door.stub.Execute(request, timeout=1)

    assert refused.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED  # type: ignore[attr-defined]


def test_dropping_a_workspace_stops_its_queries(workshop: HostProject) -> None:
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run, workshop, SLOW, "4711", timeout=60)
        _wait_for_session(workshop)
        started = time.monotonic()
        workshop.execute(DropWorkspaceCommand(workspaceObjectName="4711"))
        with suppress(Refused):
            assert failure(running.result(timeout=20))
        assert time.monotonic() - started < 10


def _wait_for_session(host: HostProject) -> None:
    deadline = time.monotonic() + 20
    sql = (
        "SELECT count(*) FROM workspaces_workspacesession s JOIN workspaces_workspace w ON w.id = s.workspace_id"
        " WHERE w.project_id = ?"
    )
    while not host.person.server.execute(sql, host.id)[0][0]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_many_queries_at_once_have_their_own_answers(people: HostProject) -> None:
    def ask(number: int) -> list[dict[str, str]]:
        return rows(run(people, f"SELECT {number} AS n, count(*) AS c FROM in_c_sales.people"))

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(24)))

    assert found == [[{"n": str(number), "c": "3"}] for number in range(24)]
