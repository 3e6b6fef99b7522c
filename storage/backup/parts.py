"""What other apps add to a backup: files of theirs that change in place, copied into the hold as of one moment each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from storage.backup.hold import Hold


@dataclass
class Part:
    """`files` maps names in the backup to copies in the hold; `missing` names what could not be copied."""

    files: dict[str, Path] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


#: Copies into the hold; called once the catalog has been copied.
Supplier = Callable[[Hold], Part]

_suppliers: list[Supplier] = []


def register_backup_part(supplier: Supplier) -> None:
    """For `AppConfig.ready`; twice is once."""
    if supplier not in _suppliers:
        _suppliers.append(supplier)


def supply_parts(held: Hold) -> Part:
    """All of them together."""
    every = Part()
    for supplier in _suppliers:
        part = supplier(held)
        every.files |= part.files
        every.missing += part.missing
    return every
