"""AddColumn, DropColumn and AlterColumn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kbstore.errors import Kind
from storage.driver.call import Call
from storage.driver.errors import DATA_TYPE_MISMATCH, InvalidParameter
from storage.driver.generated.info_pb2 import ObjectInfoResponse
from storage.driver.generated.table_pb2 import (
    AddColumnCommand,
    AlterColumnCommand,
    DropColumnCommand,
    TableColumnShared,
)
from storage.driver.names import required
from storage.driver.paths import Place, place_of
from storage.driver.registry import Access, handles
from storage.driver.table_info import table_response
from storage.driver.tables import NO_PROJECT, table_name_of
from storage.driver.types import column_spec
from storage.errors import ColumnNotFound, OperationFailed
from storage.services.change_table import request_change
from storage.services.get_table import get_table

#: What an entry of `attributesToUpdate` means, however it is spelled.
_ATTRIBUTES = {
    "name": "name",
    "type": "type",
    **{spelling: name for name in ("length", "nullable", "default") for spelling in (name, f"KBC.datatype.{name}")},
}


@handles(AddColumnCommand, access=Access.WRITE, is_long=True)
def add(call: Call, command: AddColumnCommand) -> ObjectInfoResponse | None:
    """The column comes last; rows that are there get its default, else NULL."""
    place = place_of(call, command.path, without_project=NO_PROJECT)
    name = required(command.columnDefinition.name, "columnDefinition.name")
    spec = column_spec(command.columnDefinition)
    order = {"column": name, "type": spec.type, "nullable": spec.nullable, "default": spec.default}
    change_table(call, place, command.tableName, change="add_column", order=order | {"length": spec.length})
    call.log.inform(f"Added column {name}", table=command.tableName, column=name, type=spec.type)
    return _table_as_told(call, place, command.tableName, command.path)


@handles(DropColumnCommand, access=Access.WRITE, is_long=True)
def drop(call: Call, command: DropColumnCommand) -> None:
    """Its values go; the other columns stay."""
    place = place_of(call, command.path, without_project=NO_PROJECT)
    name = required(command.columnName, "columnName")
    change_table(call, place, command.tableName, change="drop_column", order={"column": name, "force": False})
    call.log.inform(f"Dropped column {name}", table=command.tableName, column=name)


@handles(AlterColumnCommand, access=Access.WRITE, is_long=True)
def alter(call: Call, command: AlterColumnCommand) -> ObjectInfoResponse | None:
    """All attributes that are named, or none of them."""
    place = place_of(call, command.path, without_project=NO_PROJECT)
    wanted = command.desiredDefiniton
    changes = _changes(command.attributesToUpdate, wanted)
    table_name = table_name_of(command.tableName)
    if changes:
        order = {"column": required(wanted.name, "desiredDefiniton.name"), **changes}
        change_table(call, place, table_name, change="redescribe_column", order=order)
    elif command.attributesToUpdate:
        _require_column(call, place, table_name, wanted.name)
    for attribute in command.attributesToUpdate:
        call.log.inform(attribute, table=table_name, column=wanted.name)
    return _table_as_told(call, place, table_name, command.path)


def change_table(call: Call, place: Place, table_name: str, *, change: str, order: dict[str, Any]) -> None:
    """Do a change of a table as the job that REST has for it, and wait for its end.

    Raises InvalidParameter for rows that do not fit, without the value that REST shows as an example.
    """
    table_name = table_name_of(table_name)
    try:
        request_change(actor=call.actor, **place.of_table(table_name), change=change, order=order)
    except OperationFailed as error:
        if error.kind is not Kind.CONFLICT:
            raise
        text = error.message.partition(", for example ")[0]
        raise InvalidParameter(text, reason=DATA_TYPE_MISMATCH) from error


def _changes(attributes: Sequence[str], wanted: TableColumnShared) -> dict[str, Any]:
    """The attributes to change with their new values; the name cannot change. Raises InvalidParameter."""
    for attribute in attributes:
        if attribute not in _ATTRIBUTES:
            raise InvalidParameter(f'Unknown metadata key to "{attribute[:200]}" to update.')
    names = {_ATTRIBUTES[attribute] for attribute in attributes} - {"name"}
    return {name: getattr(wanted, name) for name in sorted(names)}


def _require_column(call: Call, place: Place, table_name: str, column: str) -> None:
    version = get_table(actor=call.actor, **place.of_table(table_name)).current_version
    if column not in version.spec.column_names:
        raise ColumnNotFound(table_name, column, version.spec.column_names)


def _table_as_told(call: Call, place: Place, table_name: str, path: Sequence[str]) -> ObjectInfoResponse | None:
    table = get_table(actor=call.actor, **place.of_table(table_name))
    return table_response(table, path=path) if call.policy.returns_table else None
