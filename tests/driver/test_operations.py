"""Commands that go on as jobs: Submit, GetOperation and CancelOperation, and `Prefer: respond-async` of the bridge."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from storage.driver.generated.bucket_pb2 import CreateBucketCommand
from storage.driver.generated.common_pb2 import DriverRequest
from storage.driver.generated.credentials_pb2 import GenericBackendCredentials
from storage.driver.generated.info_pb2 import ObjectInfoCommand, ObjectInfoResponse
from storage.driver.generated.kbstore.stream_pb2 import Operation, OperationRequest
from storage.driver.generated.kbstore.stream_pb2_grpc import StorageDriverStreamStub
from storage.driver.generated.table_pb2 import CreateProfileTableCommand, DeleteTableRowsCommand
from tests.cast import Server, start_server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import BridgeDoor, GrpcDoor, Refused, request_of
from tests.driver.people import make_people
from tests.driver.table_locks import somebody_writes
from tests.driver.test_import_file import command as import_command
from tests.driver.test_import_file import make_table, put

USERS = "id,name,amount\n1,Alice,1\n2,Bob,2\n"


@pytest.fixture
def host(driver_server: Server, grpc_door: GrpcDoor) -> HostProject:
    return make_host(driver_server, grpc_door)


@pytest.fixture
def stub(grpc_door: GrpcDoor) -> StorageDriverStreamStub:
    return StorageDriverStreamStub(grpc_door.channel)


def asked(host: HostProject, command: Message) -> DriverRequest:
    return request_of(command, project=host.id, key=host.key)


def user_import(host: HostProject) -> Message:
    make_table(host, "users")
    return import_command(host, put(host, "users.csv", USERS), csv={"columnsNames": ["id", "name", "amount"]})


def named(operation_id: str, key: str) -> OperationRequest:
    request = OperationRequest(id=operation_id)
    request.credentials.Pack(GenericBackendCredentials(secret=key))
    return request


def until_done(stub: StorageDriverStreamStub, operation: Operation, key: str) -> Operation:
    deadline = time.monotonic() + 30
    while not operation.done:
        assert time.monotonic() < deadline
        time.sleep(0.05)
        operation = stub.GetOperation(named(operation.id, key), timeout=10)
    return operation


def refusal(call: Any, request: Message, **options: Any) -> tuple[str, str]:
    with pytest.raises(grpc.RpcError) as raised:
        call(request, timeout=10, **options)
    error = raised.value
    assert isinstance(error, grpc.Call)
    return error.code().name, error.details() or ""


def test_an_import_goes_on_after_its_call(
    host: HostProject, stub: StorageDriverStreamStub, driver_server: Server
) -> None:
    command = user_import(host)
    with somebody_writes(driver_server, host.id, "users"):
        begun = stub.Submit(asked(host, command), timeout=10)
        assert (begun.type, begun.done, begun.HasField("response")) == ("table_row_import", False, False)
        assert stub.GetOperation(named(begun.id, host.key), timeout=10).state in (
            Operation.WAITING,
            Operation.PROCESSING,
        )
    ended = until_done(stub, begun, host.key)

    assert (ended.state, ended.fraction) == (Operation.SUCCEEDED, 1.0)
    assert MessageToDict(ended.result)["imported_rows"] == 2
    assert ended.createdAt.ToSeconds() <= ended.startedAt.ToSeconds() <= ended.finishedAt.ToSeconds()
    assert host.person.get(f"/jobs/{begun.id}").json()["state"] == "success"


def test_an_operation_that_is_cancelled_changes_nothing(
    host: HostProject, stub: StorageDriverStreamStub, driver_server: Server
) -> None:
    command = user_import(host)
    with somebody_writes(driver_server, host.id, "users"):
        begun = stub.Submit(asked(host, command), timeout=10)
        stub.CancelOperation(named(begun.id, host.key), timeout=10)
        ended = until_done(stub, begun, host.key)

    assert (ended.state, ended.failure.code) == (Operation.CANCELLED, "cancelled")
    assert host.person.rows("users", bucket=host.bucket) == []
    assert refusal(stub.CancelOperation, named(begun.id, host.key))[0] == "FAILED_PRECONDITION"


def test_an_operation_that_fails_says_why(host: HostProject, stub: StorageDriverStreamStub) -> None:
    make_table(host, "users")
    bad = import_command(host, put(host, "bad.csv", "1,Alice,many\n"), csv={"columnsNames": ["id", "name", "amount"]})
    bad.importOptions.importStrategy = bad.importOptions.USER_DEFINED_TABLE
    ended = until_done(stub, stub.Submit(asked(host, bad), timeout=10), host.key)

    assert (ended.state, ended.failure.httpStatus, ended.failure.retryable) == (Operation.FAILED, 400, False)
    assert ended.failure.message


def test_a_command_that_is_no_job_is_done_at_once(host: HostProject, stub: StorageDriverStreamStub) -> None:
    done = stub.Submit(asked(host, ObjectInfoCommand(path=[host.id])), timeout=10)
    info = ObjectInfoResponse()

    assert (done.id, done.done, done.state) == ("", True, Operation.SUCCEEDED)
    assert done.response.commandResponse.Unpack(info)
    assert len(info.databaseInfo.objects) == 1


def test_what_cannot_begin_is_refused(host: HostProject, stub: StorageDriverStreamStub) -> None:
    missing = DeleteTableRowsCommand(path=[host.id, host.bucket], tableName="nothing")

    assert refusal(stub.Submit, asked(host, missing))[0] == "NOT_FOUND"
    assert refusal(stub.Submit, DriverRequest())[0] == "UNIMPLEMENTED"


def test_a_submission_under_one_idempotency_key_is_one_job(host: HostProject, stub: StorageDriverStreamStub) -> None:
    table = make_people(host)
    request = asked(host, CreateProfileTableCommand(path=[host.id, host.bucket], tableName=table))
    metadata = (("x-idempotency-key", uuid.uuid4().hex),)
    first = stub.Submit(request, metadata=metadata, timeout=10)
    second, call = stub.Submit.with_call(request, metadata=metadata, timeout=10)

    assert first.id == second.id != ""
    assert dict(call.trailing_metadata())["x-idempotency-replay"] == "true"


def test_only_keys_of_its_project_see_an_operation(
    host: HostProject, stub: StorageDriverStreamStub, grpc_door: GrpcDoor, driver_server: Server
) -> None:
    stranger = make_host(driver_server, grpc_door)
    command = user_import(host)
    with somebody_writes(driver_server, host.id, "users"):
        begun = stub.Submit(asked(host, command), timeout=10)
        for call in (stub.GetOperation, stub.CancelOperation):
            unseen = refusal(call, named(begun.id, stranger.key))
            assert unseen == (refusal(call, named("0" * 32, stranger.key))[0], unseen[1])
            assert unseen[0] == "NOT_FOUND"
            assert refusal(call, named(begun.id, "proj_x_admin_nonsense"))[0] == "UNAUTHENTICATED"
        bearer = (("authorization", f"Bearer {host.key}"),)
        assert not stub.GetOperation(OperationRequest(id=begun.id), metadata=bearer, timeout=10).done
    assert until_done(stub, begun, "tests-admin-key").state == Operation.SUCCEEDED


def test_a_key_of_another_project_submits_nothing(
    host: HostProject, stub: StorageDriverStreamStub, grpc_door: GrpcDoor, driver_server: Server
) -> None:
    stranger = make_host(driver_server, grpc_door)
    table = make_people(host)
    request = request_of(
        DeleteTableRowsCommand(path=[host.id, host.bucket], tableName=table), project=stranger.id, key=stranger.key
    )

    assert refusal(stub.Submit, request)[0] == "PERMISSION_DENIED"
    assert len(host.person.rows(table, bucket=host.bucket)) == 3


def test_an_operation_needs_a_name(stub: StorageDriverStreamStub) -> None:
    assert refusal(stub.GetOperation, OperationRequest()) == ("INVALID_ARGUMENT", "id is required")


def test_the_bridge_answers_with_the_job_where_that_is_preferred(driver_server: Server, bridge: BridgeDoor) -> None:
    host = make_host(driver_server, bridge)
    table = make_people(host)
    body = {
        "command": {"type": "DeleteTableRowsCommand", "path": [host.id, host.bucket], "tableName": table},
        "credentials": {"project_id": host.id},
    }
    with somebody_writes(driver_server, host.id, table):
        reply = bridge.post(body, key=host.key, Prefer="respond-async")
        assert (reply.status_code, reply.json()["state"]) == (202, "waiting")
    job_id = reply.json()["id"]
    ended = host.person.wait_for(job_id)

    assert reply.headers["Location"] == f"/jobs/{job_id}"
    assert (ended["state"], ended["result"]["deleted_rows"]) == ("success", 3)
    assert host.person.rows(table, bucket=host.bucket) == []


def test_the_bridge_does_what_is_no_job_at_once(driver_server: Server, bridge: BridgeDoor) -> None:
    host = make_host(driver_server, bridge)
    bucket = MessageToDict(CreateBucketCommand(projectId=host.id, bucketId="in.c-other"))
    body = {"command": {"type": "CreateBucketCommand", **bucket}, "credentials": {"project_id": host.id}}
    missing = {"type": "DeleteTableRowsCommand", "path": [host.id, host.bucket], "tableName": "nothing"}
    done = bridge.post(body, key=host.key, Prefer="respond-async")
    refused = bridge.post(body | {"command": missing}, key=host.key, Prefer="respond-async")

    assert (done.status_code, done.json()["commandResponse"]["createBucketObjectName"]) == (200, "in_c_other")
    assert refused.status_code == 404


def test_a_table_that_somebody_else_writes_is_named_and_the_call_may_be_repeated(tmp_path: Path) -> None:
    impatient = start_server(tmp_path, GRPC_ENABLED="true", LOCK_TIMEOUT="0.2")
    try:
        host = make_host(impatient, GrpcDoor(impatient))
        table = make_people(host)
        with somebody_writes(impatient, host.id, table), pytest.raises(Refused) as refused:
            host.execute(DeleteTableRowsCommand(path=[host.id, host.bucket], tableName=table))
    finally:
        impatient.stop()

    assert (refused.value.status, refused.value.reason) == ("ABORTED", "ERR_RESOURCE_FULL")
    assert "in_c_sales.people" in refused.value.message
