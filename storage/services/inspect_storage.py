"""What an operator wants to know of projects, buckets and tables, as plain values: sizes, history, where files lie."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Sum

from storage import catalog
from storage.models import Branch, Bucket, Project, Snapshot, Table, TableVersion
from storage.names import DEFAULT_BRANCH
from storage.runtime import engine
from storage.services.publish_version import address_of


def inspect_projects() -> list[dict[str, Any]]:
    """All projects by id; `size_bytes` is that of current tables, `kept_bytes` of every kept version."""
    kept = dict(TableVersion.objects.order_by().values_list("project").annotate(Sum("size_bytes")))
    projects = catalog.projects_with_numbers().annotate(branch_count=Count("branches")).order_by("id")
    return [_project(project) | {"kept_bytes": kept.get(project.pk, 0)} for project in projects]


def inspect_project(project_id: str) -> dict[str, Any]:
    """One project with its buckets and branches. Raises ProjectNotFound."""
    project = catalog.find_project(project_id)
    sizes = dict(
        Table.objects.filter(bucket__project=project, branch=None)
        .order_by()
        .values_list("bucket")
        .annotate(Sum("current_version__size_bytes"))
    )
    buckets = [
        {
            "name": bucket.name,
            "table_count": bucket.table_count,  # type: ignore[attr-defined] - an annotation
            "size_bytes": sizes.get(bucket.pk, 0),
            "linked_to": f"{bucket.source_project_id}/{bucket.source_bucket_name}" if bucket.is_linked else None,
        }
        for bucket in catalog.buckets_with_numbers(project)
    ]
    branches = Branch.objects.filter(project=project).annotate(own_tables=Count("tables")).order_by("created_at")
    return {
        "id": project.pk,
        "name": project.name,
        "created_at": project.created_at.isoformat(),
        "buckets": buckets,
        "branches": [{"id": branch.pk, "name": branch.name, "own_tables": branch.own_tables} for branch in branches],
    }


def inspect_bucket(project_id: str, bucket_name: str) -> dict[str, Any]:
    """One bucket with the tables of the default branch. Raises ProjectNotFound, BucketNotFound."""
    bucket = _find_bucket(project_id, bucket_name)
    tables = catalog.visible_tables(bucket, None).annotate(version_count=Count("versions"))
    return {
        "project_id": project_id,
        "name": bucket.name,
        "linked_to": f"{bucket.source_project_id}/{bucket.source_bucket_name}" if bucket.is_linked else None,
        "tables": [
            {
                "name": table.name,
                "row_count": table.current_version.row_count,
                "size_bytes": table.current_version.size_bytes,
                "version_count": table.version_count,
                "changed_at": table.current_version.created_at.isoformat(),
            }
            for table in tables
        ],
    }


def inspect_table(project_id: str, bucket_name: str, table_name: str) -> dict[str, Any]:
    """One table of the default branch: columns, kept versions, snapshots, and where its files lie.

    Raises ProjectNotFound, BucketNotFound, TableNotFound.
    """
    table = catalog.find_table(
        project_id=project_id, branch_id=DEFAULT_BRANCH, bucket_name=bucket_name, table_name=table_name
    )
    spec = table.current_version.spec
    snapshots = Snapshot.objects.filter(
        project=table.bucket.project_id, bucket_name=table.bucket.name, table_name=table.name
    )
    own = Table.objects.filter(bucket=table.bucket, name=table.name).exclude(branch=None)
    return {
        "project_id": project_id,
        "bucket": bucket_name,
        "name": table.name,
        "linked_to": f"{table.bucket.project_id}/{table.bucket.name}" if table.via_link else None,
        "columns": [column.to_json() for column in spec.columns],
        "primary_key": list(spec.primary_key),
        "row_count": table.current_version.row_count,
        "file": engine().describe_place(table.current_version.ref),
        "link": str(engine().link_path(address_of(table)) or "none: this backend keeps no links"),
        "versions": [_version(version, table) for version in table.versions.order_by("-number")],
        "snapshots": [_snapshot(snapshot) for snapshot in snapshots],
        "branches_with_own_version": list(own.order_by("branch").values_list("branch", flat=True)),
    }


def _find_bucket(project_id: str, bucket_name: str) -> Bucket:
    return catalog.find_bucket(project_id=project_id, branch_id=DEFAULT_BRANCH, bucket_name=bucket_name)


def _project(project: Project) -> dict[str, Any]:
    numbers = ("bucket_count", "table_count", "branch_count", "size_bytes")
    return {"id": project.pk, "name": project.name} | {name: getattr(project, name) for name in numbers}


def _version(version: TableVersion, table: Table) -> dict[str, Any]:
    return {
        "number": version.number,
        "id": version.pk,
        "is_current": version.pk == table.current_version_id,
        "operation": version.operation,
        "row_count": version.row_count,
        "size_bytes": version.size_bytes,
        "checksum": version.checksum,
        "created_at": version.created_at.isoformat(),
        "created_by": version.created_by,
        "job_id": version.job_id,
    }


def _snapshot(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "id": snapshot.pk,
        "type": snapshot.type,
        "branch_id": snapshot.branch_id or DEFAULT_BRANCH,
        "version_id": snapshot.version_id,
        "created_at": snapshot.created_at.isoformat(),
        "expires_at": snapshot.expires_at and snapshot.expires_at.isoformat(),
    }
