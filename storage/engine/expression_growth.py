"""Bounding how long values an expression may make: the texts that functions build are not under DuckDB's memory limit.

A short condition would otherwise take all memory: thirty `hex()` in one another make a value a billion times as long.
"""

from __future__ import annotations

from typing import Any

MAX_GROWTH = 10_000
MAX_LITERAL_RESULT = 10_000_000
#: How many elements the list of a lambda is taken to have, and how long a replacement that is no literal.
_UNKNOWN = 100

# How many times as long a result may be as the argument. For nested values: their text escapes what is in it.
_FACTORS = {
    **dict.fromkeys(("hex", "to_hex", "base64", "to_base64", "regexp_escape"), 2),
    **dict.fromkeys(("to_json", "json_quote", "json_array", "json_object", "array_to_json", "row_to_json"), 2),
    **dict.fromkeys(("list_value", "list_pack", "struct_pack", "row", "map", "struct_insert"), 2),
    **dict.fromkeys(("url_encode", "translate"), 4),
    **dict.fromkeys(("bin", "to_binary", "split", "str_split", "str_split_regex", "string_split"), 8),
    **dict.fromkeys(("string_split_regex", "string_to_array", "regexp_split_to_array", "regexp_extract_all"), 8),
    "parse_path": 8,
}


def grows_too_much(tree: Any) -> bool:
    """Whether calls in one another may make a value over MAX_GROWTH times as long as a column's or very long at all."""
    pending: list[tuple[Any, int]] = [(tree, 1)]
    while pending:
        value, growth = pending.pop()
        if isinstance(value, list):
            pending.extend((part, growth) for part in value)
        elif isinstance(value, dict):
            growth *= _factor(value)
            if growth > MAX_GROWTH or growth * len(_text(value) or "") > MAX_LITERAL_RESULT:
                return True
            pending.extend((part, growth) for part in value.values() if isinstance(part, list | dict))
    return False


def _factor(value: dict[str, Any]) -> int:
    if value.get("class") == "LAMBDA":
        return _UNKNOWN
    if value.get("type") == "ARRAY_CONSTRUCTOR":
        return 2
    if value.get("class") != "FUNCTION":
        return 1
    name, arguments = value["function_name"].lower(), value["children"]
    factor = _FACTORS.get(name, 1)
    if name in ("lpad", "rpad"):
        factor = _padded_length(arguments)
    elif name in ("replace", "regexp_replace") and len(arguments) > 2:
        factor = _replacement_growth(name, arguments)
    for argument in arguments:
        factor *= max(1, _repetitions(argument)) if argument.get("class") == "LAMBDA" else 1
    return factor


def _padded_length(arguments: list[dict[str, Any]]) -> int:
    length = arguments[1].get("value", {}).get("value") if len(arguments) > 1 else None
    return max(1, length) if isinstance(length, int) else _UNKNOWN


def _replacement_growth(name: str, arguments: list[dict[str, Any]]) -> int:
    sought, put = _text(arguments[1]), _text(arguments[2])
    if put is None:
        return _UNKNOWN
    if name == "regexp_replace" or not sought:
        # A pattern may match nothing at each place, and what is put there may repeat the match.
        return len(put) + 1
    return max(1, -(-len(put) // len(sought)))


def _text(value: dict[str, Any]) -> str | None:
    """The text of a literal."""
    if value.get("class") != "CONSTANT":
        return None
    held = value["value"].get("value")
    return held if isinstance(held, str) else None


def _repetitions(function: dict[str, Any]) -> int:
    """How often the body of a lambda names one of its parameters."""
    left = function["lhs"]
    named = [name for part in left.get("children", [left]) for name in part.get("column_names", [])]
    parameters = {name.casefold() for name in named}
    count, pending = 0, [function["expr"]]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, dict):
            count += value.get("class") == "COLUMN_REF" and value["column_names"][0].casefold() in parameters
            pending.extend(part for part in value.values() if isinstance(part, list | dict))
    return count
