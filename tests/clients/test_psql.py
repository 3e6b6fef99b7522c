"""psql as an analyst uses it: queries, transactions, errors, variables and the commands that are psql's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.clients.matrix import covers
from tests.clients.psql import QUIET, answers, run_psql, terminal
from tests.wire.pgwire.sql_cast import Login, SqlServer, make_workspace

ENDLESS = "SELECT count(*) FROM range(100000000000) a, range(100000) b;"
CATALOG_COMMANDS = (
    *("l", "l+", "conninfo", "dn", "dn+", "d", "d+", "dt", "dt+", "dv", "di", "ds", "df", "du", "dT", "dx", "dp"),
    *("db", "dc", "dD", "dE", "des", "dRp", "dy"),
)


@pytest.mark.parametrize(
    ("sslmode", "options"),
    [
        ("disable", ""),
        ("allow", ""),
        ("prefer", ""),
        ("require", "channel_binding=require"),
        ("verify-ca", "sslrootcert={certificate}"),
        ("verify-full", "sslrootcert={certificate} channel_binding=require gssencmode=disable"),
    ],
)
@covers(
    "psql",
    "TLS require / verify-full / direct",
    "plaintext when allowed, refused when not",
    "SCRAM-SHA-256",
    "channel binding (PLUS)",
)
@covers("psql commands", "\\conninfo")
def test_logs_in(sql: SqlServer, login: Login, sslmode: str, options: str) -> None:
    certificate = sql.live.data_dir / "tls" / "server.crt"
    place = f"host=localhost sslmode={sslmode} " + options.format(certificate=certificate)
    done = run_psql(login, "SELECT 1;\n\\conninfo\n", *QUIET, place)
    assert (done.stderr, done.stdout.startswith("1\n")) == ("", True)
    assert ("SSL connection" in done.stdout) == (sslmode not in ("disable", "allow"))


@covers("psql", "plaintext when allowed, refused when not")
def test_is_told_that_the_server_wants_tls(login: Login, strict_environment: dict[str, str]) -> None:
    assert "connection requires TLS" in run_psql(login, "SELECT 1;", variables=strict_environment).stderr
    assert run_psql(login, "SELECT 1;", variables=strict_environment | {"PGSSLMODE": "prefer"}).stdout == "1\n"


@covers("psql", "wrong password, expired, limit: clean error")
def test_is_told_why_it_may_not_come_in(login: Login) -> None:
    for variables, words in [
        ({"PGPASSWORD": "wrong"}, f'FATAL:  password authentication failed for user "{login.user}"'),
        ({"PGDATABASE": "elsewhere"}, 'FATAL:  database "elsewhere" does not exist'),
        ({"PGOPTIONS": "-c no_such=1"}, 'FATAL:  unrecognized configuration parameter "no_such"'),
    ]:
        done = run_psql(login, "", variables=variables)
        assert (done.returncode, words in done.stderr) == (2, True), done.stderr


@covers("psql", "start-up options and GUCs", "statement_timeout, idle time-outs")
def test_settings_from_the_environment(login: Login) -> None:
    variables = {"PGOPTIONS": "-c statement_timeout=50ms", "PGTZ": "Asia/Kolkata", "PGAPPNAME": "report"}
    script = f"SHOW TimeZone;\nSHOW application_name;\nSHOW statement_timeout;\n{ENDLESS}\nSELECT 'alive';\n"
    done = run_psql(login, script, variables=variables)
    assert done.stdout == "Asia/Kolkata\nreport\n50ms\nalive\n"
    assert done.stderr == "ERROR:  canceling statement due to statement timeout\n"


@covers("psql", "simple query, multi-statement")
def test_several_statements_are_one_transaction(login: Login) -> None:
    assert answers(login, "", *QUIET, "-c", "SELECT 1; SELECT 2; /* none */;") == "1\n2\n"
    done = run_psql(login, "", *QUIET, "-c", "CREATE TABLE psql_undone (i INTEGER); SELECT 'x'::INTEGER")
    assert "invalid input syntax" in done.stderr or "Could not convert" in done.stderr
    assert 'relation "psql_undone" does not exist' in run_psql(login, "FROM psql_undone;").stderr


@covers(
    "psql",
    "text results, all types",
    "arrays, json, interval, numeric, timestamptz, bytea, uuid round trip",
    "NULLs, empty strings, Unicode, 1 MB values, 1600 columns",
)
def test_values_look_as_in_postgresql(login: Login) -> None:
    printed = answers(
        login,
        """\\pset null -
