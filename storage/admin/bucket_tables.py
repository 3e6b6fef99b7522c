"""The tables of a bucket as rows of its page: main's, the branches' own ones, or through a link the source's."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from kbstore.console import markup
from kbstore.console.rights import visible
from storage import catalog
from storage.errors import BucketNotShared
from storage.models import Bucket, Table

SHOWN = 200


def table_rows(request: HttpRequest, bucket: Bucket) -> list[dict[str, Any]] | None:
    """The first `SHOWN` by name; None for a link whose source is not shared any more."""
    if not bucket.is_linked:
        tables = Table.objects.filter(bucket=bucket).select_related("branch", "current_version", "bucket")
        return [_row(table, has_page=True) for table in tables.order_by("name", "branch")[:SHOWN]]
    try:
        found = list(catalog.visible_tables(bucket, None).select_related("bucket")[:SHOWN])
    except BucketNotShared:
        return None
    ids = [table.pk for table in found]
    seen = set(visible(request.user, Table.objects.filter(pk__in=ids)).values_list("pk", flat=True))  # type: ignore[arg-type]
    return [_row(table, has_page=table.pk in seen) for table in found]


def _row(table: Table, *, has_page: bool) -> dict[str, Any]:
    version = table.current_version
    branch = table.branch if table.branch_id else None
    return {
        "link": markup.page_link(table, table.name) if has_page else table.name,
        "branch": markup.page_link(branch, branch.name) if branch else "main",
        "is_branch": branch is not None,
        "columns": markup.number(len(version.columns)),
        "key": ", ".join(version.primary_key or ()),
        "rows": markup.number(version.row_count),
        "size": markup.size(version.size_bytes),
        "changed": markup.time(version.created_at),
    }
