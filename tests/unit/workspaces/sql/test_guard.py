"""The guard: a list of attacks, each refused, and a list of what analysts write, each allowed."""

from __future__ import annotations

import pytest

from workspaces.sql.classify import classify
from workspaces.sql.guard import Policy, Refusal, decide
from workspaces.sql.split import split

POLICY = Policy(buckets=frozenset({"in_c_sales", "out_c_x"}), own_catalogs=frozenset({"workspace_1"}))

FILES = """
SELECT * FROM 'file.csv'
FROM 'file.csv'
FROM "file.parquet"
FROM "/data/project_2/orders.duckdb"
FROM "/etc/x".csv
FROM 'https://example.org/x.parquet'
FROM E'file.csv'
FROM e'\\x66ile.csv'
FROM $$file.csv$$
FROM $tag$file.csv$tag$
FROM U&'file.csv'
FROM N'file.csv'
FROM x: 'file.csv'
FROM x : 'file.csv'
FROM/**/'file.csv'
FROM -- comment
 'file.csv'
SELECT * FROM range(2) a, 'f.csv'
SELECT * FROM range(2) set, 'f.csv'
SELECT * FROM range(2) values, 'f.csv'
SELECT * FROM range(2) AS values, 'f.csv'
SELECT * FROM (VALUES (1, 'a')) t, 'f.csv'
FROM VALUES (1, 'a') t, 'f.csv'
SELECT * FROM a JOIN b ON a.x = b.x, 'f.csv'
SELECT * FROM a JOIN 'f.csv' ON true
SELECT * FROM a POSITIONAL JOIN 'f.csv'
SELECT * FROM ('f.csv' CROSS JOIN b)
SELECT * FROM (a CROSS JOIN 'f.csv')
SELECT (FROM 'f.csv')
SELECT EXISTS(FROM 'f.csv')
SELECT 1 UNION FROM 'f.csv'
SELECT a IN (FROM 'f.csv')
WITH x AS (FROM 'f.csv') FROM x
WITH x AS MATERIALIZED (SELECT * FROM "f.csv") FROM x
DESCRIBE 'f.csv'
SUMMARIZE 'f.csv'
SUMMARIZE "f.csv"
TABLE 'f.csv'
PIVOT 'f.csv' ON x
PIVOT (FROM 'f.csv') ON x USING sum(y)
UNPIVOT 'f.csv' ON x
DELETE FROM t USING 'f.csv'
UPDATE t SET a = 1 FROM 'f.csv'
MERGE INTO t USING 'f.csv' ON true WHEN MATCHED THEN DELETE
INSERT INTO t FROM 'f.csv'
INSERT INTO t SELECT * FROM 'f.csv'
CREATE TABLE t AS FROM 'f.csv'
CREATE TABLE t AS TABLE 'f.csv'
CREATE VIEW v AS FROM 'f.csv'
CREATE MACRO m() AS TABLE FROM 'f.csv'
SHOW 'f.csv'
COPY "f.csv" TO STDOUT
COPY (FROM 'f.csv') TO STDOUT
PREPARE p AS FROM 'f.csv'
DECLARE c CURSOR FOR FROM 'f.csv'
EXPLAIN ANALYZE FROM 'f.csv'
SELECT trim(a FROM b) FROM 'f.csv'
SELECT read_text('/etc/passwd')
SELECT * FROM read_csv('x')
SELECT * FROM READ_CSV_AUTO ('x')
SELECT * FROM "read_csv"('x')
SELECT * FROM "Read_Csv" /* x */ ('x')
SELECT * FROM main.read_csv('x')
SELECT * FROM system.main.read_csv('x')
SELECT * FROM "system"."main"."read_parquet"('x')
SELECT x.read_csv()
SELECT ('x').read_blob()
SELECT * FROM read_csv\u00a0('x')
SELECT * FROM parquet_scan('x')
SELECT * FROM parquet_metadata('x')
SELECT * FROM glob('*')
SELECT * FROM sniff_csv('x')
SELECT * FROM read_duckdb('x')
SELECT * FROM postgres_query('a', 'b')
SELECT * FROM sqlite_scan('a', 'b')
SELECT * FROM st_read('x')
SELECT getenv('HOME')
"""
SETTINGS = """
SET threads = 1
SET memory_limit = '100GB'
SET temp_directory = '/tmp'
SET GLOBAL TimeZone = 'UTC'
RESET GLOBAL threads
RESET memory_limit
SET allowed_directories = ['/']
SET enable_external_access = true
SET "threads" TO 1
SET SESSION threads = 1
SET preserve_insertion_order = false
SET python_enable_replacements = true
PRAGMA threads=2
PRAGMA memory_limit='1GB'
PRAGMA enable_profiling
PRAGMA enable_peg_parser
PRAGMA database_list
PRAGMA show_databases
PRAGMA import_database('x')
PRAGMA table_info('_v_1.main.data')
PRAGMA table_info('memory.main.x')
pragma/**/database_size
CALL enable_logging()
CALL pragma_database_list()
CALL force_checkpoint()
"""
ENGINE = """
ATTACH ':memory:' AS x
ATTACH 'file.duckdb' (READ_WRITE)
/* hello */ ATTACH 'x'
-- hi
ATTACH 'x'
\ufeffATTACH 'x'
aTTach\u2003'x'
DETACH project
USE memory
USE project.in_c_sales
EXPORT DATABASE 'x'
IMPORT DATABASE 'x'
/*/* nested */*/ IMPORT DATABASE 'x'
EXPLAIN IMPORT DATABASE 'x'
EXPLAIN ATTACH 'x'
EXPLAIN EXPLAIN ATTACH 'x'
PREPARE p AS ATTACH 'x'
PREPARE p AS IMPORT DATABASE 'x'
EXPLAIN SET threads = 1
EXPLAIN PRAGMA threads
INSTALL httpfs
INSTALL x FROM 'https://example.org'
FORCE INSTALL httpfs
LOAD json
LOAD '/tmp/x.so'
UPDATE EXTENSIONS
UPDATE EXTENSIONS (httpfs)
COPY FROM DATABASE a TO b
COPY t TO '/tmp/x'
COPY t FROM '/etc/passwd'
COPY (SELECT 1) TO '/dev/stdout'
COPY (SELECT 1) TO x.csv
COPY t FROM PROGRAM 'ls'
COPY t TO ('/tmp/' || 'x')
COPY /* c */ t TO /* c */ '/tmp/x' (FORMAT csv)
EXPLAIN COPY t TO '/tmp/x'
CREATE SECRET s (TYPE s3)
CREATE OR REPLACE PERSISTENT SECRET s (TYPE s3)
CREATE TEMPORARY SECRET s (TYPE s3)
DROP SECRET s
DROP PERSISTENT SECRET s
ALTER DATABASE memory SET ALIAS TO x
FORCE CHECKPOINT
CHECKPOINT project
CREATE DATABASE x
DROP DATABASE x
FROM query('select 1')
FROM QUERY ('select 1')
FROM query_table('x')
FROM histogram('_v_1', 'x')
FROM t, histogram_values('x', y)
SELECT json_execute_serialized_sql('x')
FROM json_execute_serialized_sql(json_serialize_sql('select 1'))
FROM duckdb_databases()
FROM duckdb_databases
FROM main.duckdb_databases
FROM "duckdb_settings"()
SELECT (SELECT path FROM pragma_database_list LIMIT 1)
FROM duckdb_logs
FROM sqlite_master
FROM duckdb_secrets()
FROM which_secret('a', 's3')
FROM duckdb_temporary_files()
FROM duckdb_memory()
SELECT write_log('x')
CREATE MACRO m(x) AS TABLE FROM read_csv(x)
CREATE TEMP MACRO m(x) AS read_text(x)
CREATE FUNCTION m(x) AS TABLE FROM query(x)
CREATE VIEW v AS SELECT * FROM duckdb_settings()
EXPLAIN ANALYZE INSERT INTO t FROM read_csv('x')
SET VARIABLE x = (SELECT content FROM read_text('x'))
EXECUTE p((SELECT content FROM read_text('x')))
FROM (SHOW DATABASES)
FROM (SHOW ALL TABLES)
SELECT * FROM (DESCRIBE)
"""
NAMES = """
SELECT * FROM _v_abc.main.data
SELECT * FROM "_V_abc".main.data
SELECT * FROM _v_abc.data
SELECT _v_abc.main.data.x FROM t
SELECT * FROM project.in_c_sales.orders
SELECT * FROM PROJECT . in_c_sales . orders
SELECT * FROM memory.main.x
SELECT * FROM kb.x
SELECT * FROM "temp".x
SELECT * FROM a, system.information_schema.tables
SELECT memory.main.m(1)
CREATE TABLE memory.main.x (a int)
CREATE TABLE memory.x AS SELECT 1
CREATE SCHEMA memory.x
CREATE SCHEMA in_c_sales
CREATE SCHEMA IF NOT EXISTS "IN_C_SALES"
CREATE SCHEMA workspace_1.in_c_sales
CREATE SCHEMA pg_x
CREATE SCHEMA project
CREATE VIEW project.in_c_sales.v AS SELECT 1
DROP SCHEMA in_c_sales CASCADE
CREATE TABLE in_c_sales.x (a int)
CREATE OR REPLACE TABLE in_c_sales.x AS SELECT 1
CREATE OR REPLACE VIEW In_C_Sales.orders AS SELECT 1
CREATE VIEW "in_c_sales"."v" AS SELECT 1
CREATE MACRO in_c_sales.m(a) AS a
CREATE SEQUENCE in_c_sales.s
CREATE TYPE in_c_sales.s AS ENUM ('a')
CREATE INDEX i ON in_c_sales.orders (a)
CREATE UNIQUE INDEX ON in_c_sales.orders (a)
DROP VIEW in_c_sales.orders
DROP VIEW a, in_c_sales.orders
DROP VIEW a, b, workspace_1.in_c_sales.orders
DROP TABLE IF EXISTS in_c_sales.orders CASCADE
DROP MACRO in_c_sales.m
ALTER VIEW in_c_sales.orders RENAME TO x
ALTER TABLE in_c_sales.orders ADD COLUMN x int
ALTER TABLE IF EXISTS ONLY in_c_sales.orders ADD COLUMN x int
COMMENT ON VIEW in_c_sales.orders IS 'x'
COMMENT ON COLUMN in_c_sales.orders.a IS 'x'
TRUNCATE in_c_sales.orders
TRUNCATE TABLE a, in_c_sales.orders
INSERT INTO in_c_sales.orders VALUES (1)
INSERT OR REPLACE INTO in_c_sales.orders VALUES (1)
WITH x AS (SELECT 1) INSERT INTO in_c_sales.orders FROM x
UPDATE in_c_sales.orders SET a = 1
UPDATE ONLY in_c_sales.orders SET a = 1
DELETE FROM in_c_sales.orders
MERGE INTO in_c_sales.orders USING x ON true WHEN MATCHED THEN DELETE
EXPLAIN ANALYZE DELETE FROM in_c_sales.orders
PREPARE p AS DELETE FROM in_c_sales.orders
COPY in_c_sales.orders FROM STDIN
COPY _v_x.main.data TO STDOUT
INSERT INTO pg_catalog.pg_class VALUES (1)
INSERT INTO other.main.t VALUES (1)
"""
NOT_OFFERED = """
LISTEN x
NOTIFY x
DO $$ begin end $$
PREPARE TRANSACTION 'x'
COMMIT PREPARED 'x'
SET TRANSACTION SNAPSHOT 'x'
CREATE FUNCTION f(a int) RETURNS int AS $$ select 1 $$ LANGUAGE sql
CREATE TRIGGER t BEFORE INSERT ON x EXECUTE FUNCTION f()
CREATE ROLE x
CREATE EXTENSION hstore
CREATE MATERIALIZED VIEW v AS SELECT 1
CALL proc(1)
REINDEX TABLE x
REFRESH MATERIALIZED VIEW v
WITH x AS (INSERT INTO t VALUES (1) RETURNING a) SELECT * FROM x
SELECT U&"\\0072ead_csv"('x')
"""
ALLOWED = """
SELECT 1
SELECT * FROM in_c_sales.orders
FROM in_c_sales.orders SELECT a, 'x.csv', "b.csv" WHERE c IN ('a.csv', 'b')
SELECT 'FROM ''file.csv''' AS x
SELECT $$ ATTACH 'x'; read_csv('y') $$
SELECT 1 -- ATTACH 'x'
SELECT project.name, kb.x, memory.y, temp.z FROM projects project, kb_t kb, m memory, t temp
SELECT "read_csv", query, glob, duckdb_settings FROM t
SELECT a AS query FROM t query
WITH query AS (SELECT 1) SELECT * FROM query
SELECT extract(year FROM ts), trim(both 'x' FROM y), substring('abc' FROM 'b'), a IS DISTINCT FROM 'x' FROM t
SELECT trim(FROM ' x '), a IS NOT DISTINCT FROM 'x.csv'
SELECT overlay('abc' placing 'x' from 2), position('a' in 'abc')
SELECT a, histogram(b) FROM t GROUP BY a
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) t (x, y)
SELECT * FROM (VALUES ('a'), ('b')) t
FROM VALUES (1, 'a') t
VALUES ('a', 'b.csv'), ('c', 'd')
SELECT * FROM t WHERE a = 'x' GROUP BY 'x', 'y' ORDER BY 'a', 'b' LIMIT 1
SELECT * FROM unnest(['a', 'b']) u, t
SELECT * FROM t, unnest(['a', 'b']) u
SELECT * FROM range(3), generate_series(1, 2)
PIVOT t ON year IN ('2000', '2010') USING sum(x), first(y) GROUP BY z
FROM t PIVOT (sum(x) FOR year IN ('2000', '2010') GROUP BY z)
UNPIVOT t ON a, b INTO NAME n VALUE v
SELECT * FROM a ASOF JOIN b USING (x)
SELECT [x + 1 FOR x IN [1, 2] IF x > 1], list_transform(l, lambda x: x || '.csv') FROM t
SELECT s.a.b, {'a': 'x'}.a, COLUMNS(* EXCLUDE (a)) FROM t QUALIFY row_number() OVER (ORDER BY a) = 1
SUMMARIZE t
DESCRIBE in_c_sales.orders
SHOW TABLES
SHOW search_path
SHOW ALL
INSERT INTO t VALUES (1, 'a.csv'), (2, 'b.csv')
INSERT INTO t (a, b) SELECT a, 'x' FROM in_c_sales.orders ON CONFLICT DO UPDATE SET a = 'x', b = 'y' RETURNING a
INSERT INTO query (a) VALUES (1)
UPDATE t SET a = 'x', b = 'y' FROM in_c_sales.orders o WHERE o.id = t.id
DELETE FROM t USING in_c_sales.orders o WHERE o.id = t.id
MERGE INTO t USING in_c_sales.orders o ON t.id = o.id WHEN NOT MATCHED THEN INSERT VALUES (1, 'a')
CREATE TABLE t AS SELECT * FROM in_c_sales.orders
CREATE TABLE public.t (a int, b text)
CREATE TABLE workspace_1.public.t (a int)
CREATE OR REPLACE VIEW v AS SELECT * FROM in_c_sales.orders
CREATE SCHEMA analytics
CREATE TABLE analytics.t (a int)
CREATE TEMP TABLE t (a int)
CREATE UNIQUE INDEX i ON t (a)
CREATE SEQUENCE s
CREATE TYPE mood AS ENUM ('sad', 'ok')
CREATE MACRO add1(a) AS a + 1
CREATE EXTENSION IF NOT EXISTS plpgsql
DROP TABLE IF EXISTS a, b CASCADE
ALTER TABLE t ADD COLUMN x int
COMMENT ON TABLE t IS 'FROM ''x.csv'''
TRUNCATE t
EXPLAIN SELECT * FROM in_c_sales.orders
EXPLAIN (ANALYZE, FORMAT JSON) SELECT 1
VACUUM
ANALYZE t
CHECKPOINT
USE main
USE in_c_sales
USE workspace_1
PRAGMA table_info('t')
PRAGMA version
CALL range(3)
SET TimeZone = 'UTC'
SET search_path TO in_c_sales, public
SET extra_float_digits = 3
SET kb.dialect = postgres
SET integer_division = true
SET enable_seqscan TO off
SET VARIABLE x = 1
RESET ALL
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED
SET TRANSACTION READ ONLY
SET ROLE NONE
BEGIN
COMMIT
SAVEPOINT a
ROLLBACK TO a
UNLISTEN *
DISCARD ALL
DEALLOCATE ALL
PREPARE p(int) AS SELECT * FROM t WHERE a = $1
EXECUTE p(1)
DECLARE c CURSOR FOR SELECT * FROM in_c_sales.orders
FETCH FORWARD 10 FROM c
CLOSE ALL
LOCK TABLE t
GRANT SELECT ON t TO x
REVOKE SELECT ON t FROM x
COPY t FROM STDIN (FORMAT csv, DELIMITER ',', NULL '', HEADER)
COPY t FROM STDIN CSV DELIMITER ',' NULL ''
COPY in_c_sales.orders TO STDOUT
COPY (SELECT * FROM in_c_sales.orders) TO STDOUT (FORMAT "binary")
(SELECT 1) UNION ALL (SELECT 2)
SELECT nextval('s'), current_setting('TimeZone'), pg_sleep(0.1), version()
"""


