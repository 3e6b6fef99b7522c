"""SQL in a workspace over REST: the rows in each format, one transaction, who may, what is refused."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.api.workspaces.logins import ago, make_account, text
from tests.api.workspaces.test_workspaces import NONE, OF_BRANCH, WORKSPACE, make, make_on
from tests.cast import BRANCHES, Person, Server, error_of, new_project
from tests.endpoint_contract import EndpointContract

QUERIES = WORKSPACE + "/queries"
BRANCH_QUERIES = OF_BRANCH + "/{id}/queries"
ARROW = "application/vnd.apache.arrow.stream"
ENDLESS = "SELECT sum(a.range * b.range) FROM range(100000000) a, range(100000000) b"


class Lab:
    """A person and a workspace of theirs."""

    def __init__(self, person: Person, workspace_id: str) -> None:
        self.person = person
        self.id = workspace_id

    def run(self, sql: str, *parameters: Any, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        body = {"sql": sql, "parameters": list(parameters)} | body
        return self.person.post(QUERIES, id=self.id, json=body, headers=headers or {})

    def rows(self, sql: str, *parameters: Any, **body: Any) -> list[list[Any]]:
        reply = self.run(sql, *parameters, **body)
        assert reply.status_code == 200, reply.text
        return reply.json()["rows"]

    def fault(self, sql: str, *parameters: Any, **body: Any) -> tuple[int, str, str]:
        reply = self.run(sql, *parameters, **body)
        detail = reply.json()["detail"]
        return reply.status_code, detail["error"], detail["details"].get("sqlstate", "")

    def sessions(self) -> list[str]:
        reply = self.person.get(WORKSPACE + "/sessions", id=self.id, params={"status": "active"})
        return [session["session_id"] for session in reply.json()["sessions"]]

    def log(self, **filters: Any) -> list[dict[str, Any]]:
        reply = self.person.get(QUERIES, id=self.id, params=filters)
        assert reply.status_code == 200, reply.text
        return reply.json()["queries"]


def until(holds: Callable[[], Any], seconds: float = 20.0) -> Any:
    """What it gives when it first is something."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, "it never was so"
        time.sleep(0.02)
    return found


@pytest.fixture(scope="module")
def owner(server: Server) -> Iterator[Person]:
    with new_project(server) as person:
        person.make_bucket()
        person.make_table("in.c-sales", "orders", {"id": "BIGINT", "amount": "DECIMAL(10,2)"})
        person.load("id,amount\n1,1.50\n2,2.25\n3,\n", "orders").raise_for_status()
        yield person


@pytest.fixture(scope="module")
def shared(owner: Person) -> Lab:
    return Lab(owner, make(owner)["id"])


@pytest.fixture
def lab(shared: Lab) -> Lab:
    """One workspace for all: each test uses tables of its own."""
    return shared


class TestContract(EndpointContract):
    path, method, needs, has_body, names = QUERIES, "POST", "read", True, NONE

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"sql": ""},
            {"sql": 1},
            {"sql": "SELECT 1", "format": "xml"},
            {"sql": "SELECT 1", "limit": -1},
            {"sql": "SELECT 1", "timeout_seconds": 0},
            {"sql": "SELECT 1", "parameters": {}},
            {"sql": "SELECT '\0'"},
        ],
    )
    def test_what_makes_no_sense_is_422(self, alice: Person, body: dict[str, Any]) -> None:
        assert alice.post(QUERIES, id="ws_none", json=body).status_code == 422


class TestLogContract(EndpointContract):
    path, method, needs, has_body, names = QUERIES, "GET", "read", False, NONE


