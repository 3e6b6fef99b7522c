"""PreviewTable."""

from __future__ import annotations

from dataclasses import replace

from storage.driver.call import Call
from storage.driver.containers import source_container
from storage.driver.errors import InvalidParameter
from storage.driver.filters import selection_of
from storage.driver.generated.table_pb2 import PreviewTableCommand, PreviewTableResponse
from storage.driver.registry import Access, handles
from storage.driver.row_chunks import send_preview
from storage.driver.table_sources import object_told
from storage.driver.tables import table_name_of, told_by_path
from storage.driver.values import LONGEST, value_of
from storage.engine.specs import LookOrder, ShownRows
from storage.services.look_at_rows import look_at_rows
from workspaces.models import Workspace
from workspaces.services.look_at_object import look_at_rows_of_object

_DEFAULT_ROWS = 100
#: Of the whole answer; it leaves room for what else is in it.
MAX_BYTES = 16 * 1024 * 1024
#: Bytes that a cell takes beside its name and its value.
_FRAME_BYTES = 16

_Row = PreviewTableResponse.Row
_Cell = PreviewTableResponse.Row.Column


@handles(PreviewTableCommand, access=Access.READ)
def preview(call: Call, command: PreviewTableCommand) -> PreviewTableResponse:
    """The first rows that the filters and the order mean, as many as the door allows."""
    name = table_name_of(command.tableName)
    selection = selection_of(command.filters, command.orderBy, table_name=name)
    order = LookOrder(
        replace(selection, limit=_limit(call, selection.limit)),
        columns=tuple(command.columns) or None,
        typed=call.policy.previews_types,
        # One more, so that what is cut shows.
        cut=LONGEST + 1,
        max_bytes=MAX_BYTES,
    )
    shown = _shown(call, command, name, order)
    response, complete = _response(shown)
    if not complete:
        call.log.warn(f"Preview of table {name} truncated to {len(response.rows)} rows: they are too long", table=name)
    call.log.inform(f"Preview of table {name}: {len(response.rows)} rows", table=name, rows=len(response.rows))
    if call.send_rows is not None:
        send_preview(response, call.send_rows)
    return response


def _shown(call: Call, command: PreviewTableCommand, name: str, order: LookOrder) -> ShownRows:
    """Rows of a table or view of a bucket, or of a workspace."""
    container = source_container(call, command.path)
    if isinstance(container, Workspace):
        with object_told():
            return look_at_rows_of_object(actor=call.actor, workspace=container, name=name, order=order)
    with told_by_path(container, name):
        return look_at_rows(actor=call.actor, **container.of_table(name), order=order)


def _limit(call: Call, asked: int) -> int:
    """As many rows as are asked for. Raises InvalidParameter for more than the door shows, and for fewer than none."""
    if asked < 0:
        raise InvalidParameter("filters.limit must not be negative")
    most = call.policy.preview_limit
    if asked > most and call.policy.refuses_long_previews:
        raise InvalidParameter(f"filters.limit must not be above {most}")
    return min(asked or _DEFAULT_ROWS, most)


def _response(shown: ShownRows) -> tuple[PreviewTableResponse, bool]:
    """The message, and whether it holds all rows: those that would make it too large are left out."""
    response = PreviewTableResponse(columns=shown.names)
    room = MAX_BYTES - sum(_FRAME_BYTES + len(name.encode()) for name in shown.names)
    for row in zip(*shown.values, strict=True):
        cells = [_cell(name, value) for name, value in zip(shown.names, row, strict=True)]
        message = _Row(columns=cells)
        room -= message.ByteSize() + _FRAME_BYTES
        if room < 0:
            return response, False
        response.rows.append(message)
    return response, shown.complete


def _cell(name: str, shown: object) -> _Cell:
    value, was_cut = value_of(shown)
    return _Cell(columnName=name, value=value, isTruncated=was_cut)
