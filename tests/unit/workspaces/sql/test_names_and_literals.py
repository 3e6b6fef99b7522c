"""Names of places and literals as PostgreSQL writes them, in the engine's spelling."""

from __future__ import annotations

import pytest

from workspaces.sql.errors import SqlError
from workspaces.sql.rewrite.own_names import Places, to_engine_names
from workspaces.sql.rewrite.pipeline import rewrite

PLACES = Places("db", frozenset({"db", "ws_1"}), frozenset({"in_c_sales"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * FROM public.t", 'SELECT * FROM "db".main.t'),
        ('SELECT "public"."t".a FROM "public"."t"', 'SELECT "db".main."t".a FROM "db".main."t"'),
        ("SELECT public.t.* FROM public.t", 'SELECT t.* FROM "db".main.t'),
        ("CREATE TABLE u (a INT REFERENCES public.t (id))", "CREATE TABLE u (a INT REFERENCES main.t (id))"),
        ("SELECT * FROM db.in_c_sales.orders", 'SELECT * FROM "project".in_c_sales.orders'),
        ("SELECT * FROM DB.public.t", 'SELECT * FROM "db".main.t'),
        ("SELECT * FROM ws_1.other.t", 'SELECT * FROM "db".other.t'),
        ("SELECT * FROM db.information_schema.tables", "SELECT * FROM information_schema.tables"),
        ("SELECT nextval('public.s'::regclass)", "SELECT nextval('\"db\".main.s')"),
        ("CREATE SCHEMA IF NOT EXISTS public", "CREATE SCHEMA IF NOT EXISTS main"),
        ("SELECT public.a FROM t AS public", "SELECT public.a FROM t AS public"),
        ("SELECT 'public.t', x.public.y", "SELECT 'public.t', x.public.y"),
    ],
)
def test_names_of_places(text: str, expected: str) -> None:
    assert to_engine_names(text, PLACES).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT b'101', X'1f'", "SELECT '101'::BIT, '00011111'::BIT"),
        ("CREATE INDEX ON t (a, lower(b))", 'CREATE INDEX "t_a_lower_idx" ON t (a, lower(b))'),
        ("CREATE UNIQUE INDEX ON s.t (a)", 'CREATE UNIQUE INDEX "t_a_idx" ON s.t (a)'),
    ],
)
def test_literals_and_indexes(text: str, expected: str) -> None:
    assert rewrite(text).text == expected


def test_a_bit_string_of_other_digits() -> None:
    with pytest.raises(SqlError) as caught:
        rewrite("SELECT b'102'")
    assert caught.value.sqlstate == "22P02"