class TestJson:
    def test_rows_with_both_types_of_each_column(self, lab: Lab) -> None:
        reply = lab.run("SELECT id, amount FROM in_c_sales.orders ORDER BY id DESC")
        body = reply.json()
        assert reply.headers["content-type"] == "application/json"
        assert body["columns"] == [
            {"name": "id", "type": "int8", "duckdb_type": "BIGINT"},
            {"name": "amount", "type": "numeric", "duckdb_type": "DECIMAL(10,2)"},
        ]
        assert body["rows"] == [[3, None], [2, "2.25"], [1, "1.50"]]
        assert (body["row_count"], body["truncated"], body["command"]) == (3, False, "SELECT 3")
        assert body["elapsed_seconds"] > 0
        assert reply.headers["X-Query-ID"].startswith("rest_")

    def test_values_as_a_preview_shows_them(self, owner: Person, lab: Lab) -> None:
        types = {
            "big": "BIGINT", "huge": "HUGEINT", "exact": "DECIMAL(38,4)", "moment": "TIMESTAMP", "zoned": "TIMESTAMPTZ",
            "day": "DATE", "hour": "TIME", "words": "VARCHAR[]", "pair": "STRUCT(a INTEGER, b DATE)",
            "ratio": "DOUBLE", "span": "INTERVAL", "raw": "BLOB", "doc": "JSON", "name": "VARCHAR",
        }  # fmt: skip
        owner.make_table("in.c-sales", "kinds", types)
        values = (
            "9007199254740993,170141183460469231731687303715884105727,0.0001,2024-02-03 04:05:06.7,"
            "2024-02-03 04:05:06+02,2024-02-03,04:05:06.5,\"['a', 'ü']\",\"{'a': 1, 'b': 2024-02-03}\",nan,"
            '3 days 04:00:00,ab,"{""a"": 1}","tab\there"'
        )
        owner.load(f"{','.join(types)}\n{values}\n", "kinds").raise_for_status()
        (preview,) = owner.rows("kinds")
        assert lab.rows("SELECT * FROM in_c_sales.kinds") == [list(preview)]

    def test_rows_that_no_query_can_hold_look_the_same(self, lab: Lab) -> None:
        made = "SELECT 170141183460469231731687303715884105727 AS huge, TIMESTAMP '2024-02-03 04:05:06.7' AS moment"
        lab.rows(f"CREATE TABLE moments AS {made}")
        returned = lab.rows("INSERT INTO moments SELECT * FROM moments RETURNING *")
        assert returned == lab.rows("SELECT * FROM moments LIMIT 1")

    def test_columns_are_named_as_on_the_wire(self, lab: Lab) -> None:
        body = lab.run("SELECT count(*), 1 + 1, 'a' AS a, 'b' AS a").json()
        assert [column["name"] for column in body["columns"]] == ["count", "?column?", "a", "a"]

    def test_no_rows(self, lab: Lab) -> None:
        body = lab.run("SELECT 1 AS one WHERE false").json()
        assert (body["rows"], body["row_count"]) == ([], 0)

    def test_a_statement_without_rows_says_what_it_did(self, lab: Lab) -> None:
        lab.rows("CREATE TABLE three AS SELECT range AS n FROM range(3)")
        body = lab.run("INSERT INTO three VALUES (7), (8)").json()
        assert (body["columns"], body["command"], body["rows_changed"]) == ([], "INSERT 0 2", 2)

    def test_a_limit_truncates(self, lab: Lab) -> None:
        body = lab.run("SELECT * FROM range(100000)", limit=3).json()
        assert (body["rows"], body["row_count"], body["truncated"]) == ([[0], [1], [2]], 3, True)
        assert lab.run("SELECT * FROM range(3)", limit=3).json()["truncated"] is False

    @pytest.mark.parametrize(
        "sql", ["DESCRIBE SELECT 1 AS a", "SHOW TABLES", "EXPLAIN SELECT 1", "SUMMARIZE SELECT 1 AS a", "FROM range(2)"]
    )
    def test_what_lists_and_explains(self, lab: Lab, sql: str) -> None:
        assert lab.run(sql).status_code == 200

    def test_pivot_without_its_columns(self, lab: Lab) -> None:
        lab.rows("CREATE TABLE sold AS SELECT * FROM (VALUES ('a', 1), ('b', 2)) AS t(k, v)")
        assert lab.rows("PIVOT sold ON k USING sum(v)") == [[1, 2]]


