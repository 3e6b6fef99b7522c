"""Columns of the protocol as those of our tables."""

from __future__ import annotations

from storage.driver.generated.table_pb2 import TableColumnShared
from storage.engine.specs import ColumnSpec
from storage.services.described_column import described_column


def column_spec(column: TableColumnShared) -> ColumnSpec:
    """Raises InvalidColumn for a type or length that cannot be understood; the services check the rest."""
    return described_column(
        name=column.name,
        type=column.type,
        length=column.length,
        nullable=column.nullable,
        default=column.default,
    )
