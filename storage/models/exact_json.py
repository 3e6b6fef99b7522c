"""JSON that comes back as it was stored, whatever the catalog's database makes of JSON."""

from __future__ import annotations

import json
from typing import Any

from django.db import models


class ExactJSONField(models.JSONField):
    """An object whose members keep their order, and numbers their kind. It cannot be searched by its members.

    PostgreSQL sorts the members of an object and writes 1e16 as an integer, so the object travels as one JSON text.
    """

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """For migrations it is a plain JSONField: its column is the same."""
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.JSONField", arguments, options

    def get_prep_value(self, value: Any) -> Any:
        is_plain = isinstance(value, dict)
        return json.dumps(value) if is_plain else super().get_prep_value(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        stored = super().from_db_value(value, expression, connection)
        return json.loads(stored) if isinstance(stored, str) else stored
