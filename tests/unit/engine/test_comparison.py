"""Two versions compared: by key where they share one, else by whole rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from kbstore.errors import OperationCancelled
from storage.engine.comparison import EXAMPLES
from storage.engine.file_backend import FileBackend
from storage.engine.monitor import Monitor
from storage.engine.specs import ColumnSpec, Comparison, LoadSpec, SealedVersion, TableSpec

Make = Callable[..., SealedVersion]


@pytest.fixture
def make(backend: FileBackend, csv_of: Callable[..., Path]) -> Make:
    """A version of these columns, given as name:type, with these lines."""

    def run(columns: str, *lines: str, key: Sequence[str] = ()) -> SealedVersion:
        pairs = [pair.split(":") for pair in columns.split(" ")]
        spec = backend.normalize(TableSpec(tuple(ColumnSpec(name, kind) for name, kind in pairs), tuple(key)))
        source = csv_of(*lines, header=",".join(name for name, _ in pairs))
        return backend.load("p1", spec, backend.create("p1", spec).ref, LoadSpec(source), Monitor()).sealed

    return run


@pytest.fixture
def compare(backend: FileBackend) -> Callable[[SealedVersion, SealedVersion], Comparison]:
    return lambda older, newer: backend.compare(older.ref, newer.ref, older.spec, newer.spec, Monitor())


def counts(found: Comparison) -> tuple[int, int, int, int]:
    return found.added, found.removed, found.changed, found.unchanged


def test_rows_are_paired_by_key(make: Make, compare: Callable[..., Comparison]) -> None:
    columns = "id:INTEGER name:VARCHAR amount:DOUBLE"
    older = make(columns, "1,a,1", "2,b,2", "3,c,", "4,d,4", key=["id"])
    newer = make(columns, "1,a,1", "2,B,2", "3,C,3", "5,e,5", key=["id"])
    found = compare(older, newer)
    assert (found.key, counts(found)) == (("id",), (1, 1, 2, 1))
    assert found.changed_columns == {"name": 2, "amount": 1}
    assert found.added_examples == [{"id": 5, "name": "e", "amount": 5.0}]
    assert found.removed_examples == [{"id": 4, "name": "d", "amount": 4.0}]
    assert found.changed_examples[1] == (
        {"id": 3, "name": "c", "amount": None},
        {"id": 3, "name": "C", "amount": 3.0},
    )


def test_a_key_of_several_columns_with_odd_names(make: Make, compare: Callable[..., Comparison]) -> None:
    columns = "older:INTEGER shown:VARCHAR rowid:INTEGER"
    older = make(columns, "1,a,1", "1,b,1", key=["older", "shown"])
    newer = make(columns, "1,a,1", "1,b,2", "2,a,1", key=["shown", "older"])
    found = compare(older, newer)
    assert counts(found) == (1, 0, 1, 1)
    assert found.changed_examples == [({"older": 1, "shown": "b", "rowid": 1}, {"older": 1, "shown": "b", "rowid": 2})]


def test_without_a_key_whole_rows_are_counted(make: Make, compare: Callable[..., Comparison]) -> None:
    older = make("a:INTEGER b:VARCHAR", "1,x", "1,x", "2,y", ",")
    newer = make("a:INTEGER b:VARCHAR", "1,x", "2,z", ",", "3,w")
    found = compare(older, newer)
    assert (found.key, counts(found)) == ((), (2, 2, 0, 2))
    assert {row["b"] for row in found.added_examples} == {"z", "w"}


def test_a_key_that_only_one_has_pairs_nothing(make: Make, compare: Callable[..., Comparison]) -> None:
    older = make("id:INTEGER", "1", "1", "2")
    newer = make("id:INTEGER", "1", "3", key=["id"])
    assert (compare(older, newer).key, counts(compare(older, newer))) == ((), (1, 2, 0, 1))


def test_columns_that_came_went_or_changed_their_type(make: Make, compare: Callable[..., Comparison]) -> None:
    older = make("id:INTEGER gone:VARCHAR number:VARCHAR", "1,x,7", "2,y,8", key=["id"])
    newer = make("id:INTEGER new:VARCHAR number:INTEGER", "1,p,7", "2,q,9", key=["id"])
    found = compare(older, newer)
    assert (counts(found), found.changed_columns) == ((0, 0, 1, 1), {"number": 1})
    nothing_shared = compare(make("a:INTEGER", "1", "2"), make("b:INTEGER", "1"))
    assert counts(nothing_shared) == (1, 2, 0, 0)


def test_only_a_few_examples_are_given(make: Make, compare: Callable[..., Comparison]) -> None:
    older = make("id:INTEGER x:INTEGER", *(f"{number},1" for number in range(100)), key=["id"])
    newer = make("id:INTEGER x:INTEGER", *(f"{number},2" for number in range(50, 200)), key=["id"])
    found = compare(older, newer)
    assert counts(found) == (100, 50, 50, 0)
    examples = (found.added_examples, found.removed_examples, found.changed_examples)
    assert [len(listed) for listed in examples] == [EXAMPLES] * 3


def test_the_same_rows_in_another_order_are_the_same(make: Make, compare: Callable[..., Comparison]) -> None:
    one, other = make("id:INTEGER", "1", "2", key=["id"]), make("id:INTEGER", "2", "1", key=["id"])
    assert counts(compare(one, other)) == (0, 0, 0, 2)


def test_it_can_be_cancelled(backend: FileBackend, make: Make) -> None:
    version = make("id:INTEGER", "1")
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(OperationCancelled):
        backend.compare(version.ref, version.ref, version.spec, version.spec, monitor)
