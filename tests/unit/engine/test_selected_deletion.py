"""Deletions by a selection make the next version as those by a condition do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from storage.engine.errors import VersionGone
from storage.engine.file_backend import FileBackend
from storage.engine.monitor import Monitor
from storage.engine.specs import (
    ColumnFilter,
    ColumnSpec,
    LoadSpec,
    ReferenceFilter,
    RowSelection,
    SealedVersion,
    TableSpec,
    VersionRef,
)
from storage.errors import FilterRefused


def version_of(backend: FileBackend, csv_of: Callable[..., Path], rows: int) -> SealedVersion:
    spec = backend.normalize(TableSpec((ColumnSpec("id", "INTEGER"), ColumnSpec("v", "VARCHAR"))))
    path = csv_of(*(f"{number},{number * 7919:x}" for number in range(rows)), header="id,v")
    return backend.load("p1", spec, backend.create("p1", spec).ref, LoadSpec(path), Monitor()).sealed


def test_a_large_deletion_by_another_table_leaves_a_small_file(
    backend: FileBackend, csv_of: Callable[..., Path]
) -> None:
    base, kept = version_of(backend, csv_of, 150_000), version_of(backend, csv_of, 100)
    selection = RowSelection(references=(ReferenceFilter("id", kept.ref, "id", "INTEGER", excluded=True),))

    deletion = backend.delete_rows("p1", base.spec, base.ref, selection, Monitor())

    assert deletion.deleted_rows == 149_900
    assert deletion.sealed is not None
    assert deletion.sealed.row_count == 100
    assert deletion.sealed.size_bytes < base.size_bytes / 2


def test_no_match_is_no_version_and_no_condition_is_every_row(
    backend: FileBackend, csv_of: Callable[..., Path]
) -> None:
    base = version_of(backend, csv_of, 10)
    nothing = RowSelection(filters=(ColumnFilter("id", "gt", ("100",)),))

    assert backend.delete_rows("p1", base.spec, base.ref, nothing, Monitor()).sealed is None
    assert backend.delete_rows("p1", base.spec, base.ref, RowSelection(), Monitor()).deleted_rows == 10


def test_what_is_referred_to_has_to_be_there(backend: FileBackend, csv_of: Callable[..., Path]) -> None:
    base = version_of(backend, csv_of, 10)
    gone = ReferenceFilter("id", VersionRef("p1", "0" * 32), "id", "INTEGER")

    with pytest.raises(VersionGone):
        backend.delete_rows("p1", base.spec, base.ref, RowSelection(references=(gone,)), Monitor())


def test_types_that_do_not_compare_are_refused(backend: FileBackend) -> None:
    spec = backend.normalize(TableSpec((ColumnSpec("ok", "BOOLEAN"),)))
    base = backend.create("p1", spec)
    other = backend.create("p1", backend.normalize(TableSpec((ColumnSpec("at", "TIMESTAMP"),))))
    selection = RowSelection(references=(ReferenceFilter("ok", other.ref, "at", "TIMESTAMP"),))

    with pytest.raises(FilterRefused):
        backend.delete_rows("p1", spec, base.ref, selection, Monitor())
