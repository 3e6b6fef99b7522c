"""The gRPC door: keys, metadata, status details, reflection, health."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from storage.driver.generated.backend_pb2 import InitBackendCommand
from storage.driver.generated.bucket_pb2 import CreateBucketCommand
from storage.driver.generated.common_pb2 import DriverRequest, DriverResponse
from storage.driver.generated.credentials_pb2 import GenericBackendCredentials
from storage.driver.generated.project_pb2 import CreateProjectCommand
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import GrpcDoor, Refused, request_of

SERVICE = "keboola.storageDriver.service.StorageDriverService"


@pytest.fixture
def host(driver_server: Server, grpc_door: GrpcDoor) -> HostProject:
    return make_host(driver_server, grpc_door)


def _refusal(door: GrpcDoor, request: DriverRequest, **options: Any) -> grpc.Call:
    with pytest.raises(grpc.RpcError) as raised:
        door.stub.Execute(request, timeout=30, **options)
    error = raised.value
    assert isinstance(error, grpc.Call)
    return error


def test_on_loopback_a_call_without_a_key_is_trusted(grpc_door: GrpcDoor) -> None:
    assert grpc_door.execute(InitBackendCommand(), key=None).result is not None


def test_a_wrong_key_is_never_trusted(grpc_door: GrpcDoor) -> None:
    with pytest.raises(Refused) as refused:
        grpc_door.execute(InitBackendCommand(), key="proj_x_admin_nonsense")

    assert (refused.value.status, refused.value.number) == ("UNAUTHENTICATED", 1002)


@pytest.mark.parametrize(
    "metadata",
    [
        (("authorization", "Bearer nonsense"),),
        (("authorization", "bearer nonsense"),),
        (("x-api-key", "nonsense"),),
        (("authorization", "Bearer nonsense"), ("x-api-key", "tests-admin-key")),
    ],
)
def test_the_key_of_the_metadata_goes_before_the_credentials(grpc_door: GrpcDoor, metadata: Any) -> None:
    request = request_of(InitBackendCommand(), project=None, key="tests-admin-key")

    assert _refusal(grpc_door, request, metadata=metadata).code() is grpc.StatusCode.UNAUTHENTICATED


def test_a_principal_counts_if_it_is_a_key(grpc_door: GrpcDoor, host: HostProject) -> None:
    request = request_of(CreateProjectCommand(projectId="other"), project=host.id, key=None)
    request.credentials.Pack(GenericBackendCredentials(host=host.id, principal=host.key))

    assert _refusal(grpc_door, request).code() is grpc.StatusCode.PERMISSION_DENIED


def test_a_key_is_refused_for_another_project_than_its_own(host: HostProject) -> None:
    with pytest.raises(Refused) as refused:
        host.execute(CreateBucketCommand(projectId=host.id, bucketId="x"), project="another")

    assert (refused.value.status, refused.value.number) == ("PERMISSION_DENIED", 1003)


def test_a_key_is_refused_for_another_project_in_a_field(host: HostProject) -> None:
    with pytest.raises(Refused) as refused:
        host.execute(CreateBucketCommand(projectId="another", bucketId="x"))

    assert (refused.value.status, refused.value.number) == ("PERMISSION_DENIED", 1003)


def test_a_refusal_carries_its_number_and_the_messages_of_the_call(grpc_door: GrpcDoor, host: HostProject) -> None:
    error = _refusal(grpc_door, request_of(CreateBucketCommand(projectId=host.id), project=host.id, key=host.key))
    packed = dict(error.trailing_metadata())["grpc-status-details-bin"]
    status = Status.FromString(packed)
    info, response = ErrorInfo(), DriverResponse()
    assert status.details[0].Unpack(info)
    assert status.details[-1].Unpack(response)

    assert error.details() == "bucketId is required" == status.message
    assert (info.domain, info.reason) == ("kbstore.driver", "ERR_VALIDATION")
    assert dict(info.metadata) == {"code": "3000", "retryable": "false"}
    assert [message.message for message in response.messages] == ["bucketId is required"]


def test_an_unknown_command_is_unimplemented(grpc_door: GrpcDoor) -> None:
    request = DriverRequest()
    request.command.type_url = "type.googleapis.com/keboola.storageDriver.command.bucket.InvalidCommand"
    error = _refusal(grpc_door, request)

    assert (error.code(), error.details()) == (grpc.StatusCode.UNIMPLEMENTED, "Unsupported command: InvalidCommand")


@pytest.mark.parametrize("value", [b"\xff", b"\x0a\xff"])
def test_a_command_that_cannot_be_unpacked_is_an_invalid_argument(grpc_door: GrpcDoor, value: bytes) -> None:
    request = DriverRequest()
    request.command.Pack(CreateBucketCommand())
    request.command.value = value

    assert _refusal(grpc_door, request).code() is grpc.StatusCode.INVALID_ARGUMENT


def test_credentials_of_another_type_are_an_invalid_argument(grpc_door: GrpcDoor) -> None:
    request = DriverRequest()
    request.command.Pack(InitBackendCommand())
    request.credentials.Pack(InitBackendCommand())

    assert _refusal(grpc_door, request).code() is grpc.StatusCode.INVALID_ARGUMENT


def test_options_of_another_backend_are_refused(grpc_door: GrpcDoor) -> None:
    request = request_of(InitBackendCommand(), project=None, key=None)
    request.runtimeOptions.meta.Pack(InitBackendCommand())

    assert _refusal(grpc_door, request).code() is grpc.StatusCode.INVALID_ARGUMENT


def test_too_many_query_tags_are_dropped_with_a_warning(grpc_door: GrpcDoor) -> None:
    request = request_of(InitBackendCommand(), project=None, key=None)
    for number in range(70):
        request.runtimeOptions.queryTags[f"tag{number}"] = "x"
    response = grpc_door.stub.Execute(request, timeout=30)

    assert any("6 of 70 query tags were dropped" in message.message for message in response.messages)


def test_more_features_than_any_host_has_are_refused(grpc_door: GrpcDoor) -> None:
    with pytest.raises(Refused) as refused:
        grpc_door.execute(InitBackendCommand(), features=[f"f{number}" for number in range(101)])

    assert refused.value.status == "INVALID_ARGUMENT"


def test_the_request_id_comes_back(grpc_door: GrpcDoor) -> None:
    request = request_of(InitBackendCommand(), project=None, key=None)
    _, call = grpc_door.stub.Execute.with_call(request, metadata=(("x-request-id", "abc-7"),), timeout=30)
    _, without = grpc_door.stub.Execute.with_call(request, timeout=30)

    assert dict(call.initial_metadata())["x-request-id"] == "abc-7"
    assert len(dict(without.initial_metadata())["x-request-id"]) == 36


def test_a_command_under_one_idempotency_key_is_done_once(grpc_door: GrpcDoor) -> None:
    project_id = f"p{uuid.uuid4().hex[:10]}"
    request = request_of(CreateProjectCommand(projectId=project_id), project=None, key="tests-admin-key")
    metadata = (("x-idempotency-key", uuid.uuid4().hex),)
    first = grpc_door.stub.Execute(request, metadata=metadata, timeout=30)
    second, call = grpc_door.stub.Execute.with_call(request, metadata=metadata, timeout=30)

    assert second == first
    assert dict(call.trailing_metadata())["x-idempotency-replay"] == "true"


def test_an_idempotency_key_is_good_for_one_command(grpc_door: GrpcDoor) -> None:
    metadata = (("x-idempotency-key", uuid.uuid4().hex),)
    request = request_of(InitBackendCommand(), project=None, key="tests-admin-key")
    grpc_door.stub.Execute(request, metadata=metadata, timeout=30)
    other = request_of(CreateProjectCommand(projectId="x"), project=None, key="tests-admin-key")

    assert _refusal(grpc_door, other, metadata=metadata).code() is grpc.StatusCode.ABORTED


def test_a_message_that_is_too_large_is_resource_exhausted(grpc_door: GrpcDoor) -> None:
    request = request_of(CreateBucketCommand(projectId="x" * (17 * 2**20)), project=None, key=None)

    assert _refusal(grpc_door, request).code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_messages_of_a_call_are_its_own(grpc_door: GrpcDoor, host: HostProject) -> None:
    counts = [
        len(host.execute(CreateBucketCommand(projectId=host.id, bucketId=f"in.c-{number}")).messages)
        for number in range(3)
    ]

    assert counts == [1, 1, 1]


def test_health_serves_for_the_server_and_the_service(grpc_door: GrpcDoor) -> None:
    stub = HealthStub(grpc_door.channel)
    for name in ("", SERVICE):
        assert stub.Check(HealthCheckRequest(service=name), timeout=10).status == HealthCheckResponse.SERVING
    watched = stub.Watch(HealthCheckRequest(service=SERVICE), timeout=10)
    assert next(iter(watched)).status == HealthCheckResponse.SERVING
    watched.cancel()


def test_a_stranger_can_call_through_reflection_alone(grpc_door: GrpcDoor) -> None:
    """As grpcurl does: nothing of ours is imported to find the service, its messages and those inside Any."""
    database = ProtoReflectionDescriptorDatabase(grpc_door.channel)
    assert SERVICE in database.get_services()
    pool = DescriptorPool(database)
    method = pool.FindServiceByName(SERVICE).FindMethodByName("Execute")
    request = GetMessageClass(method.input_type)()
    command = GetMessageClass(pool.FindMessageTypeByName("keboola.storageDriver.command.backend.InitBackendCommand"))()
    request.command.Pack(command)
    call = grpc_door.channel.unary_unary(
        f"/{SERVICE}/Execute",
        request_serializer=type(request).SerializeToString,
        response_deserializer=GetMessageClass(method.output_type).FromString,
    )

    assert "initialized" in call(request, timeout=10).messages[0].message.lower()


def test_reflection_answers_under_its_newer_name(grpc_door: GrpcDoor) -> None:
    def requests() -> Iterator[reflection_pb2.ServerReflectionRequest]:
        yield reflection_pb2.ServerReflectionRequest(list_services="")
        yield reflection_pb2.ServerReflectionRequest(file_by_filename="proto/common.proto")

    call = grpc_door.channel.stream_stream(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    services, file = call(requests(), timeout=10)

    assert SERVICE in {service.name for service in services.list_services_response.service}
    assert file.file_descriptor_response.file_descriptor_proto
