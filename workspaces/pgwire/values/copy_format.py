"""How the data of a COPY is written: the options of the statement, checked."""

from __future__ import annotations

import re
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

    def quoted_pattern(self) -> bytes:
        """A regular expression of what stands between two quotes of CSV, the quotes included."""
        quote, escape = re.escape(self.quote.encode()), re.escape(self.escape.encode())
        if quote == escape:
            return rb"%s(?:[^%s]++|%s%s)*+%s" % ((quote,) * 5)
        # Escapes take what follows only where that is special.
        return rb"%s(?:[^%s%s]++|%s[%s%s]|%s)*+%s" % (quote, quote, escape, escape, quote, escape, escape, quote)
