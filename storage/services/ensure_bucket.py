"""See to it that there is a bucket for the id that a host gives it."""

from __future__ import annotations

from kbstore.access import Actor
from storage import catalog
from storage.errors import BucketExists, BucketIdTaken
from storage.models import Bucket
from storage.services.create_bucket import create_bucket


def ensure_bucket(*, actor: Actor, project_id: str, branch_id: str, name: str, host_id: str) -> bool:
    """Whether it was made just now. A bucket that no host named yet gets this id.

    Raises InvalidName, BucketExists for a link of that name, BucketIdTaken where another id has led to the same name.
    """
    place = {"project_id": project_id, "branch_id": branch_id}
    try:
        create_bucket(actor=actor, **place, name=name, description=None, host_id=host_id)
    except BucketExists:
        bucket = catalog.find_bucket(**place, bucket_name=name)
        if bucket.is_linked:
            raise
        if bucket.host_id is None:
            Bucket.objects.filter(pk=bucket.pk, host_id=None).update(host_id=host_id)
            bucket.refresh_from_db(fields=["host_id"])
        if bucket.host_id != host_id:
            raise BucketIdTaken(project_id, name, bucket.host_id or "") from None
        return False
    return True
