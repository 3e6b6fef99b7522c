"""StorageDriverService: a thread does each command; the loop only waits for it, for the deadline and for the caller."""

from __future__ import annotations

import grpc

from kbstore.errors import KbstoreError
from storage.driver.call import CommandFailed
from storage.driver.generated.common_pb2 import DriverRequest, DriverResponse
from storage.driver.generated.service_pb2 import DESCRIPTOR
from storage.driver.measured import measured
from storage.driver.messages import command_name, parse
from storage.driver.registry import find_command
from storage.driver.rpc.for_caller import done_for, refuse
from storage.driver.rpc.metadata import REQUEST_ID, Sender, sender_of
from storage.driver.rpc.perform import REPLAYED, Asking, perform
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
        sender = sender_of(caller, self._auth)
        await caller.send_initial_metadata(((REQUEST_ID, sender.request_id),))
        try:
            request = parse(data, DriverRequest)
            with measured(command_name(request.command.type_url)):
                asking = asking_of(request, sender)
                done = await done_for(caller, self._threads, lambda: perform(asking), is_long=asking.command.is_long)
        except (CommandFailed, KbstoreError) as error:
            await refuse(caller, error)
        if done.is_replay:
            caller.set_trailing_metadata(((REPLAYED, "true"),))
        return done.answer


def asking_of(request: DriverRequest, sender: Sender) -> Asking:
    """Raises UnsupportedCommand, InvalidParameter."""
    command = find_command(command_name(request.command.type_url))
    return Asking(request, command, parse(request.command.value, command.message_class), sender)
