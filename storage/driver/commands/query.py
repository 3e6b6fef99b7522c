"""ExecuteQuery: SQL of a host's user, whose failure is an answer and no error of the call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from django.conf import settings

from kbstore.errors import KbstoreError, OperationTimeout
from kbstore.patience import patience
from storage.driver.call import Call
from storage.driver.errors import InvalidParameter
from storage.driver.generated.executeQuery_pb2 import ExecuteQueryCommand, ExecuteQueryResponse
from storage.driver.generated.kbstore.stream_pb2 import Rows
from storage.driver.names import required
from storage.driver.query_source import QuerySource, source_of
from storage.driver.registry import Access, handles
from storage.driver.row_chunks import send_arrow
from workspaces.services.execute_query import TextAnswer, count_statements, execute_query
from workspaces.services.stream_query import stream_query
from workspaces.sql.errors import SqlError
from workspaces.sql_errors import QueryFailed, QueryStopped, UnwritableResult

_DEFAULT_SECONDS: Final = 300.0
MAX_ROWS: Final = 10_000
MAX_BYTES: Final = 32 << 20
#: What a field takes in the message beside its name and its value, about.
_FIELD_BYTES: Final = 8
#: What is wrong with the statement, not with the call.
_STATEMENT_FAULTS = (QueryFailed, QueryStopped, SqlError, UnwritableResult, OperationTimeout)


@handles(ExecuteQueryCommand, access=Access.READ, is_long=True)
def query(call: Call, command: ExecuteQueryCommand) -> ExecuteQueryResponse:
    """Run it in a workspace, or read-only over the project."""
    required(command.query.strip(), "query")
    source = source_of(call, command)
    if command.WhichOneof("restriction") == "bigQueryServiceAccount":
        call.log.warn("bigQueryServiceAccount is ignored: this backend has none")
    if call.policy.wants_one_statement and count_statements(command.query) > 1:
        raise InvalidParameter("query must be one statement")
    seconds = _seconds(command)
    try:
        if call.send_rows is not None:
            return _sent(call, command, source, seconds, call.send_rows)
        answer = execute_query(
            actor=call.actor,
            source=source.place,
            sql=command.query,
            schemas=source.schemas,
            seconds=seconds,
            limit=MAX_ROWS,
            limit_bytes=MAX_BYTES,
        )
    except _STATEMENT_FAULTS as error:
        return _failed(call, error, seconds)
    return _succeeded(call, answer)


def _sent(
    call: Call, command: ExecuteQueryCommand, source: QuerySource, seconds: float, send: Callable[[Rows], None]
) -> ExecuteQueryResponse:
    """All rows go to the caller as they come, however many there are."""
    names, count = stream_query(
        actor=call.actor,
        source=source.place,
        sql=command.query,
        schemas=source.schemas,
        seconds=seconds,
        send=lambda block: send_arrow(block, send),
    )
    response = ExecuteQueryResponse(status=ExecuteQueryResponse.Success)
    response.message = f"Query returned {count} rows" if names else "Query executed successfully"
    response.data.columns.extend(names)
    call.log.inform(response.message)
    return response


def _seconds(command: ExecuteQueryCommand) -> float:
    return min(float(command.timeout) or _DEFAULT_SECONDS, float(settings.PGWIRE_QUERY_TIMEOUT_SECONDS))


def _failed(call: Call, error: KbstoreError, seconds: float) -> ExecuteQueryResponse:
    """Raises the error where it ends the whole call."""
    caller = patience()
    if caller is not None and caller.reason is not None:
        raise caller.reason
    text = f"Query timed out after {seconds:g} seconds" if isinstance(error, OperationTimeout) else error.message
    # The text may quote the statement and its values: only the answer tells it.
    call.log.fail("Query timed out" if isinstance(error, OperationTimeout) else f"Query failed: {_cause(error)}")
    return ExecuteQueryResponse(status=ExecuteQueryResponse.Error, message=text)


def _cause(error: KbstoreError) -> str:
    return f"{error.code}, SQLSTATE {(error.details or {}).get('sqlstate') or error.sqlstate}"


def _succeeded(call: Call, answer: TextAnswer) -> ExecuteQueryResponse:
    response = ExecuteQueryResponse(status=ExecuteQueryResponse.Success)
    if not answer.columns:
        response.message = "Query executed successfully"
        call.log.inform(response.message)
        return response
    names = distinct_names(answer.columns)
    response.data.columns.extend(names)
    is_cut = _add_rows(response, names, answer.rows) or answer.truncated
    count = len(response.data.rows)
    response.message = f"Query returned {count} rows" + (" (truncated)" if is_cut else "")
    call.log.inform(f"Query returned {count} rows", rows=count, columns=len(names))
    if is_cut:
        call.log.warn("The result is truncated: there are more rows than an answer holds", rows=count)
    return response


def _add_rows(response: ExecuteQueryResponse, names: Sequence[str], rows: Iterable[tuple[str, ...]]) -> bool:
    """Whether they did not fit: each field takes its name along."""
    named = sum(len(name.encode()) + _FIELD_BYTES for name in names)
    size = 0
    for row in rows:
        size += named + sum(len(text.encode()) for text in row)
        if size > MAX_BYTES:
            return True
        response.data.rows.add(fields=dict(zip(names, row, strict=True)))
    return False


def distinct_names(names: Sequence[str]) -> list[str]:
    """The names, with `_1`, `_2` behind those that occurred before: the fields of a row are a map."""
    taken = set(names)
    found: list[str] = []
    used: set[str] = set()
    for name in names:
        unique, number = name, 0
        while unique in used or (number and unique in taken):
            number += 1
            unique = f"{name}_{number}"
        used.add(unique)
        found.append(unique)
    return found
