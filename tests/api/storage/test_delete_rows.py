"""Rest-core section 12."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.storage.test_columns import snapshots, want
from tests.cast import TABLE, Person, error_of
from tests.endpoint_contract import EndpointContract

ROWS = TABLE + "/rows"
PEOPLE = {"bucket": "in.c-sales", "table": "people"}

ATTACKS = [
    "id IN (SELECT 1 FROM read_csv('/etc/passwd'))",
    "(SELECT count(*) FROM read_text('/etc/passwd')) > 0",
    "(SELECT count(*) FROM '/etc/passwd') > 0",
    "(SELECT count(*) FROM read_blob('/etc/*')) > 0",
    "(SELECT count(*) FROM glob('/*')) > 0",
    "(SELECT count(*) FROM duckdb_settings()) > 0",
    "(SELECT count(*) FROM duckdb_databases()) > 0",
    "(SELECT count(*) FROM pragma_database_list) > 0",
    "(SELECT count(*) FROM information_schema.tables) > 0",
    "(SELECT count(*) FROM pg_catalog.pg_class) > 0",
    "(SELECT count(*) FROM sqlite_master) > 0",
    "(SELECT count(*) FROM base.main.data) > 0",
    "(SELECT count(*) FROM staged.main.data) > 0",
    "(SELECT count(*) FROM staged.data) > 0",
    "(SELECT count(*) FROM memory.main.data) > 0",
    '(SELECT count(*) FROM "base"."main"."data") > 0',
    "(SELECT count(*) FROM other) > 0",
    "(SELECT count(*) FROM data, duckdb_settings()) > 0",
    "(SELECT max(id) FROM data WHERE id IN (SELECT 1 FROM duckdb_settings())) > 0",
    "id IN (WITH data AS (SELECT 1 AS id) SELECT id FROM data)",
    "id IN (SELECT id FROM data UNION SELECT 1 FROM base.main.data)",
    "id IN (SELECT id FROM (SELECT id FROM data))",
    "id IN (FROM data)",
    "id IN (DELETE FROM data RETURNING id)",
    "list_filter([1], lambda v: getenv('HOME') = 'x') = []",
    "getenv('HOME') IS NOT NULL",
    "current_setting('temp_directory') <> ''",
    "\"getenv\"('HOME') IS NOT NULL",
    "main.getenv('HOME') IS NOT NULL",
    "query('SELECT 1') IS NULL",
    "COPY data TO '/x'",
    "ATTACH '/x' AS y",
    "PRAGMA database_list",
    "1=1 RETURNING id",
    "1=1) RETURNING (id",
    "1=1) OR (1=1",
    "1=1\uff1b DROP TABLE data",
    "\u202e1=1 RETURNING id",
    "SELECT 1",
    "$$x$$ = 'x'",
    "id = 'open",
    "id =",
    "nope = 1",
    "base.data.id = 1",
    "staged.main.data.id = 1",
    "rowid = 1",
    "sum(id) > 1",
    "",
    " \n\t ",
    " from data",
    "WITH x AS (SELECT 1) SELECT 1",
    "NOT " * 20_000 + "id = 1",
    "name = '" + "a" * 1_000_001 + "'",
]


@pytest.fixture
def people(alice: Person, bucket: str) -> Person:
    alice.make_table(bucket, "people", {"id": "INTEGER", "name": "VARCHAR", "born": "DATE"}, ["id"])
    lines = "1,ann,1990-01-01\n2,bob,\n3,,1970-05-05\n4,drop shipping;--,2000-01-01\n5,eve,2001-01-01\n"
    alice.load("id,name,born\n" + lines, "people").raise_for_status()
    return alice


def delete(person: Person, clause: Any, **options: Any) -> httpx.Response:
    return person.delete(ROWS, **PEOPLE, json={"where_clause": clause}, **options)


def kept(person: Person) -> list[int]:
    return [row[0] for row in person.rows("people")]


class TestDeletion(EndpointContract):
    path, method, needs, has_body = ROWS, "DELETE", "write", True

    def test_rows_that_match_go(self, people: Person) -> None:
        reply = delete(people, "name = 'bob'")
        assert (reply.status_code, reply.json()) == (200, {"deleted_rows": 1, "table_rows_after": 4})
        assert kept(people) == [1, 3, 4, 5]
        assert people.get(TABLE, **PEOPLE).json()["row_count"] == 4
        assert people.server.events(people.project_id)[-1] == ("delete_rows", "success", "table", "in.c-sales.people")

    def test_conditions_of_every_kind(self, people: Person) -> None:
        for clause, left in [
            ("NULL", [1, 2, 3, 4, 5]),
            ("1=0", [1, 2, 3, 4, 5]),
            ("id = 99", [1, 2, 3, 4, 5]),
            ("born < DATE '1980-01-01'", [1, 2, 4, 5]),
            ("  id IN (2)  ", [1, 4, 5]),
            ("name = 'drop shipping;--'", [1, 5]),
            ("name LIKE '%e%'", [1]),
            ("born IS NOT NULL", []),
        ]:
            before = len(kept(people))
            body = delete(people, clause).json()
            assert body == {"deleted_rows": before - len(left), "table_rows_after": len(left)}, clause
            assert kept(people) == left

    def test_sub_queries_ask_the_table_as_it_was(self, people: Person) -> None:
        assert delete(people, "id = (SELECT max(id) FROM main.data)").json()["deleted_rows"] == 1
        clause = "EXISTS (SELECT 1 FROM data AS other WHERE other.id = data.id + 1)"
        assert delete(people, clause).json() == {"deleted_rows": 3, "table_rows_after": 1}
        assert kept(people) == [4]

    @pytest.mark.parametrize("clause", ["1=1", "true", "TRUE", " 1 ", "1 = 1", "id > 0"])
    def test_all_rows(self, people: Person, clause: str) -> None:
        size = people.get(TABLE, **PEOPLE).json()["size_bytes"]
        assert delete(people, clause).json() == {"deleted_rows": 5, "table_rows_after": 0}
        table = people.get(TABLE, **PEOPLE).json()
        assert (table["row_count"], table["size_bytes"] <= size) == (0, True)
        assert delete(people, clause).json() == {"deleted_rows": 0, "table_rows_after": 0}
        assert snapshots(people) == []

    def test_what_matches_nothing_makes_no_version_but_an_event(self, people: Person) -> None:
        delete(people, "id = 99").raise_for_status()
        query = "SELECT count(*) FROM storage_tableversion WHERE project_id = ?"
        assert people.server.execute(query, people.project_id) == [(2,)]
        assert people.server.events(people.project_id)[-1][:2] == ("delete_rows", "success")
        versions = people.server.data_dir / "versions" / f"project_{people.project_id}"
        assert len(list(versions.iterdir())) == 2

    @pytest.mark.parametrize(
        ("clause", "pattern"),
        [
            ("1=1; DROP TABLE data;", ";"),
            ("1=1 -- comment", "--"),
            ("1=1 /* x", "/*"),
            ("1=1 */", "*/"),
            ("id = 1 OR DROP TABLE", "drop "),
            ("id = 1 OR Truncate x", "truncate "),
            ("id = 1 OR alter x", "alter "),
        ],
    )
    def test_forbidden_patterns_are_named(self, people: Person, clause: str, pattern: str) -> None:
        reply = delete(people, clause)
        assert error_of(reply) == (400, "invalid_where_clause")
        assert reply.json()["detail"]["message"] == f"Invalid WHERE clause: contains '{pattern}'"
        assert reply.json()["detail"]["details"] == {"where_clause": clause}

    def test_attacks_are_refused_and_change_nothing(self, people: Person) -> None:
        for clause in ATTACKS:
            reply = delete(people, clause)
            assert error_of(reply) == (400, "invalid_where_clause"), clause[:100]
            assert reply.json()["detail"]["details"] == {"where_clause": clause[:200]}
            message = reply.json()["detail"]["message"]
            assert not any(word in message for word in ("SELECT 1 FROM", "LINE ", ".duckdb")), message
        assert kept(people) == [1, 2, 3, 4, 5]

    def test_what_fails_at_the_rows_is_refused_too(self, people: Person) -> None:
        for clause in (
            "CAST(name AS INTEGER) > 1",
            "make_date(1990, id * 10, 1) > born",
            "born > 'abc'",
            "lower(1, 2) = 'x'",
            "id = (SELECT id FROM data)",
        ):
            reply = delete(people, clause)
            assert error_of(reply) == (400, "invalid_where_clause"), clause
            assert reply.json()["detail"]["details"] == {"where_clause": clause}
            assert not any(word in reply.json()["detail"]["message"] for word in ("LINE", "SET "))
        assert kept(people) == [1, 2, 3, 4, 5]
        assert people.server.events(people.project_id)[-1][:2] == ("delete_rows", "failed")

    def test_a_long_clause_works(self, people: Person) -> None:
        clause = "id IN (" + ", ".join(map(str, range(3, 20_000))) + ")"
        assert delete(people, clause).json()["deleted_rows"] == 3

    def test_malformed_bodies(self, people: Person) -> None:
        for value in (None, 1, ["id = 1"], True):
            reply = delete(people, value)
            assert (reply.status_code, reply.json()["detail"][0]["type"]) == (422, "string_type")
        assert people.delete(ROWS, **PEOPLE, json={}).json()["detail"][0]["type"] == "missing"

    def test_an_unknown_table(self, people: Person) -> None:
        reply = people.delete(ROWS, bucket="in.c-sales", table="none", json={"where_clause": "1=1"})
        assert error_of(reply) == (404, "table_not_found")

    def test_a_branch_deletes_in_its_own_rows(self, people: Person) -> None:
        people.branch_id = people.server.add_branch(people.project_id)
        assert delete(people, "id > 1").json() == {"deleted_rows": 4, "table_rows_after": 1}
        assert delete(people, "id = 1").json() == {"deleted_rows": 1, "table_rows_after": 0}
        assert people.get(TABLE, **PEOPLE).json()["source"] == "branch"
        people.branch_id = "default"
        assert kept(people) == [1, 2, 3, 4, 5]


class TestSnapshots:
    DESCRIPTION = "Auto-backup before DELETE ALL ROWS from in.c-sales.people"

    @pytest.mark.parametrize("trigger", ["truncate_table", "delete_all_rows"])
    def test_one_precedes_a_deletion_of_all_rows(self, people: Person, trigger: str) -> None:
        want(people, trigger)
        assert delete(people, "id = 1").status_code == 200
        assert snapshots(people) == []
        assert delete(people, "id IS NOT NULL").json()["deleted_rows"] == 4
        assert snapshots(people) == [("auto_pretruncate", self.DESCRIPTION, 4)]

    def test_the_words_for_all_rows_always_ask_for_one(self, people: Person) -> None:
        want(people, "delete_all_rows")
        for clause in ("1=1", "TRUE"):
            delete(people, clause, params={"force": "true"}).raise_for_status()
        assert [rows for _, _, rows in snapshots(people)] == [5, 0]

    def test_a_refused_clause_takes_none(self, people: Person) -> None:
        want(people, "delete_all_rows")
        assert delete(people, "1=1; x").status_code == 400
        assert snapshots(people) == []
