"""How a failed command leaves as a gRPC status: code, text, and details that hosts decide by."""

from __future__ import annotations

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from storage.driver.call import CommandFailed
from storage.driver.errors import Fault, fault_of
from storage.driver.generated.common_pb2 import DriverResponse

DOMAIN = "kbstore.driver"
DETAILS_KEY = "grpc-status-details-bin"
#: Header lists are limited to 8 KiB by default: texts beyond this are cut.
MAX_TEXT = 2000


def status_of(fault: Fault) -> tuple[grpc.StatusCode, str]:
    return grpc.StatusCode[fault.status], fault.message[:MAX_TEXT]


def details_of(failure: CommandFailed) -> bytes:
    """google.rpc.Status with ErrorInfo, RetryInfo where the call may be repeated, and the messages of the call."""
    fault = fault_of(failure.error)
    code, text = status_of(fault)
    info = ErrorInfo(
        domain=DOMAIN,
        reason=fault.reason.name,
        metadata={"code": str(fault.reason.number), "retryable": str(fault.reason.retryable).lower()},
    )
    status = Status(code=code.value[0], message=text)
    _add(status, info)
    if fault.retry_after_seconds is not None:
        _add(status, RetryInfo(retry_delay=Duration(seconds=fault.retry_after_seconds)))
    # The error's own text is the last message and the status has it: the rest may be long.
    response = DriverResponse(messages=failure.messages[-5:])
    if response.ByteSize() <= MAX_TEXT * 2:
        _add(status, response)
    return status.SerializeToString()


def _add(status: Status, detail: ErrorInfo | RetryInfo | DriverResponse) -> None:
    packed = Any()
    packed.Pack(detail)
    status.details.append(packed)
