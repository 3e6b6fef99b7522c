import datetime

from google.protobuf import any_pb2 as _any_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from storage.driver.generated import common_pb2 as _common_pb2
from storage.driver.generated import table_pb2 as _table_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DriverChunk(_message.Message):
    __slots__ = ("progress", "log", "rows", "response")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    progress: Progress
    log: _common_pb2.LogMessage
    rows: Rows
    response: _common_pb2.DriverResponse
    def __init__(self, progress: _Optional[_Union[Progress, _Mapping]] = ..., log: _Optional[_Union[_common_pb2.LogMessage, _Mapping]] = ..., rows: _Optional[_Union[Rows, _Mapping]] = ..., response: _Optional[_Union[_common_pb2.DriverResponse, _Mapping]] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("stage", "fraction", "rows", "bytes", "operationId")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    OPERATIONID_FIELD_NUMBER: _ClassVar[int]
    stage: str
    fraction: float
    rows: int
    bytes: int
    operationId: str
    def __init__(self, stage: _Optional[str] = ..., fraction: _Optional[float] = ..., rows: _Optional[int] = ..., bytes: _Optional[int] = ..., operationId: _Optional[str] = ...) -> None: ...

class Rows(_message.Message):
    __slots__ = ("arrowIpc", "preview")
    ARROWIPC_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_FIELD_NUMBER: _ClassVar[int]
    arrowIpc: bytes
    preview: PreviewRows
    def __init__(self, arrowIpc: _Optional[bytes] = ..., preview: _Optional[_Union[PreviewRows, _Mapping]] = ...) -> None: ...

class PreviewRows(_message.Message):
    __slots__ = ("rows",)
    ROWS_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[_table_pb2.PreviewTableResponse.Row]
    def __init__(self, rows: _Optional[_Iterable[_Union[_table_pb2.PreviewTableResponse.Row, _Mapping]]] = ...) -> None: ...

class OperationRequest(_message.Message):
    __slots__ = ("id", "credentials")
    ID_FIELD_NUMBER: _ClassVar[int]
    CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    id: str
    credentials: _any_pb2.Any
    def __init__(self, id: _Optional[str] = ..., credentials: _Optional[_Union[_any_pb2.Any, _Mapping]] = ...) -> None: ...

class Operation(_message.Message):
    __slots__ = ("id", "type", "state", "done", "fraction", "rows", "bytes", "result", "response", "failure", "createdAt", "startedAt", "finishedAt")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Operation.State]
        WAITING: _ClassVar[Operation.State]
        PROCESSING: _ClassVar[Operation.State]
        SUCCEEDED: _ClassVar[Operation.State]
        FAILED: _ClassVar[Operation.State]
        CANCELLED: _ClassVar[Operation.State]
    STATE_UNSPECIFIED: Operation.State
    WAITING: Operation.State
    PROCESSING: Operation.State
    SUCCEEDED: Operation.State
    FAILED: Operation.State
    CANCELLED: Operation.State
    ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    CREATEDAT_FIELD_NUMBER: _ClassVar[int]
    STARTEDAT_FIELD_NUMBER: _ClassVar[int]
    FINISHEDAT_FIELD_NUMBER: _ClassVar[int]
    id: str
    type: str
    state: Operation.State
    done: bool
    fraction: float
    rows: int
    bytes: int
    result: _struct_pb2.Struct
    response: _common_pb2.DriverResponse
    failure: Failure
    createdAt: _timestamp_pb2.Timestamp
    startedAt: _timestamp_pb2.Timestamp
    finishedAt: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., type: _Optional[str] = ..., state: _Optional[_Union[Operation.State, str]] = ..., done: _Optional[bool] = ..., fraction: _Optional[float] = ..., rows: _Optional[int] = ..., bytes: _Optional[int] = ..., result: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., response: _Optional[_Union[_common_pb2.DriverResponse, _Mapping]] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ..., createdAt: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., startedAt: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finishedAt: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ("code", "message", "httpStatus", "retryable")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    HTTPSTATUS_FIELD_NUMBER: _ClassVar[int]
    RETRYABLE_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    httpStatus: int
    retryable: bool
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., httpStatus: _Optional[int] = ..., retryable: _Optional[bool] = ...) -> None: ...
