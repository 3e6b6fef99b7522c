"""A staged table in a confined DuckDB instance, to load files into."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from storage.engine.loader import LoadCounts, load_rows
from storage.engine.monitor import Monitor
from storage.engine.specs import ColumnSpec, LoadSpec, TableSpec
from storage.engine.sql import create_table_sql

TABLE = "staged.main.data"


def table(*columns: str, key: tuple[str, ...] = ()) -> TableSpec:
    """A spec from texts such as `id INTEGER NOT NULL` and `state VARCHAR DEFAULT 'new'`."""
    return TableSpec(tuple(_column(text, key) for text in columns), key)


def _column(text: str, key: tuple[str, ...]) -> ColumnSpec:
    definition, _, default = text.partition(" DEFAULT ")
    required = definition.endswith(" NOT NULL")
    name, kind = definition.removesuffix(" NOT NULL").split(" ", 1)
    return ColumnSpec(name, kind, nullable=not required and name not in key, default=default or None)


@dataclass
class Bench:
    """Loads into one table and looks at it."""

    connection: duckdb.DuckDBPyConnection
    directory: Path
    spec: TableSpec

    def load(self, content: bytes | Path, *, name: str = "input.csv", **order: Any) -> LoadCounts:
        path = content if isinstance(content, Path) else self.directory / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        spec = LoadSpec(path=path, **order)
        if not spec.incremental:
            self.connection.execute(f"DELETE FROM {TABLE}")
        return load_rows(
            connection=self.connection,
            table=TABLE,
            spec=self.spec,
            order=spec,
            monitor=Monitor(),
            base_is_empty=self.count() == 0,
        )

    def rows(self) -> list[tuple[Any, ...]]:
        return self.connection.execute(f"SELECT * FROM {TABLE} ORDER BY rowid").fetchall()

    def count(self) -> int:
        return self.connection.execute(f"SELECT count(*) FROM {TABLE}").fetchall()[0][0]

    def leftovers(self) -> list[str]:
        """What lies in the staging directory besides the staged file, and temporary tables."""
        files = [path.name for path in (self.directory / "staging").iterdir() if "staged" not in path.name]
        tables = self.connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name <> 'staged'")
        return files + [row[0] for row in tables.fetchall()]


@contextmanager
def opened(directory: Path, spec: TableSpec, *, memory: str = "1GB") -> Iterator[Bench]:
    staging = directory / "staging"
    staging.mkdir(exist_ok=True)
    connection = duckdb.connect(":memory:", config={"threads": 2, "memory_limit": memory})
    try:
        connection.execute(f"SET temp_directory = '{directory}/spill'")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET allowed_directories = ['{directory}/']")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        connection.execute(f"ATTACH '{staging}/staged.duckdb' AS staged")
        connection.execute(create_table_sql(spec, TABLE))
        yield Bench(connection, directory, spec)
    finally:
        connection.close()
