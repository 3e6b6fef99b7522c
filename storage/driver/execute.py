"""The life of a command behind either door: its handler does it, and both outcomes carry the messages of this call."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from google.protobuf.message import Message

from kbstore import context
from kbstore.errors import KbstoreError
from kbstore.patience import patience
from storage.driver.authorise import check_command
from storage.driver.call import Answer, Call, CommandFailed
from storage.driver.errors import fault_of
from storage.driver.fields import check_fields
from storage.driver.generated.common_pb2 import DriverResponse
from storage.driver.registry import Command
from storage.jobs.errors import InternalFault, told_error
from storage.jobs.following import JobQueued, detached
from storage.models import Job

log = structlog.get_logger(__name__)


def execute(call: Call, command: Command, message: Message) -> Answer:
    """Do the command in this thread. Raises CommandFailed, whatever went wrong."""
    with _recorded(call), _told(call):
        check_command(command, call.actor)
        check_fields(call.actor, message)
        result = command.handler(call, message)
    if not call.log.messages:
        call.log.inform(f"{command.name.removesuffix('Command')} done")
    return Answer(result, call.log.messages)


def begin(call: Call, command: Command, message: Message) -> Answer | Job:
    """Queue the job that does the command; what is no job is done before this returns. Raises CommandFailed."""
    try:
        with detached():
            return execute(call, command, message)
    except JobQueued as queued:
        return queued.job


def packed(answer: Answer) -> DriverResponse:
    """The answer as the protocol sends it; a command without result leaves `commandResponse` unset."""
    response = DriverResponse(messages=answer.messages)
    if answer.result is not None:
        response.commandResponse.Pack(answer.result)
    return response


@contextmanager
def _recorded(call: Call) -> Iterator[None]:
    """One line in the server's log for each command: who, what, where and how it ended."""
    started, outcome = time.perf_counter(), "done"
    try:
        yield
    except CommandFailed as failure:
        outcome = fault_of(failure.error).reason.name
        raise
    except JobQueued:
        outcome = "queued"
        raise
    finally:
        log.info(
            "driver command",
            command=call.name,
            profile=call.policy.name,
            project_id=call.project_id,
            actor=call.actor.label,
            run_id=call.run_id,
            outcome=outcome,
            duration_ms=round((time.perf_counter() - started) * 1000, 1),
        )


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
        known = known_fault(error, call.name)
        call.log.fail(known.message)
        raise CommandFailed(known, call.log.messages) from error
    finally:
        for variable, token in tokens:
            variable.reset(token)


def known_fault(error: Exception, command_name: str) -> KbstoreError:
    """What the host is told of an exception; an unexpected one is logged, and its text stays in the log."""
    caller = patience()
    known = told_error(error, stopped_with=None if caller is None else caller.reason)
    if isinstance(known, InternalFault):
        log.error("driver command failed", command=command_name, exc_info=error)
    return known
