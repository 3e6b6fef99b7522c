"""Filters, bounds, order and limit of commands as the engine's selection of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from storage.driver.call import Call
from storage.driver.generated.table_pb2 import DeleteTableRowsCommand, ImportExportShared
from storage.driver.names import required
from storage.driver.paths import place_of
from storage.engine.specs import ColumnFilter, RowSelection, SortKey
from storage.services.referenced_rows import TableReference

_Where = ImportExportShared.TableWhereFilter
_Order = ImportExportShared.ExportOrderBy
_Reference = DeleteTableRowsCommand.WhereRefTableFilter


def selection_of(
    filters: ImportExportShared.ExportFilters, order_by: Iterable[_Order], *, table_name: str
) -> RowSelection:
    """What the filters and the order of a preview or an export mean; whether the table has it, the engine says."""
    return RowSelection(
        table=table_name,
        filters=where_filters(filters.whereFilters),
        changed_since=filters.changeSince,
        changed_until=filters.changeUntil,
        fulltext=filters.fulltextSearch,
        sort=tuple(_sort_key(one) for one in order_by),
        limit=filters.limit,
    )


def where_filters(filters: Iterable[_Where]) -> tuple[ColumnFilter, ...]:
    return tuple(
        ColumnFilter(
            column=one.columnsName,
            operator=_Where.Operator.Name(one.operator),
            values=tuple(one.values),
            data_type=ImportExportShared.DataType.Name(one.dataType),
        )
        for one in filters
    )


def references_of(call: Call, filters: Sequence[_Reference]) -> list[TableReference]:
    """The tables that filters refer to. Raises InvalidParameter, WrongProject for a path that means no table."""
    return [_reference(call, one) for one in filters]


def _reference(call: Call, wanted: _Reference) -> TableReference:
    place = place_of(call, wanted.refPath)
    return TableReference(
        column=required(wanted.column, "whereRefTableFilters.column"),
        project_id=place.project_id,
        branch_id=place.branch_id,
        bucket_name=place.bucket_name,
        table_name=required(wanted.refTable, "whereRefTableFilters.refTable"),
        reference_column=required(wanted.refColumn, "whereRefTableFilters.refColumn"),
        excluded=wanted.operator == _Reference.NOT_IN,
    )


def _sort_key(wanted: _Order) -> SortKey:
    return SortKey(
        column=wanted.columnName,
        descending=wanted.order == _Order.DESC,
        data_type=ImportExportShared.DataType.Name(wanted.dataType),
    )
