"""One gRPC command in its thread: who calls, once per idempotency key, done and packed."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from django.db import close_old_connections
from google.protobuf.message import Message

from kbstore import context
from kbstore.access import Actor
from storage.driver.authorise import caller_with, check_project, sent_key
from storage.driver.call import Call, CommandFailed
from storage.driver.errors import InvalidParameter
from storage.driver.execute import execute, known_fault, packed
from storage.driver.generated.common_pb2 import DriverRequest, DriverResponse
from storage.driver.generated.credentials_pb2 import GenericBackendCredentials
from storage.driver.message_log import MessageLog
from storage.driver.messages import unpack_as
from storage.driver.options import checked_features, kept_tags
from storage.driver.policy import REFERENCE
from storage.driver.registry import Command
from storage.driver.rpc.metadata import IDEMPOTENCY_KEY, Sender, key_of
from storage.idempotency.answer import Answer
from storage.idempotency.asked import Asked
from storage.idempotency.claim import claim_or_answer

#: Trailing metadata of an answer that was given before, to the same command under the same key.
REPLAYED = "x-idempotency-replay"
_PATH = "/keboola.storageDriver.service.StorageDriverService/Execute"


@dataclass(frozen=True)
class Performed:
    response: DriverResponse
    is_replay: bool = False


def perform(request: DriverRequest, command: Command, message: Message, sender: Sender) -> Performed:
    """Raises CommandFailed, whatever went wrong."""
    close_old_connections()
    context.request_id.set(sender.request_id)
    try:
        key = None if sender.auth == "off" else sent_key(key_of(sender.metadata), _credentials(request))
        call = _call(request, command, caller_with(key, trusts_without=sender.auth != "required"))
        return _once(request, call, command, message, sender.metadata.get(IDEMPOTENCY_KEY), key)
    except CommandFailed:
        raise
    except Exception as error:  # noqa: BLE001 - the servicer: whatever it was, the host has to hear of it
        raise CommandFailed(known_fault(error, command.name), []) from error


def _once(
    request: DriverRequest, call: Call, command: Command, message: Message, idempotency_key: str | None, key: str | None
) -> Performed:
    if not idempotency_key:
        return Performed(packed(execute(call, command, message)))
    asked = Asked.of(
        key=idempotency_key.encode(),
        method="POST",
        path=_PATH,
        body=request.SerializeToString(deterministic=True),
        credentials=(key or "").encode(),
    )
    claim = claim_or_answer(asked)
    if isinstance(claim, Answer):
        return Performed(DriverResponse.FromString(base64.b64decode(claim.body)), is_replay=True)
    answer = None
    try:
        response = packed(execute(call, command, message))
        answer = Answer(200, "application/x-protobuf", base64.b64encode(response.SerializeToString()))
    finally:
        claim.settle(answer)
    return Performed(response)


def _credentials(request: DriverRequest) -> GenericBackendCredentials | None:
    if not request.HasField("credentials"):
        return None
    return unpack_as(request.credentials, GenericBackendCredentials)


def _call(request: DriverRequest, command: Command, actor: Actor) -> Call:
    """Raises WrongProject, InvalidParameter."""
    if request.runtimeOptions.HasField("meta"):
        raise InvalidParameter("runtimeOptions.meta must be unset: this driver has no options of its own.")
    credentials = _credentials(request)
    project_id = (credentials.host if credentials is not None else "") or actor.project_id
    check_project(actor, project_id)
    messages = MessageLog()
    return Call(
        name=command.name,
        actor=actor,
        policy=REFERENCE,
        project_id=project_id,
        features=checked_features(request.features),
        run_id=request.runtimeOptions.runId or None,
        query_tags=kept_tags(request.runtimeOptions.queryTags, messages),
        log=messages,
    )
