"""How many queries an answer costs, however large the project is."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from kbstore.access import SYSTEM
from storage.engine.specs import ColumnSpec
from storage.models import Branch, Bucket, Table
from storage.services.create_bucket import create_bucket
from storage.services.create_project import create_project
from storage.services.create_table import create_table

COLUMNS = [ColumnSpec("id", "INTEGER"), ColumnSpec("name", "VARCHAR")]
#: One query of each request finds out who asks.
AUTHENTICATION = 1


@pytest.fixture(params=[1, 50])
def project(db: None, request: pytest.FixtureRequest) -> Iterator[str]:
    """A project with that many tables, buckets, links and branches; the tables share one version file."""
    project_id = f"test_{uuid.uuid4().hex[:12]}"
    _, secret = create_project(actor=SYSTEM, project_id=project_id, name=None, project_settings=None)
    place = {"project_id": project_id, "branch_id": "default"}
    create_bucket(actor=SYSTEM, **place, name="a", description=None)
    first = create_table(actor=SYSTEM, **place, bucket_name="a", name="first", columns=COLUMNS, primary_key=["id"])
    fill(project_id, first, request.param)
    yield secret
    shutil.rmtree(settings.DUCKDB_DIR / f"project_{project_id}")


def fill(project_id: str, table: Table, number: int) -> None:
    version = table.current_version
    bucket = Bucket.objects.get(project=project_id, name="a")
    source = {"source_project_id": project_id, "source_bucket_name": "a"}
    Bucket.objects.bulk_create(Bucket(project_id=project_id, name=f"b{n}") for n in range(number))
    Bucket.objects.bulk_create(Bucket(project_id=project_id, name=f"link{n}", **source) for n in range(number))
    branches = [Branch(id=f"{uuid.uuid4().hex[:8]}", project_id=project_id, name=f"b{n}") for n in range(number)]
    Branch.objects.bulk_create(branches)
    Table.objects.bulk_create(Table(bucket=bucket, name=f"t{n}", current_version=version) for n in range(number))
    Table.objects.bulk_create(
        Table(bucket=bucket, branch=branch, name="t0", current_version=version) for branch in branches
    )


@pytest.fixture
def api(project: str) -> Client:
    """Asks in this process, with the project's key."""
    client = Client(headers={"Authorization": f"Bearer {project}"})
    assert client.get(root(project)).status_code == 200  # the first use of a key is noted
    return client


def root(secret: str) -> str:
    return f"/projects/{secret.removeprefix('proj_').rsplit('_admin_', 1)[0]}"


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("", 1),
        ("/stats", 1),
        ("/api-keys", 3),
        ("/branches/default/buckets", 2),
        ("/branches/default/buckets/a", 2),
        ("/branches/default/buckets/a/tables", 3),
        ("/branches/default/buckets/a/tables?limit=5&offset=5", 4),
        ("/branches/default/buckets/a/tables/first", 1),
        ("/branches/default/buckets/a/tables/first/preview", 1),
        ("/branches", 3),
        ("/branches/default/buckets/link0", 2),
        ("/branches/default/buckets/link0/share", 2),
        ("/branches/default/buckets/link0/tables", 4),
        ("/branches/default/buckets/link0/tables/first", 5),
        ("/branches/default/buckets/link0/tables/first/preview", 5),
        ("/branches/default/buckets/a/share", 4),
    ],
)
def test_queries(api: Client, project: str, django_assert_max_num_queries: Any, path: str, queries: int) -> None:
    with django_assert_max_num_queries(AUTHENTICATION + queries):
        assert api.get(root(project) + path).status_code == 200
