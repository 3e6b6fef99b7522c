"""Many calls at once: short ones pass long ones, calls that are given up stop, messages stay with their call."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc
import httpx
import pytest

from storage.driver.generated.bucket_pb2 import CreateBucketCommand
from storage.driver.generated.executeQuery_pb2 import ExecuteQueryCommand, ExecuteQueryResponse
from storage.driver.generated.info_pb2 import ObjectInfoCommand
from storage.driver.generated.table_pb2 import CreateTableCommand, DeleteTableRowsCommand, TableColumnShared
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import BridgeDoor, GrpcDoor, request_of

#: Takes hours.
ENDLESS = "SELECT count(*) FROM range(2000000) a, range(2000000) b WHERE a.range * b.range % 7 = 3"


@pytest.fixture
def host(driver_server: Server, grpc_door: GrpcDoor) -> HostProject:
    return make_host(driver_server, grpc_door)


def endless(host: HostProject) -> ExecuteQueryCommand:
    return ExecuteQueryCommand(pathRestriction=[host.id], query=ENDLESS)


def in_flight(server: Server) -> int:
    """Calls that are being done, as the metrics have them."""
    text = httpx.get(f"{server.url}/metrics").text
    found = re.search(r"^duckdb_grpc_connections_active (\S+)$", text, re.MULTILINE)
    return round(float(found[1])) if found else 0


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def start(host: HostProject, door: GrpcDoor, **options: object) -> grpc.Future:
    request = request_of(endless(host), project=host.id, key=host.key)
    return door.stub.Execute.future(request, **({"timeout": 60} | options))


def test_short_commands_do_not_wait_for_long_ones(
    host: HostProject, grpc_door: GrpcDoor, driver_server: Server
) -> None:
    before = in_flight(driver_server)
    running = [start(host, grpc_door) for _ in range(12)]
    try:
        wait_until(lambda: in_flight(driver_server) >= before + 12)
        assert host.execute(ObjectInfoCommand(path=[host.id])).result.databaseInfo.objects
    finally:
        for call in running:
            call.cancel()
    wait_until(lambda: in_flight(driver_server) <= before)


def test_a_call_that_is_cancelled_stops_its_query(
    host: HostProject, grpc_door: GrpcDoor, driver_server: Server
) -> None:
    before = in_flight(driver_server)
    call = start(host, grpc_door)
    wait_until(lambda: in_flight(driver_server) > before)
    call.cancel()

    wait_until(lambda: in_flight(driver_server) <= before)


def test_the_deadline_ends_a_call(host: HostProject, grpc_door: GrpcDoor, driver_server: Server) -> None:
    before = in_flight(driver_server)
    with pytest.raises(grpc.RpcError) as raised:
        start(host, grpc_door, timeout=0.5).result()

    assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    wait_until(lambda: in_flight(driver_server) <= before)


def test_a_query_has_a_time_limit_of_its_own(host: HostProject) -> None:
    told = host.execute(ExecuteQueryCommand(pathRestriction=[host.id], query=ENDLESS, timeout=1))

    assert told.result.status == ExecuteQueryResponse.Error
    assert "timed out" in told.result.message


def test_a_deletion_that_waits_for_a_lock_can_be_given_up(
    host: HostProject, grpc_door: GrpcDoor, driver_server: Server
) -> None:
    columns = [TableColumnShared(name="id", type="INTEGER")]
    host.execute(CreateTableCommand(path=["in_c_sales"], tableName="orders", columns=columns))
    rows = host.person.upload(b"id\n" + b"\n".join(b"%d" % n for n in range(1000)))
    base = "/projects/{p}/branches/default/buckets/in_c_sales/tables/orders"
    host.person.post(f"{base}/import/file", json={"file_id": rows, "format": "csv"}).raise_for_status()
    request = request_of(DeleteTableRowsCommand(path=["in_c_sales"], tableName="orders"), project=host.id, key=host.key)
    # At once, and before anything can have happened: either it was not begun or it is taken back.
    call = grpc_door.stub.Execute.future(request, timeout=60)
    call.cancel()
    before = in_flight(driver_server)
    wait_until(lambda: in_flight(driver_server) <= before)

    count = host.person.get(base).json()["row_count"]
    assert count in (0, 1000)


def test_messages_of_calls_at_once_stay_apart(driver_server: Server, grpc_door: GrpcDoor) -> None:
    hosts = [make_host(driver_server, grpc_door) for _ in range(2)]
    barrier = threading.Barrier(2)

    def work(host: HostProject) -> set[str]:
        barrier.wait()
        texts: set[str] = set()
        for number in range(10):
            name = f"bucket-{host.id}-{number}"
            told = host.execute(CreateBucketCommand(projectId=host.id, bucketId=name))
            assert len(told.messages) == 1
            texts |= {text for _, text in told.messages}
        return texts

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(work, hosts)
    assert not any(hosts[1].id in text for text in first)
    assert not any(hosts[0].id in text for text in second)


def test_a_long_query_of_the_bridge_stops_when_its_caller_hangs_up(
    driver_server: Server, bridge: BridgeDoor, host: HostProject
) -> None:
    before = in_flight(driver_server)
    body = {"command": {"type": "ExecuteQueryCommand", "pathRestriction": [host.id], "query": ENDLESS}}
    headers = {"Authorization": "Bearer tests-admin-key"}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{driver_server.url}/driver/execute", json=body, headers=headers, timeout=1.0)

    wait_until(lambda: in_flight(driver_server) <= before)
