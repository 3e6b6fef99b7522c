"""The two calls that other services of this kind need before a link can be read: here they change nothing."""

from __future__ import annotations

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.services.main_only import find_project_for

_NOTE = "Nothing changed: links are read-only by themselves."


@operation("grant_readonly", resource_type="bucket", need=Need.MANAGE)
def grant_readonly(*, actor: Actor, project_id: str, branch_id: str, bucket_name: str) -> None:
    """A link is readable by itself and never writable. Raises BucketNotFound."""
    find_project_for("grant readonly access", project_id=project_id, branch_id=branch_id)
    catalog.find_bucket(project_id=project_id, branch_id=branch_id, bucket_name=bucket_name)
    record_success(bucket_name, note=_NOTE)


@operation("revoke_readonly", resource_type="bucket", need=Need.MANAGE)
def revoke_readonly(*, actor: Actor, project_id: str, branch_id: str, bucket_name: str) -> None:
    """Reading through links ends with `unshare_bucket`. The bucket need not exist."""
    find_project_for("revoke readonly access", project_id=project_id, branch_id=branch_id)
    record_success(bucket_name, note=_NOTE)
