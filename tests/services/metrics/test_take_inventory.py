"""The gauges of what exists, from a catalog in this process."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from files.models import File, FileState
from kbstore import metrics
from storage.models import Branch, Bucket, BucketShare, IdempotentRequest, Job, Project, Snapshot, Table, TableVersion
from storage.services import take_inventory as module
from storage.services.take_inventory import sum_up_sizes, take_inventory

pytestmark = pytest.mark.django_db
YESTERDAY = timezone.now() - datetime.timedelta(days=1)
TOMORROW = timezone.now() + datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def sums_are_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_sums_took_seconds", 0.0)


def value(family: Any, *labels: str) -> float:
    return (family.labels(*labels) if labels else family)._value.get()


def add_table(bucket: Bucket, name: str, *, size_bytes: int, branch: Branch | None = None) -> TableVersion:
    version = TableVersion.objects.create(
        id=f"{bucket.pk}-{name}-{branch and branch.pk}",
        project=bucket.project,
        operation="create",
        columns=[],
        row_count=0,
        size_bytes=size_bytes,
        checksum="",
    )
    Table.objects.create(bucket=bucket, branch=branch, name=name, current_version=version)
    return version


@pytest.fixture
def project() -> Project:
    """One of two, with a bucket, a link, a branch, two tables and one of the branch."""
    project, other = (Project.objects.create(id=name) for name in ("a", "b"))
    branch = Branch.objects.create(id="1", project=project, name="dev")
    bucket = Bucket.objects.create(project=project, name="in.c-a")
    Bucket.objects.create(project=other, name="in.c-l", source_project_id="a", source_bucket_name="in.c-a")
    BucketShare.objects.create(bucket=bucket, target_project=other)
    add_table(bucket, "t", size_bytes=100)
    pinned = add_table(bucket, "u", size_bytes=20)
    add_table(bucket, "t", size_bytes=3, branch=branch)
    for number, expires_at in enumerate((None, TOMORROW, YESTERDAY)):
        Snapshot.objects.create(
            id=f"s{number}",
            project=project,
            bucket_name="in.c-a",
            table_name="u",
            version=pinned,
            type="auto_predrop",
            expires_at=expires_at,
        )
    return project


def test_structure(project: Project) -> None:
    take_inventory()
    families = (metrics.PROJECTS, metrics.BUCKETS, metrics.TABLES, metrics.BRANCHES, metrics.BRANCH_TABLES)
    assert [value(family) for family in families] == [2, 2, 2, 1, 1]
    assert [value(family) for family in (metrics.BUCKET_LINKS, metrics.BUCKET_SHARES)] == [1, 1]


def test_snapshots_that_users_still_see(project: Project) -> None:
    take_inventory()
    assert value(metrics.SNAPSHOTS, "auto_predrop") == 2
    assert value(metrics.SNAPSHOTS, "manual") == 0


def test_sizes_count_a_version_once(project: Project) -> None:
    take_inventory()
    assert value(metrics.STORAGE_SIZE_BYTES, "tables") == 123
    assert value(metrics.SNAPSHOTS_SIZE_BYTES) == 20
    assert value(metrics.STORAGE_SIZE_BYTES, "metadata") > 0


def test_files(project: Project) -> None:
    for state, size in ((FileState.REGISTERED, 7), (FileState.UPLOADED, 5), (FileState.PREPARED, 0)):
        File.objects.create(project=project, name="f", state=state, size_bytes=size)
    take_inventory()
    assert (value(metrics.FILES), value(metrics.FILES_STAGING_COUNT)) == (1, 2)
    assert [value(metrics.STORAGE_SIZE_BYTES, kind) for kind in ("files", "staging")] == [7, 5]


def test_jobs_that_wait_and_how_long(project: Project) -> None:
    take_inventory()
    assert value(metrics.KBSTORE_OLDEST_WAITING_JOB) == 0
    Job.objects.create(project=project, type="table_import", created_at=YESTERDAY)
    Job.objects.create(project=project, type="table_import", state="success", created_at=YESTERDAY)
    take_inventory()
    assert [value(metrics.KBSTORE_JOBS, state) for state in ("waiting", "processing")] == [1, 0]
    assert value(metrics.KBSTORE_OLDEST_WAITING_JOB) == pytest.approx(86400, abs=600)


def test_idempotency_keys_that_still_count() -> None:
    for number, expires_at in enumerate((TOMORROW, YESTERDAY)):
        IdempotentRequest.objects.create(
            key_hash=str(number), method="POST", path="/", credential_hash="", worker="", expires_at=expires_at
        )
    take_inventory()
    assert value(metrics.IDEMPOTENCY_CACHE_SIZE) == 1


def test_expensive_sums_are_left_to_the_housekeeping(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    take_inventory()
    monkeypatch.setattr(module, "_sums_took_seconds", module.PATIENCE_SECONDS * 2)
    add_table(Bucket.objects.get(name="in.c-a"), "new", size_bytes=1000)
    take_inventory()
    assert (value(metrics.TABLES), value(metrics.STORAGE_SIZE_BYTES, "tables")) == (3, 123)
    sum_up_sizes()
    assert value(metrics.STORAGE_SIZE_BYTES, "tables") == 1123


def test_as_many_queries_whatever_there_is(project: Project, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(13):
        take_inventory()
