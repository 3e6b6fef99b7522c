"""`manage.py inspect`: what lies in the storage, from all projects down to the history of one table."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from rich.markup import escape
from rich.table import Table as Grid
from rich.tree import Tree

from kbstore.console.formatting import amount, count, size
from storage.management.operator_command import OperatorCommand
from storage.services.inspect_storage import inspect_bucket, inspect_project, inspect_projects, inspect_table


class Command(OperatorCommand):
    help = "Shows all projects, or one project, bucket or table: sizes, columns, history, snapshots, where files lie."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", nargs="?", help="id of a project; without it all are listed")
        parser.add_argument("bucket", nargs="?", help="name of one of its buckets")
        parser.add_argument("table", nargs="?", help="name of one of its tables")
        parser.add_argument("--json", action="store_true", help="the same as JSON")

    def run(self, *, project: str | None, bucket: str | None, table: str | None, json: bool, **_: Any) -> None:
        if project and bucket and table:
            found, show = inspect_table(project, bucket, table), show_table
        elif project and bucket:
            found, show = inspect_bucket(project, bucket), show_bucket
        elif project:
            found, show = inspect_project(project), show_project
        else:
            found, show = {"projects": inspect_projects()}, show_projects
        if json:
            self.write_json(found)
            return
        for part in show(found):
            self.console.print(part)


def show_projects(found: dict[str, Any]) -> Iterable[Any]:
    grid = _grid("projects", "id", "name", "buckets", "tables", "branches", "current", "with history")
    for project in found["projects"]:
        numbers = [count(project[name]) for name in ("bucket_count", "table_count", "branch_count")]
        sizes = [size(project[name]) for name in ("size_bytes", "kept_bytes")]
        grid.add_row(escape(project["id"]), escape(project["name"] or ""), *numbers, *sizes)
    yield grid


def show_project(found: dict[str, Any]) -> Iterable[Any]:
    tree = Tree(f"[bold]{escape(found['id'])}[/bold] {escape(found['name'] or '')}")
    buckets = tree.add(amount(len(found["buckets"]), "bucket"))
    for bucket in found["buckets"]:
        linked = f", shows {bucket['linked_to']}" if bucket["linked_to"] else ""
        numbers = f"{amount(bucket['table_count'], 'table')}, {size(bucket['size_bytes'])}{linked}"
        buckets.add(escape(f"{bucket['name']}  {numbers}"))
    branches = tree.add(f"{len(found['branches'])} dev branches")
    for branch in found["branches"]:
        own = amount(branch["own_tables"], "table")
        branches.add(escape(f"{branch['id']} {branch['name']}  {own} of its own"))
    yield tree


def show_bucket(found: dict[str, Any]) -> Iterable[Any]:
    grid = _grid(f"{found['project_id']} / {found['name']}", "table", "rows", "size", "versions", "changed")
    for table in found["tables"]:
        numbers = (count(table["row_count"]), size(table["size_bytes"]), count(table["version_count"]))
        grid.add_row(escape(table["name"]), *numbers, _moment(table["changed_at"]))
    yield grid


def show_table(found: dict[str, Any]) -> Iterable[Any]:
    tree = Tree(f"[bold]{escape('.'.join((found['bucket'], found['name'])))}[/bold]  {count(found['row_count'])} rows")
    columns = tree.add("columns")
    for column in found["columns"]:
        notes = ["key"] if column["name"] in found["primary_key"] else []
        notes += [] if column["nullable"] else ["not null"]
        notes += [f"default {column['default']}"] if column["default"] else []
        columns.add(escape(f"{column['name']}  {column['type']}  {', '.join(notes)}".rstrip()))
    tree.add(escape(f"file  {found['file']}"))
    tree.add(escape(f"link  {found['link']}"))
    if found["branches_with_own_version"]:
        tree.add(f"branches with a version of their own: {', '.join(found['branches_with_own_version'])}")
    yield tree
    yield _history(found["versions"])
    if found["snapshots"]:
        yield _snapshots(found["snapshots"])


def _history(versions: list[dict[str, Any]]) -> Grid:
    grid = _grid("versions", "", "version", "by", "operation", "rows", "size", "when")
    for version in versions:
        number = f"{version['number']}{' *' if version['is_current'] else ''}"
        who = (version["created_by"] or "", version["operation"])
        numbers = (count(version["row_count"]), size(version["size_bytes"]))
        grid.add_row(number, version["id"], *map(escape, who), *numbers, _moment(version["created_at"]))
    return grid


def _snapshots(snapshots: list[dict[str, Any]]) -> Grid:
    grid = _grid("snapshots", "snapshot", "type", "branch", "version", "taken", "expires")
    for snapshot in snapshots:
        names = (snapshot["id"], snapshot["type"], snapshot["branch_id"], snapshot["version_id"])
        grid.add_row(*map(escape, names), _moment(snapshot["created_at"]), _moment(snapshot["expires_at"]))
    return grid


def _grid(title: str, *headings: str) -> Grid:
    return Grid(*headings, title=escape(title), title_justify="left")


def _moment(iso: str | None) -> str:
    return iso[:19].replace("T", " ") if iso else "never"
