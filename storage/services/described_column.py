"""A column as a host describes it, in the terms of our tables."""

from __future__ import annotations

from storage.engine.foreign_types import described_default, described_type
from storage.engine.specs import ColumnSpec


def described_column(*, name: str, type: str, length: str, nullable: bool, default: str) -> ColumnSpec:
    """Types may be those of other databases, `length` stands beside the type, a default is a constant or plain text.

    The length of a text is enforced. Empty texts mean that nothing was said. Raises InvalidColumn.
    """
    type_text, characters = described_type(type, length)
    return ColumnSpec(name, type_text, nullable, described_default(default, type_text), characters)
