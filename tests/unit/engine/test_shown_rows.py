from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from storage.engine.file_backend import FileBackend
from storage.engine.monitor import Monitor
from storage.engine.specs import (
    ColumnFilter,
    ColumnSpec,
    LoadSpec,
    LookOrder,
    RowSelection,
    SealedVersion,
    SortKey,
    TableSpec,
)
from storage.errors import InvalidColumns

ROWS = 3_000


def version_of(backend: FileBackend, csv_of: Callable[..., Path], first: str = "id") -> SealedVersion:
    spec = backend.normalize(TableSpec((ColumnSpec(first, "INTEGER"), ColumnSpec("v", "VARCHAR"))))
    lines = [f"{number},{'x' * (number % 7)}{number * 7919 % ROWS}" for number in range(ROWS)]
    path = csv_of(*lines, header=f"{first},v")
    return backend.load("p1", spec, backend.create("p1", spec).ref, LoadSpec(path), Monitor()).sealed


@pytest.mark.parametrize("first", ["id", "rowid"])
def test_sorted_rows_keep_their_order_across_parts(
    backend: FileBackend, csv_of: Callable[..., Path], first: str
) -> None:
    version = version_of(backend, csv_of, first)
    selection = RowSelection(
        filters=(ColumnFilter(first, "ge", ("10",)),), sort=(SortKey("v", descending=True),), limit=2_500
    )

    shown = backend.look_at_rows(version.ref, version.spec, LookOrder(selection, ("v", first), typed=True), Monitor())

    expected = sorted((f"{'x' * (number % 7)}{number * 7919 % ROWS}", number) for number in range(10, ROWS))[::-1]
    assert shown.complete
    assert shown.row_count == 2_500
    assert shown.values[0] == [text for text, _ in expected][:2_500]
    assert dict(zip(*shown.values, strict=True)).items() <= dict(expected).items()


def test_what_is_too_large_is_left_out_and_said(backend: FileBackend, csv_of: Callable[..., Path]) -> None:
    version = version_of(backend, csv_of)

    shown = backend.look_at_rows(version.ref, version.spec, LookOrder(RowSelection(), max_bytes=5_000), Monitor())

    assert not shown.complete
    assert 0 < shown.row_count < ROWS
    assert shown.values[0] == [str(number) for number in range(shown.row_count)]


def test_columns_have_to_be_there_and_once(backend: FileBackend, csv_of: Callable[..., Path]) -> None:
    version = version_of(backend, csv_of)

    for columns in (("nope",), ("id", "id")):
        with pytest.raises(InvalidColumns):
            backend.look_at_rows(version.ref, version.spec, LookOrder(RowSelection(), columns), Monitor())
