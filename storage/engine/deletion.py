"""Deleting the rows that match a condition."""

from __future__ import annotations

import re

import duckdb

from storage.engine.errors import CONDITION_ERRORS, clean_message
from storage.engine.expressions import DELETION_FORBIDDEN, check_predicate
from storage.engine.specs import TableSpec
from storage.errors import InvalidWhereClause

_ECHO = "where_clause"
_QUERY = re.compile(r"\s*(select|from|with|table)\b", re.IGNORECASE)
_EVERY_ROW = frozenset({"1=1", "true", "1"})
# The one table that a sub-query may name. It shows the rows as they were before the deletion.
_VISIBLE = "memory.main.data"


def check_deletion(where: str, spec: TableSpec) -> str:
    """The condition, trimmed. Raises InvalidWhereClause unless it asks only the table itself."""
    if _QUERY.match(where):
        # In brackets it would be a sub-query.
        raise InvalidWhereClause("it is not one expression", where, detail_name=_ECHO)
    return check_predicate(
        where,
        spec.column_names,
        forbidden_words=DELETION_FORBIDDEN,
        detail_name=_ECHO,
        allow_subqueries_on_data=True,
    )


def means_every_row(where: str) -> bool:
    """Whether the condition is one of the contract's words for all rows."""
    return where.strip().lower() in _EVERY_ROW


def delete_matching(
    *, connection: duckdb.DuckDBPyConnection, table: str, source: str, spec: TableSpec, where: str
) -> int:
    """Delete from `table` and return how many rows went; `source` holds the same rows and is not changed.

    Both are qualified names of attached databases. Raises InvalidWhereClause.
    """
    condition = check_deletion(where, spec)
    connection.execute(f"CREATE VIEW {_VISIBLE} AS SELECT * FROM {source}")
    try:
        [row] = connection.execute(f"DELETE FROM {table} WHERE (\n{condition}\n)").fetchall()
    except CONDITION_ERRORS as error:
        raise InvalidWhereClause(clean_message(str(error)), where, detail_name=_ECHO) from error
    return int(row[0])
