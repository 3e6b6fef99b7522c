"""Both doors of the storage driver as a host uses them: gRPC with a generated stub, the bridge with HTTP."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import grpc
import httpx
from google.protobuf import message_factory
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from storage.driver.generated.common_pb2 import DriverRequest
from storage.driver.generated.credentials_pb2 import GenericBackendCredentials
from storage.driver.generated.service_pb2_grpc import StorageDriverServiceStub
from storage.driver.messages import FILES, TYPE_PREFIX
from tests.cast import Server
from tests.live_server import ADMIN_KEY


@dataclass
class Told:
    """What a command answered. `result` is None where it has none; messages as (level, text)."""

    result: Any
    messages: list[tuple[str, str]] = field(default_factory=list)

    def texts(self, level: str = "Info") -> list[str]:
        return [text for one, text in self.messages if one == level]


class Refused(AssertionError):
    """A command that was refused: `status` is the name of a gRPC status, which the bridge's HTTP status stands for."""

    def __init__(self, status: str, http_status: int | None, message: str, number: int | None, reason: str) -> None:
        super().__init__(f"{status} {number} {reason}: {message}")
        self.status, self.http_status, self.message, self.number, self.reason = (
            status,
            http_status,
            message,
            number,
            reason,
        )


class Door(Protocol):
    """`project` is the host of the credentials, `key` the secret; the admin's where none is given."""

    name: str

    def execute(
        self,
        command: Message,
        *,
        project: str | None = None,
        key: str | None = ADMIN_KEY,
        features: Sequence[str] = (),
        run_id: str = "",
    ) -> Told: ...


_LEVELS = ["Error"] * 4 + ["Warning"] + ["Info"] * 3


class GrpcDoor:
    name = "grpc"

    def __init__(self, server: Server) -> None:
        self.channel = grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}")
        self.stub = StorageDriverServiceStub(self.channel)

    def execute(
        self,
        command: Message,
        *,
        project: str | None = None,
        key: str | None = ADMIN_KEY,
        features: Sequence[str] = (),
        run_id: str = "",
        **options: Any,
    ) -> Told:
        request = request_of(command, project=project, key=key, features=features, run_id=run_id)
        try:
            response = self.stub.Execute(request, timeout=60, **options)
        except grpc.RpcError as error:
            raise _refused(cast(grpc.Call, error)) from error
        result = None
        if response.HasField("commandResponse"):
            result = _message_named(response.commandResponse.type_url.removeprefix(TYPE_PREFIX))
            assert response.commandResponse.Unpack(result)
        return Told(result, [(_LEVELS[one.level], one.message) for one in response.messages])


def request_of(
    command: Message, *, project: str | None, key: str | None, features: Sequence[str] = (), run_id: str = ""
) -> DriverRequest:
    request = DriverRequest(features=features)
    request.command.Pack(command)
    if project or key:
        request.credentials.Pack(
            GenericBackendCredentials(host=project or "", principal="duckdb-project", secret=key or "")
        )
    if run_id:
        request.runtimeOptions.runId = run_id
    return request


def _refused(error: grpc.Call) -> Refused:
    packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    info = ErrorInfo()
    if packed:
        status = Status.FromString(packed)
        assert status.message == error.details()
        assert status.details[0].Unpack(info)
    number = int(info.metadata["code"]) if "code" in info.metadata else None
    return Refused(error.code().name, None, error.details() or "", number, info.reason)


class BridgeDoor:
    name = "bridge"

    def __init__(self, server: Server) -> None:
        self.http = httpx.Client(base_url=server.url, timeout=60)

    def execute(
        self,
        command: Message,
        *,
        project: str | None = None,
        key: str | None = ADMIN_KEY,
        features: Sequence[str] = (),
        run_id: str = "",
    ) -> Told:
        fields = MessageToDict(command, use_integers_for_enums=False)
        body = {"command": {"type": command.DESCRIPTOR.name, **fields}, "features": list(features)}
        if project:
            body["credentials"] = {"project_id": project}
        if run_id:
            body["runtimeOptions"] = {"runId": run_id}
        reply = self.post(body, key=key)
        if reply.status_code != 200:
            raise _refused_by_bridge(reply)
        answer = reply.json()
        return Told(
            _result_of(answer["commandResponse"]), [(one["level"], one["message"]) for one in answer["messages"]]
        )

    def post(self, body: dict[str, Any], *, key: str | None = ADMIN_KEY, **headers: str) -> httpx.Response:
        if key:
            headers["Authorization"] = f"Bearer {key}"
        return self.http.post("/driver/execute", content=json.dumps(body), headers=headers)


def _result_of(fields: dict[str, Any] | None) -> Message | None:
    if fields is None:
        return None
    name = fields.pop("@type").removeprefix(TYPE_PREFIX)
    return ParseDict(fields, _message_named(name))


def _refused_by_bridge(reply: httpx.Response) -> Refused:
    body = reply.json()
    detail = body.get("detail")
    text = detail if isinstance(detail, str) else json.dumps(detail)
    return Refused(
        _STATUS.get(reply.status_code, "?"), reply.status_code, text, body.get("code"), body.get("error") or ""
    )


#: What the HTTP statuses of the bridge stand for; 409 is for three.
_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "CONFLICT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
    507: "RESOURCE_EXHAUSTED",
}
CONFLICTS = ("CONFLICT", "ALREADY_EXISTS", "ABORTED", "FAILED_PRECONDITION")


def _message_named(full_name: str) -> Message:
    for file in FILES:
        descriptor = file.message_types_by_name.get(full_name.rpartition(".")[2])
        if descriptor is not None and descriptor.full_name == full_name:
            return message_factory.GetMessageClass(descriptor)()
    raise AssertionError(full_name)
