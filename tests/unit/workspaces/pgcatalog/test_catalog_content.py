"""What the emulated catalogs say of own objects and of the project's tables."""

from __future__ import annotations

import pytest

from storage.engine.native import NativeError, rows
from tests.unit.workspaces.pgcatalog.sample_workspace import PROJECT_TABLES, Sample
from workspaces.pgcatalog.installation import refresh
from workspaces.pgcatalog.project import ProjectColumn, ProjectRelation, project_rows
from workspaces.pgcatalog.reference import catalog_relations, column_type_oid
from workspaces.pgwire.values.types import postgres_type


def test_schemas_are_called_as_postgresql_calls_them(sample: Sample) -> None:
    names = {row[0] for row in sample.rows("SELECT nspname FROM pg_namespace")}
    assert names == {"public", "other", "in_c_sales", "pg_catalog", "information_schema", "pg_toast"}


def test_project_tables_are_tables_of_no_pages_with_their_row_count(sample: Sample) -> None:
    found = sample.rows(
        "SELECT relkind, relpages, reltuples, relhasindex FROM pg_class WHERE oid = 'in_c_sales.orders'::regclass"
    )
    assert found == [("r", 0, 7.0, True)]


def test_columns_carry_postgresqls_types_and_modifiers(sample: Sample) -> None:
    found = sample.rows(
        "SELECT attname, pg_catalog.format_type(atttypid, atttypmod), attnotnull FROM pg_catalog.pg_attribute"
        " WHERE attrelid = '\"Orders\"'::regclass ORDER BY attnum"
    )
    assert found == [
        ("id", "bigint", True),
        ("line", "integer", True),
        ("customer", "integer", False),
        ("amount", "numeric(12,2)", False),
        ("tags", "character varying[]", False),
        ("made", "timestamp with time zone", False),
    ]


def test_keys_of_own_and_project_tables_have_names_and_texts(sample: Sample) -> None:
    found = sample.rows(
        "SELECT conname, contype, conkey, confkey, pg_get_constraintdef(oid), conindid::regclass::text"
        " FROM pg_constraint ORDER BY lower(conname), conrelid::regclass::text"
    )
    assert found == [
        ("customers_id_check", "c", [1], None, "CHECK ((id > 0))", "-"),
        ("customers_name_key", "u", [2], None, "UNIQUE (name)", "customers_name_key"),
        ("customers_pkey", "p", [1], None, "PRIMARY KEY (id)", "customers_pkey"),
        ("Orders_customer_fkey", "f", [3], [1], "FOREIGN KEY (customer) REFERENCES customers(id)", "customers_pkey"),
        ("Orders_pkey", "p", [1, 2], None, "PRIMARY KEY (id, line)", '"Orders_pkey"'),
        ("orders_pkey", "p", [1], None, "PRIMARY KEY (id)", "in_c_sales.orders_pkey"),
    ]


def test_indexes_are_written_as_postgresql_writes_them(sample: Sample) -> None:
    assert sample.rows("SELECT indexdef FROM pg_indexes WHERE indexname = 'orders_amount'") == [
        ('CREATE INDEX orders_amount ON public."Orders" USING btree (amount, customer)',)
    ]


def test_a_view_gives_its_query_alone(sample: Sample) -> None:
    text = sample.rows("SELECT pg_catalog.pg_get_viewdef('big'::regclass, true)")[0][0]
    assert text.strip().startswith("SELECT * FROM")


def test_comments_reach_the_functions_that_read_them(sample: Sample) -> None:
    assert sample.rows(
        "SELECT obj_description('customers'::regclass, 'pg_class'), col_description('customers'::regclass, 2),"
        " obj_description('in_c_sales.orders'::regclass)"
    ) == [("who buys", "as written", "what was sold")]


