"""What a client sends after its start-up packet: frames in, typed messages out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from workspaces.pgwire.messages.frames import PayloadReader, ProtocolViolation

TEXT: Final = 0
BINARY: Final = 1
#: The type of CopyData messages, of which there are many.
COPY_DATA: Final = ord("d")


@dataclass(frozen=True, slots=True)
class Query:
    sql: str


@dataclass(frozen=True, slots=True)
class Parse:
    """`parameter_oids` may be shorter than the parameters used; 0 means "you decide"."""

    statement: str
    sql: str
    parameter_oids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Bind:
    """Formats: none means all text, one counts for all, else one each. A parameter of None is NULL."""

    portal: str
    statement: str
    parameter_formats: tuple[int, ...] = ()
    parameters: tuple[bytes | None, ...] = field(default=(), repr=False)
    result_formats: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DescribeStatement:
    name: str


@dataclass(frozen=True, slots=True)
class DescribePortal:
    name: str


@dataclass(frozen=True, slots=True)
class Execute:
    """`max_rows` of 0 asks for all rows."""

    portal: str
    max_rows: int = 0


@dataclass(frozen=True, slots=True)
class CloseStatement:
    name: str


@dataclass(frozen=True, slots=True)
class ClosePortal:
    name: str


@dataclass(frozen=True, slots=True)
class Flush:
    pass


@dataclass(frozen=True, slots=True)
class Sync:
    pass


@dataclass(frozen=True, slots=True)
class Terminate:
    pass


@dataclass(frozen=True, slots=True)
class CopyData:
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CopyDone:
    pass


@dataclass(frozen=True, slots=True)
class CopyFail:
    reason: str


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """Only its arrival matters: calling functions by this message is not supported."""

    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AuthenticationResponse:
    """Answer to an authentication request; what it holds depends on what was asked. Never shown in logs."""

    payload: bytes = field(repr=False)

    def password(self) -> str:
        """Of the cleartext flow."""
        reader = PayloadReader(self.payload, message_type=ord("p"))
        password = reader.text()
        reader.end()
        return password

    def sasl_initial(self) -> tuple[str, bytes]:
        """Name of the mechanism and the first client message."""
        reader = PayloadReader(self.payload, message_type=ord("p"))
        mechanism = reader.text()
        length = reader.int32()
        data = b"" if length == -1 else reader.raw(length)
        reader.end()
        return mechanism, data


FrontendMessage = (
    Query
    | Parse
    | Bind
    | DescribeStatement
    | DescribePortal
    | Execute
    | CloseStatement
    | ClosePortal
    | Flush
    | Sync
    | Terminate
    | CopyData
    | CopyDone
    | CopyFail
    | FunctionCall
    | AuthenticationResponse
)


def _parse(reader: PayloadReader) -> Parse:
    statement, sql = reader.text(), reader.text()
    return Parse(statement, sql, reader.many_uint32(reader.uint16()))


def _formats(reader: PayloadReader) -> tuple[int, ...]:
    formats = reader.many_int16(reader.uint16())
    for code in formats:
        if code not in (TEXT, BINARY):
            raise reader.violation(f"unsupported format code: {code}", sqlstate="22023")
    return formats


def _parameters(reader: PayloadReader) -> tuple[bytes | None, ...]:
    values: list[bytes | None] = []
    for _ in range(reader.uint16()):
        length = reader.int32()
        values.append(None if length == -1 else reader.raw(length))
    return tuple(values)


def _bind(reader: PayloadReader) -> Bind:
    portal, statement = reader.text(), reader.text()
    formats = _formats(reader)
    parameters = _parameters(reader)
    if len(formats) > 1 and len(formats) != len(parameters):
        raise reader.violation(f"bind message has {len(formats)} parameter formats but {len(parameters)} parameters")
    return Bind(portal, statement, formats, parameters, _formats(reader))


def _describe(reader: PayloadReader) -> DescribeStatement | DescribePortal:
    return DescribeStatement(reader.text()) if _names_statement(reader, "DESCRIBE") else DescribePortal(reader.text())


def _close(reader: PayloadReader) -> CloseStatement | ClosePortal:
    return CloseStatement(reader.text()) if _names_statement(reader, "CLOSE") else ClosePortal(reader.text())


def _names_statement(reader: PayloadReader, message: str) -> bool:
    kind = reader.byte()
    if kind not in b"SP":
        raise reader.violation(f"invalid {message} message subtype {kind}")
    return kind == ord("S")


_DECODERS: Final[dict[int, Callable[[PayloadReader], FrontendMessage]]] = {
    ord("Q"): lambda reader: Query(reader.text()),
    ord("P"): _parse,
    ord("B"): _bind,
    ord("D"): _describe,
    ord("E"): lambda reader: Execute(reader.text(), max(reader.int32(), 0)),
    ord("C"): _close,
    ord("H"): lambda reader: Flush(),
    ord("S"): lambda reader: Sync(),
    ord("X"): lambda reader: Terminate(),
    COPY_DATA: lambda reader: CopyData(reader.rest()),
    ord("c"): lambda reader: CopyDone(),
    ord("f"): lambda reader: CopyFail(reader.text()),
    ord("F"): lambda reader: FunctionCall(reader.rest()),
    ord("p"): lambda reader: AuthenticationResponse(reader.rest()),
}


def decode_message(message_type: int, payload: bytes) -> FrontendMessage:
    """The message of one frame. Raises ProtocolViolation, and nothing else, whatever the bytes are."""
    decoder = _DECODERS.get(message_type)
    if decoder is None:
        raise ProtocolViolation(f"invalid frontend message type {message_type}", is_fatal=True)
    reader = PayloadReader(payload, message_type=message_type)
    message = decoder(reader)
    reader.end()
    return message
