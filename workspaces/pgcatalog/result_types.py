"""The types that clients are told for the columns and parameters of a statement that asks the catalogs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from workspaces.pgwire.values.types import BY_OID, OID, TEXT, PostgresType, array_of, postgres_type

_BY_NAME: Final = {known.name: known for known in BY_OID.values()}
#: How the engine holds PostgreSQL's own types, arrays of them likewise.
_HELD_AS: Final = {
    "VARCHAR": frozenset({
        "name", "char", "text", "varchar", "regproc", "regclass", "regtype", "regnamespace", "pg_node_tree", "tid",
        "aclitem", "inet",
    }),
    "UINTEGER": frozenset({"oid", "xid", "cid", "regclass", "regtype", "regnamespace"}),
    "SMALLINT[]": frozenset({"int2vector"}),
    "UINTEGER[]": frozenset({"oidvector"}),
}  # fmt: skip
#: What an expression is that comes from the catalogs.
_USUAL: Final = {"UINTEGER": OID, "VARCHAR": TEXT, "UINTEGER[]": array_of(OID), "VARCHAR[]": array_of(TEXT)}


def result_types(engine_types: Sequence[str], told: Sequence[str | None]) -> list[PostgresType]:
    """A type for each column; `told` are PostgreSQL's by the words of the query, which may not tell of all of them."""
    names = told if len(told) == len(engine_types) else [None] * len(engine_types)
    return [_type(engine, name) for engine, name in zip(engine_types, names, strict=True)]


def parameter_type_of(engine_type: str) -> PostgresType:
    """The type of a parameter that such a statement compares with what the engine holds as `engine_type`."""
    return _USUAL[engine_type] if engine_type in ("UINTEGER", "UINTEGER[]") else postgres_type(engine_type)


def _type(engine: str, name: str | None) -> PostgresType:
    if name is not None and _is_held(engine, name):
        return _BY_NAME.get(name, TEXT)
    return _USUAL.get(engine) or postgres_type(engine)


def _is_held(engine: str, name: str) -> bool:
    if name in _HELD_AS.get(engine, ()):
        return True
    return name[:1] == "_" and engine.endswith("[]") and name[1:] in _HELD_AS.get(engine[:-2], ())
