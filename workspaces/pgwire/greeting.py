"""What a client is told once it has logged in: what the server is, its key for cancelling, that it may begin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from workspaces.pgwire.cancellation import BackendKey
from workspaces.pgwire.client import Notice
from workspaces.pgwire.messages import backend
from workspaces.pgwire.messages.faults import Severity, notice_response
from workspaces.pgwire.startup import NEWEST_MINOR, StartupRequest

#: What PostgreSQL 15 reports; a session that changes one of them reports it again.
REPORTED_PARAMETERS: Final[Mapping[str, str]] = {
    "server_version": "15.0",
    "server_encoding": "UTF8",
    "client_encoding": "UTF8",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "integer_datetimes": "on",
    "standard_conforming_strings": "on",
    "application_name": "",
    "session_authorization": "",
    "is_superuser": "off",
    "default_transaction_read_only": "off",
    "in_hot_standby": "off",
}


def negotiation_of(request: StartupRequest) -> bytes:
    """Before anything else, to a client that asked for more than we speak; to others nothing."""
    if not request.needs_negotiation:
        return b""
    return backend.negotiate_protocol_version(
        newest_minor=min(request.minor, NEWEST_MINOR), unrecognised=request.unrecognised
    )


def reported_parameters(request: StartupRequest, *, server_version: str, changed: Mapping[str, str]) -> dict[str, str]:
    """Every reported parameter with its value; `changed` by the session wins."""
    own = {
        "server_version": server_version,
        "application_name": request.setting("application_name") or "",
        "session_authorization": request.user,
    }
    return {**REPORTED_PARAMETERS, **own, **changed}


def greeting(*, parameters: Mapping[str, str], key: BackendKey, notices: Iterable[Notice]) -> bytes:
    """From AuthenticationOk to the first ReadyForQuery."""
    warnings = (
        notice_response(notice.sqlstate, notice.message, severity=Severity.WARNING, hint=notice.hint)
        for notice in notices
    )
    return b"".join(
        [
            backend.authentication_ok(),
            *(backend.parameter_status(name, value) for name, value in parameters.items()),
            backend.backend_key_data(key.process_id, key.secret),
            *warnings,
            backend.ready_for_query(backend.TransactionStatus.IDLE),
        ]
    )
