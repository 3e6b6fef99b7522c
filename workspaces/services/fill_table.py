"""Load rows of a table into a table of a workspace under the rules of the storage driver: request and job."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kbstore.access import Actor, Need, Role
from kbstore.operations import operation, record_success
from storage.engine.import_specs import TIMESTAMP_COLUMN, RelationSource, RowCounts
from storage.engine.monitor import Monitor
from storage.engine.specs import TableSpec
from storage.engine.time_limit import time_limit
from storage.engine.workspace_description import DescribedObject, describe_object, list_kinds
from storage.engine.workspace_fill import Filled, FillOrder, fill_table
from storage.engine.workspace_unload import storable_spec
from storage.errors import ImportRefused
from storage.jobs.commit import note_success
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.models import Job
from storage.runtime import engine
from storage.services.import_rows import ImportRules
from storage.services.row_source import OpenedRows, RowChoice, RowSource, TableSource
from workspaces.errors import WorkspaceExpired, WorkspaceNotFound
from workspaces.models import Workspace
from workspaces.services.fill_rules import FillPlan, plan_fill
from workspaces.services.find_workspace import branch_of
from workspaces.services.load_source import LoadEntry
from workspaces.services.object_source import ObjectSource
from workspaces.services.open_workspace import opened
from workspaces.services.patient_work import when_free
from workspaces.services.workspace_place import size_of

JOB_TYPE = "workspace_fill"
MAKE, CLONE, RULES = "make", "clone", "rules"


@dataclass(frozen=True)
class FillRequest:
    """`way` is `make`: a table of the source's columns; `clone`: with its key and NOT NULLs, too; or `rules`.

    With `replaces` either takes the place of what is there; a clone without it does not.
    """

    destination: str
    choice: RowChoice
    way: str = MAKE
    rules: ImportRules = ImportRules()
    replaces: bool = True

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> FillRequest:
        choice, rules = RowChoice.from_json(value["choice"]), ImportRules.from_json(value["rules"])
        return cls(**(value | {"choice": choice, "rules": rules}))


class DestinationExists(ImportRefused):
    code = "object_exists"

    def __init__(self) -> None:
        super().__init__("Object already exists.")


def request_fill(
    *, actor: Actor, workspace: Workspace, source: TableSource | ObjectSource, request: FillRequest
) -> Job:
    """Load rows into a workspace as a job, and wait for its end. `actor` may load into it: the caller has seen that.

    Raises Forbidden, WorkspaceExpired, InvalidDestination, DestinationExists, WorkspaceFull and what imports raise: the
    destination is as it was then.
    """
    source.require_read(actor)
    check_destination(workspace, request.destination)
    kind = "table" if isinstance(source, TableSource) else "object"
    job = Job(
        project_id=workspace.project_id,
        branch_id=workspace.branch_id,
        type=JOB_TYPE,
        params={
            "workspace_id": workspace.pk,
            "source_kind": kind,
            "source": source.to_json(),
            "request": request.to_json(),
        },
        requested_by=actor.label,
    )
    return submit(job, respond_async=False)


def check_destination(workspace: Workspace, name: str) -> None:
    """Raises WorkspaceExpired, InvalidDestination."""
    if workspace.is_expired():
        raise WorkspaceExpired(workspace.pk, workspace.expires_at)  # type: ignore[arg-type]
    LoadEntry("", destination=name).checked_destination(name)


@register(JOB_TYPE)
def run_fill(job: Job, monitor: Monitor) -> dict[str, Any]:
    workspace = Workspace.objects.filter(pk=job.params["workspace_id"]).first()
    if workspace is None:
        raise WorkspaceNotFound(job.project_id, job.params["workspace_id"])
    kind = TableSource if job.params["source_kind"] == "table" else ObjectSource
    return _load(
        # Rights were checked when the job was asked for.
        actor=Actor(Role.ADMIN, job.requested_by),
        project_id=job.project_id,
        branch_id=branch_of(workspace),
        workspace=workspace,
        source=kind(**job.params["source"]),
        request=FillRequest.from_json(job.params["request"]),
        job=job,
        monitor=monitor,
    )


@operation("load_workspace_tables", resource_type="workspace", need=Need.WRITE)
def _load(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    workspace: Workspace,
    source: RowSource,
    request: FillRequest,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    begun, started = time.monotonic(), timezone.now()
    with (
        time_limit(monitor, settings.OPERATION_TIMEOUT),
        source.opened(request.choice, started, monitor) as found,
    ):
        filled, counts, spec = _fill(workspace, source, found, request, started, monitor)
    monitor.rows = counts.imported
    timers = {"total": time.monotonic() - begun} | dict(counts.timers)
    result = {
        "imported_rows": counts.imported,
        "table_rows_after": filled.table_rows,
        "table_size_bytes": size_of(workspace),
        "columns": list(counts.columns),
        "table_columns": list(spec.column_names),
        "timers": [[name, round(value, 6)] for name, value in timers.items()],
        "warnings": list(counts.warnings),
    }
    with transaction.atomic():
        if not Workspace.objects.filter(pk=workspace.pk).exists():
            raise WorkspaceNotFound(project_id, workspace.pk)
        record_success(workspace.pk, job_id=job.pk, tables_requested=1, tables_loaded=1, rows=counts.imported)
        note_success(job, result)
    return result


def _fill(
    workspace: Workspace, source: RowSource, found: OpenedRows, request: FillRequest, started: Any, monitor: Monitor
) -> tuple[Filled, RowCounts, TableSpec]:
    """What was done, and the shape of the table as it is now."""
    existing = when_free(lambda: existing_object(workspace, request.destination), monitor)
    if request.way != RULES:
        return _make(workspace, found, request, existing, monitor)
    table = existing.spec if existing is not None and existing.kind == "table" else None
    if existing is not None and table is None and request.rules.incremental:
        raise ImportRefused(f"{request.destination} is a view: rows cannot be added to it.")
    found, rules = _about_timestamp(found, request, table)
    names = (*_names(source), workspace.handle, request.destination)
    plan = plan_fill(found.shape, table, rules, names=names)
    with _staged(workspace, found, plan, rules, started, monitor) as (staged, counts):
        order = FillOrder(
            staged,
            existing.name if table is not None and existing is not None else request.destination,
            plan.mode,
            workspace.size_limit_bytes,
            definition=plan.spec,
            key=plan.key,
            is_strict=request.rules.dedup_mode != "update_duplicates",
        )
        return _write(workspace, order, monitor), counts, plan.spec


def _make(
    workspace: Workspace,
    found: OpenedRows,
    request: FillRequest,
    existing: DescribedObject | None,
    monitor: Monitor,
) -> tuple[Filled, RowCounts, TableSpec]:
    """A table of its own: nothing to merge, so the rows go straight into it."""
    if existing is not None and not request.replaces:
        raise DestinationExists
    spec = engine().normalize(found.shape)
    if request.way == MAKE:
        spec = TableSpec(tuple(replace(one, nullable=True, default=None, length=None) for one in spec.columns))
    order = FillOrder(found.relation, request.destination, "make", workspace.size_limit_bytes, definition=spec)
    filled = _write(workspace, order, monitor)
    return filled, RowCounts(filled.rows, spec.column_names), spec


def _write(workspace: Workspace, order: FillOrder, monitor: Monitor) -> Filled:
    def write() -> Filled:
        with opened(workspace, exclusive=True) as instance:
            return fill_table(instance, order, monitor)

    return when_free(write, monitor)


def existing_object(workspace: Workspace, name: str) -> DescribedObject | None:
    """The table or view of this name, whatever its case."""
    with opened(workspace) as instance:
        own = [other for other, _ in list_kinds(instance) if other.casefold() == name.casefold()]
        return describe_object(instance, own[0], patience_seconds=0) if own else None


def _about_timestamp(
    found: OpenedRows, request: FillRequest, table: TableSpec | None
) -> tuple[OpenedRows, ImportRules]:
    """`_timestamp` comes along as any column where the table is made, and where it has one that may be touched."""
    rules = request.rules
    if table is None:
        takes_it = rules.timestamp_mode == "none" and TIMESTAMP_COLUMN in found.shape.column_names
        return found, replace(rules, timestamp_mode="current_time") if takes_it else rules
    if request.choice.columns or (TIMESTAMP_COLUMN in table.column_names and rules.timestamp_mode != "none"):
        return found, rules
    pairs = tuple(pair for pair in found.relation.columns if pair[1] != TIMESTAMP_COLUMN)
    columns = tuple(column for column in found.shape.columns if column.name != TIMESTAMP_COLUMN)
    return OpenedRows(replace(found.relation, columns=pairs), TableSpec(columns, found.shape.primary_key)), rules


def _names(source: RowSource) -> tuple[str, str]:
    if isinstance(source, TableSource):
        return source.bucket_name, source.table_name
    return ("workspace", source.name) if isinstance(source, ObjectSource) else ("", "")


@contextmanager
def _staged(
    workspace: Workspace,
    found: OpenedRows,
    plan: FillPlan,
    rules: ImportRules,
    started: Any,
    monitor: Monitor,
) -> Iterator[tuple[RelationSource, RowCounts]]:
    """A version that nobody refers to with the rows as the table will have them: converted, each key once."""
    project_id = workspace.project_id
    spec = engine().normalize(_staged_spec(found, plan, rules))
    refs = [engine().create(project_id, spec).ref]
    try:
        outcome = engine().import_rows(project_id, spec, refs[0], rules.of(found.relation, started), monitor)
        refs.append(outcome.sealed.ref)
        names = tuple((name, name) for name in spec.column_names)
        with engine().local_file(outcome.sealed.ref) as path:
            yield RelationSource(path, spec, names), outcome.counts
    finally:
        engine().discard(refs)


def _staged_spec(found: OpenedRows, plan: FillPlan, rules: ImportRules) -> TableSpec:
    """The columns that the load sets; the table itself knows the defaults of the others."""
    supplied = {target for _, target in found.relation.columns} | {*plan.key, *plan.spec.primary_key}
    stamped = rules.timestamp_mode != "none"
    columns = tuple(
        column
        for column in storable_spec(plan.spec).columns
        if (column.name in supplied or column.name == TIMESTAMP_COLUMN) and (stamped or column.name != TIMESTAMP_COLUMN)
    )
    return TableSpec(columns, plan.spec.primary_key)
