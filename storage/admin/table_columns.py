"""The columns of a table in the console: types, keys, defaults."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from storage.models import Table, TableVersion


def columns_tab(request: HttpRequest, table: Table) -> dict[str, Any]:
    version = table.current_version
    return {"columns": _columns(version), "primary_key": version.primary_key}


def _columns(version: TableVersion) -> list[dict[str, Any]]:
    keys = {name: position for position, name in enumerate(version.primary_key, 1)}
    composite = len(keys) > 1
    return [
        {
            "position": position,
            "name": column["name"],
            "type": column["type"],
            "nullable": column["nullable"],
            "is_key": column["name"] in keys,
            "key_position": keys.get(column["name"]) if composite else None,
            "default": column.get("default"),
        }
        for position, column in enumerate(version.columns, 1)
    ]
