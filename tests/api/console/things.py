"""Makes what the console shows, through the services."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import Any

from files.models import File
from files.services.store_file import register_local_file
from kbstore.access import Actor, Need, Role
from kbstore.operations import operation
from storage.engine.specs import ColumnSpec
from storage.models import ApiKey, Branch, Bucket, Job, Project, Table
from storage.runtime import engine
from storage.services.create_api_key import create_api_key
from storage.services.create_branch import create_branch
from storage.services.create_bucket import create_bucket
from storage.services.create_project import create_project
from storage.services.create_table import create_table
from storage.services.link_bucket import link_bucket
from storage.services.publish_version import Publication, publish
from storage.services.share_bucket import share_bucket
from storage.services.write_target import write_target

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


def make_branch(project: Project, name: str = "new-checkout") -> Branch:
    return create_branch(actor=ADMIN, project_id=project.pk, name=name)


def make_own_version(table: Table, branch: Branch, name: str | None = None) -> Table:
    """The branch's own version of the table; under another `name` a table that only the branch has."""
    place = {"project_id": branch.project_id, "branch_id": branch.pk, "bucket_name": table.bucket.name}
    if name is not None:
        columns = [ColumnSpec("id", "INTEGER")]
        return create_table(actor=ADMIN, **place, name=name, columns=columns, primary_key=["id"])
    _copy(actor=ADMIN, project_id=branch.project_id, branch_id=branch.pk, table=table)
    return Table.objects.get(bucket=table.bucket, branch=branch, name=table.name)


@operation("copy_table", resource_type="table", need=Need.WRITE)
def _copy(*, actor: Actor, project_id: str, branch_id: str, table: Table) -> None:
    """The same rows, as a version of the branch's own."""
    with write_target(table, branch_id) as target:
        sealed = engine().duplicate(target.base.sealed, project_id)
        publish(target, sealed, Publication("import", actor.label))


def link_to(source: Bucket, reader: Project, name: str = "linked") -> Bucket:
    """The bucket shared with another project, and linked there."""
    place = {"actor": ADMIN, "branch_id": "default"}
    share_bucket(**place, project_id=source.project_id, bucket_name=source.name, target_project_id=reader.pk)
    return link_bucket(
        **place,
        project_id=reader.pk,
        bucket_name=name,
        source_project_id=source.project_id,
        source_bucket_name=source.name,
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
