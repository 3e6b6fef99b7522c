"""The body of POST /driver/execute, from JSON or from a serialized DriverRequest, to a call and its command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from pydantic import Field

from kbstore.access import Actor
from kbstore.rest.schema import RequestModel
from storage.driver.authorise import check_command, check_project
from storage.driver.bridge.json_form import message_of
from storage.driver.call import Call
from storage.driver.errors import InvalidParameter, UnsupportedCommand
from storage.driver.generated.common_pb2 import DriverRequest
from storage.driver.generated.credentials_pb2 import GenericBackendCredentials
from storage.driver.message_log import MessageLog
from storage.driver.messages import command_class, command_name, parse, unpack_as
from storage.driver.options import checked_features, kept_tags
from storage.driver.policy import LEGACY
from storage.driver.registry import Command, find_command

_NO_TYPE = "Command must contain 'type' field (e.g., 'InitBackendCommand')"


class UnknownType(UnsupportedCommand):
    """A name that the bridge does not know, in its own words."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.message = f"Unsupported command type: {name[:200]}"


class ExecuteRequest(RequestModel):
    """Unknown members are ignored."""

    command: dict[str, Any]
    credentials: dict[str, Any] | None = None
    features: list[str] | None = None
    runtime_options: dict[str, Any] | None = Field(default=None, alias="runtimeOptions")


@dataclass(frozen=True)
class Order:
    """What is to be done: a call, its command and the command's message."""

    call: Call
    command: Command
    message: Message


def type_of(body: ExecuteRequest) -> str | None:
    """The bare name of the command that a body asks for; None where it says nothing of the kind."""
    named = body.command.get("type", body.command.get("@type"))
    return command_name(named) if isinstance(named, str) and named else None


def order_of_json(body: ExecuteRequest, actor: Actor) -> Order:
    """Raises NotAllowed, WrongProject, UnknownType and InvalidParameter, in this order of checks."""
    name = type_of(body)
    project_id = _project_of(body.credentials or {})
    command = _permitted(name, actor, project_id)
    fields = {key: value for key, value in body.command.items() if key not in ("type", "@type")}
    options = body.runtime_options or {}
    if options.get("meta") is not None:
        raise InvalidParameter("runtimeOptions.meta must be unset: this driver has no options of its own.")
    log = MessageLog()
    call = Call(
        name=command.name,
        actor=actor,
        policy=LEGACY,
        project_id=project_id,
        features=checked_features(body.features or ()),
        run_id=_text(options, "runId", "run_id"),
        query_tags=kept_tags(_tags(options), log),
        log=log,
    )
    return Order(call, command, message_of(fields, command.message_class()))


def order_of_bytes(request: DriverRequest, actor: Actor) -> Order:
    """The same of a serialized DriverRequest."""
    host = None
    if request.HasField("credentials"):
        host = unpack_as(request.credentials, GenericBackendCredentials).host or None
    name = command_name(request.command.type_url)
    command = _permitted(name or None, actor, host)
    message = parse(request.command.value, command.message_class)
    log = MessageLog()
    call = Call(
        name=command.name,
        actor=actor,
        policy=LEGACY,
        project_id=host,
        features=checked_features(request.features),
        run_id=request.runtimeOptions.runId or None,
        query_tags=kept_tags(request.runtimeOptions.queryTags, log),
        log=log,
    )
    return Order(call, command, message)


def _permitted(name: str | None, actor: Actor, project_id: str | None) -> Command:
    command = find_command(name) if name is not None and _is_known(name) else None
    if command is not None:
        check_command(command, actor)
    check_project(actor, project_id)
    if name is None:
        raise InvalidParameter(_NO_TYPE)
    if command is None:
        # A command of the protocol that is not done here is told as gRPC tells it.
        raise UnknownType(name) if command_class(name) is None else UnsupportedCommand(name)
    return command


def _is_known(name: str) -> bool:
    try:
        find_command(name)
    except UnsupportedCommand:
        return False
    return True


def _project_of(credentials: dict[str, Any]) -> str | None:
    host, project_id = credentials.get("host") or None, credentials.get("project_id") or None
    for name, value in (("host", host), ("project_id", project_id)):
        if value is not None and not isinstance(value, str):
            raise InvalidParameter(f"credentials.{name} has to be a text.")
    if host is not None and project_id is not None and host != project_id:
        raise InvalidParameter("credentials.host and credentials.project_id name different projects.")
    return host or project_id


def _text(options: dict[str, Any], *names: str) -> str | None:
    value = next((options[name] for name in names if options.get(name) is not None), None)
    if value is not None and not isinstance(value, str):
        raise InvalidParameter(f"runtimeOptions.{names[0]} has to be a text.")
    return value or None


def _tags(options: dict[str, Any]) -> dict[str, str]:
    tags = options.get("queryTags") or options.get("query_tags") or {}
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise InvalidParameter("runtimeOptions.queryTags has to be an object of texts.")
    return tags
