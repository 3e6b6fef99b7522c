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
from storage.models import Bucket, Table
from storage.services.create_bucket import create_bucket
from storage.services.create_project import create_project
from storage.services.create_table import create_table

TABLES = 30
COLUMNS = [ColumnSpec("id", "INTEGER"), ColumnSpec("name", "VARCHAR")]
#: One query of each request finds out who asks.
AUTHENTICATION = 1


@pytest.fixture
def project(db: None) -> Iterator[str]:
    """A project with many tables that share one version file: only the numbers of rows matter here."""
    project_id = f"test_{uuid.uuid4().hex[:12]}"
    _, secret = create_project(actor=SYSTEM, project_id=project_id, name=None, project_settings=None)
    place = {"project_id": project_id, "branch_id": "default"}
    for name in ("a", "b", "c"):
        create_bucket(actor=SYSTEM, **place, name=name, description=None)
    first = create_table(actor=SYSTEM, **place, bucket_name="a", name="first", columns=COLUMNS, primary_key=["id"])
    bucket = Bucket.objects.get(project=project_id, name="a")
    Table.objects.bulk_create(
        Table(bucket=bucket, name=f"t{number}", current_version=first.current_version) for number in range(TABLES)
    )
    yield secret
    shutil.rmtree(settings.DUCKDB_DIR / f"project_{project_id}")


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
    ],
)
def test_queries(api: Client, project: str, django_assert_max_num_queries: Any, path: str, queries: int) -> None:
    with django_assert_max_num_queries(AUTHENTICATION + queries):
        assert api.get(root(project) + path).status_code == 200