def test_information_schema_shows_own_and_project_columns(sample: Sample) -> None:
    found = sample.rows(
        "SELECT column_name, data_type, udt_name, numeric_precision, numeric_scale, is_nullable, is_updatable"
        " FROM information_schema.columns WHERE table_schema = 'in_c_sales' AND table_name = 'orders'"
        " ORDER BY ordinal_position"
    )
    assert found == [
        ("id", "bigint", "int8", 64, 0, "NO", "NO"),
        ("customer", "character varying", "varchar", None, None, "YES", "NO"),
        ("amount", "numeric", "numeric", 12, 2, "YES", "NO"),
        ("tags", "ARRAY", "_varchar", None, None, "YES", "NO"),
    ]


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("SELECT 'customers'::regclass = to_regclass('public.customers')", True),
        ("SELECT c.oid::regclass::text FROM pg_class c WHERE relname = 'visits'", "in_c_sales.visits"),
        ("SELECT 'int4'::regtype::oid", 23),
        ("SELECT 1184::regtype::text", "timestamp with time zone"),
        ("SELECT to_regtype('mood')::regtype::text", "mood"),
        ("SELECT 'pg_class'::regclass::oid", 1259),
        ("SELECT typinput = 'pg_catalog.array_in'::regproc FROM pg_type WHERE typname = '_int4'", True),
        ("SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname = 'customers'", "public"),
        ("SELECT to_regclass('nothing')", None),
        ("SELECT has_table_privilege('in_c_sales.orders', 'INSERT')", False),
        ("SELECT has_table_privilege('customers', 'INSERT')", True),
        ("SELECT pg_size_pretty(123456789::bigint)", "118 MB"),
        ("SELECT quote_ident('Two words')", '"Two words"'),
        ("SELECT array_to_string(ARRAY['a', NULL, 'b'], ',', '*')", "a,*,b"),
        ("SELECT pg_encoding_to_char(6)", "UTF8"),
        ("SELECT pg_get_userbyid(16384)", "workspace_user"),
        ("SELECT count(*) FROM pg_class WHERE relkind = ANY('{v}') AND relname = 'big'", 1),
        (
            "SELECT min(nspname) FROM pg_namespace WHERE nspname <> ALL ('{other,in_c_sales}'::text[])",
            "information_schema",
        ),
        ("SELECT current_setting('server_version_num')", "150000"),
        ("SELECT current_setting('no.such', true)", None),
        ("WITH version(a) AS (SELECT 1) SELECT a FROM version", 1),
        ("SELECT CAST('customers' AS regclass) = 'customers'::pg_catalog.regclass::pg_catalog.oid", True),
    ],
)
def test_what_names_and_oids_stand_for(sample: Sample, sql: str, answer: object) -> None:
    assert sample.rows(sql) == [(answer,)]


def test_text_without_postgresqls_names_stays_as_it_is(sample: Sample) -> None:
    text = "FROM customers SELECT * EXCLUDE (m) QUALIFY row_number() OVER () = 1 -- void"
    assert sample.rewritten(text) is text


def test_what_a_transaction_makes_is_seen_in_it_and_gone_after_a_rollback(sample: Sample) -> None:
    count = "SELECT count(*) FROM pg_tables WHERE tablename = 'made_now'"
    sample.connection.run("BEGIN; CREATE TABLE made_now (a INTEGER)")
    inside = sample.rows(count)
    sample.connection.run("ROLLBACK")
    assert (inside, sample.rows(count)) == ([(1,)], [(0,)])


def test_every_relation_has_postgresqls_columns(sample: Sample) -> None:
    relations = catalog_relations().values()
    found: dict[tuple[str, str], list[str]] = {}
    for schema, name, column in rows(
        sample.connection,
        "SELECT schema_name, table_name, column_name FROM duckdb_columns()"
        " WHERE schema_name IN ('kb_pg', 'kb_info') ORDER BY ALL",
    ):
        found.setdefault((schema, name), []).append(column)
    schemas = {"pg_catalog": "kb_pg", "information_schema": "kb_info"}
    missing = [
        relation.name
        for relation in relations
        if sorted(column.name for column in relation.columns) != sorted(found[schemas[relation.schema], relation.name])
    ]
    assert missing == []


@pytest.mark.parametrize(
    "duckdb_type",
    [
        "BOOLEAN", "UTINYINT", "HUGEINT", "DECIMAL(38,10)", "DECIMAL(5,0)[]", "FLOAT", "BLOB", "TIME WITH TIME ZONE",
        "TIMESTAMP_NS", "INTERVAL", "UUID", "JSON", "STRUCT(a INTEGER)", "MAP(VARCHAR, INTEGER)", "INTEGER[][]",
        "INTEGER[3]", "ENUM('a', 'b')", "UBIGINT", "VARCHAR[]", "UUID[]", "BIT",
    ],
)  # fmt: skip
def test_types_of_own_columns_are_those_of_the_one_table(sample: Sample, duckdb_type: str) -> None:
    sample.connection.run(f"CREATE OR REPLACE TABLE typed (c {duckdb_type})")
    try:
        found = sample.rows("SELECT atttypid, atttypmod FROM pg_attribute WHERE attrelid = 'typed'::regclass")
    finally:
        sample.connection.run("DROP TABLE typed")
    assert found == [(postgres_type(duckdb_type).oid, postgres_type(duckdb_type).typmod)]


