"""CreateTableFromTimeTravel: a table as another one was at a moment."""

from __future__ import annotations

import datetime

from storage.driver.call import Call
from storage.driver.errors import InvalidParameter
from storage.driver.generated.info_pb2 import ObjectInfoResponse
from storage.driver.generated.table_pb2 import CreateTableFromTimeTravelCommand
from storage.driver.paths import place_of
from storage.driver.registry import Access, handles
from storage.driver.table_info import table_response
from storage.driver.tables import table_name_of, told_by_path
from storage.services.travel_in_time import travel_in_time


@handles(CreateTableFromTimeTravelCommand, access=Access.WRITE)
def travel(call: Call, command: CreateTableFromTimeTravelCommand) -> ObjectInfoResponse:
    """Raises InvalidParameter for a moment that is none of the past."""
    source, destination = place_of(call, command.source.path), place_of(call, command.destination.path)
    source_name, name = table_name_of(command.source.tableName), table_name_of(command.destination.tableName)
    moment = _moment(command.timestamp)
    with told_by_path(source, source_name):
        table, version = travel_in_time(
            actor=call.actor,
            **destination.arguments,
            name=name,
            source=source.of_table(source_name),
            moment=moment,
        )
    published = version.created_at.astimezone(datetime.UTC).isoformat(sep=" ", timespec="seconds")
    call.log.inform(f"Created table {name} from {source_name}", rows=version.row_count)
    call.log.warn(f"Table {name} has the state of {published}, version {version.number}", version=version.number)
    return table_response(table, path=command.destination.path)


def _moment(seconds: int) -> datetime.datetime:
    now = datetime.datetime.now(datetime.UTC)
    # A whole second is meant to its end: what happened in it counts.
    if seconds <= 0 or seconds > now.timestamp():
        raise InvalidParameter(f"timestamp has to be a moment of the past in seconds, not {seconds}.")
    return datetime.datetime.fromtimestamp(seconds + 1, datetime.UTC) - datetime.timedelta(microseconds=1)