def lines(text: str) -> list[str]:
    """One statement a line; a line that begins with a space, or follows a comment line, goes on."""
    found: list[str] = []
    for line in text.strip("\n").split("\n"):
        if found and (line.startswith(" ") or found[-1].split("\n")[-1].startswith("--")):
            found[-1] += "\n" + line
        else:
            found.append(line)
    return found


def decided(text: str, policy: Policy = POLICY) -> Refusal | None:
    (piece,) = split(text)
    return decide(classify(piece.tokens), policy)


@pytest.mark.parametrize("text", lines(FILES))
def test_no_statement_reaches_a_file(text: str) -> None:
    refusal = decided(text)
    assert refusal is not None
    assert refusal.sqlstate in ("42501", "3D000")


@pytest.mark.parametrize("text", lines(SETTINGS) + lines(ENGINE))
def test_the_engine_stays_as_the_server_made_it(text: str) -> None:
    refusal = decided(text)
    assert refusal is not None
    assert refusal.sqlstate in ("42501", "0A000", "42601", "3D000")


@pytest.mark.parametrize("text", lines(NAMES))
def test_reserved_catalogs_and_project_schemas_are_out_of_reach(text: str) -> None:
    refusal = decided(text)
    assert refusal is not None
    assert refusal.sqlstate in ("42501", "3D000", "42P06", "42939", "0A000")


