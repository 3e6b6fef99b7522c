"""What the query log has of SQL clients, and the strings by which clients connect."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import Any

import psycopg
import pytest
import sqlalchemy

from tests.api.workspaces.test_queries import QUERIES, until
from tests.api.workspaces.test_workspaces import WORKSPACE
from tests.cast import Person
from tests.wire.pgwire.sql_cast import Login


def logged(person: Person, login: Login, **filters: Any) -> list[dict[str, Any]]:
    reply = person.get(QUERIES, id=login.workspace_id, params=filters)
    assert reply.status_code == 200, reply.text
    return [query for query in reply.json()["queries"] if query["door"] == "wire"]


class TestLog:
    def test_a_statement_with_its_rows_and_times(self, ana: tuple[Person, Login], db: psycopg.Connection[Any]) -> None:
        person, login = ana
        db.execute("SELECT * FROM generate_series(1, 1234)").fetchall()
        found = until(lambda: [each for each in logged(person, login) if each["rows"] == 1234])[0]
        assert (found["kind"], found["status"], found["sqlstate"]) == ("select", "success", "")
        assert found["session_id"].startswith("pgw_")
        assert found["user"] == login.user
        assert found["bytes"] > 1234
        assert found["duration_ms"] >= found["execute_ms"] > 0
        assert found["sql"] is None

    def test_one_that_cannot_be_prepared(self, ana: tuple[Person, Login], db: psycopg.Connection[Any]) -> None:
        with pytest.raises(psycopg.errors.UndefinedTable):
            db.execute("SELECT * FROM nowhere_at_all")
        assert until(lambda: [each for each in logged(*ana, status="error") if each["sqlstate"] == "42P01"])

    def test_one_that_takes_too_long(self, ana: tuple[Person, Login], db: psycopg.Connection[Any]) -> None:
        db.execute("SET statement_timeout = '100ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            db.execute("SELECT count(*) FROM range(10000000000) a, range(1000) b")
        assert until(lambda: logged(*ana, status="timeout"))[0]["sqlstate"] == "57014"

    def test_literals_make_no_difference_to_the_hash(
        self, ana: tuple[Person, Login], db: psycopg.Connection[Any]
    ) -> None:
        for number in (77, 78):
            db.execute(f"SELECT {number} AS same_hash, 'x{number}' AS t FROM generate_series(1, {number})").fetchall()
        found = until(lambda: len(each := [q for q in logged(*ana) if q["rows"] in (77, 78)]) == 2 and each)
        assert len({each["text_hash"] for each in found}) == 1


class TestStrings:
    """Without the password: clients take it from PGPASSWORD."""

    @pytest.fixture
    def strings(self, ana: tuple[Person, Login]) -> dict[str, str]:
        person, login = ana
        shown = person.get(WORKSPACE, id=login.workspace_id).json()["connection"]
        assert shown["password"] is None
        # The server of the tests listens elsewhere than it is told to say.
        return {
            name: text.replace(f"port={shown['port']}", f"port={login.port}").replace(
                f":{shown['port']}", f":{login.port}"
            )
            for name, text in shown["connection_strings"].items()
        }

    def test_psql(self, ana: tuple[Person, Login], strings: dict[str, str]) -> None:
        command = [*shlex.split(strings["psql"]), "-Atc", "SELECT 6 * 7"]
        done = subprocess.run(
            command, env=os.environ | {"PGPASSWORD": ana[1].password}, capture_output=True, text=True, check=False
        )
        assert (done.stdout, done.stderr) == ("42\n", "")

    def test_sqlalchemy(
        self, ana: tuple[Person, Login], strings: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PGPASSWORD", ana[1].password)
        engine = sqlalchemy.create_engine(strings["sqlalchemy"])
        with engine.connect() as connection:
            assert connection.execute(sqlalchemy.text("SELECT current_database()")).scalar() == ana[1].database
        engine.dispose()
