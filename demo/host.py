"""The storage driver in the demo: commands as a Keboola Connection host sends them, over gRPC."""

from __future__ import annotations

import grpc
from google.protobuf.message import Message
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from demo.api import ApiFailure
from storage.driver.generated.common_pb2 import DriverRequest
from storage.driver.generated.credentials_pb2 import GenericBackendCredentials
from storage.driver.generated.info_pb2 import ObjectInfoCommand, ObjectInfoResponse, ObjectType
from storage.driver.generated.service_pb2_grpc import StorageDriverServiceStub

SECONDS = 30


def describe(console: Console, *, port: int, key: str, project: str, bucket: str, table: str, rows: int) -> None:
    """Ask for a table by ObjectInfo and show its columns."""
    command = ObjectInfoCommand(path=[bucket, table], expectedObjectType=ObjectType.TABLE)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        info = _execute(channel, command, key=key, project=project, answer=ObjectInfoResponse()).tableInfo
    if info.rowsCount != rows:
        raise ApiFailure(f"rows of {table} by ObjectInfo: expected {rows}, found {info.rowsCount}.")
    shown = Table("column", "type", "nullable", box=None, padding=(0, 2))
    for column in info.columns[:5]:
        shown.add_row(escape(column.name), column.type, "yes" if column.nullable else "no")
    console.print(f"  ObjectInfo of {bucket}.{table}: {info.rowsCount:,} rows, {len(info.columns)} columns, such as")
    console.print(shown)


def _execute(
    channel: grpc.Channel, command: Message, *, key: str, project: str, answer: ObjectInfoResponse
) -> ObjectInfoResponse:
    request = DriverRequest()
    request.command.Pack(command)
    request.credentials.Pack(GenericBackendCredentials(host=project, secret=key))
    response = StorageDriverServiceStub(channel).Execute(request, timeout=SECONDS)
    response.commandResponse.Unpack(answer)
    return answer
