"""Loading project tables into workspaces: the entries of the answer, what fails alone, what may be loaded."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
import httpx
import pytest

from tests.api.workspaces.test_workspaces import NONE, WORKSPACE, file_of, make, make_on, run, share_with
from tests.cast import BRANCH, TABLE, Person, Server, error_of
from tests.endpoint_contract import EndpointContract

LOAD = WORKSPACE + "/load"
ORDERS = {"source": "in_c_sales.orders"}
ROWS = "id,amount\n1,1\n2,2\n3,3\n"


def load(person: Person, workspace: dict[str, Any], *tables: Any, **options: Any) -> httpx.Response:
    return person.post(LOAD, id=workspace["id"], json={"tables": list(tables)}, **options)


def loaded(person: Person, workspace: dict[str, Any], *tables: Any) -> list[dict[str, Any]]:
    reply = load(person, workspace, *tables)
    assert reply.status_code == 200, reply.text
    return reply.json()["loaded"]


def objects(person: Person, workspace: dict[str, Any]) -> dict[str, int]:
    shown = person.get(WORKSPACE, id=workspace["id"]).json()["workspace_objects"]
    return {item["name"]: item["rows"] for item in shown}


@pytest.fixture
def filled(alice: Person, orders: dict[str, Any]) -> None:
    """`in.c-sales.orders` with three rows."""
    alice.load(ROWS, "orders").raise_for_status()


@pytest.fixture
def workspace(alice: Person, filled: None) -> dict[str, Any]:
    return make(alice)


class TestContract(EndpointContract):
    path, method, needs, has_body, names = LOAD, "POST", "write", True, NONE

    @pytest.mark.parametrize("body", [{}, {"tables": None}, {"tables": {}}, {"tables": ["a.b"]}, {"tables": [None]}])
    def test_tables_have_to_be_an_array_of_objects(self, alice: Person, body: dict[str, Any]) -> None:
        assert alice.post(LOAD, id="ws_none", json=body).status_code == 422

    def test_text_with_nul_is_422(self, alice: Person) -> None:
        assert alice.post(LOAD, id="ws_none", json={"tables": [{"source": "a\0.b"}]}).status_code == 422


class TestAnswer:
    def test_no_tables(self, alice: Person, workspace: dict[str, Any]) -> None:
        assert load(alice, workspace).json() == {"loaded": [], "workspace_size_bytes": 0}

    def test_a_table_as_it_is(self, alice: Person, workspace: dict[str, Any]) -> None:
        reply = load(alice, workspace, {"source": "in_c_sales.orders"}).json()
        (entry,) = reply["loaded"]
        size = alice.get(WORKSPACE, id=workspace["id"]).json()["size_bytes"]
        assert entry == {
            "source": "in_c_sales.orders",
            "destination": "orders",
            "rows": 3,
            "size_bytes": size,
            "status": "loaded",
            "error": None,
        }
        assert reply["workspace_size_bytes"] == size > 0
        assert objects(alice, workspace) == {"orders": 3}

    @pytest.mark.parametrize(
        ("entry", "shown", "code"),
        [
            ({}, ("", ""), "invalid_source"),
            ({"source": None, "destination": "d"}, ("", "d"), "invalid_source"),
            ({"source": "orders"}, ("orders", "orders"), "invalid_source"),
            ({"source": ".orders"}, (".orders", ".orders"), "invalid_source"),
            ({"source": "in_c_sales."}, ("in_c_sales.", "in_c_sales."), "invalid_source"),
            ({"source": "a..b"}, ("a..b", "a..b"), "invalid_source"),
            ({"source": 'a."b'}, ('a."b', '"b'), "invalid_source"),
            ({"source": 7}, ("7", "7"), "invalid_source"),
            ({"source": "no.such"}, ("no.such", "such"), "table_not_found"),
            ({"source": "a.b.c"}, ("a.b.c", "a.b.c"), "table_not_found"),
            ({"source": "in_c_sales.none", "destination": "d"}, ("in_c_sales.none", "d"), "table_not_found"),
            ({"source": "in_c_sales.ORDERS"}, ("in_c_sales.ORDERS", "ORDERS"), "table_not_found"),
            (ORDERS | {"destination": "_mine"}, ("in_c_sales.orders", "_mine"), "invalid_destination"),
            ({"source": "in_c_sales.orders", "destination": 7}, ("in_c_sales.orders", "7"), "invalid_request"),
            ({"source": "in_c_sales.orders", "columns": "id"}, ("in_c_sales.orders", "orders"), "invalid_request"),
            ({"source": "in_c_sales.orders", "columns": ["zz"]}, ("in_c_sales.orders", "orders"), "invalid_columns"),
            (ORDERS | {"columns": ["id", "id"]}, ("in_c_sales.orders", "orders"), "invalid_columns"),
            ({"source": "in_c_sales.orders", "where": 7}, ("in_c_sales.orders", "orders"), "invalid_request"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_loaded_is_an_entry_of_zeros(
        self, alice: Person, workspace: dict[str, Any], entry: dict[str, Any], shown: tuple[str, str], code: str
    ) -> None:
        reply = load(alice, workspace, entry)
        assert (reply.status_code, reply.json()["workspace_size_bytes"]) == (200, 0)
        (found,) = reply.json()["loaded"]
        assert (found["source"], found["destination"]) == shown
        assert (found["rows"], found["size_bytes"], found["status"], found["error"]["code"]) == (0, 0, "failed", code)
        assert objects(alice, workspace) == {}

    def test_one_that_fails_keeps_the_others(self, alice: Person, workspace: dict[str, Any]) -> None:
        good, bad = {"source": "in_c_sales.orders"}, {"source": "no.such"}
        reply = load(alice, workspace, bad, good | {"destination": "a"}, bad, good | {"destination": "b"}, bad).json()
        assert [entry["status"] for entry in reply["loaded"]] == ["failed", "loaded", "failed", "loaded", "failed"]
        assert reply["workspace_size_bytes"] == reply["loaded"][3]["size_bytes"]
        assert objects(alice, workspace) == {"a": 3, "b": 3}

    def test_it_is_recorded(self, alice: Person, server: Server, workspace: dict[str, Any]) -> None:
        load(alice, workspace, {"source": "in_c_sales.orders"}, {"source": "in_c_sales.orders", "where": "id > 9"}, {})
        recorded = ("load_workspace_tables", "success", "workspace", workspace["id"])
        assert server.events(alice.project_id)[-1] == recorded
        ((details,),) = server.execute(
            "SELECT details FROM storage_event WHERE operation = 'load_workspace_tables' AND project_id = ?",
            alice.project_id,
        )
        assert '"tables_requested": 3' in str(details).replace("'", '"')
        assert '"tables_loaded": 1' in str(details).replace("'", '"')


class TestSource:
    @pytest.mark.parametrize(
        "source", ["in_c_sales.orders", "in.c-sales.orders", '"in.c-sales"."orders"', '"in_c_sales".orders']
    )
    def test_spellings(self, alice: Person, workspace: dict[str, Any], source: str) -> None:
        (entry,) = loaded(alice, workspace, {"source": source})
        assert (entry["source"], entry["destination"], entry["rows"]) == (source, "orders", 3)

    def test_bucket_and_table(self, alice: Person, workspace: dict[str, Any]) -> None:
        (entry,) = loaded(alice, workspace, {"bucket": "in.c-sales", "table": "orders"})
        assert (entry["destination"], entry["rows"]) == ("orders", 3)

    def test_names_with_dots(self, alice: Person, workspace: dict[str, Any]) -> None:
        alice.make_table("in.c-sales", "v1.2", {"id": "INTEGER"})
        (entry,) = loaded(alice, workspace, {"source": "in.c-sales.v1.2"})
        assert (entry["destination"], entry["status"]) == ("v1.2", "loaded")

    def test_of_two_buckets_the_exact_name_is_meant(self, alice: Person, workspace: dict[str, Any]) -> None:
        alice.make_bucket("in_c_sales")
        alice.make_table("in_c_sales", "orders", {"other": "INTEGER"})
        first, second = loaded(alice, workspace, {"source": "in_c_sales.orders"}, {"source": "in.c-sales.orders"})
        assert (first["rows"], second["rows"]) == (0, 3)

    def test_what_is_current_is_loaded_each_time(self, alice: Person, workspace: dict[str, Any]) -> None:
        for number in range(1, 4):
            alice.load("id,amount\n" + "".join(f"{n},1\n" for n in range(number)), "orders").raise_for_status()
            assert loaded(alice, workspace, {"source": "in_c_sales.orders"})[0]["rows"] == number

    def test_a_linked_table(self, alice: Person, carol: Person, filled: None) -> None:
        made = make(carol)
        load(carol, made)  # opens it before there is a link
        carol.get(WORKSPACE, id=made["id"]).raise_for_status()
        share_with(alice, carol)
        (entry,) = loaded(carol, made, {"source": "from_alice.orders"})
        assert (entry["rows"], entry["error"]) == (3, None)

    def test_a_linked_table_that_is_not_shared_any_more(self, alice: Person, carol: Person, filled: None) -> None:
        made = make(carol)
        share_with(alice, carol)
        share = "/projects/{p}/branches/default/buckets/in.c-sales/share"
        alice.delete(share, params={"target_project_id": carol.project_id}).raise_for_status()
        assert loaded(carol, made, {"source": "from_alice.orders"})[0]["error"]["code"] == "bucket_not_shared"

    def test_a_table_of_another_project_is_not_found(self, carol: Person, filled: None) -> None:
        assert loaded(carol, make(carol), {"source": "in_c_sales.orders"})[0]["error"]["code"] == "table_not_found"

    def test_a_branch_loads_its_own_version_and_what_only_it_has(self, alice: Person, filled: None) -> None:
        branch = alice.make_branch()
        on_branch = Person(alice.server, key=alice.key, project_id=alice.project_id, branch_id=branch)
        made, of_main = make_on(alice, branch), make(alice)
        source = {"source": "in.c-sales.orders"}
        assert loaded(alice, made, source)[0]["rows"] == 3
        on_branch.load("id,amount\n9,9\n", "orders").raise_for_status()
        on_branch.make_table("in.c-sales", "only_here", {"id": "INTEGER"})
        assert loaded(alice, made, source)[0]["rows"] == 1
        assert loaded(alice, of_main, source)[0]["rows"] == 3
        only_here = {"source": "in.c-sales.only_here"}
        assert [loaded(alice, place, only_here)[0]["status"] for place in (made, of_main)] == ["loaded", "failed"]

    def test_a_branch_that_reads_main_again_loads_from_main_again(self, alice: Person, filled: None) -> None:
        branch = alice.make_branch()
        on_branch = Person(alice.server, key=alice.key, project_id=alice.project_id, branch_id=branch)
        made, source = make_on(alice, branch), {"source": "in.c-sales.orders"}
        assert loaded(alice, made, source)[0]["rows"] == 3
        on_branch.load("id,amount\n9,9\n", "orders").raise_for_status()
        assert loaded(alice, made, source)[0]["rows"] == 1
        on_branch.post(BRANCH + "/tables/in.c-sales/orders/pull").raise_for_status()
        assert loaded(alice, made, source)[0]["rows"] == 3

    def test_a_table_made_anew_under_the_same_name(self, alice: Person, workspace: dict[str, Any]) -> None:
        source = {"source": "in.c-sales.orders"}
        assert loaded(alice, workspace, source)[0]["rows"] == 3
        alice.delete(TABLE, bucket="in.c-sales", table="orders").raise_for_status()
        assert loaded(alice, workspace, source)[0]["error"]["code"] == "table_not_found"
        alice.make_table("in.c-sales", "orders", {"other": "VARCHAR"})
        assert loaded(alice, workspace, source | {"columns": ["other"]})[0]["status"] == "loaded"


class TestRowsAndColumns:
    def test_columns_in_the_order_asked_for(self, alice: Person, server: Server, workspace: dict[str, Any]) -> None:
        (entry,) = loaded(alice, workspace, {"source": "in.c-sales.orders", "columns": ["amount", "id"]})
        assert entry["rows"] == 3

    @pytest.mark.parametrize("columns", [None, []])
    def test_no_columns_are_all(self, alice: Person, workspace: dict[str, Any], columns: Any) -> None:
        assert loaded(alice, workspace, {"source": "in.c-sales.orders", "columns": columns})[0]["rows"] == 3

    @pytest.mark.parametrize(
        ("where", "rows"),
        [
            ("id > 1", 2),
            ("amount BETWEEN 1 AND 2", 2),
            ("id IN (1, 3)", 2),
            ("false", 0),
            ("", 3),
            (" ", 3),
        ],
    )
    def test_a_condition(self, alice: Person, workspace: dict[str, Any], where: str, rows: int) -> None:
        (entry,) = loaded(alice, workspace, {"source": "in.c-sales.orders", "where": where, "columns": ["id"]})
        assert (entry["status"], entry["rows"]) == ("loaded", rows)

    @pytest.mark.parametrize(
        "where",
        [
            "id > 1; DROP TABLE kept",
            "1=1) UNION ALL SELECT 1, 2 --",
            "id IN (SELECT id FROM other)",
            "EXISTS (SELECT 1 FROM read_csv('/etc/passwd'))",
            "id = (SELECT count(*) FROM duckdb_settings())",
            "(SELECT content FROM read_text('/etc/passwd')) <> ''",
            "getenv('ADMIN_API_KEY') <> ''",
            "query('SELECT 1')",
            "amount || 'x' = lower(ID_OF_NOTHING)",
            "id > 'x'::INTEGER",
            "sum(id) > 1",
            "row_number() OVER () = 1",
            "id = $1",
            "id = ?",
            "id > 1 /* */",
            "'unclosed",
        ],
    )
    def test_what_is_no_condition_over_its_columns_is_refused(
        self, alice: Person, workspace: dict[str, Any], where: str
    ) -> None:
        loaded(alice, workspace, {"source": "in.c-sales.orders", "destination": "kept"})
        (entry,) = loaded(alice, workspace, {"source": "in.c-sales.orders", "destination": "kept", "where": where})
        assert (entry["status"], entry["error"]["code"]) == ("failed", "invalid_where_clause")
        assert objects(alice, workspace) == {"kept": 3}


class TestDestination:
    def test_it_is_replaced_with_its_columns(self, alice: Person, workspace: dict[str, Any]) -> None:
        loaded(alice, workspace, {"source": "in.c-sales.orders", "destination": "d", "columns": ["id"]})
        loaded(alice, workspace, {"source": "in.c-sales.orders", "destination": "d", "where": "id = 1"})
        assert objects(alice, workspace) == {"d": 1}

    @pytest.mark.parametrize("name", ["A b.c", 'q"; DROP TABLE x; --', "select", "🦆", "x" * 255])
    def test_any_name(self, alice: Person, workspace: dict[str, Any], name: str) -> None:
        loaded(alice, workspace, {"source": "in.c-sales.orders", "destination": name})
        assert objects(alice, workspace) == {name: 3}

    def test_a_name_that_is_too_long(self, alice: Person, workspace: dict[str, Any]) -> None:
        (entry,) = loaded(alice, workspace, {"source": "in.c-sales.orders", "destination": "x" * 256})
        assert entry["error"]["code"] == "invalid_destination"

    def test_a_view_makes_room(self, alice: Person, server: Server, filled: None) -> None:
        made = make(alice)
        run(server, made, "CREATE VIEW Orders AS SELECT 1 AS a")
        loaded(alice, made, {"source": "in.c-sales.orders"})
        assert objects(alice, made) == {"orders": 3}

    def test_a_table_that_another_needs_stays(self, alice: Person, server: Server, filled: None) -> None:
        made = make(alice)
        run(
            server, made, "CREATE TABLE orders (id INTEGER PRIMARY KEY)", "CREATE TABLE c (i INTEGER REFERENCES orders)"
        )
        (entry,) = loaded(alice, made, {"source": "in.c-sales.orders"})
        assert entry["status"] == "failed"
        assert objects(alice, made) == {"c": 0, "orders": 0}


class TestSizeLimit:
    def test_a_full_workspace_takes_nothing_and_keeps_what_it_has(
        self, alice: Person, server: Server, workspace: dict[str, Any]
    ) -> None:
        loaded(alice, workspace, {"source": "in.c-sales.orders"})
        size = alice.get(WORKSPACE, id=workspace["id"]).json()["size_bytes"]
        server.execute("UPDATE workspaces_workspace SET size_limit_bytes = ? WHERE id = ?", size, workspace["id"])
        (entry,) = loaded(alice, workspace, {"source": "in.c-sales.orders", "destination": "more"})
        assert entry["error"]["code"] == "workspace_size_limit_exceeded"
        assert objects(alice, workspace) == {"orders": 3}
        assert alice.post(WORKSPACE + "/clear", id=workspace["id"]).status_code == 204

    def test_a_load_that_outgrows_the_limit_is_undone(self, alice: Person, server: Server, bucket: str) -> None:
        alice.make_table(bucket, "wide", {"id": "INTEGER", "text": "VARCHAR"})
        lines = "".join(f"{n},{(n * 2654435761) % 2**64:x}{n * 7919:x}\n" for n in range(200_000))
        alice.load("id,text\n" + lines, "wide").raise_for_status()
        made = make(alice)
        limit = made["size_bytes"] + 500_000
        server.execute("UPDATE workspaces_workspace SET size_limit_bytes = ? WHERE id = ?", limit, made["id"])
        (entry,) = loaded(alice, made, {"source": "in.c-sales.wide"})
        assert entry["error"]["code"] == "workspace_size_limit_exceeded"
        assert objects(alice, made) == {}


class TestJob:
    def test_asynchronously_it_is_a_job(self, alice: Person, workspace: dict[str, Any]) -> None:
        reply = load(alice, workspace, {"source": "in.c-sales.orders"}, headers={"Prefer": "respond-async"})
        assert reply.status_code == 202
        assert reply.headers["Location"] == f"/jobs/{reply.json()['id']}"
        job = alice.wait_for(reply.json()["id"])
        assert (job["type"], job["state"]) == ("workspace_load", "success")
        assert job["result"]["loaded"][0]["rows"] == 3
        assert job["result"]["workspace_size_bytes"] > 0

    def test_one_whose_workspace_is_gone_says_so(self, alice: Person, workspace: dict[str, Any]) -> None:
        headers = {"Prefer": "respond-async"}
        tables = [{"source": "in.c-sales.orders", "destination": f"t{n}"} for n in range(50)]
        job = load(alice, workspace, *tables, headers=headers).json()
        assert alice.delete(WORKSPACE, id=workspace["id"]).status_code == 204
        ended = alice.wait_for(job["id"])
        assert ended["state"] == "success" or ended["error"]["error"] == "workspace_not_found"
        assert error_of(alice.get(WORKSPACE, id=workspace["id"])) == (404, "workspace_not_found")


class TestPreload:
    def test_what_can_be_loaded_is_there_and_the_rest_is_told(self, alice: Person, filled: None) -> None:
        made = make(alice, preload_tables=["in.c-sales.orders", "no.such"])
        assert [entry["status"] for entry in made["preloaded"]] == ["loaded", "failed"]
        assert objects(alice, made) == {"orders": 3}
        size = alice.get(WORKSPACE, id=made["id"]).json()["size_bytes"]
        assert made["size_bytes"] == size


class TestAtTheSameTime:
    def test_two_loads_into_one_table_both_work(self, alice: Person, workspace: dict[str, Any]) -> None:
        tables = [{"source": "in.c-sales.orders", "where": f"id <> {number}"} for number in (1, 2)] * 5
        with ThreadPoolExecutor(2) as pool:
            replies = list(pool.map(lambda table: loaded(alice, workspace, table)[0], tables))
        assert {(entry["status"], entry["rows"]) for entry in replies} == {("loaded", 2)}
        assert objects(alice, workspace) == {"orders": 2}

    def test_a_load_waits_for_another_process_that_has_the_file(
        self, alice: Person, server: Server, filled: None
    ) -> None:
        made = make(alice)
        with ThreadPoolExecutor(1) as pool:
            with duckdb.connect(str(file_of(server, made))):
                waiting = pool.submit(loaded, alice, made, {"source": "in.c-sales.orders"})
                with pytest.raises(TimeoutError):
                    waiting.result(timeout=0.5)
            assert waiting.result()[0]["rows"] == 3

    def test_clear_and_load(self, alice: Person, workspace: dict[str, Any]) -> None:
        tables = [{"source": "in.c-sales.orders", "destination": f"t{number}"} for number in range(20)]
        with ThreadPoolExecutor(2) as pool:
            filling = pool.submit(loaded, alice, workspace, *tables)
            clearing = [pool.submit(alice.post, WORKSPACE + "/clear", id=workspace["id"]) for _ in range(5)]
            assert {entry["status"] for entry in filling.result()} == {"loaded"}
            assert {reply.result().status_code for reply in clearing} == {204}

    def test_the_source_changes_meanwhile(self, alice: Person, workspace: dict[str, Any]) -> None:
        with ThreadPoolExecutor(2) as pool:
            writing = pool.submit(lambda: [alice.load(ROWS, "orders").status_code for _ in range(6)])
            entries = [loaded(alice, workspace, {"source": "in.c-sales.orders"})[0] for _ in range(12)]
            assert set(writing.result()) == {200}
        assert {(entry["status"], entry["rows"]) for entry in entries} == {("loaded", 3)}


def test_an_expired_workspace_loads_nothing(alice: Person, server: Server, workspace: dict[str, Any]) -> None:
    past = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=1)).strftime("%Y-%m-%d %H:%M:%S")
    server.execute("UPDATE workspaces_workspace SET expires_at = ? WHERE id = ?", past, workspace["id"])
    assert error_of(load(alice, workspace)) == (410, "workspace_expired")
