"""The SQL console over real HTTP: who may run what, and that it is confined as every session is."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from tests.cast import Person, Server, new_project
from tests.walks.people import OPERATOR, logged_in, make_user

ENDLESS = "SELECT sum(a.range * b.range) FROM range(100000000) a, range(100000000) b"
NASTY = "<script>alert(1)</script>"


class Seat:
    """Somebody at the console of a workspace."""

    def __init__(self, server: Server, name: str, workspace_id: str) -> None:
        cookies = {cookie["name"]: cookie["value"] for cookie in logged_in(server, name)["cookies"]}
        self.http = httpx.Client(base_url=server.url, cookies=cookies)
        self.path = f"/admin/sql/{workspace_id}"
        self.token = cookies["csrftoken"]

    def post(self, what: str, *, patience: float = 60, **fields: Any) -> httpx.Response:
        data, headers = {"format": "json"} | fields, {"X-CSRFToken": self.token}
        return self.http.post(f"{self.path}/{what}/", data=data, headers=headers, timeout=patience)

    def run(self, sql: str, **fields: Any) -> httpx.Response:
        return self.post("run", sql=sql, **fields)

    def rows(self, sql: str, **fields: Any) -> list[list[Any]]:
        reply = self.run(sql, **fields)
        assert reply.status_code == 200, reply.text
        return reply.json()["rows"]

    def fault(self, sql: str, **fields: Any) -> tuple[int, str]:
        reply = self.run(sql, **fields)
        return reply.status_code, reply.json()["detail"]["error"]


@pytest.fixture(scope="module")
def shop(server: Server) -> Iterator[Person]:
    """Owns a project with the table `in.c-sales.orders` of three rows."""
    with new_project(server) as owner:
        owner.make_table(owner.make_bucket(), "orders", {"id": "INTEGER", "note": "VARCHAR"})
        owner.load(f"id,note\n1,{NASTY}\n2,b\n3,c\n", "orders").raise_for_status()
        yield owner


@pytest.fixture(scope="module")
def workspace_id(shop: Person) -> str:
    return shop.post("/projects/{p}/workspaces", json={"name": NASTY}).json()["id"]


@pytest.fixture(scope="module")
def operator(server: Server, workspace_id: str) -> Seat:
    return Seat(server, OPERATOR, workspace_id)


@pytest.fixture(scope="module")
def viewer(server: Server, workspace_id: str) -> Seat:
    return Seat(server, make_user(server, "Viewers"), workspace_id)


@pytest.fixture(scope="module")
def member(server: Server, shop: Person, workspace_id: str) -> Seat:
    return Seat(server, make_user(server, "Project members", shop.project_id), workspace_id)


@pytest.fixture(scope="module")
def stranger(server: Server, workspace_id: str) -> Seat:
    """A member of another project."""
    with new_project(server) as other:
        return Seat(server, make_user(server, "Project members", other.project_id), workspace_id)


def test_rows_of_the_projects_tables_are_shown(operator: Seat) -> None:
    answer = operator.run("SELECT * FROM in_c_sales.orders ORDER BY id").json()
    assert answer["rows"] == [[1, NASTY], [2, "b"], [3, "c"]]
    assert [column["name"] for column in answer["columns"]] == ["id", "note"]


def test_the_page_takes_no_markup_from_names(operator: Seat, server: Server) -> None:
    workspace_id = operator.path.rsplit("/", 1)[1]
    page = operator.http.get("/admin/sql/", params={"workspace": workspace_id})
    assert page.status_code == 200
    assert NASTY not in page.text
    assert "&lt;script&gt;alert" in page.text


def test_a_member_makes_tables_and_a_viewer_reads_them_only(member: Seat, viewer: Seat) -> None:
    assert member.run("CREATE TABLE mine AS SELECT 7 AS n").status_code == 200
    assert viewer.rows("SELECT n FROM mine") == [[7]]
    for sql in ("CREATE TABLE theirs (n INT)", "INSERT INTO mine VALUES (8)", "DROP TABLE mine"):
        assert viewer.fault(sql) == (403, "query_refused"), sql
    assert member.rows("SELECT n FROM mine") == [[7]]


def test_what_shall_only_read_changes_nothing(operator: Seat) -> None:
    assert operator.fault("CREATE TABLE never (n INT)", read_only="on") == (403, "query_refused")
    assert operator.rows("SELECT 1", read_only="on") == [[1]]


def test_a_member_of_another_project_finds_no_such_workspace(stranger: Seat) -> None:
    workspace_id = stranger.path.rsplit("/", 1)[1]
    for reply in (
        stranger.run("SELECT 1"),
        stranger.post("job", sql="SELECT 1", format="csv"),
        stranger.http.get(f"{stranger.path}/names/"),
        stranger.http.get("/admin/sql/", params={"workspace": workspace_id}),
        stranger.http.get(f"/admin/workspaces/{workspace_id}/sessions/"),
        stranger.http.get(f"/admin/workspaces/{workspace_id}/content/"),
        stranger.http.get(f"/admin/workspaces/{workspace_id}/load/"),
    ):
        assert reply.status_code == 404, reply.url


def test_without_the_token_nothing_runs(operator: Seat) -> None:
    reply = operator.http.post(f"{operator.path}/run/", data={"sql": "SELECT 1", "format": "json"})
    assert reply.status_code == 403


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/out.csv'",
        "ATTACH '/tmp/x.duckdb'",
        "INSTALL httpfs",
        "SET allow_community_extensions = true",
        "DELETE FROM in_c_sales.orders",
    ],
)
def test_it_is_confined_as_every_session(operator: Seat, sql: str) -> None:
    status, _ = operator.fault(sql)
    assert status in (400, 403)


def test_errors_say_where(operator: Seat) -> None:
    detail = operator.run("SELECT nothing FROM in_c_sales.orders").json()["detail"]
    assert detail["details"]["sqlstate"] == "42703"
    assert detail["details"]["position"] == 8


@pytest.mark.parametrize("fields", [{"sql": ""}, {"limit": "0"}, {"format": "arrow"}, {"sql": "SELECT '\0'"}])
def test_a_bad_order_is_refused(operator: Seat, fields: dict[str, str]) -> None:
    reply = operator.post("run", **({"sql": "SELECT 1"} | fields))
    assert reply.status_code == 400
    assert reply.json()["detail"]["error"] == "invalid_request"


def test_a_browser_gets_no_more_rows_than_it_can_show(operator: Seat) -> None:
    answer = operator.run("FROM range(20000)").json()
    assert (answer["row_count"], answer["truncated"]) == (10_000, True)
    assert operator.run("FROM range(20000)", limit="5").json()["row_count"] == 5


def test_downloads_have_all_rows(operator: Seat) -> None:
    csv = operator.run("FROM range(300000) AS t(n)", format="csv", read_only="on")
    assert csv.headers["Content-Type"].startswith("text/csv")
    assert csv.text.count("\n") == 300_001
    table = pq.read_table(io.BytesIO(operator.run("FROM range(20000) AS t(n)", format="parquet").content))
    assert table.num_rows == 20_000


def test_names_to_complete_are_tables_with_their_columns(operator: Seat) -> None:
    assert operator.run("CREATE OR REPLACE VIEW seen AS SELECT 1 AS n, 'x' AS t").status_code == 200
    names = {
        (each["schema"], each["name"]): each for each in operator.http.get(f"{operator.path}/names/").json()["tables"]
    }
    assert names["in_c_sales", "orders"]["columns"] == [["id", "INTEGER"], ["note", "VARCHAR"]]
    assert names["in_c_sales", "orders"]["rows"] == 3
    assert names["main", "seen"]["columns"] == [["n", "INTEGER"], ["t", "VARCHAR"]]


def test_who_hangs_up_stops_the_statement(operator: Seat, shop: Person) -> None:
    workspace_id = operator.path.rsplit("/", 1)[1]

    def sessions() -> list[Any]:
        path = "/projects/{p}/workspaces/{id}/sessions"
        return shop.get(path, id=workspace_id, params={"status": "active"}).json()["sessions"]

    with ThreadPoolExecutor(1) as aside:
        seen = aside.submit(_until, sessions)
        with pytest.raises(httpx.ReadTimeout):
            operator.run(ENDLESS, patience=3)
        assert seen.result()
    _until(lambda: not sessions())


def test_a_job_writes_the_rows_into_a_file(member: Seat, viewer: Seat, shop: Person) -> None:
    url = member.post("job", sql="FROM in_c_sales.orders", format="csv").json()["url"]
    job_id = url.split("/jobs/")[1].split("/")[0]
    job = _until(lambda: (found := shop.get("/jobs/{id}", id=job_id).json())["state"] == "success" and found)
    assert job["result"]["row_count"] == 3
    page = member.http.get(url).text
    assert "3 rows written" in page
    download = member.http.get(f"/admin/files/file/{job['result']['file_id']}/download/")
    assert (download.status_code, download.text.count("\n")) == (200, 4)
    assert viewer.post("job", sql="SELECT 1", format="csv").status_code == 403


def test_a_table_of_the_address_is_the_first_query(operator: Seat, shop: Person) -> None:
    wanted = {"project": shop.project_id, "bucket": "in.c-sales", "table": "orders"}
    page = operator.http.get("/admin/sql/", params=wanted)
    assert '"first": {"schema": "in_c_sales", "name": "orders"}' in page.text


def test_a_logged_statement_comes_into_the_editor_of_its_own_workspace_only(
    operator: Seat, server: Server, shop: Person, workspace_id: str
) -> None:
    other = shop.post("/projects/{p}/workspaces", json={"name": "other"}).json()["id"]
    operator.rows("SELECT 41 + 1 AS logged")
    _until(lambda: _logged(server, workspace_id))
    server.execute("UPDATE workspaces_loggedquery SET sql = 'SELECT the_text' WHERE workspace_id = ?", workspace_id)
    number = _logged(server, workspace_id)

    def page(workspace: str, query: object) -> str:
        return operator.http.get("/admin/sql/", params={"workspace": workspace, "query": str(query)}).text

    assert "SELECT the_text" in page(workspace_id, number)
    assert "SELECT the_text" not in page(other, number)
    assert "SELECT the_text" not in page(workspace_id, "1 OR 1=1")


def _logged(server: Server, workspace_id: str) -> int:
    found = server.execute("SELECT id FROM workspaces_loggedquery WHERE workspace_id = ?", workspace_id)
    return found[-1][0] if found else 0


def test_a_project_without_a_workspace_offers_to_make_one(server: Server, operator: Seat) -> None:
    with new_project(server) as newcomer:
        page = operator.http.get("/admin/sql/", params={"project": newcomer.project_id})
        assert "Create a workspace" in page.text
        made = operator.http.post(
            "/admin/sql/start/", data={"project": newcomer.project_id}, headers={"X-CSRFToken": operator.token}
        )
        assert made.status_code == 302
        assert newcomer.get("/projects/{p}/workspaces").json()["count"] == 1
        assert operator.http.get(made.headers["Location"]).status_code == 200


def _until(holds: Any, seconds: float = 20.0) -> Any:
    """What it gives when it first is something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := holds():
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")
