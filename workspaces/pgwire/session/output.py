"""What a session has to say, gathered until it is worth a system call."""

from __future__ import annotations

from workspaces.pgwire.cancellation import CancelReason, Statement
from workspaces.pgwire.connection import Connection
from workspaces.pgwire.messages.faults import FaultFields, Severity, error_response, notice_response
from workspaces.pgwire.sqlstate import INTERRUPTED, SqlFault
from workspaces.services.query_slots import Slot

_FLUSH_BYTES = 64 * 1024
_FATAL_REASONS = (CancelReason.TERMINATION, CancelReason.CLIENT_LOST)


#: From the least to the most severe, as client_min_messages has them.
MESSAGE_LEVELS = (
    "debug5",
    "debug4",
    "debug3",
    "debug2",
    "debug1",
    "debug",
    "log",
    "info",
    "notice",
    "warning",
    "error",
)
_RANKS = {name: rank for rank, name in enumerate(MESSAGE_LEVELS)}


class Output:
    """For the thread of one session. What is left at the end of its turn is for the event loop to send."""

    def __init__(self, connection: Connection, slot: Slot) -> None:
        """`slot` is given to others while the client is waited for."""
        self._connection = connection
        self.slot = slot
        self._parts: list[bytes | memoryview] = []
        self._size = 0
        self.running: Statement | None = None
        self.sent_bytes = 0
        #: client_min_messages.
        self.least = "notice"

    def write(self, data: bytes | memoryview) -> None:
        """Wait for a client that is behind, with no more than this in memory. Raises SqlFault when cancelled."""
        self._parts.append(data)
        self._size += len(data)
        self.sent_bytes += len(data)
        if self._size >= _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        if self.running is not None and self.running.cancelled_by is not None:
            raise cancelled(self.running.cancelled_by)
        if len(self._parts) == 1:
            # Rows come in large pieces: they are not worth a copy.
            part = self._parts.pop()
            self._size = 0
            self._send(part)
        elif self._parts:
            self._send(self.take())

    def _send(self, data: bytes | memoryview) -> None:
        with self.slot.aside():
            self._connection.send_from_thread(data)

    def take(self) -> bytes:
        """All that was not sent."""
        data = b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        return data

    def error(self, fault: SqlFault) -> None:
        """Written without a flush: it has to go out also when the statement was cancelled."""
        severity = Severity.FATAL if fault.is_fatal else Severity.ERROR
        self._append(error_response(fault.sqlstate, fault.message, severity=severity, **_fields(fault)))

    def notice(self, sqlstate: str, message: str, *, severity: Severity = Severity.WARNING) -> None:
        """Unless the client wants to hear of worse things only."""
        if _RANKS.get(severity.value.lower(), 0) >= _RANKS.get(self.least, 0):
            self._append(notice_response(sqlstate, message, severity=severity))

    def _append(self, data: bytes) -> None:
        self._parts.append(data)
        self._size += len(data)


def cancelled(reason: CancelReason) -> SqlFault:
    """What a statement ends with that was stopped from outside."""
    if reason in _FATAL_REASONS:
        return SqlFault("57P01", CancelReason.TERMINATION.value, is_fatal=True)
    return SqlFault(INTERRUPTED, reason.value)


def _fields(fault: SqlFault) -> FaultFields:
    fields: FaultFields = {}
    if fault.detail:
        fields["detail"] = fault.detail
    if fault.hint:
        fields["hint"] = fault.hint
    if fault.context:
        fields["context"] = fault.context
    for name, value in fault.names.items():
        fields[name] = value  # type: ignore[literal-required]
    if fault.position is not None:
        fields["position"] = fault.position + 1
    return fields
