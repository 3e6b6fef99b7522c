"""LoadTableToWorkspace."""

from __future__ import annotations

from storage.driver.call import Call
from storage.driver.generated.table_pb2 import TableImportResponse
from storage.driver.generated.workspace_pb2 import LoadTableToWorkspaceCommand
from storage.driver.loads import LoadTarget, load
from storage.driver.registry import Access, handles
from storage.driver.table_sources import choice_of, source_of
from storage.driver.workspaces import load_destination

_NO_PROJECT = "source.path must contain at least [project_id, bucket_name]"


@handles(LoadTableToWorkspaceCommand, access=Access.WRITE, is_long=True)
def load_table(call: Call, command: LoadTableToWorkspaceCommand) -> TableImportResponse | None:
    """Rows of a table into a workspace of the project, or of one that has granted it."""
    workspace = load_destination(call, list(command.destination.path))
    source = source_of(call, command.source.path, command.source.tableName, without_project=_NO_PROJECT)
    choice = choice_of(command.source.columnMappings, command.source.whereFilters, limit=command.source.limit)
    options = command.importOptions if command.HasField("importOptions") else None
    target = LoadTarget(workspace, command.destination.tableName or source.name)
    response = load(call, target, source, choice, options)
    return response if call.policy.returns_load else None
