"""What users of a client have to know: the notes below the matrix of docs/compatibility.md."""

from __future__ import annotations

from typing import Final

#: One paragraph each, the client first.
NOTES: Final[tuple[str, ...]] = ()
