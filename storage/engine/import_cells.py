"""What a cell means: from the text of a file, or a value of another table, to the value of a column, as SQL."""

from __future__ import annotations

import re
from collections.abc import Sequence

from storage.engine.import_plan import ImportPlan
from storage.engine.load_source import TEXT_TYPES
from storage.engine.specs import ColumnSpec

#: The name of the bound list of texts that mean NULL.
NULL_TEXTS = "null_texts"
# Of these an empty text is never a value.
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_PLAIN = frozenset(
    [*_INTEGERS, *(f"U{name}" for name in _INTEGERS), "DECIMAL", "DOUBLE", "FLOAT", "BOOLEAN", "DATE", "TIME", "UUID"]
    + ["TIMESTAMP", "TIMESTAMP WITH TIME ZONE"]
)


def file_cell(raw: str, column: ColumnSpec, plan: ImportPlan) -> str:
    """The text of a cell of a file or NULL. `raw` is NULL for an empty cell that is not enclosed."""
    order = plan.order
    if len(order.null_texts) == 1:
        cell = f"nullif(coalesce({raw}, ''), ${NULL_TEXTS}[1])"
    elif order.null_texts:
        cell = f"CASE WHEN list_contains(${NULL_TEXTS}, coalesce({raw}, '')) THEN NULL ELSE coalesce({raw}, '') END"
    elif column.type == "VARCHAR":
        # The protocol: where no text means NULL, an empty cell is an empty text, enclosed or not.
        cell = f"coalesce({raw}, '')"
    else:
        cell = raw
    return _text_rules(cell, column, plan)


def relation_cell(name: str, source: ColumnSpec, column: ColumnSpec, plan: ImportPlan) -> str:
    """The value of a column of another table; the strategy for text says what NULL and empty text become."""
    if source.type != "VARCHAR" and column.type == "VARCHAR":
        name = f"CAST({name} AS VARCHAR)"
    return _text_rules(name, column, plan)


def _text_rules(cell: str, column: ColumnSpec, plan: ImportPlan) -> str:
    order = plan.order
    if order.strategy != "string_table" or column.type != "VARCHAR":
        return cell
    # A key that is NULL finds nothing: it stays an empty text.
    if column.name in order.empty_is_null and column.name not in plan.key:
        return f"nullif({cell}, '')"
    return f"coalesce({cell}, '')"


def text_value(cell: str, column: ColumnSpec) -> str:
    """A text as a value of the column: an empty one is whatever the type makes of it, NULL where it makes nothing."""
    if column.type == "VARCHAR":
        return cell
    if column.type in TEXT_TYPES:
        return f"CAST({cell} AS {column.type})"
    if re.sub(r"\(\d+,\d+\)$", "", column.type) in _PLAIN:
        return f"CAST(nullif({cell}, '') AS {column.type})"
    return f"CASE WHEN {cell} = '' THEN TRY_CAST({cell} AS {column.type}) ELSE CAST({cell} AS {column.type}) END"


def cast_value(cell: str, source_type: str, column: ColumnSpec) -> str:
    """A value of another type as one of the column."""
    if source_type == column.type:
        return cell
    if source_type == "VARCHAR":
        return text_value(cell, column)
    return f"CAST({cell} AS {column.type})"


def null_parameters(plan: ImportPlan) -> dict[str, Sequence[str]]:
    """What `file_cell` binds."""
    return {NULL_TEXTS: list(plan.order.null_texts)} if plan.order.null_texts else {}
