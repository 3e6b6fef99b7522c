"""What PostgreSQL clients are expected to do with kbstore, and the mark by which a test says what it covers."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

CLIENTS: Final = (
    "psql",
    "libpq C",
    "psycopg2",
    "psycopg 3",
    "asyncpg",
    "pg8000",
    "SQLAlchemy 2",
    "pgjdbc",
    "node-pg",
    "pgx 5",
    "DuckDB ext",
)

#: One letter for each client, in their order: M must, S should, - does not apply.
FEATURES: Final = {
    "TLS require / verify-full / direct": "MMMMMMMMMMM",
    "plaintext when allowed, refused when not": "MMMMMMMMMMS",
    "SCRAM-SHA-256": "MMMMMMMMMMM",
    "channel binding (PLUS)": "MMMM--SS-SS",
    "wrong password, expired, limit: clean error": "MMMMMMMMMMS",
    "start-up options and GUCs": "MMMMMSMMSMS",
    "simple query, multi-statement": "MMMMM-MMMSM",
    "extended query, unnamed and named": "SM-MMMMMMM-",
    "parameter inference without OIDs": "-M-MMMMMMM-",
    "binary parameters and results, all types": "-M-MMSMMSM-",
    "text results, all types": "MMMMSMMMMS-",
    "arrays, json, interval, numeric, timestamptz, bytea, uuid round trip": "MMMMMMMMMMM",
    "NULLs, empty strings, Unicode, 1 MB values, 1600 columns": "MMMMMMMMMMS",
    "portal suspension / fetch size": "-M-SM-SMMS-",
    "DECLARE/FETCH cursors": "MMMMSSMSSS-",
    "two open cursors, query while a cursor is open: no lost rows": "MMMMM-MMMS-",
    "pipeline / batch, error inside, skip to Sync": "-M-MM-SM-M-",
    "executemany 10k rows in one transaction": "--MMMMMM-M-",
    "transactions, failed block, COMMIT -> ROLLBACK": "MMMMMMMMMMM",
    "savepoints": "MSMMMSMMSM-",
    "RETURNING through the extended protocol": "-M-MMMMMMM-",
    "COPY IN text / csv / binary": "MMMMMMSMSMM",
    "COPY OUT text / csv / binary": "MMMMMMSMSMM",
    "COPY errors, CopyFail, cancel": "MMMMMS-SSSS",
    "cancel running query; late cancel harmless": "MMMMM-SMSMS",
    "statement_timeout, idle time-outs": "MMMMMSMMSS-",
    "notices": "MMMMMS-MMS-",
    "SQLSTATE classes (10 typical errors)": "MMMMMMMMMMS",
    "DISCARD/RESET/DEALLOCATE, pool reset": "MMMMMSMMSMM",
    "metadata: list, describe, keys, indexes, comments": "M--MM-MM-SM",
    "read project table, write refused 42501": "MMMMMMMMMMM",
}

#: Tools, and what people do with them.
SCENARIOS: Final = {
    "psql commands": (
        *(rf"\{name}" for name in "l l+ c conninfo dn dn+ d d+ dt dt+ dv di ds df du dT dx dp db dc dD dE des".split()),
        *(rf"\{name}" for name in "dRp dy sv sf copy timing watch gdesc gset gexec x crosstabview encoding".split()),
        r"\errverbose",
        r"\password (refused)",
        "ON_ERROR_ROLLBACK",
        "FETCH_COUNT",
        "AUTOCOMMIT off",
        "SINGLE_TRANSACTION (-1)",
        "-f with 1000 statements",
        "Ctrl-C",
        "tab completion",
    ),
    "pgjdbc DatabaseMetaData": (
        *(f"get{name}" for name in "Tables Columns PrimaryKeys ImportedKeys IndexInfo TypeInfo".split()),
        *(f"get{name}" for name in "Functions Schemas Catalogs".split()),
        "open a table, sort, filter, page",
        "edit an own table",
    ),
    "Django": ("connect", "ORM CRUD on own tables", "inspectdb", "atomic nesting", "iterator"),
    "pandas": ("to_sql", "to_sql (multi)", "to_sql (copy)", "read_sql", "chunksize", "read_sql_table"),
    "dbt-postgres": (
        *("debug", "seed", "run table", "run view", "run incremental", "run ephemeral", "snapshot", "test"),
        *("docs generate", "sources on project schemas", "grants"),
    ),
    "DuckDB postgres extension": (
        *("ATTACH", "SHOW ALL TABLES", "SELECT with push-down", "COUNT", "CTAS from us", "CTAS into us"),
        *("INSERT", "DETACH"),
    ),
    "ADBC": ("connect", "fetch Arrow", "bound parameters", "ingest", "transactions", "get_objects"),
}


def covers(subject: str, *features: str) -> pytest.MarkDecorator:
    """The mark of a test that shows, when it passes, that `subject` (a client or a tool) can do `features`."""
    known = FEATURES if subject in CLIENTS else SCENARIOS[subject]
    if unknown := [feature for feature in features if feature not in known]:
        raise ValueError(f"not in the matrix for {subject}: {unknown}")
    return pytest.mark.covers(subject, *features)


def by(*clients: str, covering: str | tuple[str, ...]) -> pytest.MarkDecorator:
    """Run a test once for each of `clients`, given to it as the argument `client`, and let it cover the features."""
    features = (covering,) if isinstance(covering, str) else covering
    params = [pytest.param(client, marks=covers(client, *features), id=client) for client in clients]
    return pytest.mark.parametrize("client", params)


def required(client: str, feature: str) -> str:
    """M, S or -."""
    return FEATURES[feature][CLIENTS.index(client)]


def covered() -> set[tuple[str, str]]:
    """(subject, feature) of all tests in this package, whether they pass or not."""
    return {found for test in _tests() for found in _covered_by(test)}


def _tests() -> Iterator[object]:
    package = Path(__file__).parent
    for module_info in pkgutil.walk_packages([str(package)], prefix="tests.clients."):
        if module_info.name.rpartition(".")[2].startswith("test_"):
            module = importlib.import_module(module_info.name)
            yield module
            yield from (found for name, found in vars(module).items() if name.startswith("test_"))


def _covered_by(test: object) -> Iterator[tuple[str, str]]:
    marks = getattr(test, "pytestmark", [])
    for mark in [marks] if isinstance(marks, (pytest.Mark, pytest.MarkDecorator)) else marks:
        if mark.name == "covers":
            yield from pairs(mark)
        if mark.name == "parametrize":
            for param in mark.args[1]:
                yield from (pair for inner in getattr(param, "marks", ()) for pair in pairs(inner))


def pairs(mark: pytest.Mark | pytest.MarkDecorator) -> Iterator[tuple[str, str]]:
    """(subject, feature) of one mark; nothing for marks of other kinds."""
    if mark.name == "covers":
        subject, *features = mark.args
        yield from ((subject, feature) for feature in features)
