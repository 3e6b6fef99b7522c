"""CreateTable and DropTable."""

from __future__ import annotations

from storage.driver.call import Call
from storage.driver.errors import InvalidParameter
from storage.driver.generated.info_pb2 import ObjectInfoResponse
from storage.driver.generated.table_pb2 import CreateTableCommand, DropTableCommand
from storage.driver.messages import command_name, parse
from storage.driver.names import object_name
from storage.driver.paths import Place, place_of
from storage.driver.registry import Access, handles
from storage.driver.table_info import table_response
from storage.driver.tables import table_name_of
from storage.driver.types import column_spec
from storage.errors import BucketExists, BucketNotFound, InvalidColumn, OperationFailed, TableNotFound, ViewNotFound
from storage.models import Table
from storage.services.create_bucket import create_bucket
from storage.services.create_table import create_table
from storage.services.delete_table import delete_table
from storage.services.drop_view import drop_view


@handles(CreateTableCommand, access=Access.WRITE)
def create(call: Call, command: CreateTableCommand) -> ObjectInfoResponse | None:
    """An empty table; a bucket that is missing is made, too."""
    name = table_name_of(command.tableName)
    place = place_of(call, command.path)
    if not command.columns:
        raise InvalidParameter(_refusal(command, place, "A table needs at least one column"))
    try:
        table = _created(call, command, place)
    except BucketNotFound:
        place = _with_bucket(call, place)
        table = _created(call, command, place)
    _warn_of_layout(call, command)
    call.log.inform(f"Created table {name}", bucket=place.bucket_name, table=name, columns=len(command.columns))
    return table_response(table, path=command.path) if call.policy.returns_table else None


@handles(DropTableCommand, access=Access.WRITE)
def drop(call: Call, command: DropTableCommand) -> None:
    """The table or view is gone afterwards, whether it was there or not."""
    name = table_name_of(command.tableName)
    place = place_of(call, command.path)
    try:
        _drop(call, place, name)
    except (TableNotFound, ViewNotFound, BucketNotFound):
        call.log.warn(f"Table {name} does not exist in bucket {place.bucket_name}: nothing was dropped", table=name)
    call.log.inform(f"Table {name} is gone", bucket=place.bucket_name, table=name)


def _drop(call: Call, place: Place, name: str) -> None:
    try:
        delete_table(actor=call.actor, **place.of_table(name))
    except TableNotFound:
        drop_view(actor=call.actor, **place.arguments, view_name=name)


def _created(call: Call, command: CreateTableCommand, place: Place) -> Table:
    try:
        return create_table(
            actor=call.actor,
            **place.arguments,
            name=command.tableName,
            columns=[column_spec(column) for column in command.columns],
            primary_key=list(command.primaryKeysNames),
        )
    except (OperationFailed, InvalidColumn) as error:
        if error.grpc_status != "INVALID_ARGUMENT":
            raise
        cause = error.__cause__
        raise InvalidParameter(_refusal(command, place, getattr(cause, "message", error.message))) from error


def _refusal(command: CreateTableCommand, place: Place, reason: str) -> str:
    shown = f'"{command.tableName}" in dataset "{place.bucket_name}"'
    return f"Failed to create table {shown}. Exception: {reason.rstrip('.')}."


def _with_bucket(call: Call, place: Place) -> Place:
    made = Place(place.project_id, place.branch_id, object_name(place.bucket_name))
    try:
        create_bucket(
            actor=call.actor,
            project_id=made.project_id,
            branch_id=made.branch_id,
            name=made.bucket_name,
            description=None,
        )
        call.log.inform(f"Created bucket {made.bucket_name}", bucket=made.bucket_name)
    except BucketExists:
        pass  # somebody else made it meanwhile
    return made


def _warn_of_layout(call: Call, command: CreateTableCommand) -> None:
    kind = CreateTableCommand.BigQueryTableMeta
    if command_name(command.meta.type_url) == kind.DESCRIPTOR.name and parse(command.meta.value, kind).ListFields():
        call.log.warn("Partitioning and clustering are not for this backend: they were ignored")
