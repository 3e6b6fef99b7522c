"""InitBackend and RemoveBackend: the store is made ready, or told that the host leaves."""

from __future__ import annotations

from google.protobuf.struct_pb2 import Struct

from storage.driver.call import Call
from storage.driver.capabilities import capabilities
from storage.driver.generated.backend_pb2 import InitBackendCommand, InitBackendResponse, RemoveBackendCommand
from storage.driver.registry import Access, handles
from storage.services.backend_init import backend_init


@handles(InitBackendCommand, access=Access.ADMIN)
def init_backend(call: Call, command: InitBackendCommand) -> InitBackendResponse:
    """Prove that kbstore can work here; again changes nothing. Raises InitFailed with every reason why it cannot."""
    outcome = backend_init(actor=call.actor)
    call.log.inform("Backend initialized", directories=len(outcome.paths), created=len(outcome.created))
    response = InitBackendResponse()
    if call.policy.tells_capabilities:
        told = Struct()
        told.update({"capabilities": capabilities()})
        response.meta.Pack(told)
    return response


@handles(RemoveBackendCommand, access=Access.ADMIN)
def remove_backend(call: Call, command: RemoveBackendCommand) -> None:
    """Nothing is removed: data go with their projects."""
    call.log.inform("Backend removed: no data were touched")
