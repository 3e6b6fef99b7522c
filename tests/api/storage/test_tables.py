"""Rest-core section 9."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.cast import BUCKETS, TABLE, TABLES, Person, error_of
from tests.endpoint_contract import EndpointContract

SALES = {"bucket": "in.c-sales"}
INTEGER = {"name": "id", "type": "int"}


def files(person: Person, room: str) -> list[Path]:
    return sorted(path for path in (person.server.data_dir / room / f"project_{person.project_id}").rglob("*.duckdb"))


def create(person: Person, name: str = "t", columns: list[dict[str, Any]] | None = None, **more: Any):
    return person.post(TABLES, **SALES, json={"name": name, "columns": columns or [INTEGER]} | more)


@pytest.mark.usefixtures("bucket")
class TestCreate(EndpointContract):
    path, method, needs, has_body = TABLES, "POST", "write", True

    def test_the_table_object(self, alice: Person) -> None:
        columns = [INTEGER, {"name": "x", "type": "numeric(8,2)", "default": "0"}, {"name": "note", "type": "text"}]
        reply = create(alice, columns=columns, primary_key=["note", "id"])
        body = reply.json()
        assert reply.status_code == 201
        assert body.pop("size_bytes") > 0
        assert body.pop("created_at").endswith("+00:00")
        assert body == {
            "name": "t",
            "bucket": "in.c-sales",
            "columns": [
                {"name": "id", "type": "INTEGER", "nullable": False, "ordinal_position": 1},
                {"name": "x", "type": "DECIMAL(8,2)", "nullable": True, "ordinal_position": 2},
                {"name": "note", "type": "VARCHAR", "nullable": False, "ordinal_position": 3},
            ],
            "row_count": 0,
            "primary_key": ["note", "id"],
            "source": "main",
        }
        assert alice.server.events(alice.project_id)[-1] == ("create_table", "success", "table", "in.c-sales.t")

    def test_its_link_opens_as_a_database_with_one_table(self, alice: Person) -> None:
        create(alice, columns=[INTEGER, {"name": "n", "type": "VARCHAR", "default": "'x'"}], primary_key=["id"])
        (link,) = files(alice, "duckdb")
        assert link.name == "t.duckdb"
        with duckdb.connect(str(link), read_only=True) as connection:
            assert connection.sql('SELECT column_name, column_type, "null" FROM (DESCRIBE main.data)').fetchall() == [
                ("id", "INTEGER", "NO"),
                ("n", "VARCHAR", "YES"),
            ]
            assert connection.sql("SHOW ALL TABLES").fetchall()[0][2] == "data"

    def test_its_key_is_not_in_the_file(self, alice: Person) -> None:
        """Kept in the catalog and enforced on each write: an index in the file would have to be maintained by row."""
        create(alice, columns=[INTEGER, {"name": "n", "type": "VARCHAR"}], primary_key=["id"])
        (link,) = files(alice, "duckdb")
        with duckdb.connect(str(link), read_only=True) as connection:
            constraints = connection.sql("SELECT constraint_type, constraint_column_names FROM duckdb_constraints()")
            assert constraints.fetchall() == [("NOT NULL", ["id"])]
            assert connection.sql("FROM duckdb_indexes()").fetchall() == []

    def test_a_name_is_taken_once(self, alice: Person) -> None:
        create(alice)
        reply = create(alice)
        assert error_of(reply) == (409, "table_exists")
        assert reply.json()["detail"]["details"]["table_name"] == "t"
        assert len(files(alice, "versions")) == 1

    def test_of_many_at_once_one_wins_and_nothing_is_left(self, alice: Person) -> None:
        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda _: create(alice).status_code, range(4)))
        assert sorted(statuses) == [201, 409, 409, 409]
        assert len(files(alice, "versions")) == 1

    def test_a_key_column_has_to_exist(self, alice: Person) -> None:
        reply = create(alice, primary_key=["ID"])
        assert error_of(reply) == (400, "invalid_primary_key")
        assert reply.json()["detail"]["message"] == "Primary key column 'ID' not found in columns"
        assert reply.json()["detail"]["details"] == {"primary_key": ["ID"], "columns": ["id"]}

    @pytest.mark.parametrize(
        ("columns", "key"),
        [
            ([{"name": "a", "type": "NUMBER"}], None),
            ([{"name": "a", "type": ""}], None),
            ([{"name": "a", "type": "INTEGER CHECK (a > 0)"}], None),
            ([{"name": "a", "type": "INTEGER); DROP TABLE data; --"}], None),
            ([{"name": "a", "type": "DECIMAL(39,0)"}], None),
            ([{"name": "a", "type": "INTEGER", "default": "'x"}], None),
            ([{"name": "a", "type": "INTEGER", "default": "(SELECT 1)"}], None),
            ([{"name": "a", "type": "INTEGER", "default": "abc"}], None),
            ([{"name": "a", "type": "INT"}, {"name": "A", "type": "INT"}], None),
            ([{"name": "a", "type": "INT"}], ["a", "a"]),
        ],
    )
    def test_what_cannot_be_made_is_400_and_leaves_nothing(
        self, alice: Person, columns: list, key: list | None
    ) -> None:
        reply = create(alice, columns=columns, primary_key=key)
        assert error_of(reply) == (400, "create_failed")
        detail = reply.json()["detail"]
        assert detail["message"].startswith("Failed to create table: ")
        assert detail["details"] == {"project_id": alice.project_id, "bucket_name": "in.c-sales", "table_name": "t"}
        assert files(alice, "duckdb") == []
        assert create(alice).status_code == 201

    @pytest.mark.parametrize("name", ["select", "1a", "a b", "é🐎", "in.c-a b", "a'b", "x" * 128])
    def test_column_names_are_quoted(self, alice: Person, name: str) -> None:
        body = create(alice, columns=[{"name": name, "type": "INT"}], primary_key=[name]).json()
        assert body["columns"][0]["name"] == name

    @pytest.mark.parametrize("name", ["", " ", "a\nb", 'a"b', "x" * 129, "a\0"])
    def test_odd_column_names_are_refused(self, alice: Person, name: str) -> None:
        assert error_of(create(alice, columns=[{"name": name, "type": "INT"}])) == (400, "invalid_name")

    @pytest.mark.parametrize(
        "name", ["", "..", "../x", "a/b", ".a", "-a", "a..b", "a b", 'a"b', "x.duckdb", "x.wal", "a" * 97]
    )
    def test_odd_table_names_are_refused(self, alice: Person, name: str) -> None:
        assert error_of(create(alice, name)) == (400, "invalid_name")

    @pytest.mark.parametrize("name", ["select", "1", "_x", "a.b-c", "a" * 96])
    def test_these_table_names_work(self, alice: Person, name: str) -> None:
        assert create(alice, name).status_code == 201
        assert alice.get(TABLE, **SALES, table=name).json()["name"] == name

    def test_a_thousand_columns(self, alice: Person) -> None:
        columns = [{"name": f"c{number}", "type": "VARCHAR"} for number in range(1000)]
        assert len(create(alice, columns=columns).json()["columns"]) == 1000

    def test_of_an_unknown_bucket(self, alice: Person) -> None:
        reply = alice.post(TABLES, bucket="nope", json={"name": "t", "columns": [INTEGER]})
        assert error_of(reply) == (404, "bucket_not_found")


@pytest.mark.usefixtures("bucket")
class TestList(EndpointContract):
    path, method, needs = TABLES, "GET", "read"

    def test_by_name_in_exactly_two_members(self, alice: Person) -> None:
        for name in ("b", "B", "a"):
            create(alice, name)
        body = alice.get(TABLES, **SALES).json()
        assert body.keys() == {"tables", "total"}
        assert [table["name"] for table in body["tables"]] == ["B", "a", "b"]
        assert body["tables"][1] == alice.get(TABLE, **SALES, table="a").json()
        page = alice.get(TABLES + "?limit=1&offset=2", **SALES).json()
        assert ([table["name"] for table in page["tables"]], page["total"]) == (["b"], 3)

    def test_an_empty_bucket(self, alice: Person) -> None:
        assert alice.get(TABLES, **SALES).json() == {"tables": [], "total": 0}


@pytest.mark.usefixtures("bucket")
class TestGet(EndpointContract):
    path, method, needs = TABLE, "GET", "read"

    def test_the_order_of_the_404s(self, alice: Person, admin: Person) -> None:
        for names, code in [
            ({"p": "nope", "br": "nope"}, "project_not_found"),
            ({"p": alice.project_id, "br": "nope"}, "branch_not_found"),
            ({"p": alice.project_id}, "bucket_not_found"),
            ({"p": alice.project_id, **SALES}, "table_not_found"),
        ]:
            reply = admin.get(TABLE, **({"bucket": "none", "table": "none"} | names))
            assert error_of(reply) == (404, code)

    def test_a_branch_sees_mains_table(self, alice: Person, bob: Person, orders: dict) -> None:
        assert bob.get(TABLE, **SALES, table="orders").json() == orders
        assert bob.get(TABLES, **SALES).json() == {"tables": [orders], "total": 1}


@pytest.mark.usefixtures("bucket")
class TestDelete(EndpointContract):
    path, method, needs = TABLE, "DELETE", "write"

    def test_link_and_file_go_and_the_bucket_stays(self, alice: Person, orders: dict) -> None:
        alice.keep_nothing()
        assert alice.delete(TABLE, **SALES, table="orders").status_code == 204
        assert files(alice, "duckdb") == files(alice, "versions") == []
        assert alice.get(BUCKETS).json()["buckets"][0]["table_count"] == 0
        assert error_of(alice.delete(TABLE, **SALES, table="orders")) == (404, "table_not_found")
        assert create(alice, "orders").status_code == 201

    def test_a_branch_cannot_delete_what_only_main_has(self, alice: Person, orders: dict) -> None:
        branch = alice.make_branch()
        reply = alice.delete(TABLE, br=branch, **SALES, table="orders")
        assert error_of(reply) == (400, "operation_not_allowed")
        assert reply.json()["detail"]["message"].startswith("Cannot delete table from branch - it's only in main.")
        assert error_of(alice.delete(TABLE, br=branch, **SALES, table="nope")) == (404, "table_not_found")

    def test_of_two_at_once_one_wins(self, alice: Person, orders: dict) -> None:
        with ThreadPoolExecutor(2) as pool:
            statuses = list(pool.map(lambda _: alice.delete(TABLE, **SALES, table="orders").status_code, range(2)))
        assert sorted(statuses) == [204, 404]
