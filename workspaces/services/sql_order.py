"""What a caller of REST wants to have run, and how the result is to look."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from workspaces.pgwire.sqlstate import SqlFault
from workspaces.pgwire.values.errors import WireValueError
from workspaces.pgwire.values.parameters import Parameter, decode_parameter
from workspaces.pgwire.values.types import JSON, JSONB

CONTENT_TYPES: Final = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}


@dataclass(frozen=True)
class SqlOrder:
    """One or more statements; `parameters` are those of a single one.

    `limit` is how many rows are given out, `limit_bytes` how much of them; `search_path` are the schemas that bare
    names are looked for in first.
    """

    sql: str
    parameters: tuple[Any, ...] = ()
    format: str = "json"
    limit: int | None = None
    timeout_seconds: float | None = None
    limit_bytes: int | None = None
    search_path: tuple[str, ...] | None = None
    allows_settings: bool = True

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"parameters": list(self.parameters)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> SqlOrder:
        path = value.get("search_path")
        lists = {"parameters": tuple(value["parameters"]), "search_path": None if path is None else tuple(path)}
        return cls(**value | lists)


def format_of(accept: str) -> str:
    """The format that an Accept header asks for first; JSON if it names none of them."""
    names = {kind.split(";")[0]: name for name, kind in CONTENT_TYPES.items()}
    wanted = (part.split(";")[0].strip().lower() for part in accept.split(","))
    return next((names[media] for media in wanted if media in names), "json")


def bound_values(parameters: Sequence[Any], oids: Sequence[int]) -> list[tuple[str, Any]]:
    """Values of JSON as parameters of these types, read as PostgreSQL reads their text. Raises SqlFault."""
    if len(parameters) != len(oids):
        raise SqlFault("08P01", f"the statement has {len(oids)} parameters, but {len(parameters)} values were given")
    found = []
    for number, (value, oid) in enumerate(zip(parameters, oids, strict=True), start=1):
        try:
            read = _read(value, oid)
        except WireValueError as error:
            raise SqlFault(error.sqlstate, f"parameter ${number}: {error.message}") from error
        found.append((read.type, read.value))
    return found


def _read(value: Any, oid: int) -> Parameter:
    is_json = oid in (JSON.oid, JSONB.oid) and not isinstance(value, str)
    text = None if value is None else json.dumps(value) if is_json else _text(value)
    return decode_parameter(None if text is None else text.encode(), oid=oid, format_code=0)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, list):
        return "{" + ",".join("NULL" if item is None else _element(item) for item in value) + "}"
    return value if isinstance(value, str) else repr(value)


def _element(value: Any) -> str:
    text = _text(value)
    if isinstance(value, list):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
