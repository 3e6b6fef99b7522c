"""node-postgres, its cursors and its COPY streams, driven by the scripts in `node/`."""

from __future__ import annotations

import os
import subprocess

from tests.clients.installed import NODE_MODULES, require_file, require_program
from tests.clients.matrix import covers
from tests.wire.pgwire.sql_cast import Login, SqlServer


def run_script(name: str, environment: dict[str, str]) -> None:
    node = require_program("node")
    require_file(NODE_MODULES / "pg")
    script = NODE_MODULES.parent / f"{name}.js"
    variables = {"PATH": os.environ["PATH"], **environment}
    done = subprocess.run([node, script], env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@covers(
    "node-pg",
    "TLS require / verify-full / direct",
    "plaintext when allowed, refused when not",
    "SCRAM-SHA-256",
    "wrong password, expired, limit: clean error",
    "start-up options and GUCs",
)
def test_logs_in_with_and_without_tls(sql: SqlServer, login: Login) -> None:
    certificate = sql.live.data_dir / "tls" / "server.crt"
    run_script("logins", login.environment() | {"CERTIFICATE": str(certificate)})


@covers("node-pg", "plaintext when allowed, refused when not")
def test_is_told_that_the_server_wants_tls(strict_environment: dict[str, str]) -> None:
    run_script("plaintext_refused", strict_environment)


@covers(
    "node-pg",
    "simple query, multi-statement",
    "extended query, unnamed and named",
    "parameter inference without OIDs",
    "NULLs, empty strings, Unicode, 1 MB values, 1600 columns",
    "RETURNING through the extended protocol",
    "DISCARD/RESET/DEALLOCATE, pool reset",
)
def test_queries_with_and_without_parameters(login: Login) -> None:
    run_script("queries", login.environment())


@covers(
    "node-pg",
    "binary parameters and results, all types",
    "text results, all types",
    "arrays, json, interval, numeric, timestamptz, bytea, uuid round trip",
)
def test_values_of_every_type(login: Login) -> None:
    run_script("values", login.environment())


@covers(
    "node-pg",
    "portal suspension / fetch size",
    "DECLARE/FETCH cursors",
    "two open cursors, query while a cursor is open: no lost rows",
)
def test_results_in_pages(login: Login) -> None:
    run_script("pages", login.environment())


@covers(
    "node-pg",
    "transactions, failed block, COMMIT -> ROLLBACK",
    "savepoints",
    "cancel running query; late cancel harmless",
    "statement_timeout, idle time-outs",
    "notices",
    "SQLSTATE classes (10 typical errors)",
    "read project table, write refused 42501",
)
def test_transactions_errors_and_cancelling(login: Login) -> None:
    run_script("transactions", login.environment())


@covers(
    "node-pg",
    "COPY IN text / csv / binary",
    "COPY OUT text / csv / binary",
    "COPY errors, CopyFail, cancel",
)
def test_copies_in_and_out(login: Login) -> None:
    run_script("copies", login.environment())