def test_oids_of_project_tables_do_not_depend_on_their_neighbours() -> None:
    alone = project_rows([PROJECT_TABLES[0]]).relations[0]["oid"]
    others = [ProjectRelation("a", f"t{number}", (ProjectColumn("x", "DATE"),)) for number in range(500)]
    together = project_rows([*others, *PROJECT_TABLES]).relations
    oids = [row["oid"] for row in together]
    assert alone in oids
    assert len(set(oids)) == len(oids)
    assert all(16384 < oid < 1 << 30 for oid in oids)


def test_refreshing_shows_the_new_tables_in_the_place_of_the_old() -> None:
    sample = Sample()
    try:
        refresh(sample.connection, [ProjectRelation("out_c_x", "t", (ProjectColumn("a", "DATE"),))], schemas=["empty"])
        tables = sample.rows(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname LIKE '%\\_c\\_%' ESCAPE '\\'"
        )
        schemas = sample.rows("SELECT nspname FROM pg_namespace WHERE nspname IN ('empty', 'out_c_x', 'in_c_sales')")
    finally:
        sample.database.close()
    assert tables == [("out_c_x", "t")]
    assert sorted(schemas) == [("empty",), ("out_c_x",)]


def test_catalog_columns_tell_postgresqls_own_types() -> None:
    assert column_type_oid("pg_class", "oid") == 26
    assert column_type_oid("pg_class", "relname") == 19
    assert column_type_oid("pg_index", "indkey") == 22
    assert column_type_oid("pg_class", "nothing") is None


def test_a_session_says_what_it_has_set_and_where_it_looks(sample: Sample) -> None:
    session = sample.database.connect()
    session.run("SET VARIABLE kb_settings = MAP {'timezone': 'Europe/Prague'}")
    session.run("SET VARIABLE kb_search_path = ['in_c_sales', 'public']")
    asked = (
        "SELECT current_setting('TimeZone'), current_schema(), current_schemas(false), to_regclass('visits') IS NULL,"
        " (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'TimeZone')"
    )
    try:
        assert rows(session, sample.rewritten(asked)) == [
            ("Europe/Prague", "in_c_sales", ["in_c_sales", "public"], False, "Europe/Prague")
        ]
    finally:
        session.close()
    assert sample.rows(asked) == [("UTC", "public", ["public"], True, "UTC")]


def test_an_unknown_setting_or_relation_is_an_error(sample: Sample) -> None:
    with pytest.raises(NativeError, match='unrecognized configuration parameter "no.such"'):
        sample.rows("SELECT current_setting('no.such')")
    with pytest.raises(NativeError, match='relation "no_such" does not exist'):
        sample.rows("SELECT 'no_such'::regclass")


def test_psql_describes_a_project_table_with_its_key(sample: Sample) -> None:
    found = sample.rows(
        "SELECT c2.relname, i.indisprimary, pg_catalog.pg_get_indexdef(i.indexrelid, 0, true),"
        " pg_catalog.pg_get_constraintdef(con.oid, true), contype"
        " FROM pg_catalog.pg_class c, pg_catalog.pg_class c2, pg_catalog.pg_index i"
        " LEFT JOIN pg_catalog.pg_constraint con"
        " ON (conrelid = i.indrelid AND conindid = i.indexrelid AND contype IN ('p','u','x'))"
        " WHERE c.oid = 'in_c_sales.orders'::regclass AND c.oid = i.indrelid AND i.indexrelid = c2.oid"
    )
    definition = "CREATE UNIQUE INDEX orders_pkey ON in_c_sales.orders USING btree (id)"
    assert found == [("orders_pkey", True, definition, "PRIMARY KEY (id)", "p")]


def test_psql_lists_own_relations_with_their_kind(sample: Sample) -> None:
    found = sample.rows(
        'SELECT n.nspname as "Schema", c.relname as "Name", c.relkind, pg_catalog.pg_get_userbyid(c.relowner)'
        " FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r','p','v','m','S','f','') AND n.nspname <> 'pg_catalog' AND n.nspname !~ '^pg_toast'"
        " AND n.nspname <> 'information_schema' AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY lower(c.relname)"
    )
    owner = "workspace_user"
    assert found == [
        ("public", "big", "v", owner),
        ("public", "customers", "r", owner),
        ("public", "numbers", "S", owner),
        ("public", "Orders", "r", owner),
    ]


def test_jdbc_numbers_the_columns_of_a_key(sample: Sample) -> None:
    found = sample.rows(
        "SELECT a.attname, k.n FROM (SELECT con.conrelid, (information_schema._pg_expandarray(con.conkey)).n AS n,"
        " information_schema._pg_expandarray(con.conkey) AS keys FROM pg_catalog.pg_constraint con"
        " WHERE con.contype = 'p' AND con.conrelid = '\"Orders\"'::regclass) k"
        " JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = (k.keys).x ORDER BY k.n"
    )
    assert found == [("id", 1), ("line", 2)]
