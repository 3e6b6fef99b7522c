"""Jobs as the operations of StorageDriverStream."""

from __future__ import annotations

from datetime import datetime

from google.protobuf.json_format import ParseDict
from google.protobuf.timestamp_pb2 import Timestamp

from storage.driver.generated.common_pb2 import DriverResponse
from storage.driver.generated.kbstore.stream_pb2 import Failure, Operation
from storage.models import Job, JobState

_STATES = {
    JobState.WAITING: Operation.WAITING,
    JobState.PROCESSING: Operation.PROCESSING,
    JobState.SUCCESS: Operation.SUCCEEDED,
    JobState.ERROR: Operation.FAILED,
    JobState.CANCELLED: Operation.CANCELLED,
}


def operation_of(job: Job) -> Operation:
    operation = Operation(
        id=job.id,
        type=job.type,
        state=_STATES[JobState(job.state)],
        done=job.is_finished,
        fraction=job.progress,
        rows=job.rows or 0,
        bytes=job.bytes or 0,
        createdAt=_moment(job.created_at),
        startedAt=_moment(job.started_at),
        finishedAt=_moment(job.finished_at),
    )
    if job.result is not None:
        ParseDict(job.result, operation.result)
    if job.error is not None:
        operation.failure.CopyFrom(_failure(job.error))
    return operation


def done_operation(response: DriverResponse) -> Operation:
    """Of a command that is no job and has been done."""
    return Operation(state=Operation.SUCCEEDED, done=True, fraction=1.0, response=response)


def _failure(error: dict[str, object]) -> Failure:
    return Failure(
        code=str(error["error"]),
        message=str(error["message"]),
        httpStatus=int(str(error["status"])),
        retryable=bool(error.get("retryable", False)),
    )


def _moment(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    moment = Timestamp()
    moment.FromDatetime(at)
    return moment
