"""GetOperation and CancelOperation: what those who may see the job's project see and do."""

from __future__ import annotations

from storage.driver.errors import FailedPrecondition
from storage.driver.generated.credentials_pb2 import GenericBackendCredentials
from storage.driver.generated.kbstore.stream_pb2 import Operation, OperationRequest
from storage.driver.messages import unpack_as
from storage.driver.names import required
from storage.driver.rpc.metadata import Sender
from storage.driver.rpc.operation_message import operation_of
from storage.driver.rpc.perform import actor_of, told_to
from storage.services.cancel_job import JobFinished, cancel_job
from storage.services.get_job import get_job


def find_operation(request: OperationRequest, sender: Sender) -> Operation:
    """Raises CommandFailed: of JobNotFound also for a job that the caller may not see."""
    with told_to(sender, "GetOperation"):
        actor = actor_of(sender, _credentials(request))
        return operation_of(get_job(job_id=required(request.id, "id"), actor=actor))


def cancel_operation(request: OperationRequest, sender: Sender) -> Operation:
    """The operation as it is now; a running one ends a moment later. Raises CommandFailed."""
    with told_to(sender, "CancelOperation"):
        actor = actor_of(sender, _credentials(request))
        try:
            return operation_of(cancel_job(job_id=required(request.id, "id"), actor=actor))
        except JobFinished as error:
            raise FailedPrecondition(error.message) from error


def _credentials(request: OperationRequest) -> GenericBackendCredentials | None:
    return unpack_as(request.credentials, GenericBackendCredentials) if request.HasField("credentials") else None
