"""How the driver describes a table: TableInfo from the catalog's row, without a look into any file."""

from __future__ import annotations

from collections.abc import Sequence

from storage.driver.generated.info_pb2 import ObjectInfoResponse, ObjectType, TableInfo, TableType, ViewInfo
from storage.engine.specs import ColumnSpec
from storage.models import Table
from storage.services.find_readable import Readable
from workspaces.services.describe_objects import DescribedObject


def table_info(table: Table, *, path: Sequence[str]) -> TableInfo:
    """`path` is the container as the caller spelled it; the table comes with its current version."""
    version = table.current_version
    return TableInfo(
        path=path,
        tableName=table.name,
        columns=[column_info(ColumnSpec.from_json(column)) for column in version.columns],
        primaryKeysNames=version.primary_key,
        rowsCount=version.row_count,
        sizeBytes=version.size_bytes,
        tableType=TableType.NORMAL,
    )


def readable_info(found: Readable, *, path: Sequence[str]) -> TableInfo:
    """The same of what may be a view: its columns, and the rows and bytes of the table behind it."""
    info = table_info(found.table, path=path)
    if found.is_view:
        info.tableName = found.name
        del info.columns[:]
        info.columns.extend(column_info(column) for column in found.spec.columns)
        info.primaryKeysNames[:] = found.spec.primary_key
    return info


def view_response(found: Readable, *, path: Sequence[str], row_count: int) -> ObjectInfoResponse:
    """A view of a bucket. It has no key: that is for the table behind it."""
    columns = [column_info(column) for column in found.spec.columns]
    view = ViewInfo(path=path, viewName=found.name, columns=columns, rowsCount=row_count)
    return ObjectInfoResponse(objectType=ObjectType.VIEW, viewInfo=view)


def object_info_of_workspace(found: DescribedObject, *, path: Sequence[str]) -> ObjectInfoResponse:
    """A table or view of a workspace; how many bytes it takes is not known."""
    columns = [column_info(column) for column in found.spec.columns]
    facts = {"path": path, "columns": columns, "rowsCount": found.row_count}
    if found.kind == "view":
        view = ViewInfo(viewName=found.name, **facts)
        return ObjectInfoResponse(objectType=ObjectType.VIEW, viewInfo=view)
    table = TableInfo(tableName=found.name, primaryKeysNames=found.spec.primary_key, **facts)
    return ObjectInfoResponse(objectType=ObjectType.TABLE, tableInfo=table)


def table_response(table: Table, *, path: Sequence[str]) -> ObjectInfoResponse:
    """What CreateTable and changes of columns answer with; `path` is that of their command."""
    return ObjectInfoResponse(path=path, objectType=ObjectType.TABLE, tableInfo=table_info(table, path=path))


def column_info(column: ColumnSpec) -> TableInfo.TableColumn:
    name, length = type_and_length(column)
    return TableInfo.TableColumn(
        name=column.name, type=name, length=length, nullable=column.nullable, default=column.default or ""
    )


def type_and_length(column: ColumnSpec) -> tuple[str, str]:
    """`DECIMAL(38,2)` as `DECIMAL` and `38,2`; no length is empty."""
    if column.type.startswith("DECIMAL(") and column.type.endswith(")"):
        return "DECIMAL", column.type[len("DECIMAL(") : -1]
    return column.type, "" if column.length is None else str(column.length)
