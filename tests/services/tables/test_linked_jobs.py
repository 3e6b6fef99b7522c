"""A job that was asked for through a link while it could be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from storage import catalog
from storage.errors import BucketNotShared
from storage.models import Bucket, BucketShare, Job, Project, Table, TableVersion


@pytest.fixture
def shared_table(db: None) -> Table:
    """A table of `owner` in a bucket that is shared with `reader`."""
    owner, reader = (Project.objects.create(id=name) for name in ("owner", "reader"))
    bucket = Bucket.objects.create(project=owner, name="b")
    BucketShare.objects.create(bucket=bucket, target_project=reader)
    numbers = {"columns": [], "row_count": 0, "size_bytes": 0, "checksum": ""}
    version = TableVersion.objects.create(id="v", project=owner, operation="create", **numbers)
    return Table.objects.create(bucket=bucket, name="t", current_version=version)


@pytest.fixture
def job(db: None) -> Callable[[str], Job]:
    return lambda project_id: Job(project_id=project_id, bucket_name="linked", table_name="t")


def test_it_does_not_outlive_the_share(shared_table: Table, job: Callable[[str], Job], settings: Any) -> None:
    assert catalog.table_by_id(shared_table.pk, job("reader")) == shared_table
    BucketShare.objects.all().delete()
    with pytest.raises(BucketNotShared):
        catalog.table_by_id(shared_table.pk, job("reader"))
    assert catalog.table_by_id(shared_table.pk, job("owner")) == shared_table
    settings.REQUIRE_SHARE_FOR_LINK = False
    assert catalog.table_by_id(shared_table.pk, job("reader")) == shared_table
