"""DeleteTableRows."""

from __future__ import annotations

from storage.driver.call import Call
from storage.driver.filters import references_of, where_filters
from storage.driver.generated.table_pb2 import DeleteTableRowsCommand, DeleteTableRowsResponse
from storage.driver.paths import place_of
from storage.driver.registry import Access, handles
from storage.driver.tables import table_name_of
from storage.engine.specs import RowSelection
from storage.services.delete_rows import request_selected_deletion

_NO_PROJECT = "Invalid path: must include at least [project_id, bucket_name]"


@handles(DeleteTableRowsCommand, access=Access.WRITE, is_long=True)
def delete(call: Call, command: DeleteTableRowsCommand) -> DeleteTableRowsResponse:
    """The rows that meet every filter are gone; without a filter all rows."""
    name = table_name_of(command.tableName)
    place = place_of(call, command.path, without_project=_NO_PROJECT)
    job = request_selected_deletion(
        actor=call.actor,
        **place.of_table(name),
        selection=RowSelection(
            table=name,
            filters=where_filters(command.whereFilters),
            changed_since=command.changeSince,
            changed_until=command.changeUntil,
        ),
        references=references_of(call, command.whereRefTableFilters),
    )
    deleted, left = job.result["deleted_rows"], job.result["table_rows_after"]
    call.log.inform(f"Deleted {deleted} rows of table {name}", table=name, deleted=deleted, left=left)
    return DeleteTableRowsResponse(
        deletedRowsCount=deleted, tableRowsCount=left, tableSizeBytes=job.result["table_size_bytes_after"]
    )
