"""Random bytes and random well-formed messages: a clear refusal or an answer, never INTERNAL, never a hang."""

from __future__ import annotations

import functools
from typing import Any, cast

import grpc
import pytest
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.driver import commands
from storage.driver.catalogue import BASELINE, EXTENSION
from storage.driver.generated.common_pb2 import DriverRequest
from storage.driver.generated.credentials_pb2 import GenericBackendCredentials
from storage.driver.messages import FILES, command_class
from storage.driver.registry import command_names
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import GrpcDoor

SECONDS = 20
#: What a host may get: everything else would be a fault of ours.
REFUSALS = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.OUT_OF_RANGE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}
#: Names that exist or nearly do, and texts that break out of SQL, paths and numbers.
WORDS = [
    "", "in_c_sales", "orders", "id", "name", "_timestamp", "default", "project_x", "x" * 300, "ä ö\n", "a.b", "../..",
    "/etc/passwd", "'; DROP TABLE data; --", '"', "\0", "*", "1", "-1", "1e400", "9" * 40, "2024-01-01T00:00:00Z",
    "share_a_b", "branch_a_b_readonly", "ws_1_00000000", "role_1", "DECIMAL(38,2)", "STRUCT(a INT", "uuid()", "NaN",
]  # fmt: skip

_UNLIMITED = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def text_of(field: FieldDescriptor) -> st.SearchStrategy[str]:
    return st.sampled_from(WORDS) | st.text(max_size=12)


def scalar(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    """Values of a field that is no message; enums may be numbers that the protocol does not know."""
    kinds: dict[int, st.SearchStrategy[Any]] = {
        FieldDescriptor.TYPE_STRING: text_of(field),
        FieldDescriptor.TYPE_BOOL: st.booleans(),
        FieldDescriptor.TYPE_DOUBLE: st.floats(),
        FieldDescriptor.TYPE_INT32: st.sampled_from([-1, 0, 1, 5, 2**31 - 1]),
        FieldDescriptor.TYPE_INT64: st.sampled_from([-1, 0, 1, 5, 2**63 - 1]),
        FieldDescriptor.TYPE_UINT32: st.sampled_from([0, 1, 2**32 - 1]),
        FieldDescriptor.TYPE_ENUM: st.integers(0, 9),
    }
    return kinds[field.type]


def value_of(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    if field.message_type is None:
        return scalar(field)
    if field.message_type.full_name == "google.protobuf.Any":
        return packed(depth)
    return messages(field.message_type, depth + 1)


def packed(depth: int) -> st.SearchStrategy[Packed]:
    """A packed message of the protocol, or bytes that are none."""

    def pack(message: Message) -> Packed:
        holder = Packed()
        holder.Pack(message)
        return holder

    types = [one for file in FILES for one in file.message_types_by_name.values()]
    nested = [inner for one in types for inner in one.nested_types if not inner.GetOptions().map_entry]
    good = st.sampled_from(nested).flatmap(lambda kind: messages(kind, depth + 1)).map(pack)
    broken = st.builds(Packed, type_url=st.sampled_from(WORDS).filter(lambda text: "\0" not in text), value=st.binary())
    return good | broken


@functools.cache
def messages(descriptor: Descriptor, depth: int = 0) -> st.SearchStrategy[Message]:
    """Well-formed messages of a type, with any of its fields set."""
    kind = GetMessageClass(descriptor)
    if depth > 3:
        return st.just(kind())
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for field in descriptor.fields:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            fields[field.name] = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3)
        elif field.is_repeated:
            fields[field.name] = st.lists(value_of(field, depth), max_size=4)
        else:
            fields[field.name] = value_of(field, depth)
    return st.fixed_dictionaries({}, optional=fields).map(lambda values: kind(**values))


@pytest.fixture(scope="module")
def target(driver_server: Server, grpc_door: GrpcDoor) -> HostProject:
    """One project for all examples: they may break it as they like."""
    return make_host(driver_server, grpc_door)


def check_refusal(error: grpc.RpcError, sent: object = "") -> None:
    call = cast(grpc.Call, error)
    assert call.code() in REFUSALS, f"{call.code()}: {call.details()}\n{sent}"


def send(door: GrpcDoor, request: DriverRequest) -> None:
    try:
        door.stub.Execute(request, timeout=SECONDS)
    except grpc.RpcError as error:
        check_refusal(error, request)


@_UNLIMITED
@given(data=st.binary(max_size=200))
def test_random_bytes_are_refused_or_answered(grpc_door: GrpcDoor, data: bytes) -> None:
    call = grpc_door.channel.unary_unary(
        "/keboola.storageDriver.service.StorageDriverService/Execute",
        request_serializer=lambda value: value,
        response_deserializer=lambda value: value,
    )
    try:
        call(data, timeout=SECONDS)
    except grpc.RpcError as error:
        check_refusal(error)


@pytest.mark.parametrize("name", sorted(entry.type for entry in (*BASELINE, *EXTENSION)))
def test_random_commands_are_refused_or_answered(grpc_door: GrpcDoor, target: HostProject, name: str) -> None:
    commands.register_all()
    if name not in command_names():
        pytest.skip("switched off")
    kind = command_class(name)
    assert kind is not None

    @settings(_UNLIMITED, max_examples=25)
    @given(message=messages(kind.DESCRIPTOR), knows_project=st.booleans())
    def each(message: Message, knows_project: bool) -> None:
        _in_target(message, target.id)
        request = DriverRequest()
        request.command.Pack(message)
        request.credentials.Pack(GenericBackendCredentials(host=target.id if knows_project else ""))
        send(grpc_door, request)

    each()


def _in_target(message: Message, project_id: str) -> None:
    """Half of the commands should get as far as a real project."""
    for field, value in message.ListFields():
        if field.name in ("projectId", "sourceProjectId", "targetProjectId") and value in ("", "default", "orders"):
            setattr(message, field.name, project_id)
        if field.name == "path" and len(value) > 1:
            value[0] = project_id
