"""The HTTP door: bodies, checks in their order, and the forms of JSON that clients send."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx
import pytest
from google.protobuf.json_format import ParseDict

from storage.driver import commands
from storage.driver.catalogue import BASELINE
from storage.driver.generated.backend_pb2 import InitBackendCommand
from storage.driver.generated.common_pb2 import DriverRequest, DriverResponse
from storage.driver.messages import command_class
from storage.driver.registry import command_names
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import BridgeDoor

INIT = {"command": {"type": "InitBackendCommand"}}


@pytest.fixture
def bridge_host(driver_server: Server, bridge: BridgeDoor) -> HostProject:
    return make_host(driver_server, bridge)


def bucket(project_id: str, **more: Any) -> dict[str, Any]:
    command = {"type": "CreateBucketCommand", "projectId": project_id, "bucketId": "in.c-http-bucket"}
    return {"command": command | more, "credentials": {"project_id": project_id}}


def test_a_command_answers_with_result_and_messages(bridge: BridgeDoor, bridge_host: HostProject) -> None:
    reply = bridge.post(bucket(bridge_host.id))

    assert reply.status_code == 200
    answer = reply.json()
    assert answer["commandResponse"] == {
        "path": [bridge_host.id, "in_c_http_bucket"],
        "createBucketObjectName": "in_c_http_bucket",
        "@type": "type.googleapis.com/keboola.storageDriver.command.bucket.CreateBucketResponse",
    }
    assert answer["messages"] == [{"level": "Info", "message": "Created bucket in_c_http_bucket"}]


def test_a_result_without_fields_is_its_type_alone(bridge: BridgeDoor) -> None:
    result = bridge.post(INIT).json()["commandResponse"]

    assert result == {"@type": "type.googleapis.com/keboola.storageDriver.command.backend.InitBackendResponse"}


def test_a_command_without_result_answers_null(bridge: BridgeDoor) -> None:
    assert bridge.post({"command": {"type": "RemoveBackendCommand"}}).json()["commandResponse"] is None


@pytest.mark.parametrize(
    "command",
    [
        {"type": "CreateBucketCommand"},
        {"@type": "type.googleapis.com/keboola.storageDriver.command.bucket.CreateBucketCommand"},
        {"type": "keboola.storageDriver.command.bucket.CreateBucketCommand"},
        {"type": "CreateBucketCommand", "@type": "DropBucketCommand"},
    ],
)
def test_the_type_is_the_last_part_of_a_name(
    bridge: BridgeDoor, bridge_host: HostProject, command: dict[str, str]
) -> None:
    body = {
        "command": {"projectId": bridge_host.id, "bucketId": "b"} | command,
        "credentials": {"host": bridge_host.id},
    }

    assert bridge.post(body).json()["commandResponse"]["createBucketObjectName"] == "b"


@pytest.mark.parametrize(
    "fields",
    [
        {"projectId": "{p}", "bucketId": "x", "isBranchDefault": True},
        {"project_id": "{p}", "bucket_id": "x", "is_branch_default": True},
        {"projectId": "{p}", "bucketId": "x", "branchId": None, "meta": None},
    ],
)
def test_field_names_may_be_in_snake_case_and_null_is_absent(
    bridge: BridgeDoor, bridge_host: HostProject, fields: dict[str, Any]
) -> None:
    named = {key: bridge_host.id if value == "{p}" else value for key, value in fields.items()}
    reply = bridge.post({"command": {"type": "CreateBucketCommand"} | named})

    assert reply.status_code == 200, reply.text


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ({"type": "CreateBucketCommand", "nonsense": 1}, "nonsense"),
        ({"type": "CreateBucketCommand", "projectId": 5}, "projectId"),
        ({"type": "CreateBucketCommand", "projectId": "a", "project_id": "b"}, "twice"),
        ({"type": "ObjectInfoCommand", "path": "a"}, "path"),
        ({"type": "ObjectInfoCommand", "path": ["a"], "expectedObjectType": "NONSENSE"}, "NONSENSE"),
        ({"type": "ObjectInfoCommand", "path": ["a"], "expectedObjectType": 17}, "expectedObjectType"),
        ({"type": "CreateBucketCommand", "meta": {"@type": "no.such.Message"}}, "no.such.Message"),
        ({}, "Command must contain 'type' field (e.g., 'InitBackendCommand')"),
        ({"type": 5}, "Command must contain 'type' field (e.g., 'InitBackendCommand')"),
        ({"type": "InvalidCommand"}, "Unsupported command type: InvalidCommand"),
    ],
)
def test_a_command_that_cannot_be_read_is_400(bridge: BridgeDoor, command: dict[str, Any], text: str) -> None:
    reply = bridge.post({"command": command})

    assert reply.status_code == 400
    assert text in reply.json()["detail"]


def test_a_command_of_other_backends_is_501(bridge: BridgeDoor) -> None:
    reply = bridge.post({"command": {"type": "GrantExternalBucketSubscriberCommand"}})

    assert reply.status_code == 501
    assert "Unsupported command" in reply.json()["detail"]
    assert (reply.json()["code"], reply.json()["error"]) == (900, "ERR_DRIVER_COMMAND_NOT_SUPPORTED")


@pytest.mark.parametrize(
    ("body", "kind", "location"),
    [
        ("{", "json_invalid", ["body", 1]),
        ("{}", "missing", ["body", "command"]),
        ('{"command": 5}', "dict_type", ["body", "command"]),
        ('{"command": {}, "credentials": []}', "dict_type", ["body", "credentials"]),
        ('{"command": {}, "features": {}}', "list_type", ["body", "features"]),
        ('{"command": {}, "features": [1]}', "string_type", ["body", "features", 0]),
        ('{"command": {}, "runtimeOptions": "x"}', "dict_type", ["body", "runtimeOptions"]),
    ],
)
def test_a_body_of_another_shape_is_422(bridge: BridgeDoor, body: str, kind: str, location: list[Any]) -> None:
    reply = bridge.http.post("/driver/execute", content=body, headers={"Authorization": "Bearer tests-admin-key"})

    assert reply.status_code == 422
    [item] = reply.json()["detail"]
    assert (item["type"], item["loc"]) == (kind, location)


def test_broken_json_is_told_before_the_key_is_looked_at(bridge: BridgeDoor) -> None:
    assert bridge.http.post("/driver/execute", content="{").status_code == 422


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        ({}, "Not authenticated"),
        ({"Authorization": "Basic abc"}, "Not authenticated"),
        ({"Authorization": "Bearer proj_1_admin_nonsense"}, {"error": "unauthorized", "message": "Invalid API key"}),
    ],
)
def test_without_a_good_key_it_is_401(bridge: BridgeDoor, headers: dict[str, str], detail: Any) -> None:
    reply = bridge.http.post("/driver/execute", content="{}", headers=headers)

    assert reply.status_code == 401
    assert reply.json() == {"detail": detail}
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_a_project_key_needs_its_project_in_the_credentials(bridge: BridgeDoor, bridge_host: HostProject) -> None:
    command = {"type": "CreateBucketCommand", "projectId": bridge_host.id, "bucketId": "x"}
    without = bridge.post({"command": command}, key=bridge_host.key)
    other = bridge.post({"command": command, "credentials": {"project_id": "other"}}, key=bridge_host.key)

    assert (without.status_code, other.status_code) == (403, 403)
    assert without.json()["detail"] == f"API key is for project {bridge_host.id}, but request is for project None"
    assert other.json()["detail"] == f"API key is for project {bridge_host.id}, but request is for project other"


def test_the_rule_for_admin_commands_comes_before_the_project(bridge: BridgeDoor, bridge_host: HostProject) -> None:
    reply = bridge.post({"command": {"type": "CreateProjectCommand", "nonsense": 1}}, key=bridge_host.key)

    assert reply.status_code == 403
    assert reply.json()["detail"] == "Command CreateProjectCommand requires admin API key"


def test_a_mismatch_comes_before_a_missing_type(bridge: BridgeDoor, bridge_host: HostProject) -> None:
    assert bridge.post({"command": {}}, key=bridge_host.key).status_code == 403


def test_two_different_projects_in_the_credentials_are_400(bridge: BridgeDoor) -> None:
    reply = bridge.post(INIT | {"credentials": {"host": "a", "project_id": "b"}})

    assert reply.status_code == 400


def test_errors_carry_what_hosts_decide_by(bridge: BridgeDoor, bridge_host: HostProject) -> None:
    body = bucket(bridge_host.id)
    del body["command"]["bucketId"]
    told = bridge.post(body, **{"X-Request-ID": "request-7"}).json()

    assert told == {
        "detail": "bucketId is required",
        "error": "ERR_VALIDATION",
        "code": 3000,
        "retryable": False,
        "request_id": "request-7",
    }


def test_defaults_are_emitted_on_request(bridge: BridgeDoor, bridge_host: HostProject) -> None:
    info = {"command": {"type": "ObjectInfoCommand", "path": [bridge_host.id]}}
    plain = bridge.post(info).json()["commandResponse"]
    full = bridge.http.post(
        "/driver/execute?emitDefaults=true", json=info, headers={"Authorization": "Bearer tests-admin-key"}
    ).json()["commandResponse"]

    assert "objectType" not in plain
    assert full["objectType"] == "DATABASE"


def test_serialized_messages_are_spoken_too(bridge: BridgeDoor) -> None:
    request = DriverRequest()
    request.command.Pack(InitBackendCommand())
    headers = {"Authorization": "Bearer tests-admin-key", "Content-Type": "application/x-protobuf"}
    reply = bridge.http.post("/driver/execute", content=request.SerializeToString(), headers=headers)

    assert reply.headers["Content-Type"] == "application/x-protobuf"
    response = DriverResponse.FromString(reply.content)
    assert response.commandResponse.type_url.endswith("InitBackendResponse")
    assert "initialized" in response.messages[0].message.lower()


def test_a_key_is_answered_once_and_replayed(bridge: BridgeDoor, bridge_host: HostProject) -> None:
    key = {"X-Idempotency-Key": uuid.uuid4().hex}
    first = bridge.post(bucket(bridge_host.id), **key)
    second = bridge.post(bucket(bridge_host.id), **key)
    other = bridge.post(bucket(bridge_host.id, bucketId="in.c-other"), **key)

    assert second.json() == first.json()
    assert second.headers["X-Idempotency-Replay"] == "true"
    assert other.status_code == 409
    assert other.json()["error"] == "idempotency_conflict"


def test_the_list_of_commands_is_open_and_complete(bridge: BridgeDoor) -> None:
    replies = [
        bridge.http.get("/driver/commands", headers=headers)
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Bearer tests-admin-key"})
    ]

    assert [reply.status_code for reply in replies] == [200, 200, 200]
    told = replies[0].json()
    assert told["total_commands"] == 35
    assert [entry["type"] for entry in told["supported_commands"]] == [entry.type for entry in BASELINE]
    assert all(entry.keys() == {"type", "description", "example"} for entry in told["supported_commands"])


def test_every_example_is_a_message_of_its_command(bridge: BridgeDoor) -> None:
    told = bridge.http.get("/driver/commands").json()
    for entry in told["supported_commands"] + told["extended_commands"]:
        example = dict(entry["example"])
        kind = command_class(example.pop("type"))
        assert kind is not None
        ParseDict(example, kind())


def test_every_command_of_the_list_has_its_handler() -> None:
    commands.register_all()
    assert {entry.type for entry in BASELINE} <= command_names()


def test_an_oversized_body_is_refused(bridge: BridgeDoor) -> None:
    body = json.dumps({"command": {"type": "ExecuteQueryCommand", "query": "x" * (40 * 2**20)}})
    reply: httpx.Response = bridge.http.post(
        "/driver/execute", content=body, headers={"Authorization": "Bearer tests-admin-key"}
    )

    assert reply.status_code == 413