class TestParameters:
    def test_values_of_every_kind_of_json(self, lab: Lab) -> None:
        sql = "SELECT $1::INTEGER, $2::VARCHAR, $3::BOOLEAN, $4::DATE, $5::INTEGER[], $6::DOUBLE, $7::VARCHAR"
        values = (1, "a'b", True, "2024-01-02", [1, None, 3], 1.5, None)
        assert lab.rows(sql, *values) == [[1, "a'b", True, "2024-01-02", [1, None, 3], 1.5, None]]

    def test_a_parameter_never_is_sql(self, lab: Lab) -> None:
        assert lab.rows("SELECT count(*) FROM in_c_sales.orders WHERE id::VARCHAR = $1", "1' OR '1'='1") == [[0]]

    @pytest.mark.parametrize("values", [(), (1, 2)])
    def test_as_many_as_the_statement_has(self, lab: Lab, values: tuple[int, ...]) -> None:
        assert lab.fault("SELECT $1::INTEGER", *values) == (400, "query_failed", "08P01")

    def test_of_the_wrong_type(self, lab: Lab) -> None:
        assert lab.fault("SELECT $1::INTEGER", "x") == (400, "query_failed", "22P02")

    def test_belong_to_one_statement(self, lab: Lab) -> None:
        assert lab.fault("SELECT 1; SELECT $1::INTEGER", 1) == (400, "query_failed", "42601")


class TestOtherFormats:
    SQL = "SELECT range AS n, 't' || range AS t FROM range(5000) ORDER BY n"

    def test_csv(self, lab: Lab) -> None:
        reply = lab.run("SELECT 1 AS a, NULL AS b, '' AS c, 'x,\"y\"' AS d", format="csv")
        assert reply.headers["content-type"] == "text/csv; charset=utf-8"
        assert reply.text == 'a,b,c,d\n1,,"","x,""y"""\n'

    def test_arrow(self, lab: Lab) -> None:
        reply = lab.run(self.SQL, headers={"Accept": ARROW})
        assert reply.headers["content-type"] == ARROW
        table = pa.ipc.open_stream(reply.content).read_all()
        assert table.column_names == ["n", "t"]
        assert table.num_rows == 5000
        assert table.column("t")[4999].as_py() == "t4999"

    def test_parquet(self, lab: Lab) -> None:
        table = pq.read_table(io.BytesIO(lab.run(self.SQL, format="parquet").content))
        assert (table.num_rows, table.column("n")[4999].as_py()) == (5000, 4999)

    def test_a_type_that_parquet_does_not_have(self, lab: Lab) -> None:
        reply = lab.run("SELECT INTERVAL 1 MONTH", format="parquet")
        assert error_of(reply) == (400, "unwritable_result")

    @pytest.mark.parametrize("accept", ["text/csv", "text/csv;q=0.9, */*;q=0.1"])
    def test_by_the_accept_header(self, lab: Lab, accept: str) -> None:
        assert lab.run("SELECT 1 AS a", headers={"Accept": accept}).text == "a\n1\n"

    def test_the_body_says_more_than_the_header(self, lab: Lab) -> None:
        assert lab.run("SELECT 1", format="json", headers={"Accept": "text/csv"}).json()["rows"] == [[1]]


class TestTransaction:
    def test_all_or_nothing(self, lab: Lab) -> None:
        assert lab.fault("CREATE TABLE lost (a INT); INSERT INTO lost VALUES (1); SELECT 1/x")[0] == 400
        assert lab.fault("SELECT * FROM lost") == (400, "query_failed", "42P01")

    def test_the_rows_of_the_last_statement(self, lab: Lab) -> None:
        sql = "CREATE TABLE kept (a INT); INSERT INTO kept VALUES (1), (2); SELECT sum(a) FROM kept"
        assert lab.rows(sql) == [[3]]
        assert lab.rows("SELECT count(*) FROM kept") == [[2]]

    def test_project_tables_beside_own_ones(self, lab: Lab) -> None:
        sql = "CREATE TABLE own AS SELECT 1 AS id; SELECT amount FROM in_c_sales.orders JOIN own USING (id)"
        assert lab.rows(sql) == [["1.50"]]

    def test_a_setting_for_the_request_alone(self, lab: Lab) -> None:
        sql = "SELECT TIMESTAMPTZ '2024-01-01 00:00:00+00'::VARCHAR"
        assert lab.rows(f"SET TimeZone = 'Asia/Tokyo'; {sql}") == [["2024-01-01 09:00:00+09"]]
        assert lab.rows(sql) == [["2024-01-01 00:00:00+00"]]

    @pytest.mark.parametrize(
        "sql", ["BEGIN", "COMMIT", "SELECT 1; ROLLBACK", "PREPARE a AS SELECT 1", "COPY (SELECT 1) TO STDOUT",
                "DECLARE c CURSOR FOR SELECT 1", "LISTEN a", "SHOW TimeZone"],
    )  # fmt: skip
    def test_what_belongs_to_a_lasting_session(self, lab: Lab, sql: str) -> None:
        assert lab.fault(sql) == (400, "query_failed", "0A000")

    def test_a_key_makes_it_happen_once(self, lab: Lab) -> None:
        lab.rows("CREATE TABLE once (a INT)")
        headers = {"X-Idempotency-Key": "once"}
        first, second = (lab.run("INSERT INTO once VALUES (1)", headers=headers) for _ in range(2))
        assert first.json() == second.json()
        assert second.headers["X-Idempotency-Replay"] == "true"
        assert lab.rows("SELECT count(*) FROM once") == [[1]]


