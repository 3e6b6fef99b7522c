"""Create an empty table."""

from __future__ import annotations

from collections.abc import Sequence

from kbstore.access import Actor, Need
from kbstore.errors import KbstoreError, Kind
from kbstore.operations import operation
from storage import catalog
from storage.engine.specs import ColumnSpec, TableSpec
from storage.errors import InvalidColumn, InvalidPrimaryKey, OperationFailed, TableExists
from storage.models import Bucket, Table
from storage.names import check_column_names, check_table_name
from storage.runtime import engine
from storage.services.named_faults import named_faults
from storage.services.publish_version import Publication, publish_new_table
from storage.services.structure_lock import structure_locked


@operation("create_table", resource_type="table", need=Need.WRITE)
def create_table(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    name: str,
    columns: Sequence[ColumnSpec],
    primary_key: Sequence[str],
) -> Table:
    """The new table. Raises InvalidName, TableExists, InvalidPrimaryKey, InvalidColumn; nothing is left of it then."""
    place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name}
    bucket = catalog.find_writable_bucket(**place)
    branch = catalog.find_branch(project_id, branch_id)
    if catalog.visible_tables(bucket, branch).filter(name=name).exists():
        raise TableExists(project_id, bucket_name, name)
    check_table_name(name)
    spec = TableSpec(tuple(columns), tuple(primary_key))
    details = {"project_id": project_id, "bucket_name": bucket_name, "table_name": name}
    with named_faults("create table", code="create_failed", **details):
        sealed = engine().create(project_id, checked_spec(bucket, name, spec))
    try:
        with structure_locked(project_id):
            return publish_new_table(
                bucket=catalog.find_bucket(**place),
                branch=branch,
                name=name,
                sealed=sealed,
                publication=Publication(
                    operation="create",
                    actor_label=actor.label,
                    details={
                        "bucket_name": bucket_name,
                        "table_name": name,
                        "column_count": len(spec.columns),
                        "primary_key": list(spec.primary_key),
                        "branch_id": branch_id,
                        "source": "main" if branch is None else "branch",
                    },
                ),
            )
    except KbstoreError:  # the bucket went away meanwhile, or somebody else was first
        engine().discard([sealed.ref])
        raise


def checked_spec(bucket: Bucket, table_name: str, spec: TableSpec) -> TableSpec:
    """The shape with canonical types. Raises InvalidPrimaryKey, InvalidName, and OperationFailed for the rest."""
    for column in spec.primary_key:
        if column not in spec.column_names:
            raise InvalidPrimaryKey(column, primary_key=spec.primary_key, columns=spec.column_names)
    try:
        check_column_names(spec.column_names)
        if len(set(spec.primary_key)) < len(spec.primary_key):
            raise InvalidColumn("A column occurs twice in the primary key.")
        return engine().normalize(spec)
    except KbstoreError as error:
        if error.kind is not Kind.INVALID or error.code == "invalid_name":
            raise
        details = {"project_id": bucket.project_id, "bucket_name": bucket.name, "table_name": table_name}
        raise OperationFailed(
            "create table", error.message, code="create_failed", details=details, kind=Kind.INVALID
        ) from error
