"""From operations to the families of the contract."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kbstore import metrics
from kbstore.access import SYSTEM
from kbstore.errors import Locked
from kbstore.operation_metrics import SCHEMA_OPERATIONS, SHARING_OPERATIONS, observe
from kbstore.operations import Operation


def finished(name: str, *, branch_id: str = "default", **arguments: str) -> Operation:
    return Operation(name, "table", SYSTEM, "p", branch_id, {"project_id": "p", "branch_id": branch_id} | arguments)


@pytest.mark.parametrize(("name", "label"), SCHEMA_OPERATIONS.items())
@pytest.mark.parametrize(("error", "status"), [(None, "success"), (Locked("x"), "error")])
def test_changes_of_structure(name: str, label: str, error: Exception | None, status: str) -> None:
    counter = metrics.SCHEMA_OPERATIONS.labels(label, status)
    before = counter._value.get()
    observe(finished(name), error)
    assert counter._value.get() == before + 1


@pytest.mark.parametrize(("name", "label"), SHARING_OPERATIONS.items())
@pytest.mark.parametrize(("error", "status"), [(None, "success"), (Locked("x"), "error")])
def test_sharing(name: str, label: str, error: Exception | None, status: str) -> None:
    counter = metrics.BUCKET_SHARING_OPERATIONS.labels(label, status)
    before = counter._value.get()
    observe(finished(name), error)
    assert counter._value.get() == before + 1


def has_series() -> bool:
    (family,) = metrics.TABLE_LOCK_ACQUISITIONS.collect()
    return any(sample.labels == {"project_id": "p", "bucket": "b", "table": "t"} for sample in family.samples)


@pytest.mark.parametrize(
    ("deletion", "remains"),
    [
        (finished("delete_table", bucket_name="b", table_name="t"), False),
        (finished("delete_bucket", bucket_name="b"), False),
        (finished("delete_project"), False),
        (finished("delete_table", bucket_name="b", table_name="other"), True),
        (finished("delete_table", bucket_name="b", table_name="t", branch_id="7"), True),
    ],
)
def test_series_go_with_what_they_name(deletion: Operation, remains: bool) -> None:
    metrics.table_lock_taken("p", "b", "t", 0.0)
    observe(deletion, Locked("x"))
    assert has_series()
    observe(deletion, None)
    assert has_series() == remains
    metrics.forget(project_id="p")


def test_every_mapped_operation_is_one_of_a_service() -> None:
    root = Path(__file__).resolve().parents[3]
    text = "".join(path.read_text(encoding="utf-8") for path in (root / "storage" / "services").glob("*.py"))
    assert {*SCHEMA_OPERATIONS, *SHARING_OPERATIONS} <= set(re.findall(r'@operation\(\s*"(\w+)"', text))
