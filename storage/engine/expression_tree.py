"""Walking DuckDB's parse tree of an expression: what is not known to be harmless is refused."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from storage.engine.expression_growth import grows_too_much
from storage.engine.function_names import AGGREGATE_FUNCTIONS, SCALAR_FUNCTIONS, TIME_WORDS

_PLAIN_CLASSES = frozenset({"CONSTANT", "CONJUNCTION", "COMPARISON", "BETWEEN", "CASE", "CAST", "COLLATE", "LAMBDA"})
_OPERATORS = frozenset({
    "OPERATOR_NOT",
    "OPERATOR_IS_NULL",
    "OPERATOR_IS_NOT_NULL",
    "OPERATOR_COALESCE",
    "OPERATOR_TRY",
    "OPERATOR_NULLIF",
    "COMPARE_IN",
    "COMPARE_NOT_IN",
    "ARRAY_EXTRACT",
    "ARRAY_SLICE",
    "ARRAY_CONSTRUCTOR",
    "STRUCT_EXTRACT",
})  # fmt: skip
_FORBIDDEN_CLASSES = {
    "SUBQUERY": "sub-queries are not allowed",
    "WINDOW": "window functions are not allowed",
    "PARAMETER": "parameters are not allowed",
    "STAR": "'*' is not allowed",
}
_FUNCTION_SCHEMAS = frozenset({"", "main", "pg_catalog"})
_MAX_PADDING = 10_000


class Refusal(Exception):
    """Why an expression is refused; completes the sentence that the caller begins."""


def check_tree(tree: Any, *, columns: Collection[str], allow_subqueries: bool, allow_time: bool = True) -> None:
    """Raise Refusal unless the tree is a scalar expression over `columns` made of known parts."""
    _Walk(columns, allow_subqueries, allow_time).check(tree)
    if grows_too_much(tree):
        raise Refusal("functions in one another may make values that are too long")


class _Walk:
    def __init__(self, columns: Collection[str], allow_subqueries: bool, allow_time: bool) -> None:
        self._columns = {column.casefold() for column in columns}
        self._allow_subqueries = allow_subqueries
        self._allow_time = allow_time
        self._tables = {"data"}
        # Names of lambda parameters. Their scope is left to the binder, which reads no data but the table's: a name out
        # of its scope is an error there. Outputs of a sub-query have no name here: `a || a AS b, b || b AS c` doubles.
        self._local_names: set[str] = set()
        self._aliases: set[str] = set()

    def check(self, tree: Any) -> None:
        self._collect_local_names(tree)
        if self._aliases & self._local_names:
            raise Refusal("a parameter of a lambda has the name of a result")
        pending: list[tuple[Any, bool]] = [(tree, False)]
        while pending:
            value, inside_subquery = pending.pop()
            if isinstance(value, list):
                pending.extend((part, inside_subquery) for part in value)
            elif isinstance(value, dict):
                pending.extend(self._parts_to_check(value, inside_subquery))

    def _parts_to_check(self, value: dict[str, Any], inside: bool) -> list[tuple[Any, bool]]:
        """Check one dict of the tree by itself and give back what is below it."""
        kind = value.get("class")
        if kind is None:
            return [(part, inside) for part in value.values()]
        if kind == "SUBQUERY" and self._allow_subqueries:
            return [(value.get("child"), inside), (self._checked_select(value["subquery"]["node"]), True)]
        self._check_node(kind, value, inside)
        return [] if kind in ("CONSTANT", "COLUMN_REF") else [(part, inside) for part in value.values()]

    def _check_node(self, kind: str, value: dict[str, Any], inside: bool) -> None:
        if kind == "COLUMN_REF":
            self._check_column(value["column_names"])
        elif kind == "FUNCTION":
            self._check_function(value, inside)
        elif kind == "OPERATOR":
            if value["type"] not in _OPERATORS:
                raise Refusal("it uses an operator that is not allowed")
        elif kind not in _PLAIN_CLASSES and not (kind == "STAR" and inside and not value.get("columns")):
            raise Refusal(_FORBIDDEN_CLASSES.get(kind, "it is not a scalar expression"))

    def _check_column(self, parts: list[str]) -> None:
        folded = [part.casefold() for part in parts]
        if folded[0] in self._columns or folded[0] in self._local_names:
            return
        if len(folded) == 1 and folded[0] in TIME_WORDS and self._allow_time:
            return
        if len(folded) > 2 and folded[:2] == ["main", "data"]:
            folded = folded[1:]
        if len(folded) > 1 and folded[0] in self._tables and folded[1] in self._columns | self._local_names:
            return
        raise Refusal(f"unknown column '{'.'.join(parts)}' (text goes in single quotes)")

    def _check_function(self, value: dict[str, Any], inside: bool) -> None:
        name = value["function_name"].lower()
        if value.get("schema", "").lower() not in _FUNCTION_SCHEMAS or value.get("catalog"):
            raise Refusal(f"function '{name}' is not allowed")
        if inside and name in AGGREGATE_FUNCTIONS:
            return
        if name not in SCALAR_FUNCTIONS or not (self._allow_time or name not in ("now", "today", "current_date")):
            raise Refusal(f"function '{name}' is not allowed")
        if value.get("filter") is not None or value.get("distinct") or value["order_bys"]["orders"]:
            raise Refusal(f"function '{name}' is no aggregate")
        if name in ("lpad", "rpad"):
            self._check_padding(name, value["children"])

    @staticmethod
    def _check_padding(name: str, arguments: list[dict[str, Any]]) -> None:
        """Padding makes a value as long as it is told to, so it has to be told a moderate number."""
        length = arguments[1].get("value", {}).get("value") if len(arguments) > 1 else None
        if not isinstance(length, int) or length > _MAX_PADDING:
            raise Refusal(f"function '{name}' needs a length of at most {_MAX_PADDING}")

    def _checked_select(self, node: dict[str, Any]) -> list[Any]:
        """The parts of a sub-query that hold expressions, once it is known to read the table and nothing else."""
        source = node.get("from_table", {})
        if node["type"] != "SELECT_NODE" or node["cte_map"]["map"] or node.get("sample") or source.get("sample"):
            raise Refusal("this kind of sub-query is not allowed")
        if source.get("type") == "EMPTY":
            pass
        elif source.get("type") != "BASE_TABLE" or not self._is_data(source):
            raise Refusal("a sub-query may read only main.data")
        return [part for key, part in node.items() if key not in ("from_table", "cte_map")]

    @staticmethod
    def _is_data(source: dict[str, Any]) -> bool:
        return (
            source["table_name"].casefold() == "data"
            and source["schema_name"].casefold() in ("", "main")
            and not source["catalog_name"]
            and not source["column_name_alias"]
            and source["at_clause"] is None
        )

    def _collect_local_names(self, tree: Any) -> None:
        pending = [tree]
        while pending:
            value = pending.pop()
            if isinstance(value, list):
                pending.extend(value)
            elif isinstance(value, dict):
                pending.extend(part for part in value.values() if isinstance(part, list | dict))
                self._collect_from(value)

    def _collect_from(self, value: dict[str, Any]) -> None:
        if value.get("class") == "LAMBDA":
            left = value["lhs"]
            for parameter in left.get("children", [left]):
                names = parameter.get("column_names", [])
                self._local_names.update(name.casefold() for name in names if len(names) == 1)
        elif value.get("type") == "BASE_TABLE" and value.get("alias"):
            self._tables.add(value["alias"].casefold())
        elif value.get("class") and value.get("alias"):
            self._aliases.add(value["alias"].casefold())
