"""A workspace with tables, keys, a view, an index, a sequence and an enum, next to two tables of the project."""

from __future__ import annotations

from typing import Any

from storage.engine.native import ListOf, NativeConnection, NativeDatabase, prepare, rows
from workspaces.pgcatalog.installation import install, refresh
from workspaces.pgcatalog.project import ProjectColumn, ProjectRelation
from workspaces.sql.rewrite.catalog_names import to_emulated
from workspaces.sql.rewrite.pipeline import rewrite

OWN_OBJECTS = """
ATTACH ':memory:' AS ws;
USE ws;
CREATE SCHEMA other;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL UNIQUE, m mood DEFAULT 'sad', CHECK (id > 0));
CREATE TABLE "Orders" (
    id BIGINT, line INTEGER, customer INTEGER REFERENCES customers (id), amount DECIMAL(12,2) DEFAULT 0,
    tags VARCHAR[], made TIMESTAMPTZ, PRIMARY KEY (id, line));
CREATE VIEW big AS SELECT * FROM "Orders" WHERE amount > 100;
CREATE INDEX orders_amount ON "Orders" (amount, customer);
CREATE SEQUENCE numbers START 5;
COMMENT ON TABLE customers IS 'who buys';
COMMENT ON COLUMN customers.name IS 'as written';
"""
PROJECT_TABLES = (
    ProjectRelation(
        "in_c_sales",
        "orders",
        (
            ProjectColumn("id", "BIGINT", nullable=False),
            ProjectColumn("customer", "VARCHAR"),
            ProjectColumn("amount", "DECIMAL(12,2)"),
            ProjectColumn("tags", "VARCHAR[]"),
        ),
        primary_key=("id",),
        row_count=7,
        comment="what was sold",
    ),
    ProjectRelation("in_c_sales", "visits", (ProjectColumn("at", "TIMESTAMP"),)),
    ProjectRelation("in_c_sales", "v", (ProjectColumn("id", "BIGINT"),)),
)


class Sample:
    """The workspace as its user asks it: text goes through the rewriter, values come as text where they are bound."""

    def __init__(self) -> None:
        self.database = NativeDatabase({"threads": "1"})
        self.connection: NativeConnection = self.database.connect()
        self.connection.run(OWN_OBJECTS)
        install(self.connection, database="ws", user="workspace_user")
        refresh(self.connection, PROJECT_TABLES)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return rows(self.connection, self.rewritten(sql))

    def rewritten(self, sql: str) -> str:
        return to_emulated(rewrite(sql).text).text

    def run(self, sql: str, parameters: list[str | None]) -> tuple[list[str], int]:
        """Names of the columns and number of rows."""
        statement = prepare(self.connection, self.rewritten(sql))
        try:
            for index, value in enumerate(parameters[: statement.parameter_count], 1):
                statement.bind(index, _bindable(value, statement.parameter_types[index - 1]))
            result = statement.execute()
            count = sum(batch.num_rows for batch in result.batches())
            return [column.name for column in result.columns], count
        finally:
            statement.close()


def _bindable(value: str | None, type_name: str | None) -> str | ListOf | None:
    """Arrays as the server decodes them from what clients send."""
    if value is not None and type_name is not None and type_name.endswith("[]"):
        return ListOf(type_name[:-2], [int(item) for item in value.strip("{}").split(",") if item])
    return value
