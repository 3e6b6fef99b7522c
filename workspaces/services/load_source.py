"""Reading what a load asks for: which table, under which name, which columns and rows of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from storage.engine.workspace_objects import INTERNAL_PREFIX
from workspaces.errors import InvalidDestination, InvalidLoadEntry, InvalidSource

MAX_NAME_CHARACTERS = 255
_PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')


@dataclass(frozen=True)
class LoadEntry:
    """One table to load, as it was asked for; nothing of it is known to be right yet."""

    source: str
    destination: Any = None
    columns: Any = None
    where: Any = None

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> LoadEntry:
        """`bucket` and `table` are another spelling of `source`."""
        source = value.get("source")
        if source is None and isinstance(value.get("bucket"), str) and isinstance(value.get("table"), str):
            source = f"{value['bucket']}.{value['table']}"
        text = source if isinstance(source, str) else "" if source is None else str(source)
        return cls(text, value.get("destination"), value.get("columns"), value.get("where"))

    def parts(self) -> list[str]:
        """The names between the dots, without their quotes. Raises InvalidSource for less than two."""
        found, position = [], 0
        while match := _PART.match(self.source, position):
            found.append(match[2] or match[1].replace('""', '"'))
            position = match.end() + 1
            if self.source[match.end() : position] != ".":
                break
        if len(found) < 2 or position <= len(self.source) or self.source.endswith("."):
            raise InvalidSource(self.source)
        return found

    def places(self) -> Iterator[tuple[str, str]]:
        """(bucket, table) that may be meant: names of both may hold dots. Raises InvalidSource."""
        parts = self.parts()
        for length in range(len(parts) - 1, 0, -1):
            yield ".".join(parts[:length]), ".".join(parts[length:])

    def shown_destination(self, table_name: str | None = None) -> str:
        """What the answer says: the one asked for, else the name of the table, which without a good source is that."""
        if self.destination:
            return self.destination if isinstance(self.destination, str) else str(self.destination)
        if table_name is not None:
            return table_name
        bucket, _, table = self.source.partition(".")
        return table if bucket and table and "." not in table else self.source

    def checked_destination(self, table_name: str) -> str:
        """Raises InvalidLoadEntry, InvalidDestination."""
        if self.destination is not None and not isinstance(self.destination, str):
            raise InvalidLoadEntry("destination", "a string")
        name = self.destination or table_name
        if name.startswith(INTERNAL_PREFIX) or not 1 <= len(name) <= MAX_NAME_CHARACTERS or "\0" in name:
            raise InvalidDestination(name)
        return name

    def checked_columns(self) -> tuple[str, ...] | None:
        """None: all. Raises InvalidLoadEntry."""
        if not self.columns:
            return None
        if not isinstance(self.columns, list) or not all(isinstance(name, str) for name in self.columns):
            raise InvalidLoadEntry("columns", "an array of strings")
        return tuple(self.columns)

    def checked_where(self) -> str | None:
        """None or blank: all rows. Raises InvalidLoadEntry."""
        if self.where is None:
            return None
        if not isinstance(self.where, str):
            raise InvalidLoadEntry("where", "a string")
        return self.where if self.where.strip() else None
