"""The life of a command behind either door: its handler does it, and both outcomes carry the messages of this call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from google.protobuf.message import Message

from kbstore import context
from kbstore.errors import KbstoreError
from kbstore.patience import patience
from storage.driver.authorise import check_command
from storage.driver.call import Answer, Call, CommandFailed
from storage.driver.fields import check_fields
from storage.driver.generated.common_pb2 import DriverResponse
from storage.driver.registry import Command
from storage.jobs.errors import InternalFault, told_error

log = structlog.get_logger(__name__)


def execute(call: Call, command: Command, message: Message) -> Answer:
    """Do the command in this thread. Raises CommandFailed, whatever went wrong."""
    with _told(call):
        check_command(command, call.actor)
        check_fields(call.actor, message)
        result = command.handler(call, message)
    if not call.log.messages:
        call.log.inform(f"{command.name.removesuffix('Command')} done")
    return Answer(result, call.log.messages)


def packed(answer: Answer) -> DriverResponse:
    """The answer as the protocol sends it; a command without result leaves `commandResponse` unset."""
    response = DriverResponse(messages=answer.messages)
    if answer.result is not None:
        response.commandResponse.Pack(answer.result)
    return response


@contextmanager
def _told(call: Call) -> Iterator[None]:
    """The context of the work, and its errors as `CommandFailed` with what the user is told."""
    variables = (
        (context.actor_label, call.actor.label),
        (context.external_run_id, call.run_id),
        (context.query_tags, dict(call.query_tags)),
    )
    tokens = [(variable, variable.set(value)) for variable, value in variables]
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the servicer: whatever it was, the host has to hear of it
        known = _known(error)
        if isinstance(known, InternalFault):
            log.error("driver command failed", command=call.name, exc_info=error)
        call.log.fail(known.message)
        raise CommandFailed(known, call.log.messages) from error
    finally:
        for variable, token in tokens:
            variable.reset(token)


def _known(error: Exception) -> KbstoreError:
    caller = patience()
    return told_error(error, stopped_with=None if caller is None else caller.reason)
