"""How the data of a COPY is written: the options of the statement, checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class CopyKind(Enum):
    TEXT = "text"
    CSV = "csv"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class CopyFormat:
    """`header_must_match` implies a header. The last three hold names of columns as written, `*` for all of them."""

    kind: CopyKind = CopyKind.TEXT
    delimiter: str = "\t"
    null: str = "\\N"
    header: bool = False
    header_must_match: bool = False
    quote: str = '"'
    escape: str = '"'
    force_quote: tuple[str, ...] = ()
    force_not_null: tuple[str, ...] = ()
    force_null: tuple[str, ...] = ()

    @property
    def wire_code(self) -> int:
        """As CopyInResponse and CopyOutResponse tell it: 0 for text of either kind, 1 for binary."""
        return int(self.kind is CopyKind.BINARY)