class TestErrors:
    def test_with_the_place_and_a_hint(self, lab: Lab) -> None:
        detail = lab.run("SELECT amoumt FROM in_c_sales.orders").json()["detail"]
        assert detail["message"] == 'column "amoumt" does not exist'
        assert detail["details"]["sqlstate"] == "42703"
        assert detail["details"]["position"] == 8
        assert "PostgreSQL client" in lab.run("BEGIN").json()["detail"]["details"]["hint"]

    @pytest.mark.parametrize(
        ("sql", "sqlstate"),
        [("SELEC 1", "42601"), ("", "42601"), (" -- nothing", "42601"), ("SELECT 'x'::INT", "22P02"),
         ("SELECT no_such(1)", "42883"), ("SELECT * FROM range(3000000) t(i) WHERE 'x'::INT = i", "22P02")],
    )  # fmt: skip
    def test_sqlstates(self, lab: Lab, sql: str, sqlstate: str) -> None:
        if sql:
            assert lab.fault(sql) == (400, "query_failed", sqlstate)

    def test_a_lost_race_is_a_conflict(self, lab: Lab) -> None:
        lab.rows("CREATE TABLE raced (a INT); INSERT INTO raced VALUES (0)")
        slow = "UPDATE raced SET a = (SELECT count(*) FROM range(50000000) t(i) WHERE i % 7 = 1) * 0 + 1"
        with ThreadPoolExecutor(2) as pool:
            codes = sorted(reply.status_code for reply in pool.map(lab.run, [slow, slow]))
        assert codes in ([200, 409], [200, 200])

    def test_too_slow(self, lab: Lab) -> None:
        reply = lab.run(ENDLESS, timeout_seconds=0.3)
        assert error_of(reply) == (504, "operation_timeout")
        until(lambda: not lab.sessions())


class TestConfinement:
    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT * FROM read_csv('/etc/passwd')",
            "SELECT * FROM '/etc/passwd'",
            "COPY (SELECT 1) TO '/tmp/x.csv'",
            "ATTACH '/tmp/x.duckdb' AS x",
            "INSTALL httpfs",
            "SET memory_limit = '100GB'",
            "SELECT current_setting('temp_directory')",
            "SELECT * FROM duckdb_databases()",
            "SELECT * FROM query('SELECT 1')",
            "PRAGMA database_list",
            "CREATE MACRO f() AS TABLE SELECT * FROM read_text('/etc/passwd')",
            "SELECT 1; DETACH project",
            "EXPLAIN ANALYZE SELECT * FROM read_blob('/etc/passwd')",
            "INSERT INTO in_c_sales.orders VALUES (9, 9)",
            "DROP TABLE in_c_sales.orders",
            "CREATE TABLE in_c_sales.mine (a INT)",
        ],
    )
    def test_what_leads_out_is_refused(self, lab: Lab, sql: str) -> None:
        reply = lab.run(sql)
        assert reply.status_code in (400, 403), reply.text
        assert str(lab.person.server.data_dir) not in reply.text

    @pytest.mark.parametrize("form", ["json", "csv", "arrow", "parquet"])
    def test_in_every_format(self, lab: Lab, form: str) -> None:
        assert lab.fault("SELECT * FROM read_text('/etc/hostname')", format=form)[:2] == (403, "query_refused")

    def test_no_way_out_of_the_query_around_it(self, lab: Lab) -> None:
        for sql in ("SELECT 1) AS q(a); DROP TABLE x; --", "SELECT 1 -- ", "SELECT 1 /* ", "SELECT 1)) --"):
            assert lab.run(sql).status_code in (200, 400)
        assert lab.rows("SELECT 1 -- comment") == [[1]]

    def test_nothing_of_another_project(self, lab: Lab) -> None:
        with new_project(lab.person.server) as other:
            other.make_bucket("in.c-secret")
            other.make_table("in.c-secret", "plans", {"id": "BIGINT"})
            assert lab.fault("SELECT * FROM in_c_secret.plans")[2] == "3F000"
            assert error_of(other.post(QUERIES, id=lab.id, json={"sql": "SELECT 1"})) == (404, "workspace_not_found")


