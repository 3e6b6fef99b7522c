"""The views that a workspace sees, each with the table that it reads: few queries, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.db.models import F, Q

from kbstore.errors import KbstoreError
from storage.engine.specs import VersionRef, ViewShape
from storage.models import Bucket, Table, TableView
from storage.names import DEFAULT_BRANCH
from storage.services.find_readable import resolve_view
from workspaces.models import Workspace
from workspaces.services.find_workspace import branch_of

#: Bucket and name of a table or view, as the reader calls them.
_Name = tuple[str, str]


@dataclass(frozen=True)
class SeenTable:
    """What a list of tables knows of one."""

    key: int
    ref: VersionRef
    row_count: int


@dataclass(frozen=True)
class SeenView:
    """`bucket_name` is that of the link where the view is seen through one."""

    key: int
    bucket_name: str
    name: str
    table: SeenTable
    shape: ViewShape


def visible_views(
    workspace: Workspace, links: Sequence[tuple[Bucket, Bucket]], tables: Mapping[_Name, SeenTable]
) -> Iterator[SeenView]:
    """Views that show something now; what is wrong with others is told by the commands that read them.

    `tables` are those that the workspace sees in its buckets and links: they keep their names, unless the branch has a
    view of its own that is older than such a table of main.
    """
    own, linked = _views_of(workspace, links)
    known = {(workspace.project_id, *name): table for name, table in tables.items() if name not in own}
    for (bucket_name, name), view in own.items():
        if (bucket_name, name) not in tables or _stands_before(view):
            yield from _seen(view, bucket_name, branch_of(workspace), known)
    known_of_main = _sources_of([view for _, view in linked])
    for bucket_name, view in linked:
        if (bucket_name, view.name) not in tables:
            yield from _seen(view, bucket_name, DEFAULT_BRANCH, known_of_main)


def _views_of(
    workspace: Workspace, links: Sequence[tuple[Bucket, Bucket]]
) -> tuple[dict[_Name, TableView], list[tuple[str, TableView]]]:
    """Those of the project's own buckets, and those that links show with the names of the links."""
    names: dict[int, list[str]] = {}
    for link, source in links:
        names.setdefault(source.pk, []).append(link.name)
    of_main, project_id = Q(branch=None), workspace.project_id
    seen = of_main if workspace.branch_id is None else of_main | Q(branch=workspace.branch_id)
    views = list(
        TableView.objects.filter(Q(seen, bucket__project=project_id) | Q(of_main, bucket__in=names))
        .select_related("bucket__project")
        # Those of main first, so that the branch's take their places.
        .order_by(F("branch").asc(nulls_first=True))
    )
    own = {(view.bucket.name, view.name): view for view in views if view.bucket.project_id == project_id}
    linked = [(name, view) for view in views if view.branch_id is None for name in names.get(view.bucket_id, ())]
    return own, linked


def _stands_before(view: TableView) -> bool:
    if view.branch_id is None:
        return False
    return not Table.objects.filter(bucket=view.bucket_id, branch=view.branch_id, name=view.name).exists()


def _sources_of(views: Sequence[TableView]) -> dict[tuple[str, str, str], SeenTable]:
    """Tables of main that views of main show, by project, bucket and name; and a few more."""
    if not views:
        return {}
    rows = Table.objects.filter(
        branch=None,
        bucket__source_project_id=None,
        bucket__project__in={view.source_project_id for view in views},
        bucket__name__in={view.source_bucket_name for view in views},
        name__in={view.source_table_name for view in views},
    ).select_related("bucket", "current_version")
    return {(one.bucket.project_id, one.bucket.name, one.name): _seen_table(one) for one in rows}


def _seen(
    view: TableView, bucket_name: str, branch_id: str, known: Mapping[tuple[str, str, str], SeenTable]
) -> Iterable[SeenView]:
    """The view, or nothing."""
    source = (view.source_project_id, view.source_bucket_name, view.source_table_name)
    is_near = view.source_branch_id is None and view.source_project_id == view.bucket.project_id
    if is_near and source in known:
        return [SeenView(view.pk, bucket_name, view.name, known[source], view.shape)]
    with suppress(KbstoreError):
        found = resolve_view(view, branch_id)
        assert found.shape is not None  # noqa: S101 - a view has one
        return [SeenView(view.pk, bucket_name, view.name, _seen_table(found.table), found.shape)]
    return []


def _seen_table(table: Table) -> SeenTable:
    return SeenTable(table.pk, table.current_version.ref, table.current_version.row_count)
