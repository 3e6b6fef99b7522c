"""Names of schemas and the tables that a text mentions."""

from __future__ import annotations

import time

import pytest

from workspaces.sql.lexer import tokenize
from workspaces.sql.names import TableName, schema_name, schema_names, table_names

SCHEMAS = {"in_c_sales", "out_c_x"}
ORDERS = TableName("in_c_sales", "orders")


@pytest.mark.parametrize(
    ("bucket", "schema"),
    [("in.c-sales", "in_c_sales"), ("out.c-x", "out_c_x"), ("sys.c-x", "sys_c_x"), ("In.C-Sales", "in_c_sales"),
     ("2024.data", "_2024_data"), ("plain", "plain")],
)  # fmt: skip
def test_a_bucket_is_a_schema_without_quotes(bucket: str, schema: str) -> None:
    assert schema_name(bucket) == schema


def test_buckets_that_share_a_name_are_told_apart_in_any_order() -> None:
    buckets = ["in.c-sales", "in_c_sales", "in-c-sales"]
    names = schema_names(buckets)
    assert names == schema_names(reversed(buckets))
    assert names["in_c_sales"] == "in_c_sales"
    assert sorted(names.values()) == ["in_c_sales", "in_c_sales_2", "in_c_sales_3"]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM in_c_sales.orders",
        'SELECT * FROM "in_c_sales"."orders"',
        "SELECT * FROM IN_C_SALES.Orders o",
        "FROM in_c_sales . /* x */ orders",
        "FROM in_c_sales -- x\n . orders",
        "FROM in_c_sales\u00a0.orders",
        "FROM db.in_c_sales.orders",
        "SELECT in_c_sales.orders.id FROM x",
        "WITH a AS (SELECT (SELECT max(id) FROM in_c_sales.orders)) SELECT * FROM a",
        "INSERT INTO t SELECT * FROM a JOIN in_c_sales.orders USING (id)",
        "COPY in_c_sales.orders TO STDOUT",
        "SELECT 'it''s', \"a.b\" FROM in_c_sales.orders",
        "SELECT E'\\'' FROM in_c_sales.orders -- '",
        "SELECT $$ ' $$ FROM in_c_sales.orders",
        "SELECT 1 /* ' */ FROM in_c_sales.orders",
        "SELECT 1 /* /* */ ' */ FROM in_c_sales.orders",
        "PIVOT in_c_sales.orders ON x USING sum(y)",
    ],
)
def test_every_spelling_of_a_table_is_found(text: str) -> None:
    assert ORDERS in table_names(tokenize(text), schemas=SCHEMAS)


@pytest.mark.parametrize(
    "text", ["SELECT 1", "SELECT * FROM orders", "SELECT 'in_c_sales.orders'", "-- in_c_sales.orders"]
)
def test_what_names_no_table_attaches_none(text: str) -> None:
    assert table_names(tokenize(text), schemas=SCHEMAS) == set()


def test_bare_names_count_for_the_search_path() -> None:
    found = table_names(tokenize("SELECT * FROM Orders"), schemas=SCHEMAS, search_path=["public", "in_c_sales"])
    assert ORDERS in found
    assert not any(name.schema == "out_c_x" for name in found)


@pytest.mark.parametrize("path", [[], ["in_c_sales"]])
def test_long_texts_are_quick(path: list[str]) -> None:
    text = "SELECT t.a, 'text', 12 FROM in_c_sales.orders t WHERE t.x = 1 -- more\n UNION ALL " * 1250
    tokens = tokenize(text)
    begin = time.process_time()
    assert ORDERS in table_names(tokens, schemas=SCHEMAS, search_path=path)
    assert time.process_time() - begin < 0.5
