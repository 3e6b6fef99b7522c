"""Loads of tables into workspaces, whichever command asks for one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from storage.driver.call import Call
from storage.driver.errors import TABLE_NOT_FOUND, InvalidParameter, ObjectNotFound
from storage.driver.generated.table_pb2 import TableImportResponse
from storage.driver.imports import import_rules
from storage.driver.table_sources import Options, Source, done, source_told
from storage.services.row_source import RowChoice
from workspaces.models import Workspace
from workspaces.services.fill_table import CLONE, MAKE, RULES, FillRequest, existing_object, request_fill
from workspaces.services.object_source import ObjectSource
from workspaces.services.view_table import request_view


@dataclass(frozen=True)
class LoadTarget:
    """Where a load goes; with `must_exist` FULL and INCREMENTAL do not make the table."""

    workspace: Workspace
    name: str
    must_exist: bool = False


def load(
    call: Call, target: LoadTarget, source: Source, choice: RowChoice, options: Options | None
) -> TableImportResponse:
    """Rows of the source into the workspace; without options a table of its columns, made anew.

    Raises ObjectNotFound, ObjectExists, InvalidParameter and what the import raises.
    """
    choice = replace(choice, with_timestamp=True)
    kind = Options.FULL if options is None else options.importType
    if options is not None and kind not in (Options.VIEW, Options.CLONE) and target.must_exist:
        _require_destination(target)
    with source_told(source):
        rows = source.rows()
        if rows == ObjectSource(target.workspace.pk, target.name) and kind != Options.INCREMENTAL:
            raise InvalidParameter("Source and destination are the same table: only INCREMENTAL imports can do that.")
        replaces = options is None or options.createMode == Options.REPLACE
        if options is not None and kind == Options.VIEW:
            job = request_view(
                actor=call.actor,
                workspace=target.workspace,
                source=rows,
                name=target.name,
                choice=choice,
                replaces=replaces,
            )
        else:
            request = _request(call, target.name, choice, options, replaces=replaces)
            job = request_fill(actor=call.actor, workspace=target.workspace, source=rows, request=request)
    result = job.result or {}
    count = result["imported_rows"]
    call.log.inform(
        f"Loaded {count} rows into {target.name} from {source.name}",
        workspace=target.workspace.handle,
        table=target.name,
        rows=count,
        job=job.id,
    )
    return done(call, result)


def _request(call: Call, name: str, choice: RowChoice, options: Options | None, *, replaces: bool) -> FillRequest:
    if options is None:
        return FillRequest(name, choice, MAKE)
    if options.importType == Options.CLONE:
        return FillRequest(name, choice, CLONE, replaces=replaces)
    return FillRequest(name, choice, RULES, rules=import_rules(call, options))


def _require_destination(target: LoadTarget) -> None:
    if existing_object(target.workspace, target.name) is None:
        place = f"{target.workspace.project_id}/{target.workspace.handle}/{target.name}"
        raise ObjectNotFound(f"Table not found: {place}", reason=TABLE_NOT_FOUND)