SELECT true, 12::TINYINT, 170141183460469231731::HUGEINT, 12.50::DECIMAL(12,2), 1::FLOAT, 1e20::DOUBLE, 'NaN'::DOUBLE;
SELECT 'žluť', '', NULL, '\\x00\\xff'::BLOB, '0101'::BIT, '{"a": 1}'::JSON;
SELECT DATE '2024-02-29', TIME '01:02:03.5', TIMESTAMP '2024-02-29 12:34:56.7', TIMESTAMPTZ '2024-02-29 12:00:00+02';
SELECT INTERVAL '1 year 2 months 3 days 04:05:06.5', [1, NULL], ['a b', ''], {'x': 1}, MAP {'k': [1]}, [[1], [2]];
SELECT '00000000-0000-4000-8000-00000000abcd'::UUID;
""",
    )
    assert printed.splitlines() == [
        "t|12|170141183460469231731|12.50|1|1e+20|NaN",
        'žluť||-|\\x00ff|0101|{"a": 1}',
        "2024-02-29|01:02:03.5|2024-02-29 12:34:56.7|2024-02-29 10:00:00+00",
        '1 year 2 mons 3 days 04:05:06.5|{1,NULL}|{"a b",""}|{"x":1}|{"k":[1]}|[[1],[2]]',
        "00000000-0000-4000-8000-00000000abcd",
    ]
    columns = ", ".join(f"{number} AS c{number}" for number in range(1600))
    assert answers(login, f"SELECT {columns};").strip().split("|")[-1] == "1599"
    assert len(answers(login, "SELECT repeat('ž🐎', 200000);").strip()) == 400_000


@covers("psql", "transactions, failed block, COMMIT -> ROLLBACK", "savepoints", "SQLSTATE classes (10 typical errors)")
@covers("psql commands", "\\errverbose")
def test_failed_blocks_savepoints_and_states(login: Login) -> None:
    script = """CREATE OR REPLACE TABLE psql_block (i INTEGER NOT NULL CHECK (i < 100), UNIQUE (i));
