"""StorageDriverService: a thread does each command; the loop only waits for it, for the deadline and for the caller."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import grpc
from google.protobuf.message import Message

from kbstore.errors import KbstoreError, OperationTimeout
from kbstore.patience import Patience, waiting_for
from storage.driver.call import CommandFailed
from storage.driver.errors import fault_of
from storage.driver.generated.common_pb2 import DriverRequest, DriverResponse
from storage.driver.generated.service_pb2 import DESCRIPTOR
from storage.driver.measured import measured
from storage.driver.messages import command_name, parse
from storage.driver.registry import Command, find_command
from storage.driver.rpc.metadata import REQUEST_ID, Sender, metadata_of, request_id_of
from storage.driver.rpc.perform import REPLAYED, Performed, perform
from storage.driver.rpc.status import DETAILS_KEY, details_of, status_of
from storage.driver.rpc.threads import CommandThreads

SERVICE = DESCRIPTOR.services_by_name["StorageDriverService"].full_name


class DriverServicer:
    """One per server. It takes the bytes of requests: what is no message is told as every other bad input is."""

    def __init__(self, *, threads: CommandThreads, auth: str) -> None:
        """`auth` is what the door asks of callers: see GRPC_AUTH in docs/settings.md."""
        self._threads = threads
        self._auth = auth

    def handler(self) -> grpc.GenericRpcHandler:
        """What serves the protocol's methods with this servicer."""
        execute = grpc.unary_unary_rpc_method_handler(
            self.execute, request_deserializer=None, response_serializer=DriverResponse.SerializeToString
        )
        return grpc.method_handlers_generic_handler(SERVICE, {"Execute": execute})

    async def execute(self, data: bytes, caller: grpc.aio.ServicerContext) -> DriverResponse:
        metadata = metadata_of(caller)
        sender = Sender(metadata, request_id_of(metadata), self._auth)
        await caller.send_initial_metadata(((REQUEST_ID, sender.request_id),))
        try:
            request = parse(data, DriverRequest)
            name = command_name(request.command.type_url)
            with measured(name):
                command = find_command(name)
                message = parse(request.command.value, command.message_class)
                done = await self._in_thread(request, command, message, sender, caller)
        except (CommandFailed, KbstoreError) as error:
            await _refuse(caller, error if isinstance(error, CommandFailed) else CommandFailed(error, []))
        if done.is_replay:
            caller.set_trailing_metadata(((REPLAYED, "true"),))
        return done.response

    async def _in_thread(
        self,
        request: DriverRequest,
        command: Command,
        message: Message,
        sender: Sender,
        caller: grpc.aio.ServicerContext,
    ) -> Performed:
        patience = Patience()
        work = contextvars.copy_context()

        def run() -> Performed:
            with waiting_for(patience):
                return perform(request, command, message, sender)

        with _deadline(caller.time_remaining(), patience):
            done = self._threads.submit(command, lambda: work.run(run))
            ending = asyncio.wrap_future(done)
            try:
                return await asyncio.shield(ending)
            except asyncio.CancelledError:
                # The caller has gone, or the server stops: what works stops, what waits for a thread never begins.
                done.cancel()
                patience.end()
                await asyncio.gather(ending, return_exceptions=True)
                raise


@contextmanager
def _deadline(seconds: float | None, patience: Patience) -> Iterator[None]:
    """End the caller's patience when the time of the call is over."""
    if seconds is None:
        yield
        return
    late = OperationTimeout("The deadline of the call has passed. Nothing was changed.")
    timer = asyncio.get_running_loop().call_later(seconds, patience.end, late)
    try:
        yield
    finally:
        timer.cancel()


async def _refuse(caller: grpc.aio.ServicerContext, failure: CommandFailed) -> NoReturn:
    code, text = status_of(fault_of(failure.error))
    caller.set_trailing_metadata(((DETAILS_KEY, details_of(failure)),))
    await caller.abort(code, text)
    raise AssertionError("abort returned")
