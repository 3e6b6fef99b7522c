"""What the demo prints: tables, bars and the farewell."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from demo.server import HOME, ROOT, DemoServer

SHOWN = ("time_hour", "carrier", "flight", "origin", "dest", "dep_delay")
BAR_WIDTH = 36
CARRIERS_SHOWN = 12


def preview(console: Console, answer: dict[str, Any]) -> None:
    types = {column["name"]: column["type"] for column in answer["columns"]}
    shown, total = answer["preview_row_count"], answer["total_row_count"]
    grid = Table(caption=f"{shown} of {total:,} rows, {len(SHOWN)} of {len(types)} columns", box=box.SIMPLE_HEAD)
    for name in SHOWN:
        grid.add_column(
            f"{name}\n[dim]{types[name].lower()}[/]", justify="left" if types[name] == "VARCHAR" else "right"
        )
    for row in answer["rows"]:
        grid.add_row(*("[dim]null[/]" if row[name] is None else escape(str(row[name])) for name in SHOWN))
    console.print(grid)


def count_rows(path: Path) -> int:
    if path.suffix == ".parquet":
        return int(parquet.read_metadata(path).num_rows)
    with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def bars(console: Console, path: Path, names: dict[str, str]) -> None:
    """Flights per carrier, most first."""
    with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
        counts = Counter(row["carrier"] for row in csv.DictReader(file))
    most = max(counts.values())
    for carrier, count in counts.most_common(CARRIERS_SHOWN):
        bar = "█" * max(1, round(BAR_WIDTH * count / most))
        console.print(f"  {escape(names.get(carrier, carrier)):<28} [cyan]{bar}[/] {count:,}")


def farewell(
    console: Console,
    server: DemoServer,
    *,
    key: str,
    project: str,
    bucket: str,
    connection: dict[str, Any],
    credential: dict[str, Any],
) -> None:
    """Where to go from here. The keys are of this throw-away server."""
    home = HOME.relative_to(ROOT)
    tables = f"$KB/projects/{project}/branches/default/buckets/{bucket}/tables"
    facts = Table.grid(padding=(0, 2))
    for label, value in (
        ("Console", f"{server.url}/admin/"),
        ("Operator", f"admin / {server.operator_password}"),
        ("API", f"{server.url}/docs (interactive), {server.url}/openapi.json"),
        ("Driver", f"gRPC 127.0.0.1:{server.driver_port} with reflection, and {server.url}/driver/commands"),
        ("Project key", key),
        ("Admin key", f"in {home}/admin_key"),
        ("Table files", f"{home}/data/duckdb/project_{project}/{bucket}/ (open them READ_ONLY with any DuckDB)"),
    ):
        facts.add_row(f"[bold]{label}[/]", escape(value))
    console.print()
    console.print(Panel(facts, title="kbstore is ready", border_style="green"))
    console.print("Try:\n", style="bold")
    for line in (
        f"export KB={server.url} KEY={key}",
        f'curl -s -H "Authorization: Bearer $KEY" {tables}',
        f'curl -s -H "Authorization: Bearer $KEY" "{tables}/flights/preview?limit=3"',
        f'curl -s -H "Authorization: Bearer $KEY" $KB/projects/{project}/jobs',
        f"PGPASSWORD={connection['password']} {connection['connection_strings']['psql']}",
        f"    SELECT * FROM {bucket}.weather LIMIT 5;    \\dt {bucket}.*    TABLE late_routes;",  # noqa: S608 - to be typed
        "python3 -m venv .demo/cli && .demo/cli/bin/pip install -q './sdk[cli]'",
        f"KEBOOLA_DUCKDB_URL=$KB KEBOOLA_DUCKDB_API_KEY=$KEY .demo/cli/bin/keboola-duckdb "
        f"tables profile {project} {bucket} flights --distribution",
        f"AWS_ACCESS_KEY_ID={credential['access_key_id']} AWS_SECRET_ACCESS_KEY={credential['secret_access_key']} "
        f"aws --endpoint-url http://127.0.0.1:{server.s3_port} s3 ls --recursive s3://{credential['bucket']}/",
    ):
        console.print(f"  {line}", markup=False, soft_wrap=True)
    console.print()
