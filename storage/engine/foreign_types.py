"""Column types and defaults as hosts write them: base types, foreign names, a length beside the type; pure."""

from __future__ import annotations

import re

from storage.engine.sql import quote_literal
from storage.engine.type_grammar import canonical_type
from storage.errors import InvalidColumn

_TEXTS = frozenset({"", "VARCHAR", "STRING", "TEXT", "CHAR", "BPCHAR", "NVARCHAR", "CHARACTER", "CHARACTER VARYING"})
_DECIMALS = frozenset({"DECIMAL", "DEC", "NUMERIC", "NUMBER", "BIGNUMERIC", "BIGDECIMAL"})
#: Where the other database keeps more digits than DuckDB's DECIMAL without precision.
_WIDE_DECIMALS = frozenset({"NUMBER", "BIGNUMERIC", "BIGDECIMAL"})
#: Each name by the smallest of our types that loses nothing of what its database keeps.
_FOREIGN = {
    "INT64": "BIGINT",
    "BYTEINT": "BIGINT",
    "FLOAT": "DOUBLE",
    "FLOAT64": "DOUBLE",
    "TIMESTAMP_NTZ": "TIMESTAMP",
    "TIMESTAMP_LTZ": "TIMESTAMP WITH TIME ZONE",
    "TIMESTAMP_TZ": "TIMESTAMP WITH TIME ZONE",
    "BYTES": "BLOB",
    "VARIANT": "JSON",
}
#: Matching takes time in the square of the length.
_LONGEST_SIMPLE = 200
_SIMPLE = re.compile(r"(?P<name>[A-Za-z_][\w ]*?)?\s*(?:\((?P<numbers>[^()]*)\))?", re.ASCII)
_NUMBERS = re.compile(r"\s*\d{1,9}\s*(,\s*\d{1,9}\s*)?")

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_QUOTED = r"'(?:[^']|'')*'"
_WORD = r"(?:TRUE|FALSE|NULL|CURRENT_DATE|CURRENT_TIMESTAMP)"
_ONE = rf"(?:{_NUMBER}|{_QUOTED}|{_WORD})"
_TYPE_NAME = r"[A-Z][A-Z0-9_ ]*(?:\([\d, ]*\))?"
_IS_QUOTED = re.compile(_QUOTED)
_IS_NUMBER = re.compile(_NUMBER)
_IS_CONSTANT = re.compile(
    rf"{_ONE}|CAST\s*\(\s*{_ONE}\s+AS\s+{_TYPE_NAME}\s*\)|{_ONE}\s*::\s*{_TYPE_NAME}|{_TYPE_NAME}\s*{_QUOTED}",
    re.IGNORECASE | re.ASCII,
)


def described_type(type_name: str, length: str) -> tuple[str, int | None]:
    """Our spelling of a type, and the most characters of a text whose length is given; no type is VARCHAR.

    `length` completes a type that takes one and has none, and means nothing for others. Raises InvalidColumn.
    """
    text = type_name.strip()
    simple = _SIMPLE.fullmatch(text) if len(text) <= _LONGEST_SIMPLE else None
    if simple is None:
        return canonical_type(text), None
    name = " ".join((simple["name"] or "").upper().split())
    numbers = simple["numbers"] if simple["numbers"] is not None else length.strip()
    if name in _TEXTS:
        return "VARCHAR", _characters(numbers)
    if name in _DECIMALS:
        return _decimal(name, numbers), None
    return canonical_type(_FOREIGN.get(name, text)), None


def described_default(default: str, type_text: str) -> str | None:
    """A default as SQL: constants as they are, any other text as a literal; None where there is none."""
    text = default.strip()
    if not default or text.upper() == "NULL":
        return None
    is_text = type_text == "VARCHAR"
    # 00123 of a text is no number: it would lose its zeros.
    if _is_constant(text) and not (is_text and _IS_NUMBER.fullmatch(text)):
        return text
    return quote_literal(default)


def _is_constant(text: str) -> bool:
    return bool((_IS_CONSTANT if len(text) <= _LONGEST_SIMPLE else _IS_QUOTED).fullmatch(text))


def _characters(numbers: str) -> int | None:
    if not numbers:
        return None
    if not numbers.isascii() or not numbers.strip().isdigit() or not 0 < int(numbers[:10]) < 2**31:
        raise InvalidColumn(f"Invalid length '{numbers[:100]}' of a text: give a number of characters.")
    return int(numbers)


def _decimal(name: str, numbers: str) -> str:
    if not numbers:
        return "DECIMAL(38,9)" if name in _WIDE_DECIMALS else canonical_type("DECIMAL")
    if not _NUMBERS.fullmatch(numbers):
        raise InvalidColumn(f"Invalid length '{numbers[:100]}' of a decimal: give precision and scale, such as 38,2.")
    if name == "NUMBER" and "".join(numbers.split()) in ("38", "38,0"):
        return "HUGEINT"
    return canonical_type(f"DECIMAL({numbers})")
