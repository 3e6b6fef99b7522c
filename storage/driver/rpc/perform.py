"""One gRPC command in its thread: who calls, once per idempotency key, done and packed."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import close_old_connections
from google.protobuf.message import Message

from kbstore import context
from kbstore.access import Actor
from storage.driver.authorise import caller_with, check_project, sent_key
from storage.driver.call import Answer as CommandAnswer
from storage.driver.call import Call, CommandFailed
from storage.driver.errors import InvalidParameter
from storage.driver.execute import begin, execute, known_fault, packed
from storage.driver.generated.common_pb2 import DriverRequest, DriverResponse
from storage.driver.generated.credentials_pb2 import GenericBackendCredentials
from storage.driver.generated.kbstore.stream_pb2 import Operation
from storage.driver.message_log import MessageLog
from storage.driver.messages import unpack_as
from storage.driver.options import checked_features, kept_tags
from storage.driver.policy import REFERENCE
from storage.driver.registry import Command
from storage.driver.rpc.metadata import IDEMPOTENCY_KEY, Sender, key_of
from storage.driver.rpc.operation_message import done_operation, operation_of
from storage.driver.rpc.outlet import Outlet
from storage.idempotency.answer import Answer
from storage.idempotency.asked import Asked
from storage.idempotency.claim import claim_or_answer
from storage.jobs.following import followed_by

#: Trailing metadata of an answer that was given before, to the same command under the same key.
REPLAYED = "x-idempotency-replay"
_EXECUTE = "/keboola.storageDriver.service.StorageDriverService/Execute"
_SUBMIT = "/kbstore.driver.v1.StorageDriverStream/Submit"

Told = TypeVar("Told", bound=Message)


@dataclass(frozen=True)
class Asking:
    """A request with its command and the command's message, and who sent it."""

    request: DriverRequest
    command: Command
    message: Message
    sender: Sender


@dataclass(frozen=True)
class Performed(Generic[Told]):
    answer: Told
    is_replay: bool = False


def perform(asking: Asking, outlet: Outlet | None = None) -> Performed[DriverResponse]:
    """Raises CommandFailed, whatever went wrong. What arises on the way goes to the outlet."""
    with told_to(asking.sender, asking.command.name):
        key = _key(asking)
        call = _call(asking, key, outlet)

        def do() -> DriverResponse:
            with nullcontext() if outlet is None else followed_by(outlet.follow):
                return packed(execute(call, asking.command, asking.message))

        return _once(asking, _EXECUTE, key, DriverResponse, do)


def submit(asking: Asking) -> Performed[Operation]:
    """Queue the command's job; a command without one is done. Raises CommandFailed, whatever went wrong."""
    with told_to(asking.sender, asking.command.name):
        key = _key(asking)
        call = _call(asking, key, None)

        def do() -> Operation:
            begun = begin(call, asking.command, asking.message)
            return done_operation(packed(begun)) if isinstance(begun, CommandAnswer) else operation_of(begun)

        return _once(asking, _SUBMIT, key, Operation, do)


@contextmanager
def told_to(sender: Sender, name: str) -> Iterator[None]:
    """The context of a call in its thread; whatever it raises is a CommandFailed."""
    close_old_connections()
    context.request_id.set(sender.request_id)
    try:
        yield
    except CommandFailed:
        raise
    except Exception as error:  # noqa: BLE001 - the servicer: whatever it was, the host has to hear of it
        raise CommandFailed(known_fault(error, name), []) from error


def actor_of(sender: Sender, credentials: GenericBackendCredentials | None) -> Actor:
    """Raises NotAuthenticated."""
    return _actor(sender, _sent_key(sender, credentials))


def _sent_key(sender: Sender, credentials: GenericBackendCredentials | None) -> str | None:
    return None if sender.auth == "off" else sent_key(key_of(sender.metadata), credentials)


def _actor(sender: Sender, key: str | None) -> Actor:
    return caller_with(key, trusts_without=sender.auth != "required")


def _key(asking: Asking) -> str | None:
    return _sent_key(asking.sender, _credentials(asking.request))


def _once(asking: Asking, path: str, key: str | None, kind: type[Told], do: Callable[[], Told]) -> Performed[Told]:
    idempotency_key = asking.sender.metadata.get(IDEMPOTENCY_KEY)
    if not idempotency_key:
        return Performed(do())
    asked = Asked.of(
        key=idempotency_key.encode(),
        method="POST",
        path=path,
        body=asking.request.SerializeToString(deterministic=True),
        credentials=(key or "").encode(),
    )
    claim = claim_or_answer(asked)
    if isinstance(claim, Answer):
        return Performed(kind.FromString(base64.b64decode(claim.body)), is_replay=True)
    answer = None
    try:
        told = do()
        answer = Answer(200, "application/x-protobuf", base64.b64encode(told.SerializeToString()))
    finally:
        claim.settle(answer)
    return Performed(told)


def _credentials(request: DriverRequest) -> GenericBackendCredentials | None:
    if not request.HasField("credentials"):
        return None
    return unpack_as(request.credentials, GenericBackendCredentials)


def _call(asking: Asking, key: str | None, outlet: Outlet | None) -> Call:
    """Raises WrongProject, InvalidParameter, NotAuthenticated."""
    request = asking.request
    actor = _actor(asking.sender, key)
    if request.runtimeOptions.HasField("meta"):
        raise InvalidParameter("runtimeOptions.meta must be unset: this driver has no options of its own.")
    credentials = _credentials(request)
    project_id = (credentials.host if credentials is not None else "") or actor.project_id
    check_project(actor, project_id)
    messages = MessageLog() if outlet is None else MessageLog(outlet.log)
    # An answer that is kept for its repetition has its rows in it.
    sends_rows = outlet is not None and not asking.sender.metadata.get(IDEMPOTENCY_KEY)
    return Call(
        name=asking.command.name,
        actor=actor,
        policy=REFERENCE,
        project_id=project_id,
        features=checked_features(request.features),
        run_id=request.runtimeOptions.runId or None,
        query_tags=kept_tags(request.runtimeOptions.queryTags, messages),
        log=messages,
        send_rows=outlet.send if outlet is not None and sends_rows else None,
    )
