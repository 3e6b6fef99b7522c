"""Make a view of a table, or of another view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.engine.specs import ColumnFilter, ViewShape
from storage.engine.view_sql import view_query
from storage.errors import OperationNotAllowedOnBranch, TableExists, ViewExists, ViewOfItself
from storage.models import Branch, Bucket, Table, TableView
from storage.names import check_column_names, check_table_name
from storage.runtime import engine
from storage.services.drop_tables import drop_rows, hold
from storage.services.find_readable import Readable, find_readable, resolve_view
from storage.services.publish_version import address_of
from storage.services.row_source import require_columns
from storage.services.snapshot_before import DROP_TABLE, snapshot_before
from storage.services.structure_lock import structure_locked
from storage.services.write_target import gone, own_version_locked, write_locked


class Replaces(Enum):
    """What a new view may take the place of."""

    NOTHING = "nothing"
    VIEWS = "views"
    ANYTHING = "anything"


@dataclass(frozen=True)
class ViewOrder:
    """`source` are the keywords of a look-up of a table. `columns` are pairs (column of it, name in the view), none
    are all.
    """

    source: Mapping[str, str]
    columns: tuple[tuple[str, str], ...] = ()
    filters: tuple[ColumnFilter, ...] = ()
    replaces: Replaces = Replaces.VIEWS


@operation("create_view", resource_type="table", need=Need.WRITE)
def create_view(
    *, actor: Actor, project_id: str, branch_id: str, bucket_name: str, name: str, order: ViewOrder
) -> TableView:
    """The new view, in the place of what the order allows it to replace. Nothing is copied.

    Raises BucketReadOnly, TableExists, ViewExists, InvalidName, TableNotFound for the source, ImportRefused
    for columns that it lacks, InvalidColumn, FilterRefused, ViewOfItself, BucketNotShared.
    """
    actor.require(Need.READ, project_id=order.source["project_id"], branch_id=order.source["branch_id"])
    place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name}
    bucket, branch = catalog.find_writable_bucket(**place), catalog.find_branch(project_id, branch_id)
    new = _unsaved(bucket, branch, name, order)
    with structure_locked(project_id):
        table = _table_in_the_way(bucket, branch, name)
        if table is not None and order.replaces is not Replaces.ANYTHING:
            raise TableExists(project_id, bucket_name, name)
        check_table_name(name)
        _check(new, find_readable(**order.source), order)
        resolve_view(new, branch_id)
        if table is None:
            with transaction.atomic():
                return _saved(new, order)
        return _in_place_of(table, new, order, actor)


def _unsaved(bucket: Bucket, branch: Branch | None, name: str, order: ViewOrder) -> TableView:
    source = order.source
    in_branch = None if catalog.is_default(source["branch_id"]) else source["branch_id"]
    return TableView(
        bucket=bucket,
        branch=branch,
        name=name,
        source_project_id=source["project_id"],
        # A view of the branch that it lies in sees what that branch sees.
        source_branch_id=None if branch is not None and in_branch == branch.pk else in_branch,
        source_bucket_name=source["bucket_name"],
        source_table_name=source["table_name"],
        columns=[list(pair) for pair in order.columns],
        conditions=[asdict(one) for one in order.filters],
    )


def _check(new: TableView, source: Readable, order: ViewOrder) -> None:
    if (source.bucket.pk, source.name) == (new.bucket_id, new.name) or any(
        (view.bucket_id, view.name) == (new.bucket_id, new.name) for view in source.views
    ):
        raise ViewOfItself(new.name)
    spec, shape = source.spec, ViewShape(source.name, order.columns, order.filters)
    if order.columns:
        wanted = [column for column, _ in order.columns]
        require_columns(wanted, spec.column_names, schema=source.bucket.name, table=source.name)
        check_column_names([name for _, name in order.columns])
    # Not run: it says what is wrong with the filters.
    view_query("source", spec, shape)


def _table_in_the_way(bucket: Bucket, branch: Branch | None, name: str) -> Table | None:
    found: Table | None = (
        catalog.visible_tables(bucket, branch).filter(name=name).select_related("bucket__project").first()
    )
    if found is None or found.branch_id is not None or branch is None:
        return found
    # The branch's own view stands before what main has got later.
    return None if TableView.objects.filter(bucket=bucket, branch=branch, name=name).exists() else found


def _saved(new: TableView, order: ViewOrder) -> TableView:
    """Inside a transaction. Raises ViewExists."""
    bucket = new.bucket
    seen = TableView.objects.filter(bucket=bucket, name=new.name)
    own = seen.filter(branch=new.branch_id).first()
    if order.replaces is Replaces.NOTHING and (own is not None or seen.filter(branch=None).exists()):
        raise ViewExists(bucket.project_id, bucket.name, new.name)
    if own is not None:
        own.delete()
    new.save(force_insert=True)
    record_success(
        f"{bucket.name}.{new.name}",
        bucket_name=bucket.name,
        view_name=new.name,
        source=f"{new.source_bucket_name}.{new.source_table_name}",
        replaced=own is not None,
    )
    return new


def _in_place_of(table: Table, new: TableView, order: ViewOrder, actor: Actor) -> TableView:
    """The table goes and the view comes in one transaction; what the snapshot settings protect is kept."""
    if table.branch_id is None and new.branch_id is not None:
        raise OperationNotAllowedOnBranch("replace tables of main", new.branch_id)
    with (write_locked if table.branch_id is None else own_version_locked)(table) as fresh:
        with transaction.atomic():
            if not hold(Table.objects.filter(pk=fresh.pk)):
                raise gone(fresh)
            snapshot_before(DROP_TABLE, table=fresh, actor_label=actor.label)
            refs = drop_rows(Table.objects.filter(pk=fresh.pk))
            view = _saved(new, order)
        engine().remove_link(address_of(fresh))
    engine().discard(refs)
    return view