@pytest.mark.parametrize("text", lines(NOT_OFFERED))
def test_what_is_not_offered_says_so(text: str) -> None:
    refusal = decided(text)
    assert refusal is not None
    assert refusal.sqlstate == "0A000"


@pytest.mark.parametrize("text", lines(ALLOWED))
def test_an_analyst_is_not_in_the_way_of_the_guard(text: str) -> None:
    assert decided(text) is None


@pytest.mark.parametrize(
    ("text", "sqlstate"),
    [
        ("frobnicate", "42601"),
        ("SET no_such_setting = 1", "42704"),
        ("SET server_version = '9'", "55P02"),
        ("CREATE SCHEMA in_c_sales", "42P06"),
        ("SELECT * FROM _v_1.main.data", "3D000"),
        ("INSERT INTO in_c_sales.orders VALUES (1)", "42501"),
    ],
)
def test_a_refusal_has_the_state_that_drivers_look_for(text: str, sqlstate: str) -> None:
    refusal = decided(text)
    assert refusal is not None
    assert refusal.sqlstate == sqlstate


def test_nothing_is_created_in_a_bucket_that_leads_the_search_path() -> None:
    policy = Policy(buckets=POLICY.buckets, default_schema="in_c_sales")
    assert decided("CREATE TABLE x (a int)", policy) is not None
    assert decided("CREATE TEMP TABLE x (a int)", policy) is None
    # Along the path it may be one of their own; if it is not, the engine refuses it.
    assert decided("DROP VIEW orders", policy) is None
    assert decided("CREATE INDEX i ON own (a)", policy) is None


def test_what_the_server_replaces_may_be_called() -> None:
    policy = Policy(replaced=frozenset({"duckdb_tables"}))
    assert decided("FROM duckdb_tables()", policy) is None
    assert decided("FROM duckdb_databases()", policy) is not None


def test_a_refusal_points_at_the_word() -> None:
    refusal = decided("SELECT 1, read_text('x')")
    assert refusal is not None
    assert refusal.position == 10
