"""Deleting the rows that match a condition."""

from __future__ import annotations

import re
from collections.abc import Mapping

import duckdb

from storage.engine.errors import CONDITION_ERRORS, clean_message
from storage.engine.expressions import DELETION_FORBIDDEN, check_predicate
from storage.engine.row_conditions import check_selection, clauses
from storage.engine.specs import RowSelection, TableSpec, VersionRef
from storage.errors import FilterRefused, InvalidWhereClause

_ECHO = "where_clause"
_QUERY = re.compile(r"\s*(select|from|with|table)\b", re.IGNORECASE)
_EVERY_ROW = frozenset({"1=1", "true", "1"})
# The one table that a sub-query may name, in this session alone. It shows the rows as they were before the deletion.
_VISIBLE = "temp.main.data"


def check_condition(where: str | RowSelection, spec: TableSpec) -> None:
    """Raises InvalidWhereClause, FilterRefused for what no deletion can ask."""
    if isinstance(where, RowSelection):
        check_selection(where, spec)
    else:
        check_deletion(where, spec)


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


def means_every_row(where: str | RowSelection) -> bool:
    """Whether the condition is one of the contract's words for all rows, or no condition at all."""
    if isinstance(where, RowSelection):
        return not where.has_conditions
    return where.strip().lower() in _EVERY_ROW


def referenced_versions(where: str | RowSelection) -> list[VersionRef]:
    """The other versions that a condition reads, each once."""
    return list(dict.fromkeys(one.version for one in where.references)) if isinstance(where, RowSelection) else []


def delete_matching(
    *,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    source: str,
    spec: TableSpec,
    where: str | RowSelection,
    references: Mapping[VersionRef, str] | None = None,
) -> int:
    """Delete from `table` and return how many rows went; `source` holds the same rows and is not changed.

    Both are qualified names of attached databases, as are those of the versions that a selection refers to. Raises
    InvalidWhereClause, FilterRefused.
    """
    if isinstance(where, RowSelection):
        return _delete_selected(connection, table, spec, where, references or {})
    condition = check_deletion(where, spec)
    connection.execute(f"CREATE TEMP VIEW {_VISIBLE} AS SELECT * FROM {source}")
    try:
        [row] = connection.execute(f"DELETE FROM {table} WHERE (\n{condition}\n)").fetchall()
    except CONDITION_ERRORS as error:
        raise InvalidWhereClause(clean_message(str(error)), where, detail_name=_ECHO) from error
    return int(row[0])


def _delete_selected(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    spec: TableSpec,
    selection: RowSelection,
    references: Mapping[VersionRef, str],
) -> int:
    wanted = clauses(selection, spec, references)
    try:
        [row] = connection.execute(f"DELETE FROM {table}{wanted.where}", wanted.parameters).fetchall()  # noqa: S608
    except CONDITION_ERRORS as error:
        raise FilterRefused("The filters compare columns whose types do not compare.") from error
    return int(row[0])
