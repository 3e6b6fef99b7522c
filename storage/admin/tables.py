"""Tables in the console: schema, facts, the first rows and the history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from kbstore.console import formatting, markup
from kbstore.console.pages import Command, ConsoleAdmin
from kbstore.console.rights import actor_of
from kbstore.errors import KbstoreError
from storage.admin.preview_grid import grid_of
from storage.models import Table, TableVersion
from storage.names import DEFAULT_BRANCH
from storage.services.delete_table import delete_table
from storage.services.preview_table import preview_table

PREVIEW_ROWS = 100
VERSIONS_SHOWN = 50


def address(table: Table) -> dict[str, str]:
    """The table as services want it named."""
    return {
        "project_id": table.bucket.project_id,
        "branch_id": table.branch_id or DEFAULT_BRANCH,
        "bucket_name": table.bucket.name,
        "table_name": table.name,
    }


def delete_warning(table: Table) -> Sequence[str]:
    version = table.current_version
    rows = formatting.amount(version.row_count, "row")
    return (
        f"Removes {rows} ({formatting.size(version.size_bytes)}) and all old versions.",
        "This cannot be undone.",
    )


def delete(request: HttpRequest, table: Table) -> str:
    bucket_url = markup.page_url(table.bucket)
    delete_table(actor=actor_of(request, table.bucket.project_id), **address(table))
    return bucket_url if request.user.has_perm("storage.view_bucket") else markup.list_url(Table)


COMMANDS = (
    Command(
        name="delete",
        title="Delete table",
        icon="delete",
        permission="delete",
        warning=delete_warning,
        run=delete,
        done="The table was deleted.",
    ),
)


@admin.register(Table)
class TableAdmin(ConsoleAdmin):
    page_template = "console/table.html"
    list_display = ("name", "bucket_link", "project_link", "branch_name", "rows", "size", "changed")
    list_filter = (("bucket__project", AutocompleteSelectFilter), ("bucket", AutocompleteSelectFilter))
    search_fields = ("name", "bucket__name", "bucket__project__id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Table]:
        tables = super().get_queryset(request).select_related("bucket__project", "branch", "current_version")
        # A list of wide tables would read megabytes of column descriptions.
        return tables.defer("current_version__columns")

    def commands(self) -> Sequence[Command]:
        return COMMANDS

    @admin.display(description="Bucket", ordering="bucket__name")
    def bucket_link(self, table: Table) -> str:
        return markup.page_link(table.bucket)

    @admin.display(description="Project", ordering="bucket__project")
    def project_link(self, table: Table) -> str:
        return markup.page_link(table.bucket.project)

    @admin.display(description="Branch", ordering="branch")
    def branch_name(self, table: Table) -> str:
        return str(table.branch or "main")

    @admin.display(description="Rows", ordering="current_version__row_count")
    def rows(self, table: Table) -> str:
        return markup.number(table.current_version.row_count)

    @admin.display(description="Size", ordering="current_version__size_bytes")
    def size(self, table: Table) -> str:
        return markup.size(table.current_version.size_bytes)

    @admin.display(description="Changed", ordering="current_version__created_at")
    def changed(self, table: Table) -> str:
        return markup.time(table.current_version.created_at)

    def page(self, request: HttpRequest, instance: Table) -> dict[str, Any]:
        version = instance.current_version
        return {
            "facts": [
                ("Project", markup.page_link(instance.bucket.project)),
                ("Bucket", markup.page_link(instance.bucket)),
                ("Branch", instance.branch or "main"),
                ("Rows", formatting.count(version.row_count)),
                ("Columns", formatting.count(len(version.columns))),
                ("Size", markup.size(version.size_bytes)),
                ("Version", f"{version.number}"),
                ("Changed", markup.time(version.created_at)),
                ("Created", markup.time(instance.created_at)),
            ],
            "columns": _columns(version),
            "versions": _versions(instance),
        } | _preview(request, instance)


def _columns(version: TableVersion) -> list[dict[str, Any]]:
    keys = {name: position for position, name in enumerate(version.primary_key, 1)}
    composite = len(keys) > 1
    return [
        {
            "position": position,
            "name": column["name"],
            "type": column["type"],
            "nullable": column["nullable"],
            "is_key": column["name"] in keys,
            "key_position": keys.get(column["name"]) if composite else None,
            "default": column.get("default"),
        }
        for position, column in enumerate(version.columns, 1)
    ]


def _versions(table: Table) -> list[dict[str, Any]]:
    versions = list(
        TableVersion.objects.filter(table=table)
        .defer("columns")
        .select_related("job")
        .order_by("-number")[: VERSIONS_SHOWN + 1]
    )
    before = {newer.pk: older.row_count for newer, older in zip(versions, versions[1:], strict=False)}
    return [
        {
            "number": version.number,
            "is_current": version.pk == table.current_version_id,
            "operation": formatting.phrase(version.operation),
            "rows": markup.number(version.row_count),
            "change": _change(version.row_count, before.get(version.pk)),
            "size": markup.size(version.size_bytes),
            "created": markup.time(version.created_at),
            "by": markup.actor(version.created_by or ""),
            "job": markup.page_link(version.job, f"{version.job_id:.8}") if version.job else markup.EMPTY,
        }
        for version in versions[:VERSIONS_SHOWN]
    ]


def _change(rows: int, before: int | None) -> str:
    return "" if before is None or rows == before else f"{rows - before:+,}"


def _preview(request: HttpRequest, table: Table) -> dict[str, Any]:
    """The page is of use even when the rows cannot be read."""
    try:
        version, preview = preview_table(
            actor=actor_of(request, table.bucket.project_id), limit=PREVIEW_ROWS, **address(table)
        )
    except KbstoreError as error:
        return {"preview_error": error.message}
    return {"grid": grid_of(version.columns, preview.rows_json), "preview_rows": PREVIEW_ROWS}
