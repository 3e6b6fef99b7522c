"""ExecuteStream: progress, messages and rows as they arise, the response last."""

from __future__ import annotations

import io
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import grpc
import pyarrow as pa
import pytest
from google.protobuf.message import Message

from storage.driver.generated.backend_pb2 import InitBackendCommand
from storage.driver.generated.common_pb2 import DriverRequest
from storage.driver.generated.executeQuery_pb2 import ExecuteQueryCommand, ExecuteQueryResponse
from storage.driver.generated.kbstore.stream_pb2 import DriverChunk
from storage.driver.generated.kbstore.stream_pb2_grpc import StorageDriverStreamStub
from storage.driver.generated.table_pb2 import PreviewTableCommand, PreviewTableResponse, TableImportResponse
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import GrpcDoor, request_of
from tests.driver.people import make_people, make_table_of
from tests.driver.table_locks import somebody_writes
from tests.driver.test_concurrency import in_flight, wait_until
from tests.driver.test_operations import asked, user_import

MIB = 1 << 20
#: What a call may take beside what the engine takes for its query.
ROOM = 256 * MIB


@pytest.fixture
def host(driver_server: Server, grpc_door: GrpcDoor) -> HostProject:
    return make_host(driver_server, grpc_door)


@pytest.fixture
def stub(grpc_door: GrpcDoor) -> StorageDriverStreamStub:
    return StorageDriverStreamStub(grpc_door.channel)


def query(host: HostProject, sql: str) -> DriverRequest:
    return asked(host, ExecuteQueryCommand(pathRestriction=[host.id], query=sql))


def result_of(chunks: list[DriverChunk], result: Message) -> Message:
    assert [chunk.WhichOneof("chunk") for chunk in chunks].index("response") == len(chunks) - 1
    assert chunks[-1].response.commandResponse.Unpack(result)
    return result


def arrow_of(chunks: list[DriverChunk]) -> pa.Table:
    return pa.ipc.open_stream(io.BytesIO(b"".join(chunk.rows.arrowIpc for chunk in chunks))).read_all()


def test_messages_come_before_the_response_and_are_in_it(stub: StorageDriverStreamStub) -> None:
    request = request_of(InitBackendCommand(), project=None, key=None)
    *told, last = stub.ExecuteStream(request, timeout=10)

    assert [chunk.log for chunk in told] == list(last.response.messages) != []


def test_an_import_tells_its_progress(host: HostProject, stub: StorageDriverStreamStub, driver_server: Server) -> None:
    command = user_import(host)
    with somebody_writes(driver_server, host.id, "users"):
        call = stub.ExecuteStream(asked(host, command), timeout=30)
        first = next(call)
        assert (first.progress.stage, first.progress.fraction) == ("table_row_import", 0)
        assert host.person.get(f"/jobs/{first.progress.operationId}").json()["state"] == "processing"
    result = result_of(list(call), TableImportResponse())

    assert (result.importedRowsCount, result.tableRowsCount) == (2, 2)


def test_a_query_gives_all_its_rows_in_the_types_of_the_engine(
    host: HostProject, stub: StorageDriverStreamStub
) -> None:
    sql = "SELECT range AS n, repeat('x', 100) AS text, NULL::DATE AS day FROM range(50000)"
    chunks = list(stub.ExecuteStream(query(host, sql), timeout=60))
    table = arrow_of(chunks)
    result = result_of(chunks, ExecuteQueryResponse())

    assert (table.num_rows, table.schema.types) == (50_000, [pa.int64(), pa.string(), pa.date32()])
    assert table.column("n").to_pylist() == list(range(50_000))
    assert max(chunk.ByteSize() for chunk in chunks) < MIB + 100
    assert (result.status, list(result.data.columns), len(result.data.rows)) == (
        ExecuteQueryResponse.Success,
        ["n", "text", "day"],
        0,
    )


