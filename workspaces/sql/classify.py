"""Saying what one statement is: its kind, its tag, what it writes, and the parts of session statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from workspaces.sql.errors import SqlError
from workspaces.sql.kinds import copying, cursors, definitions, others, prepared, queries, settings, transactions
from workspaces.sql.kinds.building import Inner
from workspaces.sql.lexer import Token
from workspaces.sql.reading import Reader
from workspaces.sql.statement import Statement, StatementKind

#: EXPLAIN in EXPLAIN in ...: deeper nesting is refused.
_MAX_DEPTH = 8

_BY_WORD: dict[str, Callable[[Reader, Inner], Statement]] = {
    **dict.fromkeys(
        ("SELECT", "VALUES", "TABLE", "FROM", "DESCRIBE", "DESC", "SUMMARIZE", "PIVOT", "UNPIVOT", "PIVOT_WIDER",
         "PIVOT_LONGER"), queries.select
    ),
    **dict.fromkeys(("INSERT", "UPDATE", "DELETE", "MERGE"), queries.change),
    "WITH": queries.with_,
    "EXPLAIN": queries.explain,
    "CREATE": definitions.create,
    "DROP": definitions.drop,
    "ALTER": definitions.alter,
    "COMMENT": definitions.comment,
    "TRUNCATE": definitions.truncate,
    "BEGIN": transactions.begin,
    "START": transactions.begin,
    "COMMIT": transactions.commit,
    "END": transactions.commit,
    "ROLLBACK": transactions.rollback,
    "ABORT": transactions.rollback,
    "SAVEPOINT": transactions.savepoint,
    "RELEASE": transactions.release,
    "SET": settings.set_,
    "RESET": settings.reset,
    "SHOW": settings.show,
    "DISCARD": settings.discard,
    "PREPARE": prepared.prepare,
    "EXECUTE": prepared.execute,
    "DEALLOCATE": prepared.deallocate,
    "DECLARE": cursors.declare,
    "FETCH": cursors.fetch,
    "MOVE": cursors.fetch,
    "CLOSE": cursors.close,
    "COPY": copying.copy,
    "LISTEN": others.listen,
    "UNLISTEN": others.unlisten,
    "NOTIFY": others.notify,
    "LOCK": others.lock,
    "VACUUM": others.vacuum,
    "ANALYZE": others.analyze,
    "ANALYSE": others.analyze,
    "CALL": others.call,
    "PRAGMA": others.pragma,
    **dict.fromkeys(
        ("ATTACH", "DETACH", "USE", "EXPORT", "IMPORT", "INSTALL", "LOAD", "DO", "GRANT", "REVOKE", "CHECKPOINT",
         "FORCE"), others.verb
    ),
    **dict.fromkeys(("REINDEX", "CLUSTER", "REFRESH", "REASSIGN", "SECURITY"), others.unsupported),
}  # fmt: skip


def classify(tokens: Sequence[Token]) -> Statement:
    """The statement that the tokens, at least one, make; all positions are those of the tokens.

    Raises `SqlError` 42601 for a session statement that cannot be read. A statement that begins with an unknown word
    is of kind `UNKNOWN`; errors inside queries are left to the engine.
    """
    return _classify(tokens, 1)


def command_tag(statement: Statement, rows: int = 0) -> str:
    """The tag of CommandComplete; `rows` counts where the tag has a count."""
    return f"{statement.tag} {rows}" if statement.counts_rows else statement.tag


def _classify(tokens: Sequence[Token], depth: int) -> Statement:
    if depth > _MAX_DEPTH:
        raise SqlError("statement is nested too deeply", sqlstate="54001", position=tokens[0].start)
    reader, inner = Reader(tokens), partial(_classify, depth=depth + 1)
    if reader.text == "(":
        return queries.parenthesised(reader, inner)
    read = _BY_WORD.get(reader.word)
    if read is not None:
        return read(reader, inner)
    return Statement(StatementKind.UNKNOWN, tuple(tokens), reader.word)