@pytest.fixture(scope="module")
def branch(owner: Person) -> str:
    return owner.make_branch("queried")


@pytest.fixture(scope="module")
def own(owner: Person, branch: str) -> str:
    return make_on(owner, branch)["id"]


@pytest.fixture(scope="module")
def viewer(owner: Person, branch: str) -> Person:
    body = {"description": "viewer", "scope": "branch_read", "branch_id": branch}
    key = owner.post("/projects/{p}/api-keys", json=body).json()["api_key"]
    return Person(owner.server, key=key, project_id=owner.project_id, branch_id=branch)


class TestBranches:
    def test_by_both_paths(self, owner: Person, branch: str, own: str) -> None:
        body = {"sql": "SELECT count(*) FROM in_c_sales.orders"}
        assert owner.post(QUERIES, id=own, json=body).json()["rows"] == [[3]]
        assert owner.post(BRANCH_QUERIES, br=branch, id=own, json=body).json()["rows"] == [[3]]

    def test_not_by_that_of_another_branch(self, owner: Person, lab: Lab, branch: str) -> None:
        reply = owner.post(BRANCH_QUERIES, br=branch, id=lab.id, json={"sql": "SELECT 1"})
        assert error_of(reply) == (404, "workspace_not_found")
        assert owner.get(BRANCH_QUERIES, br=branch, id=lab.id).status_code == 404

    def test_the_data_of_the_branch(self, owner: Person, branch: str, own: str) -> None:
        there = Person(owner.server, key=owner.key, project_id=owner.project_id, branch_id=branch)
        there.make_bucket("in.c-own")
        there.make_table("in.c-own", "only", {"id": "BIGINT"})
        assert Lab(owner, own).rows("SELECT count(*) FROM in_c_own.only") == [[0]]
        owner.delete(BRANCHES + "/{br}/buckets/in.c-own", br=branch)

    def test_who_may_only_read_reads(self, viewer: Person, own: str) -> None:
        sight = Lab(viewer, own)
        assert sight.rows("SELECT count(*) FROM in_c_sales.orders") == [[3]]
        assert sight.rows("SELECT 1; SELECT sum(id) FROM in_c_sales.orders") == [[6]]
        assert sight.log() is not None

    @pytest.mark.parametrize(
        "sql", ["CREATE TABLE a (b INT)", "CREATE TABLE a AS SELECT 1", "CREATE VIEW v AS SELECT 1", "CHECKPOINT",
                "VACUUM", "SELECT 1; CREATE SCHEMA s", "EXPLAIN ANALYZE CREATE TABLE a AS SELECT 1"],
    )  # fmt: skip
    def test_and_changes_nothing(self, viewer: Person, own: str, sql: str) -> None:
        assert Lab(viewer, own).fault(sql)[:2] == (403, "query_refused")

    def test_nor_makes_files(self, viewer: Person, own: str) -> None:
        reply = viewer.post(QUERIES, id=own, json={"sql": "SELECT 1", "async": True})
        assert reply.status_code == 403

    def test_a_key_of_a_branch_stays_in_it(self, viewer: Person, lab: Lab) -> None:
        assert viewer.post(QUERIES, id=lab.id, json={"sql": "SELECT 1"}).status_code == 403
        assert viewer.get(QUERIES, id=lab.id).status_code == 403


