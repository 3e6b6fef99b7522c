"""Types whose values Parquet cannot hold exactly, and how they are written instead."""

from __future__ import annotations

from storage.engine.sql import quote_identifier
from storage.engine.type_grammar import TypeTree, parse_type

# Of these DuckDB would write rounded floating-point numbers, cut intervals (negative ones not at all) and times
# without their zone. As text they are exact, and a load converts them back.
_AS_TEXT = frozenset({"HUGEINT", "UHUGEINT", "INTERVAL", "TIME WITH TIME ZONE"})


def parquet_type(type_name: str) -> str:
    """The type to convert a column to before it is written: its own where Parquet holds every value of it."""
    tree = parse_type(type_name)
    return tree.text if _is_exact(tree) else _written(tree)


def _is_exact(tree: TypeTree) -> bool:
    return tree.kind not in _AS_TEXT and all(_is_exact(member) for _, member in tree.members)


def _written(tree: TypeTree) -> str:
    if _is_exact(tree):
        return tree.text
    if tree.kind in _AS_TEXT:
        return "VARCHAR"
    parts = [(name, _written(member)) for name, member in tree.members]
    if tree.kind in ("LIST", "ARRAY"):
        return parts[0][1] + (f"[{tree.size}]" if tree.kind == "ARRAY" else "[]")
    if tree.kind == "MAP":
        return f"MAP({parts[0][1]}, {parts[1][1]})"
    fields = (f"{quote_identifier(name)} {text}" for name, text in parts)
    return f"{tree.kind}({', '.join(fields)})"
