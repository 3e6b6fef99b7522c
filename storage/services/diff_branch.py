"""What a dev branch holds, compared with main: from the catalog alone, no row is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kbstore.access import Actor, Need
from storage import catalog
from storage.models import Table, TableVersion


@dataclass(frozen=True)
class TableDiff:
    """One table of the branch; `main` is None where main has none of that name."""

    own: Table
    main: Table | None

    @property
    def change(self) -> str:
        if self.main is not None:
            return "changed"
        return "branch_only" if self.own.branched_from is None else "deleted_in_main"

    @property
    def main_changed_since(self) -> bool:
        """Whether main's table is another one than the branch's began with: a push would be refused."""
        return self.own.branched_from != (None if self.main is None else self.main.current_version_id)

    @property
    def columns_added(self) -> list[str]:
        return [name for name in self._branch_columns if name not in self._main_columns] if self.main else []

    @property
    def columns_removed(self) -> list[str]:
        return [name for name in self._main_columns if name not in self._branch_columns]

    @property
    def columns_changed(self) -> list[dict[str, Any]]:
        both = [
            (self._main_columns[name], new) for name, new in self._branch_columns.items() if name in self._main_columns
        ]
        return [
            {
                "name": new["name"],
                "main_type": old["type"],
                "branch_type": new["type"],
                "main_nullable": old["nullable"],
                "branch_nullable": new["nullable"],
                "default_changed": old.get("default") != new.get("default"),
            }
            for old, new in both
            if old != new
        ]

    @property
    def primary_key_changed(self) -> bool:
        return self.main is not None and self.main.current_version.primary_key != self.own.current_version.primary_key

    @property
    def _branch_columns(self) -> dict[str, dict[str, Any]]:
        return _by_name(self.own.current_version)

    @property
    def _main_columns(self) -> dict[str, dict[str, Any]]:
        return _by_name(self.main.current_version) if self.main else {}


def diff_branch(
    *, actor: Actor, project_id: str, branch_id: str, limit: int | None = None, offset: int = 0
) -> tuple[list[TableDiff], int]:
    """One page of what the branch holds by bucket and table, all without a limit, and how many there are in all.

    Raises ProjectNotFound, BranchNotFound.
    """
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    held = catalog.tables_held_by(catalog.find_dev_branch(project_id, branch_id))
    page = list(held[offset : None if limit is None else offset + limit])
    of_main = {(table.bucket_id, table.name): table for table in catalog.tables_of_main(page)}
    complete = limit is None and offset == 0
    total = len(page) if complete else held.count()
    return [TableDiff(own, of_main.get((own.bucket_id, own.name))) for own in page], total


def _by_name(version: TableVersion) -> dict[str, dict[str, Any]]:
    return {column["name"]: column for column in version.columns}
