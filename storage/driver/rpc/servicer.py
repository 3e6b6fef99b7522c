"""StorageDriverService: unpack, authenticate, let a thread do the command, pack; nothing blocks the loop."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
from django.conf import settings
from django.db import close_old_connections
from google.protobuf.message import Message

from kbstore import context
from kbstore.errors import KbstoreError, OperationTimeout
from kbstore.patience import Patience, waiting_for
from storage.driver.authorise import caller_with, check_project, sent_key
from storage.driver.call import Call, CommandFailed
from storage.driver.errors import InvalidParameter, fault_of
from storage.driver.execute import execute, packed
from storage.driver.generated.common_pb2 import DriverRequest, DriverResponse
from storage.driver.generated.credentials_pb2 import GenericBackendCredentials
from storage.driver.generated.service_pb2_grpc import StorageDriverServiceServicer
from storage.driver.message_log import MessageLog
from storage.driver.messages import unpack_as, unpack_command
from storage.driver.options import checked_features, kept_tags
from storage.driver.policy import REFERENCE
from storage.driver.registry import Command, find_command
from storage.driver.rpc.status import DETAILS_KEY, details_of, status_of


class DriverServicer(StorageDriverServiceServicer):
    """One per server. Long commands have threads of their own, so that short ones never wait behind them."""

    def __init__(self, *, workers: int) -> None:
        self._long = ThreadPoolExecutor(workers, "driver-long")
        self._short = ThreadPoolExecutor(workers, "driver")

    async def Execute(self, request: DriverRequest, servicer_context: grpc.aio.ServicerContext) -> DriverResponse:  # noqa: N802 - the protocol's name
        patience = Patience()
        loop = asyncio.get_running_loop()
        metadata = {name.lower(): value for name, value in servicer_context.invocation_metadata() or ()}
        work = contextvars.copy_context()
        try:
            name, message = unpack_command(request.command)
            command = find_command(name)
            pool = self._long if command.is_long else self._short
            with _deadline(servicer_context.time_remaining(), patience, loop):
                done = loop.run_in_executor(pool, work.run, _perform, request, command, message, metadata, patience)
                try:
                    return await done
                except asyncio.CancelledError:
                    patience.end()
                    raise
        except (CommandFailed, KbstoreError) as error:
            failure = error if isinstance(error, CommandFailed) else CommandFailed(error, [])
            code, text = status_of(fault_of(failure.error))
            servicer_context.set_trailing_metadata(((DETAILS_KEY, details_of(failure)),))
            await servicer_context.abort(code, text)
        raise AssertionError("unreachable")


@contextmanager
def _deadline(seconds: float | None, patience: Patience, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """End the caller's patience when the call's time is over."""
    if seconds is None:
        yield
        return
    late = OperationTimeout("The deadline of the call has passed. Nothing was changed.")
    timer = loop.call_later(seconds, patience.end, late)
    try:
        yield
    finally:
        timer.cancel()


def _perform(
    request: DriverRequest, command: Command, message: Message, metadata: dict[str, str], patience: Patience
) -> DriverResponse:
    close_old_connections()
    with waiting_for(patience):
        answer = execute(_call(request, command, metadata), command, message)
    return packed(answer)


def _call(request: DriverRequest, command: Command, metadata: dict[str, str]) -> Call:
    credentials = None
    if request.HasField("credentials"):
        credentials = unpack_as(request.credentials, GenericBackendCredentials)
    if request.runtimeOptions.HasField("meta"):
        raise InvalidParameter("runtimeOptions.meta must be unset: this driver has no options of its own.")
    actor = caller_with(sent_key(_metadata_key(metadata), credentials), trusts_without=settings.GRPC_AUTH != "required")
    project_id = (credentials.host if credentials is not None else "") or actor.project_id
    check_project(actor, project_id)
    context.request_id.set(metadata.get("x-request-id"))
    log = MessageLog()
    return Call(
        name=command.name,
        actor=actor,
        policy=REFERENCE,
        project_id=project_id,
        features=checked_features(request.features),
        run_id=request.runtimeOptions.runId or None,
        query_tags=kept_tags(request.runtimeOptions.queryTags, log),
        log=log,
    )


def _metadata_key(metadata: dict[str, str]) -> str | None:
    scheme, _, secret = metadata.get("authorization", "").partition(" ")
    return secret if scheme.lower() == "bearer" and secret else metadata.get("x-api-key")
