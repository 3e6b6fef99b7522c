"""Rows that match a condition go, in a new version; nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kbstore.errors import OperationCancelled
from storage.engine.file_backend import FileBackend
from storage.engine.layout import Layout
from storage.engine.monitor import Monitor
from storage.engine.specs import LoadSpec, SealedVersion, TableSpec
from storage.errors import InvalidWhereClause
from tests.unit.engine.load_bench import table
from tests.unit.engine.test_alter import rows

Load = Callable[..., SealedVersion]
BIG = table("id BIGINT", "note VARCHAR")


@pytest.fixture
def big(backend: FileBackend, layout: Layout) -> SealedVersion:
    """150,000 rows."""
    source = layout.staging_path(".parquet")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT i AS id, md5(i::VARCHAR) AS note FROM range(150000) r(i)) TO '{source}' (FORMAT parquet)"
        )
    order = LoadSpec(source, "parquet")
    return backend.load("p1", BIG, backend.create("p1", BIG).ref, order, Monitor()).sealed


def files(backend: FileBackend, version: SealedVersion) -> list[Path]:
    return sorted(backend.version_path(version.ref).parent.iterdir())


def test_the_base_keeps_its_rows(backend: FileBackend, spec: TableSpec, load: Load, csv_of: Any) -> None:
    base = load(csv_of("1,a", "2,b", "3,"))
    deletion = backend.delete_rows("p1", spec, base.ref, "name IS NULL OR id = 1", Monitor())
    assert deletion.sealed is not None
    assert (deletion.deleted_rows, deletion.sealed.row_count) == (2, 1)
    assert rows(backend, deletion.sealed) == [(2, "b")]
    assert len(rows(backend, base)) == 3


def test_no_match_leaves_no_file(backend: FileBackend, spec: TableSpec, load: Load, csv_of: Any) -> None:
    base = load(csv_of("1,a"))
    before = files(backend, base)
    for clause in ("id = 2", "NULL", "1=0"):
        deletion = backend.delete_rows("p1", spec, base.ref, clause, Monitor())
        assert (deletion.sealed, deletion.deleted_rows) == (None, 0)
    assert backend.delete_rows("p1", spec, backend.create("p1", spec).ref, "1=1", Monitor()).sealed is None
    assert len(files(backend, base)) == len(before) + 1  # the empty one


@pytest.mark.parametrize("clause", ["1=1", "id >= 0"])
def test_a_table_that_loses_all_rows_becomes_small(backend: FileBackend, big: SealedVersion, clause: str) -> None:
    deletion = backend.delete_rows("p1", BIG, big.ref, clause, Monitor())
    assert deletion.sealed is not None
    assert (deletion.deleted_rows, deletion.sealed.row_count) == (150_000, 0)
    assert deletion.sealed.size_bytes < 100_000


def test_a_table_that_loses_most_rows_is_written_anew(backend: FileBackend, big: SealedVersion) -> None:
    few = backend.delete_rows("p1", BIG, big.ref, "id % 100 = 0", Monitor()).sealed
    most = backend.delete_rows("p1", BIG, big.ref, "id % 100 <> 0", Monitor()).sealed
    assert few is not None
    assert most is not None
    assert (few.row_count, most.row_count) == (148_500, 1_500)
    assert most.size_bytes < few.size_bytes / 4
    assert [row[0] for row in rows(backend, most)] == list(range(0, 150_000, 100))


def test_a_sub_query_sees_the_rows_before_the_deletion(backend: FileBackend, big: SealedVersion) -> None:
    clause = "id >= (SELECT max(id) - 9 FROM main.data) OR id IN (SELECT o.id + 1 FROM data AS o WHERE o.id < 3)"
    assert backend.delete_rows("p1", BIG, big.ref, clause, Monitor()).deleted_rows == 13


@pytest.mark.parametrize(
    "clause",
    [
        "id IN (SELECT id FROM base.main.data)",
        "id IN (SELECT 1 FROM read_csv('/etc/passwd'))",
        "CAST(note AS INTEGER) = 1",
        "note + 1 = 2",
        "1=1 RETURNING id",
        "",
    ],
)
def test_a_bad_condition_changes_nothing(backend: FileBackend, big: SealedVersion, clause: str) -> None:
    before = files(backend, big)
    with pytest.raises(InvalidWhereClause) as caught:
        backend.delete_rows("p1", BIG, big.ref, clause, Monitor())
    assert caught.value.details == {"where_clause": clause}
    assert files(backend, big) == before


def test_it_can_be_cancelled(backend: FileBackend, big: SealedVersion) -> None:
    monitor = Monitor()
    monitor.cancel()
    before = files(backend, big)
    with pytest.raises(OperationCancelled):
        backend.delete_rows("p1", BIG, big.ref, "id = 1", monitor)
    assert files(backend, big) == before
