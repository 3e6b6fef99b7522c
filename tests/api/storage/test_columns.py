"""Rest-core section 11: columns."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.cast import TABLE, Person, error_of
from tests.endpoint_contract import EndpointContract

SALES = {"bucket": "in.c-sales"}
COLUMNS = TABLE + "/columns"
COLUMN = COLUMNS + "/{column}"
EXISTING = ["id", "name", "x"]


@pytest.fixture
def people(alice: Person, bucket: str) -> dict[str, Any]:
    """A table with the key `id`, a default, and three rows."""
    columns = [
        {"name": "id", "type": "INTEGER"},
        {"name": "name", "type": "VARCHAR", "default": "'nobody'"},
        {"name": "x", "type": "DOUBLE"},
    ]
    alice.post(
        TABLE.rpartition("/")[0], bucket=bucket, json={"name": "people", "columns": columns, "primary_key": ["id"]}
    ).raise_for_status()
    alice.load("id,name,x\n1,11,1.5\n2,,2.5\n3,abc,\n", "people").raise_for_status()
    return seen(alice)


def seen(person: Person, table: str = "people") -> dict[str, Any]:
    reply = person.get(TABLE, **SALES, table=table)
    reply.raise_for_status()
    return reply.json()


def add(person: Person, name: str, type: str = "INTEGER", table: str = "people", **more: Any) -> httpx.Response:
    return person.post(COLUMNS, **SALES, table=table, json={"name": name, "type": type} | more)


def drop(person: Person, column: str, table: str = "people", **options: Any) -> httpx.Response:
    return person.delete(COLUMN, **SALES, table=table, column=column, **options)


def alter(person: Person, column: str, table: str = "people", **changes: Any) -> httpx.Response:
    return person.put(COLUMN, **SALES, table=table, column=column, json=changes)


def names(reply: httpx.Response) -> list[str]:
    return [column["name"] for column in reply.json()["columns"]]


def column_of(reply: httpx.Response, name: str) -> dict[str, Any]:
    return next(column for column in reply.json()["columns"] if column["name"] == name)


def detail_of(reply: httpx.Response) -> dict[str, Any]:
    return reply.json()["detail"]


class TestAdd(EndpointContract):
    path, method, needs, has_body = COLUMNS, "POST", "write", True

    def test_it_comes_last_and_the_whole_table_is_the_answer(self, alice: Person, people: dict) -> None:
        reply = add(alice, "age", "int")
        assert reply.status_code == 201
        assert reply.json() == seen(alice)
        new = {"name": "age", "type": "INTEGER", "nullable": True, "ordinal_position": 4}
        assert reply.json()["columns"] == [*people["columns"], new]
        assert (reply.json()["row_count"], reply.json()["primary_key"]) == (3, ["id"])
        assert [row[3] for row in alice.rows("people")] == [None] * 3

    def test_it_is_an_event_a_version_and_a_metric(self, alice: Person, people: dict) -> None:
        add(alice, "age")
        event = ("add_column", "success", "column", "in.c-sales.people.age")
        assert alice.server.events(alice.project_id)[-1] == event
        operations = alice.server.execute(
            "SELECT operation FROM storage_tableversion WHERE project_id = ? ORDER BY number", alice.project_id
        )
        assert operations == [("create",), ("import",), ("add_column",)]

    def test_rows_get_the_default_and_so_do_new_ones(self, alice: Person, people: dict) -> None:
        assert add(alice, "state", "text", default="'new'").status_code == 201
        assert [row[3] for row in alice.rows("people")] == ["new"] * 3
        alice.load("id,x\n4,1\n", "people", incremental=True, columns=["id", "x"]).raise_for_status()
        assert alice.rows("people")[-1] == (4, "nobody", 1.0, "new")

    def test_each_row_gets_a_uuid_of_its_own(self, alice: Person, people: dict) -> None:
        add(alice, "u", "UUID", default="uuid()", nullable=False)
        assert len({row[3] for row in alice.rows("people")}) == 3

    def test_not_null_needs_a_default_where_there_are_rows(self, alice: Person, people: dict) -> None:
        for more in ({}, {"default": "NULL"}):
            reply = add(alice, "age", nullable=False, **more)
            assert error_of(reply) == (400, "column_requires_default")
            assert detail_of(reply)["message"].endswith("Give a default or leave it nullable.")
            assert detail_of(reply)["details"] == {"column_name": "age"}
        assert seen(alice) == people
        reply = add(alice, "age", nullable=False, default="7")
        assert (reply.status_code, column_of(reply, "age")["nullable"]) == (201, False)
        assert [row[3] for row in alice.rows("people")] == [7] * 3

    def test_not_null_needs_nothing_in_an_empty_table(self, alice: Person, orders: dict) -> None:
        reply = add(alice, "age", table="orders", nullable=False)
        assert (reply.status_code, column_of(reply, "age")["nullable"]) == (201, False)

    @pytest.mark.parametrize("name", ["name", "NAME"])
    def test_a_name_is_taken_in_any_case(self, alice: Person, people: dict, name: str) -> None:
        reply = add(alice, name, "nonsense")
        assert error_of(reply) == (409, "column_exists")
        assert detail_of(reply)["message"] == f"Column {name} already exists in table people"
        assert detail_of(reply)["details"] == {"column_name": name, "existing_columns": EXISTING}

    def test_a_bad_type_or_default_is_400(self, alice: Person, people: dict) -> None:
        for type, default in [
            ("NUMBER", None),
            ("", None),
            ("DECIMAL(39,0)", None),
            ("INTEGER CHECK (a > 0)", None),
            ("INTEGER; DROP TABLE data", None),
            ("INTEGER", "'abc'"),
            ("INTEGER", "(SELECT 1)"),
            ("INTEGER", "id"),
            ("INTEGER", "1; 2"),
            ("INTEGER", ""),
            ("VARCHAR", "getenv('HOME')"),
        ]:
            reply = add(alice, "a", type, default=default)
            assert error_of(reply) == (400, "add_column_failed"), (type, default)
            assert detail_of(reply)["message"].startswith("Failed to add column: ")
            assert detail_of(reply)["details"] == {"column_name": "a"}
        assert seen(alice) == people
        event = ("add_column", "failed", "column", "in.c-sales.people.a")
        assert alice.server.events(alice.project_id)[-1] == event

    def test_a_bad_name_is_400(self, alice: Person, people: dict) -> None:
        for name in ("", " ", "a\nb", 'a"b', "x" * 129):
            assert error_of(add(alice, name)) == (400, "invalid_name"), name

    def test_odd_names_work_in_body_and_path(self, alice: Person, orders: dict) -> None:
        for name in ("select", "1a", "a b", "é🐎", "a'b", "a%b", "a?b#c", "x" * 128):
            assert names(add(alice, name, table="orders"))[-1] == name
            assert drop(alice, quote(name, safe=""), table="orders").status_code == 200

    def test_nested_defaults(self, alice: Person, people: dict) -> None:
        add(alice, "list", "INTEGER[]", default="[1]").raise_for_status()
        add(alice, "struct", "STRUCT(a INTEGER)", default="{'a': 1}").raise_for_status()
        assert {str(row[3:]) for row in alice.rows("people")} == {"([1], {'a': 1})"}

    def test_the_order_of_the_404s(self, alice: Person, admin: Person, people: dict) -> None:
        project = {"p": alice.project_id}
        for place, code in [
            ({"p": "nope", "br": "nope", **SALES, "table": "people"}, "project_not_found"),
            ({**project, "br": "nope", **SALES, "table": "people"}, "branch_not_found"),
            ({**project, "bucket": "none", "table": "people"}, "bucket_not_found"),
            ({**project, **SALES, "table": "none"}, "table_not_found"),
        ]:
            assert error_of(admin.post(COLUMNS, **place, json={"name": "id", "type": "X"})) == (404, code)

    def test_as_a_job(self, alice: Person, people: dict) -> None:
        body = {"name": "age", "type": "INTEGER"}
        reply = alice.post(COLUMNS, **SALES, table="people", json=body, headers={"Prefer": "respond-async"})
        assert reply.status_code == 202
        job = alice.wait_for(reply.json()["id"])
        assert (job["type"], job["state"], job["result"]["table_rows_after"]) == ("table_change", "success", 3)
        assert seen(alice)["columns"][-1]["name"] == "age"

    def test_malformed_bodies(self, alice: Person, people: dict) -> None:
        for body, type, field in [
            ({"type": "INT"}, "missing", "name"),
            ({"name": 1, "type": "INT"}, "string_type", "name"),
            ({"name": "a", "type": None}, "string_type", "type"),
            ({"name": "a", "type": "INT", "nullable": None}, "bool_type", "nullable"),
            ({"name": "a", "type": "INT", "default": 5}, "string_type", "default"),
        ]:
            reply = alice.post(COLUMNS, **SALES, table="people", json=body)
            assert reply.status_code == 422
            assert [(item["type"], item["loc"]) for item in detail_of(reply)] == [(type, ["body", field])]


class TestDrop(EndpointContract):
    path, method, needs = COLUMN, "DELETE", "write"
    names = EndpointContract.names | {"column": "none"}

    def test_the_column_goes_and_the_rest_stays(self, alice: Person, people: dict) -> None:
        reply = drop(alice, "name")
        assert (reply.status_code, names(reply)) == (200, ["id", "x"])
        assert reply.json() == seen(alice)
        assert [column["ordinal_position"] for column in reply.json()["columns"]] == [1, 2]
        assert alice.rows("people") == [(1, 1.5), (2, 2.5), (3, None)]

    def test_the_order_of_the_checks(self, alice: Person, people: dict) -> None:
        reply = drop(alice, "ID")
        assert error_of(reply) == (404, "column_not_found")
        assert detail_of(reply)["message"] == "Column ID not found in table people"
        assert detail_of(reply)["details"] == {"column_name": "ID", "existing_columns": EXISTING}
        reply = drop(alice, "id")
        assert error_of(reply) == (400, "column_in_primary_key")
        assert detail_of(reply)["message"] == "Cannot drop column id: it is part of the primary key"
        assert detail_of(reply)["details"] == {"primary_key": ["id"]}
        drop(alice, "name")
        drop(alice, "x")
        reply = drop(alice, "id")
        assert error_of(reply) == (400, "cannot_drop_last_column")
        assert detail_of(reply)["message"] == "Cannot drop the last column from a table"
        assert detail_of(reply)["details"] == {"column_count": 1}

    def test_a_column_before_a_key_column_goes_too(self, alice: Person, bucket: str) -> None:
        alice.make_table(bucket, "t", {"a": "INTEGER", "id": "INTEGER"}, ["id"])
        alice.load("a,id\n1,2\n", "t").raise_for_status()
        reply = drop(alice, "a", table="t")
        assert (reply.status_code, names(reply), reply.json()["primary_key"]) == (200, ["id"], ["id"])
        assert alice.rows("t") == [(2,)]

    def test_a_snapshot_is_taken_only_if_the_settings_ask(self, alice: Person, people: dict) -> None:
        drop(alice, "name").raise_for_status()
        assert snapshots(alice) == []
        want(alice, "drop_column")
        drop(alice, "x").raise_for_status()
        description = "Auto-backup before DROP COLUMN in.c-sales.people.x"
        assert snapshots(alice) == [("auto_predrop_column", description, 3)]

    def test_a_refused_drop_takes_no_snapshot(self, alice: Person, people: dict) -> None:
        want(alice, "drop_column")
        assert drop(alice, "nope").status_code == 404
        assert snapshots(alice) == []


class TestAlter(EndpointContract):
    path, method, needs, has_body = COLUMN, "PUT", "write", True
    names = EndpointContract.names | {"column": "none"}

    def test_rename(self, alice: Person, people: dict) -> None:
        reply = alter(alice, "name", new_name="full name")
        assert (reply.status_code, names(reply)) == (200, ["id", "full name", "x"])
        assert reply.json() == seen(alice)
        assert alice.rows("people")[0] == (1, "11", 1.5)

    @pytest.mark.parametrize("new_name", ["name", "NAME"])
    def test_rename_to_itself_or_to_other_case(self, alice: Person, people: dict, new_name: str) -> None:
        reply = alter(alice, "name", new_name=new_name)
        assert (reply.status_code, names(reply)) == (200, ["id", new_name, "x"])

    def test_what_changes_nothing_makes_no_version(self, alice: Person, people: dict) -> None:
        alter(alice, "name", new_name="name").raise_for_status()
        alter(alice, "id", set_not_null=True).raise_for_status()
        query = "SELECT count(*) FROM storage_tableversion WHERE project_id = ?"
        assert alice.server.execute(query, alice.project_id) == [(2,)]
        event = ("alter_column", "success", "column", "in.c-sales.people.id")
        assert alice.server.events(alice.project_id)[-1] == event

    def test_a_renamed_key_column_stays_the_key(self, alice: Person, people: dict) -> None:
        reply = alter(alice, "id", new_name="key")
        assert (reply.json()["primary_key"], column_of(reply, "key")["nullable"]) == (["key"], False)
        alice.load("key,name,x\n1,new,9\n", "people", incremental=True).raise_for_status()
        assert alice.rows("people")[0] == (1, "new", 9.0)

    def test_the_order_of_the_checks(self, alice: Person, people: dict) -> None:
        reply = alter(alice, "Name")
        assert error_of(reply) == (404, "column_not_found")
        assert detail_of(reply)["details"] == {"column_name": "Name", "existing_columns": EXISTING}
        for nothing in ({}, {"new_name": None, "new_type": None, "set_not_null": None, "set_default": None}):
            reply = alter(alice, "name", **nothing)
            assert error_of(reply) == (400, "no_changes_specified")
            assert detail_of(reply)["message"] == "At least one change must be specified"
            assert detail_of(reply)["details"] == {}
        for taken in ("x", "X"):
            reply = alter(alice, "name", new_name=taken, new_type="nonsense")
            assert error_of(reply) == (409, "column_exists")
            assert detail_of(reply)["message"] == f"Column {taken} already exists"
            assert detail_of(reply)["details"] == {"new_name": taken}

    def test_values_convert_step_by_step(self, alice: Person, people: dict) -> None:
        alice.make_table("in.c-sales", "t", {"id": "INTEGER", "n": "INTEGER"}, ["id"])
        alice.load("id,n\n1,10\n2,\n", "t").raise_for_status()
        assert column_of(alter(alice, "n", "t", new_type="double"), "n")["type"] == "DOUBLE"
        assert column_of(alter(alice, "n", "t", new_type="DECIMAL(10,2)"), "n")["type"] == "DECIMAL(10,2)"
        assert alice.rows("t") == [(1, "10.00"), (2, None)]

    def test_the_type_of_a_key_column_changes(self, alice: Person, people: dict) -> None:
        reply = alter(alice, "id", new_type="BIGINT")
        assert (reply.status_code, reply.json()["primary_key"]) == (200, ["id"])
        assert column_of(reply, "id") == {"name": "id", "type": "BIGINT", "nullable": False, "ordinal_position": 1}
        assert [row[0] for row in alice.rows("people")] == [1, 2, 3]

    def test_a_key_that_its_new_type_repeats_is_409(self, alice: Person, people: dict) -> None:
        reply = alter(alice, "id", new_type="BOOLEAN")
        assert error_of(reply) == (409, "alter_column_failed")
        assert "duplicate key" in detail_of(reply)["message"]
        assert seen(alice) == people

    def test_not_null_comes_and_goes(self, alice: Person, people: dict) -> None:
        alter(alice, "name", set_not_null=False).raise_for_status()
        reply = alter(alice, "name", set_not_null=True)
        assert error_of(reply) == (409, "alter_column_failed")
        alice.delete(TABLE + "/rows", **SALES, table="people", json={"where_clause": "name IS NULL"})
        reply = alter(alice, "name", set_not_null=True)
        assert (reply.status_code, column_of(reply, "name")["nullable"]) == (200, False)
        assert column_of(alter(alice, "name", set_not_null=False), "name")["nullable"] is True

    def test_a_key_column_stays_not_null(self, alice: Person, people: dict) -> None:
        reply = alter(alice, "id", set_not_null=False)
        assert (reply.status_code, column_of(reply, "id")["nullable"]) == (200, False)

    def test_a_default_is_set_and_dropped(self, alice: Person, people: dict) -> None:
        def loaded(key: int) -> Any:
            body = f"id\n{key}\n"
            alice.load(body, "people", incremental=True, columns=["id"]).raise_for_status()
            return alice.rows("people")[-1][1:]

        assert loaded(4) == ("nobody", None)
        assert alter(alice, "x", set_default="1.5").status_code == 200
        assert loaded(5) == ("nobody", 1.5)
        assert alter(alice, "name", set_default="").status_code == 200
        assert loaded(6) == (None, 1.5)

    def test_all_at_once_is_one_version(self, alice: Person, people: dict) -> None:
        reply = alter(alice, "x", new_name="y", new_type="VARCHAR", set_default="'none'", set_not_null=False)
        assert column_of(reply, "y")["type"] == "VARCHAR"
        query = "SELECT max(number) FROM storage_tableversion WHERE project_id = ?"
        assert alice.server.execute(query, alice.project_id) == [(3,)]

    def test_what_does_not_fit_changes_nothing(self, alice: Person, people: dict) -> None:
        rows = alice.rows("people")
        for column, changes, status in [
            ("name", {"new_type": "INTEGER"}, 400),
            ("name", {"set_not_null": True}, 409),
            ("name", {"new_name": "n", "set_default": "'x'", "set_not_null": True}, 409),
            ("name", {"new_type": "DOUBLE", "set_default": ""}, 409),
            ("id", {"new_type": "DATE"}, 409),
            ("id", {"new_type": "NUMBER"}, 400),
            ("id", {"new_type": ""}, 400),
            ("id", {"new_type": "INTEGER USING (1)"}, 400),
            ("name", {"new_name": ""}, 400),
            ("x", {"set_default": "'abc'"}, 400),
            ("x", {"set_default": " "}, 400),
            ("x", {"set_default": "(SELECT 1)"}, 400),
            ("name", {"new_type": "DOUBLE"}, 400),
        ]:
            reply = alter(alice, column, **changes)
            assert error_of(reply) == (status, "alter_column_failed"), changes
            assert detail_of(reply)["message"].startswith("Failed to alter column: ")
            assert detail_of(reply)["details"] == {"column_name": column}
            assert "data" not in detail_of(reply)["message"]
        assert (seen(alice), alice.rows("people")) == (people, rows)

    def test_a_bad_new_name_is_400(self, alice: Person, people: dict) -> None:
        assert error_of(alter(alice, "x", new_name='a"b')) == (400, "invalid_name")


class TestOnABranch:
    def test_the_first_change_gives_the_branch_its_own_version(self, alice: Person, people: dict) -> None:
        alice.branch_id = alice.server.add_branch(alice.project_id)
        reply = add(alice, "age")
        assert (reply.status_code, names(reply)) == (201, [*EXISTING, "age"])
        assert (reply.json()["source"], reply.json()["row_count"]) == ("branch", 3)
        assert names(alter(alice, "age", new_name="years"))[-1] == "years"
        assert names(drop(alice, "name")) == ["id", "x", "years"]
        alice.branch_id = "default"
        assert seen(alice) == people

    def test_a_failure_leaves_the_branch_reading_main(self, alice: Person, people: dict) -> None:
        alice.branch_id = alice.server.add_branch(alice.project_id)
        assert alter(alice, "name", new_type="INTEGER").status_code == 400
        assert alter(alice, "name", new_name="name").status_code == 200
        assert seen(alice) == people

    def test_a_linked_table_is_read_only(self, alice: Person, people: dict) -> None:
        alice.server.execute(
            "UPDATE storage_bucket SET source_project_id = project_id, source_bucket_name = 'other' "
            "WHERE project_id = ?",
            alice.project_id,
        )
        alice.server.execute(
            "UPDATE storage_table SET name = 'moved' WHERE bucket_id IN "
            "(SELECT id FROM storage_bucket WHERE project_id = ?)",
            alice.project_id,
        )
        assert error_of(add(alice, "age")) == (403, "bucket_readonly")


def snapshots(person: Person) -> list[tuple[Any, ...]]:
    """(type, description, rows) of the project's snapshots, oldest first."""
    query = (
        "SELECT snapshot.type, description, row_count FROM storage_snapshot snapshot "
        "JOIN storage_tableversion version ON version.id = version_id "
        "WHERE snapshot.project_id = ? ORDER BY snapshot.created_at"
    )
    return person.server.execute(query, person.project_id)


def want(person: Person, trigger: str) -> None:
    """Turn one snapshot trigger of the table on."""
    path, body = TABLE + "/settings/snapshots", {"auto_snapshot_triggers": {trigger: True}}
    person.put(path, **SALES, table="people", json=body).raise_for_status()
