"""Queries of the simple protocol that stay prepared: clients ask `SELECT 1` or `SELECT version()` all the time."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from workspaces.pgwire.session.prepared import PreparedStatement
from workspaces.services.compile_sql import Compiled
from workspaces.services.sql_session import SqlSession
from workspaces.sql.relations import references
from workspaces.sql.statement import StatementKind

_KEPT: Final = 50
_CHARACTERS: Final = 2_000


class Plans:
    """Of one session. Only queries without tables are kept, as long as nobody defines anything in the workspace."""

    def __init__(self, sql: SqlSession) -> None:
        self._sql = sql
        self._kept: OrderedDict[str, PreparedStatement] = OrderedDict()
        self._definitions = -1

    def find(self, compiled: Compiled) -> PreparedStatement | None:
        found = self._kept.get(compiled.source)
        if found is None or found.compiled is not compiled or self._definitions != self._sql.definitions:
            return None
        return found

    def keep(self, statement: PreparedStatement) -> bool:
        """Whether it is kept, for the session to close it later."""
        compiled = statement.compiled
        if compiled is None or statement.query is None or statement.is_ours or not _is_simple(compiled):
            return False
        if self._definitions != self._sql.definitions:
            self.clear()
            self._definitions = self._sql.definitions
        before = self._kept.pop(compiled.source, None)
        if before is not None:
            before.close()
        self._kept[compiled.source] = statement
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)[1].close()
        return True

    def clear(self) -> None:
        """What was prepared under other settings may mean something else now."""
        for statement in self._kept.values():
            statement.close()
        self._kept.clear()


def _is_simple(compiled: Compiled) -> bool:
    return (
        compiled.kind is StatementKind.SELECT
        and compiled.start == 0
        and len(compiled.source) <= _CHARACTERS
        and not compiled.asks_catalog
        and not compiled.rewritten.before
        and next(references(compiled.tokens), None) is None
    )
