"""What branches cost does not depend on how many tables or branches there are."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kbstore.access import SYSTEM
from storage.engine.specs import ColumnSpec
from storage.models import Branch, Bucket, Table
from storage.services.create_branch import create_branch
from storage.services.create_bucket import create_bucket
from storage.services.create_project import create_project
from storage.services.create_table import create_table

TABLES, HELD, BRANCHES = 1000, 100, 100
COLUMNS = [ColumnSpec("id", "INTEGER")]
AUTHENTICATION = 1


@pytest.fixture
def api(db: None) -> Iterator[Client]:
    """Asks in this process, with the key of a project that is the last part of `api.root`."""
    project_id = f"test_{uuid.uuid4().hex[:12]}"
    _, secret = create_project(actor=SYSTEM, project_id=project_id, name=None, project_settings=None)
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    client.root = f"/projects/{project_id}"
    assert client.get(client.root).status_code == 200  # the first use of a key is noted
    yield client
    for directory in settings.DUCKDB_DIR.glob(f"project_{project_id}*"):
        shutil.rmtree(directory)


def fill(root: str) -> str:
    """Many tables, many branches, and one that holds many tables; they share a version file. Returns its id."""
    project_id = root.rpartition("/")[2]
    place = {"project_id": project_id, "branch_id": "default"}
    create_bucket(actor=SYSTEM, **place, name="a", description=None)
    first = create_table(actor=SYSTEM, **place, bucket_name="a", name="first", columns=COLUMNS, primary_key=[])
    bucket = Bucket.objects.get(project=project_id, name="a")
    version = first.current_version
    Table.objects.bulk_create(Table(bucket=bucket, name=f"t{n}", current_version=version) for n in range(TABLES))
    Branch.objects.bulk_create(Branch(id=f"{n:08d}", project_id=project_id, name=f"b{n}") for n in range(BRANCHES))
    branch = create_branch(actor=SYSTEM, project_id=project_id, name="full")
    Table.objects.bulk_create(
        Table(bucket=bucket, branch=branch, name=f"t{n}", current_version=version) for n in range(HELD)
    )
    return branch.pk


def queries_of(api: Client, method: str, path: str, **options: Any) -> int:
    with CaptureQueriesContext(connection) as queries:
        reply = api.generic(method, path, **options)
    assert reply.status_code < 300, reply.content
    return len(queries)


def test_a_branch_is_made_with_the_same_queries_in_a_large_project(api: Client) -> None:
    small = queries_of(api, "POST", f"{api.root}/branches", data='{"name": "a"}', content_type="application/json")
    fill(api.root)
    large = queries_of(api, "POST", f"{api.root}/branches", data='{"name": "b"}', content_type="application/json")
    assert large == small


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/branches?limit=1000", 3),
        ("/branches/{branch}", 3),
        ("/branches/{branch}/diff", 4),
        ("/branches/{branch}/diff?limit=5", 5),
        ("/branches/{branch}/buckets/a/tables", 5),
        ("/branches/{branch}/buckets/a/tables/t5", 2),
        ("/branches/{branch}/buckets/a/tables/t500", 2),
    ],
)
def test_looking_at_a_branch(api: Client, path: str, queries: int) -> None:
    branch = fill(api.root)
    assert queries_of(api, "GET", api.root + path.format(branch=branch)) <= AUTHENTICATION + queries
