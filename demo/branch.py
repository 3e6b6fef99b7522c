"""A dev branch in the demo: clean up apart from main, look at the difference, push it, take it back."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from demo.api import Api, ApiFailure

NEVER_LEFT = "dep_time IS NULL"


def clean_up(console: Console, api: Api, *, project: str, bucket: str, rows: int) -> None:
    """Delete cancelled flights in a branch, push the table to main, restore the snapshot taken before the push."""
    branches = f"/projects/{project}/branches"
    branch = f"{branches}/{api.call('POST', branches, {'name': 'without cancelled flights'})['id']}"
    table = f"buckets/{bucket}/tables/flights"
    deleted = api.call("DELETE", f"{branch}/{table}/rows", {"where_clause": NEVER_LEFT})["deleted_rows"]
    expect(api, f"{branch}/{table}", rows - deleted)
    expect(api, f"{branches}/default/{table}", rows)
    console.print(
        f"  {deleted:,} rows deleted in the branch (WHERE {NEVER_LEFT}); main still has {rows:,}", soft_wrap=True
    )
    show_difference(console, api, branch)
    pushed = api.call("POST", f"{branch}/tables/{bucket}/flights/push")
    expect(api, f"{branches}/default/{table}", rows - deleted)
    console.print(f"  pushed: main has {rows - deleted:,} rows")
    console.print(f"  what it had is kept as {pushed['snapshot_id']}")
    api.call("POST", f"{branches}/default/snapshots/{pushed['snapshot_id']}/restore", {})
    expect(api, f"{branches}/default/{table}", rows)
    console.print(f"  restored: main has {rows:,} rows again")


def show_difference(console: Console, api: Api, branch: str) -> None:
    grid = Table("table", "change", "rows in main", "rows in the branch", box=box.SIMPLE_HEAD)
    for entry in api.call("GET", f"{branch}/diff")["tables"]:
        counts = (f"{entry[side]['row_count']:,}" if entry[side] else "" for side in ("main", "branch"))
        grid.add_row(f"{entry['bucket_name']}.{entry['table_name']}", entry["change"], *counts)
    console.print(grid)


def expect(api: Api, table_path: str, rows: int) -> None:
    found = api.call("GET", table_path)["row_count"]
    if found != rows:
        raise ApiFailure(f"rows of {table_path}: expected {rows}, found {found}.")
