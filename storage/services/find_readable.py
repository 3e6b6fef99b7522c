"""What a name in a bucket is read as: a table, or a view with the table behind it. All that read rows ask this."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db.models import F, Q, QuerySet

from storage import catalog
from storage.engine.specs import TableSpec, ViewShape
from storage.engine.view_sql import seen_spec
from storage.errors import (
    BranchNotFound,
    BucketNotFound,
    BucketNotShared,
    ProjectDatabaseNotFound,
    ProjectNotFound,
    TableNotFound,
    ViewNotFound,
    ViewOfItself,
    ViewOutdated,
    ViewSourceNotFound,
)
from storage.models import Bucket, Table, TableVersion, TableView
from storage.names import DEFAULT_BRANCH

#: Views that may stand on each other.
_DEEPEST = 8
_SOURCE_GONE = (BranchNotFound, BucketNotFound, ProjectDatabaseNotFound, ProjectNotFound, TableNotFound)


@dataclass(frozen=True)
class Readable:
    """A table with its current version, and what is seen of it through `views`, the one that was asked for first.

    `bucket` is the one in which it was asked for, which may be a link.
    """

    bucket: Bucket
    name: str
    table: Table
    views: tuple[TableView, ...] = ()
    shape: ViewShape | None = None

    @property
    def version(self) -> TableVersion:
        return self.table.current_version

    @property
    def spec(self) -> TableSpec:
        """The columns that are seen. Raises ViewOutdated."""
        return seen_spec(self.version.spec, self.shape)

    @property
    def is_view(self) -> bool:
        return bool(self.views)


def find_readable(*, project_id: str, branch_id: str, bucket_name: str, table_name: str) -> Readable:
    """The table or view of that name as the branch sees it; one query for a table of main or of a branch of its own.

    Raises what `catalog.find_table` raises, ViewSourceNotFound for a view whose source is gone, ViewOfItself.
    """
    place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name}
    return _find(place, table_name, depth=0)


def find_view(*, project_id: str, branch_id: str, bucket_name: str, view_name: str) -> TableView:
    """The row of a view as the branch sees it: its own, else main's; through a link that of the source.

    Raises ViewNotFound, and what `catalog.find_bucket` raises.
    """
    bucket = catalog.find_bucket(project_id=project_id, branch_id=branch_id, bucket_name=bucket_name)
    view = _view_in(bucket, branch_id, view_name)
    if view is None:
        raise ViewNotFound(project_id, bucket_name, view_name)
    return view


def visible_views(bucket: Bucket, branch_id: str) -> list[TableView]:
    """The views of a bucket, or of the source of a link, as a branch sees them, by name. Raises BucketNotShared."""
    source, branch_id = _place_of_views(bucket, branch_id)
    if source is None:
        return []
    return list({view.name: view for view in _views_of(source, branch_id).order_by("name", _MAIN_FIRST)}.values())


def resolve_view(view: TableView, branch_id: str) -> Readable:
    """What a view shows to readers of a branch. Raises ViewSourceNotFound, ViewOutdated, ViewOfItself."""
    return _resolve(view, view.bucket, branch_id, depth=0)


_MAIN_FIRST = F("branch").asc(nulls_first=True)


def _find(place: dict[str, str], name: str, *, depth: int) -> Readable:
    try:
        table = catalog.find_table(**place, table_name=name)
    except TableNotFound:
        bucket = catalog.find_bucket(**place)
        view = _view_in(bucket, place["branch_id"], name)
        if view is None:
            raise
        return _resolve(view, bucket, _branch_behind(bucket, place["branch_id"]), depth=depth)
    view = None if catalog.is_default(place["branch_id"]) else _view_before(table, place["branch_id"])
    if view is not None:
        return _resolve(view, table.bucket, place["branch_id"], depth=depth)
    return Readable(table.via_link or table.bucket, name, table)


def _view_before(table: Table, branch_id: str) -> TableView | None:
    """The branch's own view that stands before a table that main has got later."""
    if table.branch_id is not None or table.via_link is not None:
        return None
    own = TableView.objects.filter(bucket=table.bucket_id, branch=branch_id, name=table.name)
    return own.select_related("bucket__project").first()


def _view_in(bucket: Bucket, branch_id: str, name: str) -> TableView | None:
    source, branch_id = _place_of_views(bucket, branch_id)
    if source is None:
        return None
    return _views_of(source, branch_id).filter(name=name).order_by(_MAIN_FIRST).last()


def _place_of_views(bucket: Bucket, branch_id: str) -> tuple[Bucket | None, str]:
    if not bucket.is_linked:
        return bucket, branch_id
    return catalog.source_of(bucket), DEFAULT_BRANCH


def _branch_behind(bucket: Bucket, branch_id: str) -> str:
    return DEFAULT_BRANCH if bucket.is_linked else branch_id


def _views_of(bucket: Bucket, branch_id: str) -> QuerySet[TableView]:
    seen = Q(branch=None)
    if not catalog.is_default(branch_id):
        seen |= Q(branch=branch_id)
    return TableView.objects.filter(seen, bucket=bucket).select_related("bucket__project")


def _resolve(view: TableView, bucket: Bucket, branch_id: str, *, depth: int) -> Readable:
    """Whoever may read the view's bucket may read its source through it: rights are those of the bucket's project."""
    if depth >= _DEEPEST:
        raise ViewOfItself(view.name)
    owner = view.bucket.project_id
    place = {
        "project_id": view.source_project_id,
        "branch_id": view.source_branch_id or (branch_id if view.source_project_id == owner else DEFAULT_BRANCH),
        "bucket_name": view.source_bucket_name,
    }
    try:
        source = _find(place, view.source_table_name, depth=depth + 1)
    except _SOURCE_GONE as error:
        raise ViewSourceNotFound(owner, view.bucket.name, view.name, reason=error.message) from error
    if source.bucket.project_id != owner and not catalog.may_link(source.bucket, owner):
        raise BucketNotShared(source.bucket.project_id, source.bucket.name, owner)
    return Readable(bucket, view.name, source.table, (view, *source.views), _composed(view.shape, source.shape))


def _composed(outer: ViewShape, inner: ViewShape | None) -> ViewShape:
    """A view of a view as one of the table. Raises ViewOutdated for columns that the inner one does not show."""
    if inner is None:
        return outer
    if not inner.columns:
        return replace(outer, filters=(*inner.filters, *outer.filters))
    origins = {name: source for source, name in inner.columns}
    by_folded = {name.casefold(): source for name, source in origins.items()}
    missing = [source for source, _ in outer.columns if source not in origins]
    missing += [one.column for one in outer.filters if one.column.casefold() not in by_folded]
    if missing:
        raise ViewOutdated(outer.name, missing)
    columns = tuple((origins[source], name) for source, name in outer.columns) or inner.columns
    filters = tuple(replace(one, column=by_folded[one.column.casefold()]) for one in outer.filters)
    return ViewShape(outer.name, columns, (*inner.filters, *filters))
