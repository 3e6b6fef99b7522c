"""Rows of a catalog as large as one likes, without the files: for pages that have to stay quick."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import TypeVar

from django.db.models import Model
from django.utils import timezone

from files.models import File, FileState
from storage.models import (
    ApiKey,
    Branch,
    Bucket,
    BucketShare,
    Event,
    Job,
    JobState,
    Project,
    Snapshot,
    Table,
    TableVersion,
)
from workspaces.models import LoggedQuery, Workspace

M = TypeVar("M", bound=Model)
BUCKETS = 10
#: For each project, per table of it.
JOBS, EVENTS, FILES, QUERIES = 2, 5, 1, 2


def fill(*, projects: int, tables: int, like: Table) -> None:
    """So many projects with so many tables each, columns and numbers as those of `like`, and what goes with them."""
    for number in range(projects):
        project = Project.objects.create(pk=f"p{uuid.uuid4().hex[:8]}", name=f"Project {number}")
        Branch.objects.bulk_create(Branch(id=uuid.uuid4().hex[:8], project=project, name=f"b{n}") for n in range(3))
        made = Bucket.objects.bulk_create(
            Bucket(project=project, name=f"in.c-{n}") for n in range(max(1, tables // BUCKETS))
        )
        _fill_tables(project, made, tables, like.current_version)
        _share(made[0])
        _fill_activity(project, tables)


def _fill_tables(project: Project, buckets: list[Bucket], number: int, like: TableVersion) -> None:
    fields = {field.attname: getattr(like, field.attname) for field in TableVersion._meta.concrete_fields}
    fields |= {"project_id": project.pk, "table_id": None, "job_id": None}
    versions = TableVersion.objects.bulk_create(
        TableVersion(**(fields | {"id": uuid.uuid4().hex, "row_count": n * 1000, "size_bytes": n * 10**6}))
        for n in range(number)
    )
    tables = Table.objects.bulk_create(
        Table(bucket=buckets[n % len(buckets)], name=f"table_{n}", current_version=version)
        for n, version in enumerate(versions)
    )
    for version, table in zip(versions, tables, strict=True):
        version.table_id = table.pk
    TableVersion.objects.bulk_update(versions, ["table"])
    Snapshot.objects.bulk_create(
        Snapshot(id=uuid.uuid4().hex, project=project, bucket_name="in.c-0", table_name="x", version=version)
        for version in versions[: number // 5]
    )


def _share(bucket: Bucket) -> None:
    other = Project.objects.exclude(pk=bucket.project_id).first()
    if other is not None:
        BucketShare.objects.create(bucket=bucket, target_project=other)


def _fill_activity(project: Project, tables: int) -> None:
    Job.objects.bulk_create(_jobs(project, tables * JOBS))
    now = timezone.now()
    Event.objects.bulk_create(
        Event(
            project_id=project.pk,
            operation="import_table",
            resource_type="table",
            resource_id=f"in.c-0.table_{n}",
            status="failed" if n % 20 == 0 else "success",
            timestamp=now - timedelta(minutes=n),
        )
        for n in range(tables * EVENTS)
    )
    File.objects.bulk_create(
        File(
            project=project,
            name=f"f{n}.csv",
            path=f"project_{project.pk}/gone/f{n}.csv",
            size_bytes=n,
            state=FileState.REGISTERED,
        )
        for n in range(tables * FILES)
    )
    ApiKey.objects.bulk_create(
        ApiKey(id=f"key_{uuid.uuid4().hex}", project=project, key_hash=uuid.uuid4().hex, key_prefix="proj_")
        for _ in range(5)
    )
    workspace = Workspace.objects.create(pk=f"ws_{uuid.uuid4().hex[:8]}", project=project, name="w", size_limit_bytes=1)
    LoggedQuery.objects.bulk_create(_queries(workspace, tables * QUERIES))


def _jobs(project: Project, number: int) -> Iterator[Job]:
    now = timezone.now()
    ends = (JobState.SUCCESS, JobState.SUCCESS, JobState.SUCCESS, JobState.ERROR, JobState.CANCELLED)
    for n in range(number):
        at = now - timedelta(minutes=3 * n)
        yield Job(
            project=project,
            type="table_import",
            state=JobState.WAITING if n < 2 else ends[n % len(ends)],
            bucket_name="in.c-0",
            table_name=f"table_{n}",
            error={"message": "The file is not there."},
            created_at=at,
            started_at=at,
            finished_at=at,
            heartbeat_at=at,
        )


def _queries(workspace: Workspace, number: int) -> Iterator[LoggedQuery]:
    now = timezone.now()
    texts = ("session_id", "user", "client", "application", "sqlstate", "text_hash")
    numbers = ("duration_ms", "parse_ms", "wait_ms", "execute_ms", "send_ms", "rows", "bytes")
    empty: dict[str, object] = dict.fromkeys(texts, "") | dict.fromkeys(numbers, 1)
    for n in range(number):
        yield LoggedQuery(
            workspace=workspace,
            project_id=workspace.project_id,
            started_at=now - timedelta(minutes=n),
            door="wire",
            kind="select",
            status="success",
            sql="SELECT 1",
            **empty,
        )