def test_a_query_that_fails_is_an_answer_here_too(host: HostProject, stub: StorageDriverStreamStub) -> None:
    chunks = list(stub.ExecuteStream(query(host, "SELECT * FROM nothing"), timeout=30))

    assert result_of(chunks, ExecuteQueryResponse()).status == ExecuteQueryResponse.Error
    assert not any(chunk.HasField("rows") for chunk in chunks)


def test_a_preview_gives_its_rows_in_small_chunks(host: HostProject, stub: StorageDriverStreamStub) -> None:
    long = "x" * 15_000
    name = make_table_of(host, "long", {"id": "INTEGER", "text": "VARCHAR"}, f"id,text\n{_rows(200, long)}")
    command = PreviewTableCommand(path=[host.id, host.bucket], tableName=name)
    command.filters.limit = 200
    chunks = list(stub.ExecuteStream(asked(host, command), timeout=30))
    sent = [chunk.rows.preview for chunk in chunks if chunk.HasField("rows")]
    response = result_of(chunks, PreviewTableResponse())

    assert len(sent) > 2
    assert sum(len(one.rows) for one in sent) == 200
    assert max(one.ByteSize() for one in sent) <= MIB
    assert (list(response.columns), len(response.rows)) == (["id", "text"], 0)


def _rows(count: int, text: str) -> str:
    return "".join(f"{number},{text}\n" for number in range(count))


def test_an_answer_that_is_kept_for_its_repetition_has_its_rows_in_it(
    host: HostProject, stub: StorageDriverStreamStub
) -> None:
    metadata = (("x-idempotency-key", uuid.uuid4().hex),)
    request = query(host, "SELECT 7 AS n")
    for _ in range(2):
        chunks = list(stub.ExecuteStream(request, metadata=metadata, timeout=30))
        result = result_of(chunks, ExecuteQueryResponse())
        assert dict(result.data.rows[0].fields) == {"n": "7"}


def test_a_slow_reader_slows_the_query_and_takes_no_memory(
    host: HostProject, stub: StorageDriverStreamStub, driver_server: Server
) -> None:
    """Terabytes, were they produced ahead of the reader."""
    before = in_flight(driver_server)
    call = stub.ExecuteStream(query(host, "SELECT range, repeat('x', 10000) FROM range(1000000000)"), timeout=60)
    chunks = _taken(call, 5)
    memory = _memory(driver_server)
    deadline = time.monotonic() + 1.5
    while time.monotonic() < deadline:
        time.sleep(0.05)
        assert _memory(driver_server) - memory < ROOM
    chunks += _taken(call, 50)
    assert sum(len(chunk.rows.arrowIpc) for chunk in chunks) > 20 * MIB
    assert _memory(driver_server) - memory < ROOM
    call.cancel()
    wait_until(lambda: in_flight(driver_server) <= before)


def _taken(call: Iterator[DriverChunk], count: int) -> list[DriverChunk]:
    return [next(call) for _ in range(count)]


def _memory(server: Server) -> int:
    """Bytes that the server's process holds."""
    return int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]) * 4096


def test_rows_end_with_the_deadline_of_a_reader_who_takes_none(
    host: HostProject, stub: StorageDriverStreamStub, driver_server: Server
) -> None:
    before = in_flight(driver_server)
    call = stub.ExecuteStream(query(host, "SELECT range FROM range(100000000000)"), timeout=1)
    next(call)
    wait_until(lambda: in_flight(driver_server) <= before)
    with pytest.raises(grpc.RpcError) as raised:
        list(call)
    assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def test_a_refusal_is_the_status_of_the_stream(
    host: HostProject, stub: StorageDriverStreamStub, grpc_door: GrpcDoor, driver_server: Server
) -> None:
    stranger = make_host(driver_server, grpc_door)
    command = PreviewTableCommand(path=[host.id, host.bucket], tableName=make_people(host))
    request = request_of(command, project=stranger.id, key=stranger.key)
    chunks: list[DriverChunk] = []
    with pytest.raises(grpc.RpcError) as raised:
        chunks.extend(stub.ExecuteStream(request, timeout=10))

    assert raised.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert not any(chunk.HasField("rows") for chunk in chunks)
