"""The log of statements: at no cost to who runs them, written to the catalog in batches by a thread."""

from __future__ import annotations

import atexit
import datetime
import hashlib
import threading
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from kbstore.metrics import KBSTORE_QUERY_LOG_DROPPED, PGWIRE_QUERIES, PGWIRE_QUERY_DURATION, PGWIRE_SLOW_QUERIES
from workspaces.models import LoggedQuery, QueryStatus
from workspaces.sql.errors import SqlError
from workspaces.sql.lexer import TokenKind, tokenize

log = structlog.get_logger(__name__)

TEXT_CHARACTERS: Final = 10_000
#: Statements that wait to be written; what comes while so many do is counted and forgotten.
MAX_WAITING: Final = 20_000
#: So many rows are written at a time; a writer that did more would take the interpreter from who runs statements.
_BATCH: Final = 500
_PAUSE_SECONDS: Final = 0.5
_LITERALS: Final = frozenset({TokenKind.STRING, TokenKind.NUMBER})
_CANCELLED, _TIMED_OUT = QueryStatus.CANCELLED, QueryStatus.TIMEOUT
#: The contract's words for the outcome; a cancelled statement is one that did not succeed.
_COUNTED_AS: Final = {QueryStatus.SUCCESS: "success", QueryStatus.TIMEOUT: "timeout"}


class Executed(NamedTuple):
    """One statement that has ended. Times in seconds, `started` since the epoch; `sqlstate` is empty on success."""

    workspace_id: str
    project_id: str
    door: str
    session_id: str
    user: str
    client: str
    application: str
    kind: str
    text: str
    started: float
    parse: float
    wait: float
    execute: float
    send: float
    rows: int
    bytes: int
    sqlstate: str
    is_timeout: bool = False


def record(executed: Executed) -> None:
    """From any thread; returns at once and raises nothing."""
    if len(_waiting) >= MAX_WAITING:
        _writer.dropped += 1
        return
    _waiting.append(executed)
    if not _writer.is_running:
        _writer.start()


def flush() -> None:
    """Write what waits, now and in this thread."""
    while _waiting:
        _write([_waiting.popleft() for _ in range(min(len(_waiting), _BATCH))])


def outcome_of(executed: Executed) -> QueryStatus:
    if not executed.sqlstate:
        return QueryStatus.SUCCESS
    if executed.sqlstate in ("57014", "57P01"):
        return _TIMED_OUT if executed.is_timeout else _CANCELLED
    return QueryStatus.ERROR


class _Writer:
    """The thread; it lives as long as the process."""

    def __init__(self) -> None:
        self.is_running = False
        self.dropped = 0
        self._lock = threading.Lock()

    def start(self) -> None:
        with self._lock:
            if not self.is_running:
                self.is_running = True
                threading.Thread(target=self._run, name="query-log", daemon=True).start()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(_PAUSE_SECONDS)
            dropped, self.dropped = self.dropped, 0
            KBSTORE_QUERY_LOG_DROPPED.inc(dropped)
            batch = [_waiting.popleft() for _ in range(len(_waiting))]
            if batch:
                close_old_connections()
                _write(batch)


_waiting: deque[Executed] = deque()
_writer = _Writer()


def _write(batch: Sequence[Executed]) -> None:
    for executed in batch:
        _count(executed)
    try:
        _insert([_row(executed) for executed in batch[:_BATCH]])
        KBSTORE_QUERY_LOG_DROPPED.inc(max(0, len(batch) - _BATCH))
    except (DatabaseError, ValueError) as error:
        # Rather a gap in the log than a queue that grows while the catalog is out of reach.
        KBSTORE_QUERY_LOG_DROPPED.inc(len(batch))
        log.warning("queries not logged", count=len(batch), exc_info=error)
        connection.close()


def _count(executed: Executed) -> None:
    status, seconds = outcome_of(executed), executed.execute + executed.send
    PGWIRE_QUERIES.labels(executed.workspace_id, _COUNTED_AS.get(status, "error")).inc()
    PGWIRE_QUERY_DURATION.labels(executed.workspace_id).observe(seconds)
    if settings.PGWIRE_SLOW_QUERY_SECONDS and seconds >= settings.PGWIRE_SLOW_QUERY_SECONDS:
        PGWIRE_SLOW_QUERIES.inc()
        log.info(
            "slow query",
            workspace=executed.workspace_id,
            project=executed.project_id,
            session=executed.session_id,
            kind=executed.kind,
            hash=_hash(_structure(executed.text)),
            seconds=round(seconds, 3),
            rows=executed.rows,
            sqlstate=executed.sqlstate or "00000",
        )


_COLUMNS: Final = tuple(field.column for field in LoggedQuery._meta.concrete_fields if not field.primary_key)


def _insert(rows: Sequence[tuple[Any, ...]]) -> None:
    """The ORM takes several times as long, and holds the interpreter meanwhile.

    All rows are one statement: `executemany` waits for the interpreter's lock after each row, and makes who runs
    statements wait for it, too.
    """
    names = ", ".join(connection.ops.quote_name(column) for column in _COLUMNS)
    places = ", ".join([f"({', '.join(['%s'] * len(_COLUMNS))})"] * len(rows))
    table = connection.ops.quote_name(LoggedQuery._meta.db_table)
    values = [value for row in rows for value in row]
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES {places}", values)  # noqa: S608 - names of ours


def _row(executed: Executed) -> tuple[Any, ...]:
    started = datetime.datetime.fromtimestamp(executed.started, datetime.UTC)
    text, digest = shown_text(executed.text)
    values = {
        "workspace_id": executed.workspace_id,
        "project_id": executed.project_id[:64],
        "started_at": connection.ops.adapt_datetimefield_value(started),
        "door": executed.door,
        "session_id": executed.session_id[:128],
        "user": executed.user[:96],
        "client": executed.client[:64],
        "application": _storable(executed.application[:128]),
        "kind": executed.kind,
        "status": outcome_of(executed).value,
        "sqlstate": executed.sqlstate,
        "duration_ms": _milliseconds(executed.parse + executed.wait + executed.execute + executed.send),
        "parse_ms": _milliseconds(executed.parse),
        "wait_ms": _milliseconds(executed.wait),
        "execute_ms": _milliseconds(executed.execute),
        "send_ms": _milliseconds(executed.send),
        "rows": executed.rows,
        "bytes": executed.bytes,
        "text_hash": digest,
        "sql": text,
    }
    return tuple(values[column] for column in _COLUMNS)


def shown_text(text: str) -> tuple[str, str]:
    """The text and the hash that the log may keep, by the setting."""
    mode = settings.PGWIRE_LOG_SQL
    if mode == "off":
        return "", ""
    structure = _structure(text[:TEXT_CHARACTERS])
    kept = {"full": _storable(text[:TEXT_CHARACTERS]), "structure": structure}.get(mode, "")
    return kept, _hash(structure)


@lru_cache(1000)
def _structure(text: str) -> str:
    """The statement without its literals and comments; of one that cannot be read, nothing."""
    try:
        words = ["?" if token.kind in _LITERALS or token.is_string else token.text for token in tokenize(text)]
    except SqlError:
        return ""
    return _storable(" ".join(words)[:TEXT_CHARACTERS])


@lru_cache(1000)
def _hash(structure: str) -> str:
    return hashlib.blake2b(structure.encode(errors="replace"), digest_size=8).hexdigest()


def _storable(text: str) -> str:
    """Without what a catalog cannot take: NUL, halves of surrogate pairs."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)


atexit.register(flush)
