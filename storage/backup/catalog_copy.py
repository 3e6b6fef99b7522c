"""Copying the catalog while others write to it, and putting a copy into an empty place."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import QuerySet

from files.models import Content, File, FileState
from storage.backup.errors import BackupFailed, RestoreRefused
from storage.models import TableVersion

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
NAMES = {SQLITE: "catalog.sqlite3", POSTGRESQL: "catalog.pgdump"}


@dataclass(frozen=True)
class NamedVersion:
    """A version that a catalog names."""

    project_id: str
    version_id: str
    size_bytes: int
    checksum: str


@dataclass(frozen=True)
class NamedFile:
    """A registered file, or a piece of an object, that a catalog names; `path` is its name in the file storage."""

    path: str
    size_bytes: int
    checksum: str | None


@dataclass(frozen=True)
class Named:
    """What a catalog says is there."""

    versions: list[NamedVersion]
    files: list[NamedFile]


def catalog_kind() -> str:
    return connections[DEFAULT_DB_ALIAS].vendor


def named_now() -> Named:
    """What the live catalog names at this moment."""
    return _named([list(rows.iterator()) for rows in _queries()])


@contextmanager
def copied_catalog(target: Path) -> Iterator[Named]:
    """Write a copy of the catalog to `target`, as of one moment; yields what it names. Writers are not held up."""
    if catalog_kind() == SQLITE:
        yield _copy_sqlite(target)
        return
    # The dump and the queries see the same moment: that of this transaction.
    with transaction.atomic(), connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        _run_postgres_tool("pg_dump", "--format=custom", f"--snapshot={cursor.fetchone()[0]}", f"--file={target}")
        yield named_now()


def _copy_sqlite(target: Path) -> Named:
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    with closing(sqlite3.connect(target)) as copy:
        # All pages in one step: a copy in several begins again whenever somebody writes.
        connection.connection.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")
        return _named([copy.execute(*_without_parameters(rows)).fetchall() for rows in _queries()])


def _queries() -> tuple[QuerySet[Any, Any], ...]:
    versions = TableVersion.objects.order_by("pk").values_list("project_id", "pk", "size_bytes", "checksum")
    files = File.objects.order_by("pk").values_list("path", "size_bytes", "checksum_sha256", "state")
    return versions, files, Content.objects.order_by("pk").values_list("path", "size_bytes", "pieces")


def _without_parameters(rows: QuerySet[Any, Any]) -> tuple[str]:
    statement, parameters = rows.query.sql_with_params()
    if parameters:
        raise RuntimeError("This query needs a connection of Django's")
    return (statement,)


def _named(rows: list[list[Any]]) -> Named:
    versions, files, contents = rows
    registered = {facts[0]: NamedFile(*facts) for *facts, state in files if state == FileState.REGISTERED}
    # The content of a registered file's object is the file's.
    pieces = [NamedFile(path, size_bytes, None) for path, size_bytes in _pieces(contents) if path not in registered]
    return Named([NamedVersion(*row) for row in versions], [*registered.values(), *pieces])


def _pieces(contents: list[Any]) -> Iterator[tuple[str, int]]:
    """Names and sizes in bytes; a copy in SQLite is read without the help of the model, so its JSON is text."""
    for path, size_bytes, pieces in contents:
        if pieces is None:
            yield path, size_bytes
        else:
            yield from json.loads(pieces) if isinstance(pieces, str) else pieces


def require_empty_catalog(kind: str, sqlite_path: Path) -> None:
    """Raises RestoreRefused unless a catalog of this kind can be put where the settings say and nothing is there."""
    if kind != catalog_kind():
        raise RestoreRefused(f"The backup holds a {kind} catalog, but DATABASE_URL names a {catalog_kind()} one.")
    if kind == SQLITE:
        if sqlite_path.exists():
            raise RestoreRefused(f"{sqlite_path} exists. A restore never overwrites a catalog.")
        return
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        if connection.introspection.table_names(cursor):
            raise RestoreRefused("The database of DATABASE_URL is not empty. A restore never overwrites a catalog.")


def put_catalog(kind: str, copy: Path, sqlite_path: Path) -> None:
    """The moment of the restore: before it there is no catalog, after it there is all of it."""
    if kind == SQLITE:
        shutil.move(copy, sqlite_path)
        return
    connections.close_all()
    database = connections[DEFAULT_DB_ALIAS].settings_dict["NAME"]
    options = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", f"--dbname={database}")
    _run_postgres_tool("pg_restore", *options, str(copy))
    copy.unlink()


def _run_postgres_tool(tool: str, *arguments: str) -> None:
    """Run a client program of PostgreSQL's on the database of the settings. Raises BackupFailed."""
    program = shutil.which(tool)
    if program is None:
        raise BackupFailed(f"{tool} is not installed. Install PostgreSQL's client programs of the server's version.")
    database = connections[DEFAULT_DB_ALIAS].settings_dict
    # By the environment: the arguments of a process can be read by every user of the host.
    wanted = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    environment = {variable: str(database[name]) for variable, name in wanted.items() if database.get(name)}
    done = subprocess.run(  # noqa: S603 - a fixed program, no shell
        [program, *arguments], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupFailed(f"{tool} failed: {done.stderr.strip()[:2000]}")
