"""Commands that move rows between tables of buckets and workspaces, and ways to look at both, for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from storage.driver.generated.executeQuery_pb2 import ExecuteQueryCommand, ExecuteQueryResponse
from storage.driver.generated.table_pb2 import ImportExportShared, TableImportFromTableCommand
from storage.driver.generated.workspace_pb2 import CreateWorkspaceCommand, LoadTableToWorkspaceCommand
from tests.driver.conftest import HostProject
from tests.driver.doors import Refused, Told

Options = ImportExportShared.ImportOptions
Where = ImportExportShared.TableWhereFilter
_Load = LoadTableToWorkspaceCommand.SourceTableMapping
_Import = TableImportFromTableCommand.SourceTableMapping
ORDERS = {"id": "VARCHAR", "name": "VARCHAR", "amount": "INTEGER", "_timestamp": "TIMESTAMP"}
WS = "4711"


def make_workspace(host: HostProject, workspace_id: str = WS, **fields: Any) -> None:
    host.execute(CreateWorkspaceCommand(projectId=host.id, workspaceId=workspace_id, **fields))


def sql(host: HostProject, text: str, *, path: Sequence[str] = (WS,), **options: Any) -> list[tuple[str, ...]]:
    """Rows as texts, of a workspace."""
    answer = host.execute(ExecuteQueryCommand(pathRestriction=path, query=text), **options).result
    assert answer.status == ExecuteQueryResponse.Success, answer.message
    return [tuple(row.fields[name] for name in answer.data.columns) for row in answer.data.rows]


def stored(
    host: HostProject, table: str, columns: Sequence[str] = ("id", "name", "amount"), *, branch: str = "default"
) -> list[tuple[Any, ...]]:
    reply = host.person.get(f"/projects/{host.id}/branches/{branch}/buckets/{host.bucket}/tables/{table}/preview")
    assert reply.status_code == 200, reply.text
    return sorted(tuple(row[name] for name in columns) for row in reply.json()["rows"])


def table_of(host: HostProject, table: str) -> dict[str, Any]:
    reply = host.person.get(f"/projects/{host.id}/branches/default/buckets/{host.bucket}/tables/{table}")
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def import_command(
    host: HostProject,
    source: str,
    destination: str,
    *,
    source_path: Sequence[str] | None = None,
    path: Sequence[str] | None = None,
    taken: Mapping[str, Any] | None = None,
    **options: Any,
) -> TableImportFromTableCommand:
    """`taken` are more fields of its source."""
    return TableImportFromTableCommand(
        source=_Import(path=source_path or [host.bucket], tableName=source, **dict(taken or {})),
        destination=ImportExportShared.Table(path=path or [host.bucket], tableName=destination),
        importOptions=Options(**options),
    )


def move(
    host: HostProject, source: str, destination: str, *, send: Mapping[str, Any] | None = None, **fields: Any
) -> Told:
    """TableImportFromTable; `fields` are those of `import_command`."""
    return host.execute(import_command(host, source, destination, **fields), **dict(send or {}))


def renamed(**names: str) -> list[_Import.ColumnMapping]:
    """`source=destination`."""
    return [_Import.ColumnMapping(sourceColumnName=a, destinationColumnName=b) for a, b in names.items()]


def load(
    host: HostProject,
    source: str,
    destination: str = "",
    *,
    source_path: Sequence[str] | None = None,
    path: Sequence[str] = (WS,),
    taken: Mapping[str, Any] | None = None,
    names: Mapping[str, str] | None = None,
    options: Options | None = None,
    send: Mapping[str, Any] | None = None,
) -> Told:
    """LoadTableToWorkspace; `names` maps columns."""
    mapping = [_Load.ColumnMapping(sourceColumnName=a, destinationColumnName=b) for a, b in (names or {}).items()]
    command = LoadTableToWorkspaceCommand(
        source=_Load(
            path=[host.bucket] if source_path is None else source_path,
            tableName=source,
            columnMappings=mapping,
            **dict(taken or {}),
        ),
        destination=ImportExportShared.Table(path=path, tableName=destination),
        importOptions=options,
    )
    return host.execute(command, **dict(send or {}))


def refused(act: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value