BEGIN;
INSERT INTO psql_block VALUES (1);
SAVEPOINT here;
SELECT nothing FROM psql_block;
SELECT 'never';
ROLLBACK TO here;
COMMIT;
FROM psql_block;
"""
    done = run_psql(login, script)
    assert done.stdout == "1\n"
    assert "current transaction is aborted, commands ignored until end of transaction block" in done.stderr
    cases = {
        "SELEC 1": "42601",
        "FROM psql_missing": "42P01",
        "SELECT nothing FROM psql_block": "42703",
        "SELECT no_such_function(1)": "42883",
        "SELECT 'x'::INTEGER": "22P02",
        "SELECT 300000::SMALLINT": "22003",
        "INSERT INTO psql_block VALUES (1)": "23505",
        "INSERT INTO psql_block VALUES (NULL)": "23502",
        "INSERT INTO psql_block VALUES (500)": "23514",
        "CREATE TABLE psql_block (i INTEGER)": "42P07",
    }
    done = run_psql(login, "".join(f"{statement};\n\\errverbose\n" for statement in cases))
    assert re.findall(r"^ERROR:  ([0-9A-Z]{5}): ", done.stderr + done.stdout, re.MULTILINE) == list(cases.values())


@covers("psql", "notices")
def test_notices_and_warnings(login: Login) -> None:
    done = run_psql(login, "DROP TABLE IF EXISTS psql_never;\nCOMMIT;\nSET client_min_messages = error;\nCOMMIT;\n")
    assert done.stderr.splitlines() == [
        'NOTICE:  table "psql_never" does not exist, skipping',
        "WARNING:  there is no transaction in progress",
    ]


@covers("psql", "read project table, write refused 42501")
def test_project_tables_are_for_reading(login: Login) -> None:
    assert answers(login, "SELECT * FROM in_c_sales.orders ORDER BY id;") == "1|1.5\n2|2.5\n3|3.5\n"
    for statement in (
        "DELETE FROM in_c_sales.orders",
        "DROP TABLE in_c_sales.orders",
        "COPY in_c_sales.orders FROM STDIN",
    ):
        done = run_psql(login, f"\\set VERBOSITY verbose\n{statement};\n9\t9\n\\.\n")
        assert "42501" in done.stderr, done.stderr


@covers("psql", "DECLARE/FETCH cursors", "two open cursors, query while a cursor is open: no lost rows")
def test_two_cursors_and_a_query_between(login: Login) -> None:
    script = """BEGIN;
DECLARE a CURSOR FOR SELECT range FROM range(5000) ORDER BY 1;
DECLARE b SCROLL CURSOR FOR SELECT -range FROM range(5000) ORDER BY 1 DESC;
FETCH 2 FROM a;
FETCH 2 FROM b;
CREATE OR REPLACE TABLE psql_between AS SELECT 42 AS i;
MOVE FORWARD 4990 IN a;
FETCH ALL FROM a;
FETCH LAST FROM b;
FROM psql_between;
COMMIT;
"""
    expected = ["0", "1", "0", "-1", *(str(number) for number in range(4992, 5000)), "-4999", "42"]
    assert answers(login, script).split() == expected


@covers("psql", "DISCARD/RESET/DEALLOCATE, pool reset")
def test_a_session_is_made_new(login: Login) -> None:
    script = """SET TimeZone = 'Asia/Tokyo';
PREPARE plan AS SELECT 1;
CREATE TEMP TABLE psql_temp (i INTEGER);
DISCARD ALL;
SHOW TimeZone;
EXECUTE plan;
FROM psql_temp;
"""
    done = run_psql(login, script)
    assert done.stdout == "UTC\n"
    assert 'prepared statement "plan" does not exist' in done.stderr
    assert 'relation "psql_temp" does not exist' in done.stderr


@covers("psql", "COPY IN text / csv / binary", "COPY OUT text / csv / binary", "COPY errors, CopyFail, cancel")
@covers("psql commands", "\\copy")
def test_copy_in_all_its_forms(login: Login, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('id,name\n1,"a, ""b"""\n2,\n')
    binary, text = tmp_path / "all.bin", tmp_path / "all.txt"
    script = f"""CREATE OR REPLACE TABLE psql_copy (id INTEGER, name VARCHAR);
\\copy psql_copy from '{tmp_path}/in.csv' csv header
\\copy psql_copy (id, name) from stdin
3\tx\\ty
4\t\\N
\\.
COPY psql_copy FROM STDIN WITH (FORMAT csv, DELIMITER ';');
5;five
\\.
\\copy (select * from psql_copy order by id) to stdout with (format csv, header)
\\copy psql_copy to '{binary}' with binary
\\copy psql_copy to '{text}'
CREATE OR REPLACE TABLE psql_copied (id INTEGER, name VARCHAR);
\\copy psql_copied from '{binary}' (format binary)
SELECT count(*) FROM (FROM psql_copy INTERSECT FROM psql_copied);
COPY (SELECT name FROM psql_copy WHERE id = 3) TO STDOUT;
\\copy (select 1) to program 'cat'
"""
    assert answers(login, script) == 'id,name\n1,"a, ""b"""\n2,\n3,x\ty\n4,\n5,five\n5\nx\\ty\n1\n'
    assert sorted(text.read_text().splitlines()) == ['1\ta, "b"', "2\t\\N", "3\tx\\ty", "4\t\\N", "5\tfive"]
    broken = run_psql(login, "\\copy psql_copy from stdin\n6\tsix\nx\tseven\n\\.\nSELECT count(*) FROM psql_copy;\n")
    assert broken.stdout == "5\n"
    assert "CONTEXT:  COPY psql_copy, line 2" in broken.stderr
    assert "permission denied" in run_psql(login, "COPY psql_copy TO '/tmp/psql_copy.txt';").stderr.lower()


