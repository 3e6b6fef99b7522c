"""PostgreSQL 15's own relations: their columns, types and the rows that are the same everywhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workspaces.pgwire.values.types import BY_OID

PG_CATALOG, INFORMATION_SCHEMA = "pg_catalog", "information_schema"
_FILE = Path(__file__).with_name("postgres15.json")

_ENGINE_TYPES = {
    "bool": "BOOLEAN",
    "int2": "SMALLINT",
    "int4": "INTEGER",
    "int8": "BIGINT",
    "float4": "FLOAT",
    "float8": "DOUBLE",
    "numeric": "DECIMAL(38,6)",
    "oid": "UINTEGER",
    "xid": "UINTEGER",
    "cid": "UINTEGER",
    "int2vector": "SMALLINT[]",
    "oidvector": "UINTEGER[]",
    "_int2": "SMALLINT[]",
    "_oid": "UINTEGER[]",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
    "interval": "INTERVAL",
    "bytea": "BLOB",
}
_ZEROS = {"bool": "false"} | dict.fromkeys(("int2", "int4", "int8", "float4", "float8", "oid", "xid", "cid"), "0")


@dataclass(frozen=True)
class CatalogColumn:
    """A column of a system relation with the name of its PostgreSQL type."""

    name: str
    type_name: str

    @property
    def type_oid(self) -> int:
        """The OID to tell clients; 25 (text) for a type that this server does not name."""
        return _OIDS.get(self.type_name, 25)

    @property
    def engine_type(self) -> str:
        """The DuckDB type that holds the column."""
        known = _ENGINE_TYPES.get(self.type_name)
        if known is None:
            return "VARCHAR[]" if self.type_name.startswith("_") else "VARCHAR"
        return known

    @property
    def zero(self) -> str:
        """The SQL value of a row that tells nothing about the column."""
        return _ZEROS.get(self.type_name, "NULL")


@dataclass(frozen=True)
class CatalogRelation:
    """A relation of pg_catalog or information_schema as PostgreSQL 15 has it."""

    schema: str
    name: str
    oid: int
    kind: str
    columns: tuple[CatalogColumn, ...]


_OIDS = {known.name: oid for oid, known in BY_OID.items()}


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return content


@cache
def catalog_relations() -> dict[tuple[str, str], CatalogRelation]:
    """Every system relation by schema and name."""
    return {
        (schema, name): CatalogRelation(
            schema, name, entry["oid"], entry["kind"], tuple(CatalogColumn(*column) for column in entry["columns"])
        )
        for schema, entries in _content()["relations"].items()
        for name, entry in entries.items()
    }


@cache
def fixed_relations() -> frozenset[str]:
    """Names of the relations of pg_catalog whose rows are the same everywhere."""
    return frozenset(_content()["rows"])


def fixed_rows(name: str) -> list[dict[str, Any]]:
    """The rows of a relation that are the same everywhere."""
    entry = _content()["rows"][name]
    return [entry["same"] | dict(zip(entry["columns"], row, strict=True)) for row in entry["rows"]]


def column_type_oid(relation: str, column: str, *, schema: str = PG_CATALOG) -> int | None:
    """The OID that PostgreSQL gives a column of a system relation; None where there is none."""
    known = catalog_relations().get((schema, relation))
    return next((item.type_oid for item in known.columns if item.name == column), None) if known else None
