"""Makes what the console shows, through the services."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import Any

from files.models import File
from files.services.store_file import register_local_file
from kbstore.access import Actor, Role
from storage.engine.specs import ColumnSpec
from storage.models import ApiKey, Bucket, Job, Project, Table
from storage.services.create_api_key import create_api_key
from storage.services.create_bucket import create_bucket
from storage.services.create_project import create_project
from storage.services.create_table import create_table

ADMIN = Actor(Role.ADMIN, "tests")
NASTY = "\"><script>alert('x')</script>🐎{{7*7}}"


def make_project(name: str = "Shop") -> Project:
    return create_project(actor=ADMIN, project_id=f"p{uuid.uuid4().hex[:8]}", name=name, project_settings=None)[0]


def make_bucket(project: Project, name: str = "in.c-sales", description: str | None = None) -> Bucket:
    return create_bucket(actor=ADMIN, project_id=project.pk, branch_id="default", name=name, description=description)


def make_table(bucket: Bucket, name: str = "orders", column: str = "name") -> Table:
    return create_table(
        actor=ADMIN,
        project_id=bucket.project_id,
        branch_id="default",
        bucket_name=bucket.name,
        name=name,
        columns=[ColumnSpec("id", "INTEGER"), ColumnSpec(column, "VARCHAR", default="'<x>'")],
        primary_key=["id"],
    )


def make_key(project: Project, description: str = "Airflow") -> ApiKey:
    return create_api_key(actor=ADMIN, project_id=project.pk, description=description)[0]


def make_job(project: Project, **fields: Any) -> Job:
    return Job.objects.create(**({"project": project, "type": "table_import"} | fields))


def make_file(project: Project, directory: Path, name: str = "orders.csv", data: bytes = b"id\n1\n") -> File:
    source = directory / uuid.uuid4().hex
    source.write_bytes(data)
    return register_local_file(
        project_id=project.pk,
        name=name,
        content_type="text/html",
        tags={"source": name},
        source=source,
        size_bytes=len(data),
        checksum_sha256=hashlib.sha256(data).hexdigest(),
    )
