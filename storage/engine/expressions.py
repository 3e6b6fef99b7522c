"""Judging SQL expressions that callers write: conditions over a table's columns, and defaults of columns."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

import duckdb

from storage.engine.connection import scratch_instance
from storage.engine.errors import clean_message
from storage.engine.expression_tree import Refusal, check_tree
from storage.engine.sql_text import first_pattern, is_balanced, outside_literals
from storage.errors import InvalidColumn, InvalidWhereClause

SEPARATORS = (";", "--", "/*", "*/")
EXPORT_FORBIDDEN = (*SEPARATORS, "drop ", "truncate ", "alter ", "delete ", "insert ", "update ")
DELETION_FORBIDDEN = (*SEPARATORS, "drop ", "truncate ", "alter ")
MAX_EXPRESSION_CHARACTERS = 1_000_000
_MAX_DEFAULT_CHARACTERS = 10_000

_WHERE = re.compile(r"\s*where\b", re.IGNORECASE)
# The bracket is that which is put around the text.
_ENDS_EARLY = 'syntax error at or near ")"'

_DEFAULT_CALLS = frozenset(
    {"now()", "current_timestamp", "current_date", "current_time", "uuid()", "gen_random_uuid()"}
)


def check_predicate(
    text: str,
    columns: Collection[str],
    *,
    forbidden_words: Sequence[str] = EXPORT_FORBIDDEN,
    allow_subqueries_on_data: bool = False,
    detail_name: str = "where_filter",
) -> str:
    """The condition as it may stand in brackets of its own: `WHERE (\\n...\\n)`.

    It is one scalar expression over `columns` that calls only functions of the allow-list and, if allowed, asks only
    the table itself (`data` or `main.data`) in sub-queries. Raises InvalidWhereClause for everything else. Types are
    not checked: binding may still fail, and whoever runs it says so.
    """
    try:
        _check_text(text, tuple(forbidden_words))
        where = _parsed_condition(text)
        if where.get("function_name") == "row":
            raise Refusal("it is not one expression")
        check_tree(where, columns=columns, allow_subqueries=allow_subqueries_on_data)
    except Refusal as refusal:
        raise InvalidWhereClause(str(refusal), text, detail_name=detail_name) from None
    return text.strip()


@lru_cache(maxsize=4096)
def check_default(default: str, type_text: str) -> str:
    """The default, trimmed: one constant expression, or a call for the time or a UUID, that casts to the type.

    `type_text` is canonical. Raises InvalidColumn.
    """
    text = default.strip()
    try:
        _check_text(text, SEPARATORS, most=_MAX_DEFAULT_CHARACTERS)
        if text.lower() not in _DEFAULT_CALLS:
            check_tree(_parsed_condition(text), columns=(), allow_subqueries=False, allow_time=False)
        with scratch_instance() as connection:
            # As text: not every value of DuckDB has a Python object.
            connection.execute(f"SELECT CAST(CAST((\n{text}\n) AS {type_text}) AS VARCHAR)").fetchone()
    except Refusal as refusal:
        raise InvalidColumn(f"Invalid default for a column of type {type_text[:100]}: {refusal}") from None
    except duckdb.Error as error:
        reason = clean_message(str(error))[:300]
        raise InvalidColumn(f"Invalid default for a column of type {type_text[:100]}: {reason}") from error
    return text


def _check_text(text: str, forbidden: tuple[str, ...], most: int = MAX_EXPRESSION_CHARACTERS) -> None:
    if not text.strip():
        raise Refusal("it is empty")
    if len(text) > most:
        raise Refusal(f"it is longer than {most} characters")
    if "\0" in text:
        raise Refusal("it holds a NUL character")
    bare = outside_literals(text)
    # Where quotes do not pair up nothing can be told apart, so nothing is taken for a literal.
    pattern = first_pattern(text.lower() if bare is None else bare, forbidden)
    if pattern is not None:
        raise Refusal(f"contains '{pattern}'")
    if bare is None:
        raise Refusal("a quote is never closed")
    if "$" in bare:
        raise Refusal("contains '$'")
    if not is_balanced(bare):
        raise Refusal("its brackets do not match")


def _parsed_condition(text: str) -> Any:
    """DuckDB's own parse tree of the condition, taken out of a statement that must hold nothing else."""
    try:
        statement = _parse(f"SELECT 1 FROM data WHERE (\n{text}\n)")  # noqa: S608 - parsed only, never run
    except Refusal as refusal:
        raise Refusal(_plainer(str(refusal), text)) from None
    where = statement.pop("where_clause", None)
    if where is None or _without_locations(statement) != _empty_statement():
        raise Refusal("it is not one expression")
    return where


def _plainer(reason: str, text: str) -> str:
    """What DuckDB finds wrong, in terms of the caller's text instead of the statement around it."""
    if _WHERE.match(text):
        return "leave out the word WHERE"
    return "it ends too early" if reason == _ENDS_EARLY and ")" not in text else reason


def _parse(sql: str) -> dict[str, Any]:
    with scratch_instance() as connection:
        row = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchone()
    try:
        parsed: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    except RecursionError:
        raise Refusal("it is nested too deeply") from None
    if parsed["error"]:
        raise Refusal(clean_message(str(parsed.get("error_message", "it cannot be parsed"))))
    if len(parsed["statements"]) != 1:
        raise Refusal("it is not one expression")
    node: dict[str, Any] = parsed["statements"][0]["node"]
    return node


@lru_cache(maxsize=1)
def _empty_statement() -> Any:
    statement = _parse("SELECT 1 FROM data")
    statement.pop("where_clause", None)
    return _without_locations(statement)


def _without_locations(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_locations(part) for key, part in value.items() if key != "query_location"}
    if isinstance(value, list):
        return [_without_locations(part) for part in value]
    return value
