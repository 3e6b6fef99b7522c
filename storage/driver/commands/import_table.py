"""TableImportFromTable: rows of one table into another, whichever of both is in a bucket and which in a workspace."""

from __future__ import annotations

from storage import catalog
from storage.driver.call import Call
from storage.driver.containers import destination_container
from storage.driver.generated.table_pb2 import TableImportFromTableCommand, TableImportResponse
from storage.driver.imports import import_rules
from storage.driver.loads import LoadTarget, load
from storage.driver.names import required
from storage.driver.paths import Place
from storage.driver.registry import Access, handles
from storage.driver.table_sources import Options, Source, choice_of, done, source_of, source_told
from storage.driver.tables import told_by_path
from storage.driver.views import view_onto
from storage.models import Job
from storage.services.clone_table import CloneOrder, request_clone
from storage.services.import_relation import request_table_copy
from storage.services.row_source import RowChoice
from workspaces.models import Workspace
from workspaces.services.unload_object import request_clone_of_object, request_unload

_NO_PROJECT = "source.path must contain at least [project_id, bucket_name]"


@handles(TableImportFromTableCommand, access=Access.WRITE, is_long=True)
def import_table(call: Call, command: TableImportFromTableCommand) -> TableImportResponse:
    """FULL and INCREMENTAL into a table that exists; CLONE and VIEW make the destination."""
    source = source_of(call, command.source.path, command.source.tableName, without_project=_NO_PROJECT)
    name = required(command.destination.tableName, "destination.tableName")
    container = destination_container(call, command.destination.path)
    if isinstance(container, Workspace):
        return load(call, LoadTarget(container, name, must_exist=True), source, _choice(command), command.importOptions)
    if command.importOptions.importType == Options.VIEW:
        result = view_onto(call, source, container, name, _choice(command), command.importOptions)
        call.log.inform(f"Created view {name} of {source.name}", bucket=container.bucket_name, view=name)
        return done(call, result)
    job = _import(call, command, source, container, name)
    rows = (job.result or {})["imported_rows"]
    call.log.inform(f"Imported {rows} rows into {name} from {source.name}", table=name, rows=rows, job=job.id)
    return done(call, job.result or {})


def _import(call: Call, command: TableImportFromTableCommand, source: Source, place: Place, name: str) -> Job:
    if command.importOptions.importType == Options.CLONE:
        return _clone(call, command, source, place, name)
    with told_by_path(place, name):
        # Told as the destination, before anything is said of the source.
        catalog.find_writable_table(**place.of_table(name))
    rules = import_rules(call, command.importOptions)
    order = {"actor": call.actor, **place.of_table(name), "choice": _choice(command), "rules": rules}
    with source_told(source):
        if isinstance(source.container, Workspace):
            return request_unload(workspace=source.container, name=source.name, **order)
        return request_table_copy(source=source.rows(), **order)


def _clone(call: Call, command: TableImportFromTableCommand, source: Source, place: Place, name: str) -> Job:
    with told_by_path(place, name):
        catalog.find_writable_bucket(**place.arguments)
    replaces = command.importOptions.createMode == Options.REPLACE
    order = CloneOrder(_choice(command, with_timestamp=True), replaces)
    with source_told(source):
        if isinstance(source.container, Workspace):
            return request_clone_of_object(
                actor=call.actor, workspace=source.container, name=source.name, **place.of_table(name), order=order
            )
        return request_clone(actor=call.actor, **place.arguments, name=name, source=source.rows(), order=order)


def _choice(command: TableImportFromTableCommand, *, with_timestamp: bool = False) -> RowChoice:
    source = command.source
    return choice_of(
        source.columnMappings,
        source.whereFilters,
        limit=source.limit,
        seconds=source.seconds,
        with_timestamp=with_timestamp,
    )
