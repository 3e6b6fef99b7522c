"""The columns of a table that a request names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from storage.errors import InvalidColumns


def check_column_choice(names: Sequence[str], existing: Sequence[str]) -> None:
    """Raise InvalidColumns for no names, unknown names and repeated ones."""
    if not names:
        raise InvalidColumns([], existing, problem="No columns are named")
    known = set(existing)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InvalidColumns(unknown, existing)
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        raise InvalidColumns(repeated, existing, problem="Columns occur twice")
