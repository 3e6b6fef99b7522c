"""Who else reads a table, in the console: tables are shared with their bucket, and branches may have their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from kbstore.console import formatting, markup
from kbstore.console.rights import actor_of, visible
from kbstore.errors import InvalidRequest
from storage.admin.table_place import action_url, tab_url
from storage.models import Bucket, BucketShare, Project, Table
from storage.names import DEFAULT_BRANCH
from storage.services.share_bucket import share_bucket
from storage.services.unshare_bucket import unshare_bucket

SHOWN = 200


def sharing_tab(request: HttpRequest, table: Table) -> dict[str, Any]:
    bucket = table.bucket
    shares = list(BucketShare.objects.filter(bucket=bucket).select_related("target_project")[:SHOWN])
    links, seen = _links(bucket), _seen(request, shares)
    copies = Table.objects.filter(bucket=bucket, name=table.name).select_related("branch", "current_version")
    return {
        "shares": [_share(table, share, links, is_seen=share.target_project_id in seen) for share in shares],
        "copies": [_copy(copy, table) for copy in copies.defer("current_version__columns")[:SHOWN]],
        "bucket_link": markup.page_link(bucket),
        "may_share": request.user.has_perm("storage.add_bucketshare"),
        "may_unshare": request.user.has_perm("storage.delete_bucketshare"),
        "share_url": action_url(table, "share"),
    }


def share(request: HttpRequest, table: Table) -> str:
    target = request.POST.get("target", "").strip()
    if not target:
        raise InvalidRequest("Say with which project the bucket is to be shared.")
    share_bucket(actor=actor_of(request, table.bucket.project_id), target_project_id=target, **_place(table))
    return tab_url(table, "sharing")


def unshare(request: HttpRequest, table: Table, target_id: str) -> str:
    unshare_bucket(actor=actor_of(request, table.bucket.project_id), target_project_id=target_id, **_place(table))
    return tab_url(table, "sharing")


def unshare_title(table: Table, target_id: str) -> str:
    return f"Stop sharing {table.bucket.name} with {target_id}"


def unshare_warnings(request: HttpRequest, table: Table, target_id: str) -> Sequence[str]:
    tables = formatting.amount(Table.objects.filter(bucket=table.bucket, branch=None).count(), "table")
    return (
        f"Project {target_id} cannot read the bucket {table.bucket.name} ({tables}) any more, this table among them.",
        "A link that it has to the bucket stays, and works again when the bucket is shared again.",
    )


def _place(table: Table) -> dict[str, str]:
    """Buckets are shared for all branches."""
    return {
        "project_id": table.bucket.project_id,
        "branch_id": DEFAULT_BRANCH,
        "bucket_name": table.bucket.name,
    }


def _links(bucket: Bucket) -> dict[str, Bucket]:
    """By the project that has the link."""
    links = Bucket.objects.filter(source_project_id=bucket.project_id, source_bucket_name=bucket.name)
    return {link.project_id: link for link in links[:SHOWN]}


def _seen(request: HttpRequest, shares: Sequence[BucketShare]) -> set[str]:
    """Those of the other projects that the reader may look at."""
    named = Project.objects.filter(pk__in={share.target_project_id for share in shares})
    return set(visible(request.user, named).values_list("pk", flat=True))  # type: ignore[arg-type]


def _share(table: Table, share: BucketShare, links: dict[str, Bucket], *, is_seen: bool) -> dict[str, Any]:
    target, link = share.target_project, links.get(share.target_project_id)
    return {
        "project": markup.page_link(target) if is_seen else target.pk,
        "link": (markup.page_link(link) if is_seen else link.name) if link else "",
        "since": markup.time(share.created_at),
        "remove_url": action_url(table, "unshare", target.pk),
    }


def _copy(copy: Table, table: Table) -> dict[str, Any]:
    return {
        "name": str(copy.branch or "main"),
        "link": markup.page_link(copy, str(copy.branch or "main")) if copy.pk != table.pk else "",
        "rows": markup.number(copy.current_version.row_count),
        "changed": markup.time(copy.current_version.created_at),
        "is_same": copy.branch_id is None or copy.branched_from == table.current_version_id,
    }
