"""StorageDriverStream, which kbstore adds to the protocol: commands told step by step, and commands as operations."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.message import Message

from kbstore.errors import KbstoreError
from storage.driver.call import CommandFailed
from storage.driver.generated.common_pb2 import DriverRequest
from storage.driver.generated.kbstore.stream_pb2 import DESCRIPTOR, DriverChunk, Operation, OperationRequest
from storage.driver.measured import measured
from storage.driver.messages import command_name, parse
from storage.driver.rpc.for_caller import done_for, refuse
from storage.driver.rpc.metadata import REQUEST_ID, Sender, sender_of
from storage.driver.rpc.operations import cancel_operation, find_operation
from storage.driver.rpc.outlet import Outlet
from storage.driver.rpc.perform import REPLAYED, Asking, Performed, perform, submit
from storage.driver.rpc.servicer import asking_of
from storage.driver.rpc.threads import CommandThreads

STREAM_SERVICE = DESCRIPTOR.services_by_name["StorageDriverStream"].full_name
_Caller = grpc.aio.ServicerContext


class StreamServicer:
    """One per server; its commands share the threads of StorageDriverService."""

    def __init__(self, *, threads: CommandThreads, auth: str) -> None:
        self._threads = threads
        self._auth = auth

    def handler(self) -> grpc.GenericRpcHandler:
        unary: dict[str, Callable[[bytes, _Caller], Awaitable[Message]]] = {
            "Submit": self.submit,
            "GetOperation": self.get_operation,
            "CancelOperation": self.cancel_operation,
        }
        methods = {
            name: grpc.unary_unary_rpc_method_handler(
                method, request_deserializer=None, response_serializer=Operation.SerializeToString
            )
            for name, method in unary.items()
        }
        stream = grpc.unary_stream_rpc_method_handler(
            self.execute_stream, request_deserializer=None, response_serializer=DriverChunk.SerializeToString
        )
        return grpc.method_handlers_generic_handler(STREAM_SERVICE, methods | {"ExecuteStream": stream})

    async def execute_stream(self, data: bytes, caller: _Caller) -> None:
        """Writing waits for the reader as HTTP/2 lets it, and rows wait for the writing."""
        sender = await self._greeted(caller)
        try:
            request = parse(data, DriverRequest)
            with measured(command_name(request.command.type_url)):
                done = await self._streamed(asking_of(request, sender), caller)
        except (CommandFailed, KbstoreError) as error:
            await refuse(caller, error)
        _note_replay(caller, done)
        await caller.write(DriverChunk(response=done.answer))

    async def _streamed(self, asking: Asking, caller: _Caller) -> Performed[Any]:
        outlet = Outlet()
        work = asyncio.ensure_future(
            done_for(caller, self._threads, lambda: perform(asking, outlet), is_long=asking.command.is_long)
        )
        work.add_done_callback(lambda _: outlet.close())
        try:
            async for chunk in outlet.chunks():
                await caller.write(chunk)
        finally:
            if not work.done():
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
        return await work

    async def submit(self, data: bytes, caller: _Caller) -> Operation:
        sender = await self._greeted(caller)
        try:
            request = parse(data, DriverRequest)
            with measured(command_name(request.command.type_url)):
                asking = asking_of(request, sender)
                done = await done_for(caller, self._threads, lambda: submit(asking), is_long=asking.command.is_long)
        except (CommandFailed, KbstoreError) as error:
            await refuse(caller, error)
        _note_replay(caller, done)
        return done.answer

    async def get_operation(self, data: bytes, caller: _Caller) -> Operation:
        return await self._operation(data, caller, find_operation)

    async def cancel_operation(self, data: bytes, caller: _Caller) -> Operation:
        return await self._operation(data, caller, cancel_operation)

    async def _operation(
        self, data: bytes, caller: _Caller, do: Callable[[OperationRequest, Sender], Operation]
    ) -> Operation:
        sender = await self._greeted(caller)
        try:
            request = parse(data, OperationRequest)
            return await done_for(caller, self._threads, lambda: do(request, sender), is_long=False)
        except (CommandFailed, KbstoreError) as error:
            await refuse(caller, error)

    async def _greeted(self, caller: _Caller) -> Sender:
        sender = sender_of(caller, self._auth)
        await caller.send_initial_metadata(((REQUEST_ID, sender.request_id),))
        return sender


def _note_replay(caller: _Caller, done: Performed[Any]) -> None:
    if done.is_replay:
        caller.set_trailing_metadata(((REPLAYED, "true"),))
