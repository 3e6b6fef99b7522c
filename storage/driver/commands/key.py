"""AddPrimaryKey and DropPrimaryKey."""

from __future__ import annotations

from storage.driver.call import Call
from storage.driver.commands.column import change_table
from storage.driver.errors import InvalidParameter
from storage.driver.generated.table_pb2 import AddPrimaryKeyCommand, DropPrimaryKeyCommand
from storage.driver.paths import place_of
from storage.driver.registry import Access, handles
from storage.driver.tables import NO_PROJECT
from storage.errors import PrimaryKeyViolation


@handles(AddPrimaryKeyCommand, access=Access.WRITE, is_long=True)
def add(call: Call, command: AddPrimaryKeyCommand) -> None:
    """The columns are the key, and NOT NULL, from now on; rows that contradict it are told whatever was asked for."""
    place = place_of(call, command.path, without_project=NO_PROJECT)
    key = list(command.primaryKeysNames)
    if not key:
        raise InvalidParameter("primaryKeysNames is required")
    try:
        change_table(call, place, command.tableName, change="add_primary_key", order={"columns": key})
    except PrimaryKeyViolation as error:
        raise InvalidParameter(_contradiction(error)) from error
    call.log.inform(f"Added primary key of table {command.tableName}", table=command.tableName, columns=len(key))


@handles(DropPrimaryKeyCommand, access=Access.WRITE, is_long=True)
def drop(call: Call, command: DropPrimaryKeyCommand) -> None:
    """Rows may repeat from now on; the columns stay NOT NULL."""
    place = place_of(call, command.path, without_project=NO_PROJECT)
    change_table(call, place, command.tableName, change="drop_primary_key", order={})
    call.log.inform(f"Dropped primary key of table {command.tableName}", table=command.tableName)


def _contradiction(error: PrimaryKeyViolation) -> str:
    """Without values of the rows."""
    example = (error.details or {}).get("example") or {}
    empty = [column for column, value in example.items() if value is None]
    return f'Selected column "{empty[0]}" is nullable' if empty else "Selected columns contain duplicities"
