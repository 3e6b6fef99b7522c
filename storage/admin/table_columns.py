"""The columns of a table in the console: types, keys, defaults."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from kbstore.console import formatting
from storage.admin.profile_drawing import short
from storage.admin.table_profile import MODE
from storage.models import Table, TableProfile, TableVersion


def columns_tab(request: HttpRequest, table: Table) -> dict[str, Any]:
    """With what a profile of the current version found, where one is kept."""
    version = table.current_version
    profile = TableProfile.objects.filter(version=version, mode=MODE).values_list("result", flat=True).first()
    found = {column["column_name"]: column for column in profile["statistics"]} if profile else {}
    return {"columns": _columns(version, found), "is_profiled": bool(found)}


def _columns(version: TableVersion, found: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
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
        | _found(found.get(column["name"]))
        for position, column in enumerate(version.columns, 1)
    ]


def _found(statistics: dict[str, Any] | None) -> dict[str, str]:
    if statistics is None:
        return {}
    return {
        "nulls": f"{statistics['null_percentage']:g} %" if statistics["null_percentage"] else "",
        "distinct": formatting.count(statistics["approx_unique"]),
        "range": f"{short(statistics['min'])} to {short(statistics['max'])}" if statistics["count"] else "",
    }
