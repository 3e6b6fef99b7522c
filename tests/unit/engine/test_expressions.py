"""A caller's condition reaches DuckDB only as one harmless scalar expression over the table's columns."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.engine.expressions import DELETION_FORBIDDEN, EXPORT_FORBIDDEN, check_predicate
from storage.engine.function_names import AGGREGATE_FUNCTIONS, SCALAR_FUNCTIONS
from storage.errors import InvalidWhereClause

COLUMNS = ("id", "s", "x", "d", "ts", "j", "l", "st", "b", "last_update", "Na me")
TABLE = """CREATE TABLE data (id INTEGER, s VARCHAR, x DOUBLE, d DATE, ts TIMESTAMP, j JSON, l INTEGER[],
    st STRUCT(f INTEGER), b BOOLEAN, last_update TIMESTAMP, "Na me" VARCHAR)"""

HARMLESS = [
    "id = 1",
    "ID = 1",
    "1=1",
    "true",
    "1",
    "NULL",
    "1=0",
    "s = 'x'",
    "s IS NULL",
    "s IS NOT NULL AND NOT (b OR id > 3)",
    "id IN (1, 2)",
    "id NOT IN (1, 2)",
    "id BETWEEN 1 AND 2",
    "s LIKE '%e%'",
    "s NOT ILIKE 'a!%' ESCAPE '!'",
    "s SIMILAR TO 'a.*'",
    "s ~ 'a.*'",
    "regexp_matches(s, '^a')",
    "d >= DATE '2024-01-01'",
    "d < current_date - INTERVAL 1 DAY",
    "ts > now()::TIMESTAMP",
    "extract(year FROM d) = 2024",
    "date_trunc('month', ts) = '2024-01-01'",
    "CASE WHEN id > 1 THEN b ELSE false END",
    "coalesce(s, '') <> ''",
    "nullif(id, 1) IS NULL",
    "try_cast(s AS INTEGER) > 1",
    "CAST(s AS DECIMAL(10,2)) > 1",
    "lower(trim(s)) = 'a'",
    "lpad(s, 5, '0') = '00001'",
    "replace(" * 20 + "s" + ", '-', '')" * 20 + " = s",
    "regexp_replace(regexp_replace(s, '[^0-9]', '', 'g'), '^0+', '') = '1'",
    "hex(md5(s)) = 'x'",
    "s || 'x' = 'ax'",
    "round(x, 2) > abs(-1.5)",
    "l[1] = 2",
    "len(l) > 1 AND list_contains(l, 3)",
    "list_filter(l, lambda v: v > id) = []",
    "[v + 1 FOR v IN l IF v > 1] = [2]",
    "st.f = 1",
    "data.id = 1",
    "data.st.f = 1",
    "j ->> '$.a' = 'x'",
    "json_extract_string(j, '$.a') = 'x'",
    "s COLLATE NOCASE = 'X'",
    "id IS DISTINCT FROM 1",
    "\"Na me\" = 'x'",
    "last_update > '2024-01-01'",
    "ts AT TIME ZONE 'UTC' > now()",
    "s = 'a;b'",
    "s = 'drop shipping -- /* */'",
    "s = 'it''s; here'",
    "s = E'it\\'s; here'",
    "(id = 1)\n OR\t(id = 2)",
    "id = 1 OR " * 2000 + "id = 2",
    "id IN (" + ", ".join(map(str, range(10_000))) + ")",
]

ATTACKS = [
    "read_csv('/etc/passwd') IS NULL",
    "id IN (SELECT 1 FROM read_csv('/etc/passwd'))",
    "s IN (SELECT s FROM data)",
    "EXISTS (SELECT 1)",
    "EXISTS (FROM '/etc/passwd')",
    "id = ANY([1])",
    "id = (TABLE data)",
    "id = (VALUES (1))",
    "1=1) UNION SELECT (1",
    "1=1) UNION ALL SELECT 1 WHERE (1=1",
    "1=1) OR (1=1",
    "1=1) GROUP BY (id",
    "1=1) LIMIT (1",
    "1=1) ORDER BY (id",
    "1=1) HAVING (1=1",
    "1=1) QUALIFY (1=1",
    "1=1) RETURNING (id",
    "1=1 RETURNING id",
    "1=1)",
    "(1=1",
    "[1)] = 1",
    "')' = ')) OR (1=1",
    "getenv('HOME') = 'x'",
    "getvariable('x') = 1",
    "current_setting('threads') = '1'",
    "nextval('seq') = 1",
    "currval('seq') = 1",
    "pragma_table_info('data') IS NULL",
    "duckdb_tables() IS NULL",
    "duckdb_secrets() IS NULL",
    "read_text('/etc/passwd') = ''",
    "read_blob('/etc/passwd') = ''",
    "glob('/*') IS NULL",
    "query('SELECT 1') IS NULL",
    "query_table('data') IS NULL",
    "sleep_ms(1000) IS NULL",
    "write_log('x') IS NULL",
    "setseed(0.5) IS NULL",
    "random() > 0.5",
    "error('x') IS NULL",
    "current_database() = 'x'",
    "current_schema() = 'x'",
    "current_query() = 'x'",
    "current_user = 'x'",
    "json_serialize_sql('SELECT 1') IS NULL",
    "json_deserialize_sql('x') IS NULL",
    "json_execute_serialized_sql('x') IS NULL",
    "pg_size_pretty(1) = 'x'",
    "txid_current() = 1",
    "in_search_path('a', 'b')",
    "my_macro(1) = 1",
    '"READ_TEXT"(s) = 1',
    "READ_TEXT(s) = 1",
    "other.lower(s) = 'x'",
    "system.main.lower(s) = 'x'",
    "repeat('x', 1000000000) = s",
    "lpad(s, 1000000000, 'x') = s",
    "lpad(s, id, 'x') = s",
    "hex(" * 14 + "s" + ")" * 14 + " = s",
    "to_json(" * 14 + "s" + ")" * 14 + " = s",
    "[" * 14 + "s" + "::VARCHAR]" * 14 + " = [s]",
    "replace(replace(s, 's', '" + "s" * 200 + "'), 's', '" + "s" * 200 + "') = s",
    "replace(replace(replace(s, 's', s), 's', s), 's', s) = s",
    "regexp_replace(lpad(s, 1000, 'x'), '', '0123456789') = s",
    "replace('" + "x" * 2000 + "', 'x', '" + "y" * 9000 + "') = s",
    "list_reduce([s, s, s], lambda a, b: a || a) = s",
    "[[[v FOR v IN l] FOR w IN l] FOR u IN l] = l",
    "list_transform(" * 14 + "[s]" + ", lambda v: V || v)" * 14 + " = [s]",
    "len(range(1000000000000)) > 1",
    "sum(id) > 1",
    "count(*) > 1",
    "row_number() OVER () = 1",
    "lower(s) FILTER (WHERE b) = 'x'",
    "lower(DISTINCT s) = 'x'",
    "unnest(l) = 1",
    "COLUMNS(*) = 1",
    "COLUMNS('s') = 1",
    "* = 1",
    "data.* = 1",
    "#1 = 1",
    "$1 = 1",
    "? = 1",
    "s = $$x$$",
    "s = $a$;$a$",
    "DEFAULT",
    "grouping(id) = 1",
    "unpack(l) = 1",
    "id = 1 AS x",
    "id, s",
    "nope = 1",
    "data.nope = 1",
    "other.data.id = 1",
    "rowid = 1",
    "SELECT 1",
    "FROM data",
    "s = 'open",
    's = "open',
    "id =",
    "= 1",
    "",
    " ",
    "\n\t",
    "id = 1\0",
    "NOT " * 20_000 + "b",
    "(" * 20_000 + "b" + ")" * 20_000,
    "id" + "+1" * 20_000 + " = 1",
    "[" * 500 + "1" + "]" * 500 + " IS NULL",
    "s = '" + "a" * 1_000_001 + "'",
]


def _check(text: str, **options: object) -> str:
    return check_predicate(text, COLUMNS, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(TABLE)
    return connection


@pytest.mark.parametrize("text", HARMLESS, ids=lambda text: text[:40])
def test_a_scalar_condition_passes_and_runs(engine: duckdb.DuckDBPyConnection, text: str) -> None:
    engine.execute(f"SELECT count(*) FROM data WHERE (\n{_check(text)}\n)")


@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: text[:40])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidWhereClause) as caught:
        _check(text)

    assert caught.value.message.startswith("Invalid WHERE clause: ")
    assert "SELECT 1 FROM" not in caught.value.message
    assert caught.value.details == {"where_filter": text[:200]}


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("1=1; DROP TABLE data;", ";"),
        ("1=1 -- comment", "--"),
        ("1=1 /* x", "/*"),
        ("1=1 */ x", "*/"),
        ("1=1 -- a;", ";"),
        ("/* -- */ 1=1", "--"),
        ("1=1 DROP TABLE data", "drop "),
        ("TRUNCATE data", "truncate "),
        ("1=1 OR Alter x", "alter "),
        ("delete FROM data", "delete "),
        ("INSERT INTO data", "insert "),
        ("1=1 update x", "update "),
        ("update x; drop y", ";"),
        ("'open; -- quote", ";"),
        ('s = "a" ; 1', ";"),
    ],
)
def test_a_forbidden_pattern_outside_literals_is_named_in_the_listed_order(text: str, pattern: str) -> None:
    with pytest.raises(InvalidWhereClause, match="contains") as caught:
        _check(text)

    assert caught.value.message == f"Invalid WHERE clause: contains '{pattern}'"


def test_deletion_echoes_the_clause_under_its_own_name_and_has_a_shorter_list() -> None:
    with pytest.raises(InvalidWhereClause) as caught:
        _check("update x", forbidden_words=DELETION_FORBIDDEN, detail_name="where_clause")

    assert "contains" not in caught.value.message
    assert caught.value.details == {"where_clause": "update x"}
    assert EXPORT_FORBIDDEN[: len(DELETION_FORBIDDEN)] == DELETION_FORBIDDEN


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(InvalidWhereClause, match="unknown column 'nope'"):
        _check("nope = 1")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("WHERE id = 1", "leave out the word WHERE"),
        ("id =", "it ends too early"),
        ("id = 1 AND", "it ends too early"),
        ("(id = )", 'syntax error at or near ")"'),
        ('name = "Bob"', "unknown column 'Bob' (text goes in single quotes)"),
    ],
)
def test_usual_mistakes_are_told_in_terms_of_the_text(text: str, reason: str) -> None:
    with pytest.raises(InvalidWhereClause) as caught:
        _check(text)

    assert caught.value.message == f"Invalid WHERE clause: {reason}"


@pytest.mark.parametrize(
    "text",
    [
        "id IN (SELECT id FROM data WHERE b)",
        "id = (SELECT max(id) FROM main.data)",
        "EXISTS (SELECT * FROM data o WHERE o.id > data.id)",
        "id IN (SELECT id FROM data GROUP BY id HAVING count(*) > 1)",
        "id IN (SELECT id FROM data ORDER BY id LIMIT 3)",
    ],
)
def test_a_subquery_over_the_table_itself_passes_where_it_is_allowed(
    engine: duckdb.DuckDBPyConnection, text: str
) -> None:
    engine.execute(f"SELECT count(*) FROM data WHERE (\n{_check(text, allow_subqueries_on_data=True)}\n)")


@pytest.mark.parametrize(
    "text",
    [
        "id IN (SELECT 1 FROM other)",
        "id IN (SELECT 1 FROM other.data)",
        "id IN (SELECT 1 FROM a.main.data)",
        "id IN (SELECT 1 FROM '/etc/passwd')",
        "id IN (SELECT 1 FROM read_csv('/etc/passwd'))",
        "id IN (SELECT 1 FROM information_schema.tables)",
        "id IN (SELECT 1 FROM duckdb_settings())",
        "id IN (SELECT 1 FROM data, other)",
        "id IN (SELECT 1 FROM data JOIN other ON true)",
        "id IN (SELECT 1 FROM (SELECT 1 FROM other))",
        "id IN (WITH data AS (SELECT 1 AS id) SELECT id FROM data)",
        "id IN (SELECT id FROM data UNION SELECT 1 FROM other)",
        "id IN (SELECT getenv('HOME') FROM data)",
        "id IN (SELECT id FROM data WHERE id IN (SELECT 1 FROM other))",
        "id IN (SELECT id FROM data ORDER BY getenv('HOME'))",
        "id IN (SELECT id FROM data LIMIT (SELECT 1 FROM other))",
        "id IN (SELECT COLUMNS(*) FROM data)",
        "id IN (SELECT row_number() OVER () FROM data)",
        "id IN (SELECT id FROM data TABLESAMPLE 10%)",
        "id IN (SELECT id FROM data AT (VERSION => 1))",
        "id IN (SELECT * REPLACE (getenv('HOME') AS id) FROM data)",
        "(s, s, s) = (SELECT s || s AS a, a || a AS b, b || b FROM data)",
        "[a FOR a IN l] = l AND (s, s) = (SELECT s || s AS a, a || a FROM data)",
    ],
)
def test_a_subquery_over_anything_else_is_refused_even_then(text: str) -> None:
    with pytest.raises(InvalidWhereClause):
        _check(text, allow_subqueries_on_data=True)


def test_every_allowed_function_exists_and_none_is_volatile_or_a_table_function(
    engine: duckdb.DuckDBPyConnection,
) -> None:
    rows = engine.execute("SELECT function_name, function_type, stability FROM duckdb_functions()").fetchall()
    known = {name for name, _, _ in rows} | {"ifnull"}
    volatile = {name for name, _, stability in rows if stability == "VOLATILE"}

    assert SCALAR_FUNCTIONS | AGGREGATE_FUNCTIONS <= known
    assert not (SCALAR_FUNCTIONS | AGGREGATE_FUNCTIONS) & volatile


PIECES = ["id", "s", "'", '"', "(", ")", "[", "]", "=", "1", ";", "--", "/*", "E'", "\\", "$$", " OR ", "x'", "\n", ","]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_whatever_passes_is_one_condition_of_the_statement_around_it(text: str) -> None:
    try:
        checked = _check(text)
    except InvalidWhereClause:
        return
    with duckdb.connect() as connection:
        around = f"SELECT 1 FROM data WHERE (\n{checked}\n) AND false"
        assert len(connection.extract_statements(around)) == 1
        tree = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [around]).fetchone()
    assert tree is not None
    assert '"CONJUNCTION_AND"' in tree[0]