class TestWhen:
    def test_expired(self, owner: Person) -> None:
        account = make_account(owner.server, owner.project_id, expires_at=ago(hours=1))
        expired = Lab(owner, account.workspace_id)
        assert error_of(expired.run("SELECT 1")) == (410, "workspace_expired")
        assert error_of(expired.run("SELECT 1", **{"async": True})) == (410, "workspace_expired")
        assert expired.log() == []

    def test_its_file_is_gone(self, owner: Person) -> None:
        account = make_account(owner.server, owner.project_id)
        assert error_of(Lab(owner, account.workspace_id).run("SELECT 1")) == (410, "workspace_file_missing")

    def test_as_many_at_once_as_sessions(self, owner: Person) -> None:
        full = Lab(owner, make(owner)["id"])
        moment = text(ago(seconds=1))
        columns = "id, workspace_id, connected_at, last_activity_at, query_count, status, worker"
        for number in range(5):
            values = (f"{full.id}.{number}", full.id, moment, moment, 0, "active", "")
            owner.server.execute(
                f"INSERT INTO workspaces_workspacesession ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", *values
            )
        assert error_of(full.run("SELECT 1")) == (429, "connection_limit_reached")

    def test_disconnected_by_somebody(self, lab: Lab) -> None:
        with ThreadPoolExecutor(1) as pool:
            reply = pool.submit(lab.run, ENDLESS)
            (session,) = until(lab.sessions)
            path = WORKSPACE + "/sessions/{session}"
            assert lab.person.delete(path, id=lab.id, session=session).status_code == 200
            assert error_of(reply.result()) == (409, "query_stopped")
        assert lab.sessions() == []

    def test_the_caller_leaves_before_the_first_row(self, lab: Lab) -> None:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                f"{lab.person.server.url}/projects/{lab.person.project_id}/workspaces/{lab.id}/queries",
                json={"sql": ENDLESS},
                headers={"Authorization": f"Bearer {lab.person.key}"},
                timeout=1.0,
            )
        until(lambda: not lab.sessions())

    def test_the_caller_leaves_in_the_middle(self, lab: Lab) -> None:
        server = lab.person.server
        sql = "SELECT range AS n, repeat('x', 200) AS t FROM range(100000000)"
        with httpx.Client(base_url=server.url, timeout=30) as client, client.stream(
            "POST",
            f"/projects/{lab.person.project_id}/workspaces/{lab.id}/queries",
            json={"sql": sql, "format": "csv"},
            headers={"Authorization": f"Bearer {lab.person.key}"},
        ) as reply:  # fmt: skip
            assert reply.status_code == 200
            assert len(lab.sessions()) == 1
            for read, _ in enumerate(reply.iter_bytes()):
                if read > 10:
                    break
        until(lambda: not lab.sessions())
        query = reply.headers["X-Query-ID"]
        (found,) = until(lambda: [each for each in lab.log(status="cancelled") if each["session_id"] == query])
        assert found["sqlstate"] == "57014"

    def test_an_error_far_into_the_rows_breaks_the_answer_off(self, lab: Lab) -> None:
        sql = "SELECT CASE WHEN i < 280000 THEN repeat('x', 50) ELSE error('late') END AS n FROM range(300000) t(i)"
        path = f"/projects/{lab.person.project_id}/workspaces/{lab.id}/queries"
        headers = {"Authorization": f"Bearer {lab.person.key}"}
        body = {"sql": sql, "format": "csv"}
        with lab.person.server.http.stream("POST", path, json=body, headers=headers) as reply:
            query = reply.headers["X-Query-ID"]
            with pytest.raises(httpx.RemoteProtocolError):
                reply.read()
        (found,) = until(lambda: [each for each in lab.log() if each["session_id"] == query])
        assert (found["status"], found["sqlstate"]) == ("error", "P0001")


class TestBigResults:
    @pytest.mark.parametrize("form", ["json", "arrow"])
    def test_memory_does_not_grow_with_the_result(self, lab: Lab, form: str) -> None:
        small, _ = self.peak(lab, form, rows=100_000)
        large, size = self.peak(lab, form, rows=600_000)
        assert size > 180_000_000
        assert large - small < 80_000_000

    def peak(self, lab: Lab, form: str, *, rows: int) -> tuple[int, int]:
        """The most memory that the server takes while it answers, and the length of the answer."""
        server, most, size = lab.person.server, 0, 0
        with server.http.stream(
            "POST",
            f"/projects/{lab.person.project_id}/workspaces/{lab.id}/queries",
            json={"sql": f"SELECT range AS n, repeat('x', 300) AS t FROM range({rows})", "format": form},
            headers={"Authorization": f"Bearer {lab.person.key}"},
        ) as reply:
            for number, part in enumerate(reply.iter_raw(1 << 20)):
                size += len(part)
                if number % 10 == 0:
                    most = max(most, _memory(server))
        return most, size


