"""pgjdbc in a Java of its own, driven by the programs in `jdbc/`."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.clients.installed import HERE, PGJDBC_JAR, require_file, require_program
from tests.clients.matrix import covers
from tests.wire.pgwire.sql_cast import Login, SqlServer

SOURCES = sorted((HERE / "jdbc").glob("*.java"))
#: The programs are short: no time for the optimising compiler, no heap worth a second collector.
FLAGS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m")
METADATA = "metadata: list, describe, keys, indexes, comments"


@pytest.fixture(scope="session")
def classes() -> Path:
    """The compiled programs, kept in a directory that is named after their text; Java has the compiler in it."""
    java = require_program("java")
    require_file(PGJDBC_JAR)
    text = b"".join(source.read_bytes() for source in SOURCES)
    kept = Path(tempfile.gettempdir()) / f"kbstore-tests-jdbc-{hashlib.sha256(text).hexdigest()[:16]}"
    if not kept.exists():
        with tempfile.TemporaryDirectory(dir=kept.parent) as made:
            compiler = [java, *FLAGS, "-m", "jdk.compiler/com.sun.tools.javac.Main", "-Xlint:all", "-Werror"]
            subprocess.run([*compiler, "-cp", PGJDBC_JAR, "-d", made, *SOURCES], check=True, timeout=120)
            _move(Path(made), kept)
    return kept


def _move(made: Path, kept: Path) -> None:
    """Another worker may have been faster."""
    try:
        made.rename(kept)
    except OSError:
        assert kept.exists()
    else:
        made.mkdir()


def run_program(classes: Path, environment: dict[str, str], name: str, *arguments: str) -> None:
    command = ["java", *FLAGS, "-cp", f"{classes}:{PGJDBC_JAR}", name, *arguments]
    variables = {"PATH": os.environ["PATH"], **environment}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@covers(
    "pgjdbc",
    "TLS require / verify-full / direct",
    "plaintext when allowed, refused when not",
    "SCRAM-SHA-256",
    "wrong password, expired, limit: clean error",
    "start-up options and GUCs",
)
def test_logs_in_with_and_without_tls(classes: Path, sql: SqlServer, login: Login) -> None:
    certificate = sql.live.data_dir / "tls" / "server.crt"
    run_program(classes, login.environment() | {"CERTIFICATE": str(certificate)}, "Logins")


@covers("pgjdbc", "plaintext when allowed, refused when not")
def test_is_told_that_the_server_wants_tls(classes: Path, strict_environment: dict[str, str]) -> None:
    run_program(classes, strict_environment, "Logins", "refused")


@covers(
    "pgjdbc",
    "simple query, multi-statement",
    "extended query, unnamed and named",
    "parameter inference without OIDs",
    "NULLs, empty strings, Unicode, 1 MB values, 1600 columns",
    "RETURNING through the extended protocol",
    "notices",
)
def test_queries_in_all_modes_of_the_driver(classes: Path, login: Login) -> None:
    run_program(classes, login.environment(), "Queries")


@covers(
    "pgjdbc",
    "binary parameters and results, all types",
    "text results, all types",
    "arrays, json, interval, numeric, timestamptz, bytea, uuid round trip",
)
def test_values_of_every_type(classes: Path, login: Login) -> None:
    run_program(classes, login.environment(), "Values")


@covers(
    "pgjdbc",
    "portal suspension / fetch size",
    "DECLARE/FETCH cursors",
    "two open cursors, query while a cursor is open: no lost rows",
)
def test_results_in_pages(classes: Path, login: Login) -> None:
    run_program(classes, login.environment(), "Fetches")


@covers("pgjdbc", "pipeline / batch, error inside, skip to Sync", "executemany 10k rows in one transaction")
def test_batches(classes: Path, login: Login) -> None:
    run_program(classes, login.environment(), "Batches")


@covers(
    "pgjdbc",
    "transactions, failed block, COMMIT -> ROLLBACK",
    "savepoints",
    "cancel running query; late cancel harmless",
    "statement_timeout, idle time-outs",
    "SQLSTATE classes (10 typical errors)",
    "DISCARD/RESET/DEALLOCATE, pool reset",
    "read project table, write refused 42501",
)
def test_transactions_errors_and_cancelling(classes: Path, login: Login) -> None:
    run_program(classes, login.environment(), "Transactions")


@covers(
    "pgjdbc",
    "COPY IN text / csv / binary",
    "COPY OUT text / csv / binary",
    "COPY errors, CopyFail, cancel",
)
def test_copies_in_and_out(classes: Path, login: Login) -> None:
    run_program(classes, login.environment(), "Copies")


@covers("pgjdbc", METADATA)
@covers(
    "pgjdbc DatabaseMetaData",
    *("getTables", "getColumns", "getPrimaryKeys", "getImportedKeys", "getIndexInfo", "getTypeInfo"),
    *("getFunctions", "getSchemas", "getCatalogs"),
)
def test_looks_around_as_dbeaver_and_datagrip_do(classes: Path, login: Login) -> None:
    run_program(classes, login.environment(), "Metadata")


@covers("pgjdbc DatabaseMetaData", "open a table, sort, filter, page", "edit an own table")
def test_opens_and_edits_a_table(classes: Path, login: Login) -> None:
    run_program(classes, login.environment(), "Metadata", "editing")
