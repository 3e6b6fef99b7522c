"""The project's tables as rows of the catalog: what they are called, of what columns, under which OIDs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from workspaces.pgwire.values.types import postgres_type

#: Below lie PostgreSQL's own OIDs and those of roles and the database; from the end on those of own objects.
_FIRST_OID, _END_OID = 16500, 1 << 30


@dataclass(frozen=True)
class ProjectColumn:
    """A column of a project table; `type` as DuckDB writes it."""

    name: str
    type: str
    nullable: bool = True
    comment: str | None = None


@dataclass(frozen=True)
class ProjectRelation:
    """A project table under its SQL names, with what the product's own catalog knows of it."""

    schema: str
    name: str
    columns: Sequence[ProjectColumn]
    primary_key: Sequence[str] = ()
    row_count: int = 0
    comment: str | None = None


@dataclass(frozen=True)
class ProjectRows:
    """Rows for the three tables of the catalog that hold the project's part."""

    schemas: list[dict[str, Any]]
    relations: list[dict[str, Any]]
    columns: list[dict[str, Any]]


class _Oids:
    """OIDs from names: the same for a name always, unless another name of the same hash comes before it."""

    def __init__(self) -> None:
        self._taken: set[int] = set()

    def of(self, *name: str) -> int:
        digest = hashlib.blake2b("\0".join(name).encode(), digest_size=8).digest()
        oid = _FIRST_OID + int.from_bytes(digest) % (_END_OID - _FIRST_OID)
        while oid in self._taken:
            oid = _FIRST_OID if oid + 1 >= _END_OID else oid + 1
        self._taken.add(oid)
        return oid


def project_rows(relations: Iterable[ProjectRelation], *, schemas: Iterable[str] = ()) -> ProjectRows:
    """The rows that show these tables; `schemas` are shown too where they hold no table."""
    listed = sorted(relations, key=lambda relation: (relation.schema, relation.name))
    names = sorted({*schemas, *(relation.schema for relation in listed)})
    oids = _Oids()
    schema_oids = {name: oids.of("schema", name) for name in names}
    rows = ProjectRows([{"oid": oid, "nspname": name} for name, oid in schema_oids.items()], [], [])
    for relation in listed:
        row = _relation_row(relation, schema_oids[relation.schema], oids)
        rows.relations.append(row)
        rows.columns.extend(_column_rows(relation, row["oid"]))
    return rows


def _relation_row(relation: ProjectRelation, schema_oid: int, oids: _Oids) -> dict[str, Any]:
    numbers = {column.name: number for number, column in enumerate(relation.columns, 1)}
    key = [name for name in relation.primary_key if name in numbers]
    place = (relation.schema, relation.name)
    return {
        "oid": oids.of("relation", *place),
        "relnamespace": schema_oid,
        "nspname": relation.schema,
        "relname": relation.name,
        "natts": len(numbers),
        "row_count": relation.row_count,
        "comment": relation.comment,
        "key_oid": oids.of("key", *place) if key else 0,
        "constraint_oid": oids.of("constraint", *place) if key else 0,
        "conkey": [numbers[name] for name in key],
        "key_columns": key,
    }


def _column_rows(relation: ProjectRelation, relation_oid: int) -> list[dict[str, Any]]:
    rows = []
    for number, column in enumerate(relation.columns, 1):
        known = postgres_type(column.type)
        rows.append(
            {
                "attrelid": relation_oid,
                "attname": column.name,
                "attnum": number,
                "data_type": column.type,
                "atttypid": known.oid,
                "atttypmod": known.typmod,
                "attnotnull": not column.nullable or column.name in relation.primary_key,
                "comment": column.comment,
            }
        )
    return rows