@covers("psql commands", *(f"\\{name}" for name in CATALOG_COMMANDS), "\\sv", "\\sf", "\\c")
@covers("psql", "metadata: list, describe, keys, indexes, comments")
def test_looks_around(login: Login) -> None:
    script = """\\set QUIET on
CREATE OR REPLACE TABLE psql_orders (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL);
CREATE OR REPLACE VIEW psql_view AS SELECT id FROM psql_orders;
CREATE OR REPLACE MACRO psql_macro(x) AS x + 1;
CREATE INDEX IF NOT EXISTS psql_by_name ON psql_orders (name);
COMMENT ON TABLE psql_orders IS 'What was ordered';
"""
    commands = "".join(f"\\{name}\n" for name in CATALOG_COMMANDS)
    own = (
        "\\d psql_orders\n\\d+ psql_orders\n\\d in_c_sales.orders\n\\dt in_c_sales.*\n\\sv psql_view\n\\sf psql_macro\n"
    )
    printed = answers(login, f"{script}{commands}{own}\\c\nSELECT 'again';\n", "-X", "-P", "pager=off")
    for words in ("psql_orders", "What was ordered", "psql_by_name", "PRIMARY KEY", "in_c_sales", "double precision"):
        assert words in printed
    assert printed.rstrip().endswith("(1 row)")
    assert "again" in printed


@covers("psql commands", "\\timing", "\\gdesc", "\\gset", "\\gexec", "\\x", "\\crosstabview", "\\encoding")
def test_commands_around_queries(login: Login) -> None:
    assert re.fullmatch(r"1\nTime: [\d.]+ ms( \(.*\))?\n", answers(login, "\\timing on\nSELECT 1;\n"))
    assert answers(login, "SELECT 1::BIGINT AS a, 'x' AS b, now() AS c \\gdesc\n").split() == [
        "a|bigint",
        *("b|character", "varying"),
        *("c|timestamp", "with", "time", "zone"),
    ]
    assert answers(login, "SELECT 6 * 7 AS n, 'it''s' AS word \\gset\nSELECT :n, :'word';\n") == "42|it's\n"
    assert answers(login, "SELECT 'SELECT ' || range FROM range(3) \\gexec\n") == "0\n1\n2\n"
    assert answers(login, "\\x\nSELECT 1 AS a, 2 AS b;\n") == "a|1\nb|2\n"
    crossed = "SELECT * FROM (VALUES ('a', 'x', 1), ('a', 'y', 2), ('b', 'x', 3)) v(r, c, n) \\crosstabview\n"
    assert answers(login, crossed, "-X", "-A", "-q") == "r|x|y\na|1|2\nb|3|\n(2 rows)\n"
    assert answers(login, "\\encoding UTF8\n\\encoding\nSELECT length('ž');\n") == "UTF8\n1\n"


@covers("psql commands", "\\watch")
def test_watch_runs_a_query_until_it_fails(login: Login) -> None:
    script = (
        "CREATE OR REPLACE SEQUENCE psql_times;\nSELECT error('enough') WHERE nextval('psql_times') > 3 \\watch 0.01\n"
    )
    assert "enough" in run_psql(login, script).stderr
    assert answers(login, "SELECT nextval('psql_times') > 3;") == "t\n"