class TestJobs:
    def job(self, lab: Lab, sql: str, **body: Any) -> dict[str, Any]:
        reply = lab.run(sql, **{"async": True} | body)
        assert reply.status_code == 202, reply.text
        assert reply.headers["Location"] == f"/jobs/{reply.json()['id']}"
        return lab.person.wait_for(reply.json()["id"])

    def test_the_rows_become_a_file(self, lab: Lab) -> None:
        job = self.job(lab, "SELECT range AS n FROM range(1000)", format="parquet")
        assert (job["state"], job["type"]) == ("success", "workspace_query")
        result = job["result"]
        assert (result["row_count"], result["truncated"], result["format"]) == (1000, False, "parquet")
        file = lab.person.get("/projects/{p}/files/{file}", file=result["file_id"]).json()
        assert file["expires_at"] is not None
        content = lab.person.get("/projects/{p}/files/{file}/download", file=result["file_id"]).content
        assert pq.read_table(io.BytesIO(content)).num_rows == 1000

    def test_json_is_what_the_synchronous_call_gives(self, lab: Lab) -> None:
        job = self.job(lab, "SELECT 1 AS a, 'x' AS b")
        content = lab.person.get("/projects/{p}/files/{file}/download", file=job["result"]["file_id"]).content
        assert json.loads(content)["rows"] == [[1, "x"]]

    def test_asked_for_by_the_header(self, lab: Lab) -> None:
        reply = lab.run("SELECT 1", headers={"Prefer": "respond-async"})
        assert reply.status_code == 202
        assert lab.person.wait_for(reply.json()["id"])["state"] == "success"

    def test_what_is_wrong_is_told_by_the_job(self, lab: Lab) -> None:
        job = self.job(lab, "SELECT x")
        assert (job["state"], job["error"]["error"], job["error"]["status"]) == ("error", "query_failed", 400)
        assert job["error"]["details"]["sqlstate"] == "42703"

    def test_cancelled(self, lab: Lab) -> None:
        made = lab.run(f"CREATE TABLE never AS SELECT 1 AS a; {ENDLESS}", **{"async": True}).json()
        until(lambda: lab.sessions())
        assert lab.person.post(f"/jobs/{made['id']}/cancel").status_code < 300
        assert lab.person.wait_for(made["id"])["state"] == "cancelled"
        until(lambda: not lab.sessions())
        assert lab.fault("SELECT * FROM never")[2] == "42P01"


class TestLog:
    def test_what_was_run(self, lab: Lab) -> None:
        query = lab.run("SELECT 4711 AS marked").headers["X-Query-ID"]
        (found,) = until(lambda: [each for each in lab.log() if each["session_id"] == query])
        assert (found["door"], found["kind"], found["status"], found["sqlstate"]) == ("rest", "select", "success", "")
        assert found["rows"] == 1
        assert found["workspace_id"] == lab.id
        assert found["duration_ms"] > 0
        assert found["bytes"] > 0
        assert found["sql"] is None
        assert len(found["text_hash"]) == 16

    def test_filters_and_pages(self, lab: Lab) -> None:
        lab.fault("SELECT nowhere")
        until(lambda: lab.log(status="error"))
        assert {each["status"] for each in lab.log(status="error")} == {"error"}
        assert {each["kind"] for each in lab.log(kind="select")} == {"select"}
        assert lab.log(min_duration_ms=1e9) == []
        page = lab.person.get(QUERIES, id=lab.id, params={"limit": 1, "offset": 1}).json()
        assert page["count"] == 1
        assert page["total"] > 1


def _memory(server: Server) -> int:
    """Resident bytes of the server."""
    with open(f"/proc/{server.process.pid}/statm") as file:
        return int(file.read().split()[1]) * 4096
