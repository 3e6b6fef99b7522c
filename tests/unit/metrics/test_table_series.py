"""Series that name tables: bounded, and gone with what they name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kbstore import metrics
from kbstore.metrics import table_series


@pytest.fixture
def project() -> Iterator[str]:
    yield "series-project"
    metrics.forget(project_id="series-project")
    metrics.forget(project_id=table_series.OTHER)
    metrics.name_tables(True)


def counted(project_id: str) -> dict[tuple[str, str], float]:
    (family,) = metrics.TABLE_LOCK_ACQUISITIONS.collect()
    return {
        (sample.labels["bucket"], sample.labels["table"]): sample.value
        for sample in family.samples
        if sample.labels["project_id"] == project_id
    }


def test_each_table_has_a_series(project: str) -> None:
    for table in ("a", "b", "a"):
        metrics.table_lock_taken(project, "in.c-x", table, 0.01)
    assert counted(project) == {("in.c-x", "a"): 2, ("in.c-x", "b"): 1}


def test_beyond_the_limit_they_share_one(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_series, "MAX_TABLES", len(table_series._tables) + 1)
    for table in ("a", "b", "c", "a"):
        metrics.table_lock_taken(project, "in.c-x", table, 0.01)
    assert counted(project) == {("in.c-x", "a"): 2}
    assert counted(table_series.OTHER) == {(table_series.OTHER, table_series.OTHER): 2}


def test_without_names_the_labels_are_empty(project: str) -> None:
    metrics.name_tables(False)
    metrics.table_lock_taken(project, "in.c-x", "a", 0.01)
    assert counted(project) == {("", ""): 1}


def test_what_is_deleted_is_forgotten_and_makes_room(project: str) -> None:
    for bucket, table in (("in.c-x", "a"), ("in.c-x", "b"), ("in.c-y", "a")):
        metrics.table_lock_taken(project, bucket, table, 0.01)
    metrics.forget(project_id=project, bucket="in.c-x", table="a")
    assert counted(project) == {("in.c-x", "b"): 1, ("in.c-y", "a"): 1}
    metrics.forget(project_id=project, bucket="in.c-x")
    assert counted(project) == {("in.c-y", "a"): 1}
    metrics.forget(project_id=project)
    assert counted(project) == {}
    assert not [key for key in table_series._tables if key[0] == project]


def depth(project_id: str) -> float:
    return metrics.WRITE_QUEUE_DEPTH.labels(project_id)._value.get()


def test_a_write_waits_until_it_has_its_lock(project: str) -> None:
    with metrics.write_waits(project):
        assert depth(project) == 1
    assert depth(project) == 0


def test_a_write_that_gives_up_no_longer_waits(project: str) -> None:
    with pytest.raises(TimeoutError), metrics.write_waits(project):
        raise TimeoutError
    assert depth(project) == 0
