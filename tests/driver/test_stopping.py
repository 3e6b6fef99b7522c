"""A driver that is stopped, or dies, while it works: what it was doing is done, or was never begun."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from pathlib import Path

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from storage.driver.generated.info_pb2 import ObjectInfoCommand
from storage.driver.generated.service_pb2_grpc import StorageDriverServiceStub
from storage.driver.generated.table_pb2 import TableImportResponse
from tests.cast import Person, Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import GrpcDoor, Refused
from tests.driver.table_locks import somebody_writes
from tests.driver.test_import_file import command as import_command
from tests.driver.test_import_file import make_table, put
from tests.driver.test_operations import asked, user_import
from tests.driver.test_serving import driver
from tests.live_server import LiveServer, manage
from tests.warm_start import WarmProcess

SERVICE = "keboola.storageDriver.service.StorageDriverService"


@pytest.fixture
def host(driver_server: Server, grpc_door: GrpcDoor) -> HostProject:
    return make_host(driver_server, grpc_door)


def until_processing(host: HostProject) -> None:
    deadline = time.monotonic() + 20
    while not any(job["state"] == "processing" for job in host.person.get("/projects/{p}/jobs").json()["jobs"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ended(process: WarmProcess) -> int:
    try:
        return process.wait(20)
    except subprocess.TimeoutExpired:
        pytest.fail("the driver did not stop")


def test_a_command_that_runs_may_end_and_no_other_begins(
    host: HostProject, driver_server: Server, tmp_path: Path
) -> None:
    command = user_import(host)
    states: list[int] = []
    with (
        driver(tmp_path, beside=driver_server.data_dir) as (process, port),
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        stub = StorageDriverServiceStub(channel)
        watched = HealthStub(channel).Watch(HealthCheckRequest(service=SERVICE), timeout=60)
        states.append(next(watched).status)
        with somebody_writes(driver_server, host.id, "users"):
            running = stub.Execute.future(asked(host, command), timeout=60)
            until_processing(host)
            process.send_signal(signal.SIGTERM)
            states.append(next(watched).status)
            for _ in range(2):
                with pytest.raises(grpc.RpcError) as raised:
                    stub.Execute(asked(host, ObjectInfoCommand(path=[host.id])), timeout=10)
                assert _retry_seconds(raised.value) > 0
                assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
            assert HealthStub(channel).Check(HealthCheckRequest(), timeout=10).status == states[-1]
            assert not running.done()
        result = TableImportResponse()
        assert running.result(30).commandResponse.Unpack(result)
        assert ended(process) == 0

    assert states == [HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING]
    assert result.importedRowsCount == len(host.person.rows("users", bucket=host.bucket)) == 2


def _retry_seconds(error: grpc.Call) -> int:
    status, retry = Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"]), RetryInfo()
    assert status.details[1].Unpack(retry)
    return retry.retry_delay.seconds


def test_a_command_that_outlasts_the_grace_changes_nothing(
    host: HostProject, driver_server: Server, tmp_path: Path
) -> None:
    command = user_import(host)
    with (
        driver(tmp_path, beside=driver_server.data_dir, KBSTORE_SHUTDOWN_GRACE_SECONDS="0.5") as (process, port),
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        with somebody_writes(driver_server, host.id, "users"):
            running = StorageDriverServiceStub(channel).Execute.future(asked(host, command), timeout=60)
            until_processing(host)
            process.send_signal(signal.SIGTERM)
            assert running.exception(30) is not None
            assert ended(process) == 0
        assert running.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)

    assert host.person.rows("users", bucket=host.bucket) == []
    newest = host.person.get("/projects/{p}/jobs").json()["jobs"][0]
    assert newest["state"] == "cancelled"


def test_whoever_watches_the_health_does_not_delay_the_end(driver_server: Server, tmp_path: Path) -> None:
    with (
        driver(tmp_path, beside=driver_server.data_dir) as (process, port),
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        watched = HealthStub(channel).Watch(HealthCheckRequest(), timeout=60)
        assert next(watched).status == HealthCheckResponse.SERVING
        process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        assert next(watched).status == HealthCheckResponse.NOT_SERVING
        assert ended(process) == 0
        assert time.monotonic() - started < 10


def test_a_connection_is_asked_to_come_again_and_its_calls_may_end(
    host: HostProject, driver_server: Server, tmp_path: Path
) -> None:
    """For load balancers: the client connects anew by itself, and the call that runs over the old one goes on."""
    command = user_import(host)
    ages = {"GRPC_MAX_CONNECTION_AGE": "1", "GRPC_MAX_CONNECTION_AGE_GRACE": "60", "GRPC_KEEPALIVE_SECONDS": "1"}
    with (
        driver(tmp_path, beside=driver_server.data_dir, **ages) as (_, port),
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        left = threading.Event()
        channel.subscribe(lambda state: left.set() if state is grpc.ChannelConnectivity.IDLE else None)
        stub = StorageDriverServiceStub(channel)
        with somebody_writes(driver_server, host.id, "users"):
            running = stub.Execute.future(asked(host, command), timeout=60)
            until_processing(host)
            left.clear()
            assert left.wait(20)
            assert stub.Execute(asked(host, ObjectInfoCommand(path=[host.id])), timeout=10).messages
        assert running.result(30).messages


@pytest.mark.parametrize("point", ["seal.renamed", "publish.before_commit", "publish.committed"])
def test_a_crash_in_an_import_leaves_the_old_rows_or_the_new_ones(tmp_path: Path, point: str) -> None:
    data_dir = tmp_path / "data"
    with LiveServer(data_dir, GRPC_ENABLED="true", KBSTORE_FAULT_POINT="none") as live:
        server = Server.of(live)
        host = make_host(server, GrpcDoor(server))
        make_table(host, "users")
        csv = {"columnsNames": ["id", "name", "amount"]}
        host.execute(import_command(host, put(host, "old.csv", "1,Alice,1\n"), csv=csv))
        renewal = import_command(host, put(host, "new.csv", "2,Bob,2\n3,Cyril,3\n"), csv=csv)
        assert live.terminate() == 0
    with LiveServer(data_dir, GRPC_ENABLED="true", KBSTORE_FAULT_POINT=point) as live:
        door = GrpcDoor(Server.of(live))
        with pytest.raises(Refused) as refused:
            door.execute(renewal, project=host.id, key=host.key)
        assert refused.value.status == "UNAVAILABLE"
        assert live.wait_until_dead() == -9

    with LiveServer(data_dir) as live:
        person = Person(Server.of(live), key=host.key, project_id=host.id)
        ids = [row[0] for row in person.rows("users", bucket=host.bucket)]
        newest = person.get("/projects/{p}/jobs").json()["jobs"][0]
        assert live.terminate() == 0
    is_new = point == "publish.committed"
    assert (ids, newest["state"]) == ((["2", "3"], "success") if is_new else (["1"], "error"))
    report = manage(data_dir, "doctor", "--checksums")
    assert report.returncode == 0, report.stdout + report.stderr
    assert not list((data_dir / "_staging").iterdir())