@covers("psql commands", "\\password (refused)")
def test_a_password_is_not_changed_here(login: Login) -> None:
    done = run_psql(login, "new password\nnew password\n", *QUIET, "-c", "\\password")
    assert (done.returncode, "ERROR:" in done.stderr) == (1, True), done.stderr
    assert answers(login, "SELECT 1;") == "1\n"


@covers("psql commands", "ON_ERROR_ROLLBACK", "FETCH_COUNT", "AUTOCOMMIT off", "SINGLE_TRANSACTION (-1)")
def test_variables_that_change_what_is_sent(login: Login, tmp_path: Path) -> None:
    undoing = "\\set ON_ERROR_ROLLBACK on\nBEGIN;\nCREATE OR REPLACE TABLE psql_kept (i INTEGER);\nSELECT nothing;\n"
    done = run_psql(login, undoing + "INSERT INTO psql_kept VALUES (1);\nSELEC;\nCOMMIT;\nFROM psql_kept;\n")
    assert (done.stdout, done.stderr.count("ERROR")) == ("1\n", 2)
    pages = answers(login, "\\set FETCH_COUNT 100\nSELECT range FROM range(1005) ORDER BY 1;\n")
    assert pages.split() == [str(number) for number in range(1005)]
    run_psql(login, "\\set AUTOCOMMIT off\nINSERT INTO psql_kept VALUES (2);\nINSERT INTO psql_kept VALUES (3);\n")
    assert answers(login, "FROM psql_kept;") == "1\n"
    file = tmp_path / "broken.sql"
    file.write_text("INSERT INTO psql_kept VALUES (4);\nSELECT nothing;\nINSERT INTO psql_kept VALUES (5);\n")
    run_psql(login, "", *QUIET, "-v", "ON_ERROR_STOP=1", "-1", "-f", str(file))
    assert answers(login, "FROM psql_kept;") == "1\n"


@covers("psql commands", "-f with 1000 statements")
def test_a_file_of_a_thousand_statements(login: Login, tmp_path: Path) -> None:
    file = tmp_path / "many.sql"
    statements = [f"INSERT INTO psql_many VALUES ({number}, 'it''s; -- {number}');" for number in range(998)]
    lines = [
        "CREATE OR REPLACE TABLE psql_many (i INTEGER, t VARCHAR);",
        *statements,
        "SELECT count(*) FROM psql_many;",
    ]
    file.write_text("\n".join(lines))
    assert answers(login, "", *QUIET, "-v", "ON_ERROR_STOP=1", "-1", "-f", str(file)) == "998\n"


@covers("psql", "cancel running query; late cancel harmless")
@covers("psql commands", "Ctrl-C", "tab completion")
def test_at_the_keyboard(login: Login) -> None:
    with terminal(login) as screen:
        screen.type(ENDLESS + "\n")
        screen.wait_for("canceling statement due to user request", meanwhile="\x03")
        screen.type("\nSELECT 'al' || 'ive';\n")
        screen.wait_for("alive")
        screen.type("SELECT * FROM in_c_sal")
        screen.wait_for("in_c_sal")
        screen.type("\t")
        screen.wait_for("es.")
        screen.type("orders WHERE id = 3;\n")
        screen.wait_for("3|3.5")


@covers("psql", "wrong password, expired, limit: clean error")
def test_connections_have_a_limit_and_an_end(sql: SqlServer, ana: tuple, login: Login) -> None:
    owner, _ = ana
    other = make_workspace(sql, owner, name="soon gone")
    assert answers(other, "SELECT current_database() = 'workspace_' || 'ws';") == "f\n"
    owner.delete(f"/projects/{{p}}/workspaces/{other.workspace_id}").raise_for_status()
    assert "FATAL:" in run_psql(other, "SELECT 1;").stderr
