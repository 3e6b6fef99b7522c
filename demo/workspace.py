"""A workspace in the demo: an analyst's SQL over PostgreSQL's protocol, on the project's tables and on own ones."""

from __future__ import annotations

from typing import Any

import psycopg
from rich import box
from rich.console import Console
from rich.table import Table

from demo.api import Api, ApiFailure

WORST_ROUTES = """
    CREATE TABLE late_routes AS
    SELECT origin, f.dest, a.name AS carrier, count(*) AS flights, round(avg(arr_delay), 1) AS mean_delay
    FROM {bucket}.flights f JOIN {bucket}.airlines a USING (carrier)
    WHERE arr_delay IS NOT NULL
    GROUP BY ALL HAVING count(*) >= 100
"""


def query(console: Console, api: Api, *, project: str, bucket: str) -> dict[str, Any]:
    """Make a workspace and use it as psql does; returns its connection."""
    workspace = api.call("POST", f"/projects/{project}/workspaces", {"name": "analyst"})
    connection: dict[str, Any] = workspace["connection"]
    try:
        with psycopg.connect(**parameters(connection)) as session:
            flights = session.execute(f"SELECT count(*) FROM {bucket}.flights").fetchone()  # noqa: S608 - a name of ours
            session.execute(WORST_ROUTES.format(bucket=bucket))
            rows = session.execute("SELECT * FROM late_routes ORDER BY mean_delay DESC LIMIT 6")
            show(console, rows)
    except psycopg.Error as error:
        raise ApiFailure(f"SQL in the workspace: {error}") from error
    console.print(f"  {flights[0] if flights else 0:,} flights read where they are; late_routes is the analyst's own")
    return connection


def parameters(connection: dict[str, Any]) -> dict[str, Any]:
    """Of a workspace's connection, as libpq names them."""
    return {
        "host": "127.0.0.1",
        "port": connection["port"],
        "dbname": connection["database"],
        "user": connection["username"],
        "password": connection["password"],
        "sslmode": connection["ssl_mode"],
    }


def show(console: Console, rows: psycopg.Cursor[Any]) -> None:
    grid = Table(box=box.SIMPLE_HEAD)
    for column in rows.description or ():
        grid.add_column(column.name, justify="left" if column.type_display in ("text", "varchar") else "right")
    for row in rows:
        grid.add_row(*map(str, row))
    console.print(grid)
