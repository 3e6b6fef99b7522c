"""Who asks for objects, and the one rule for what each may do."""

from __future__ import annotations

from dataclasses import dataclass

from files.models import ObjectBucket
from files.object_errors import ObjectAccessDenied
from kbstore.access import Actor, Role

#: The owner that the global pair and the admin API key stand for.
ADMIN_OWNER = "admin"


def project_owner(project_id: str) -> str:
    """The owner of a project's buckets."""
    return f"project:{project_id}"


@dataclass(frozen=True)
class Grant:
    """An own pre-signed URL opens one key for one method and nothing else."""

    bucket_name: str
    key: str


@dataclass(frozen=True)
class S3Caller:
    """A caller that has proved who it is. Without a project it opens every bucket."""

    owner: str
    display_name: str
    project_id: str | None = None
    access_key_id: str = ""
    is_read_only: bool = False
    #: It may use keys that begin so, and nothing else.
    key_prefix: str = ""
    grant: Grant | None = None

    @property
    def is_admin(self) -> bool:
        """Whether it sees the buckets of everybody in its list."""
        return self.owner == ADMIN_OWNER

    @property
    def actor(self) -> Actor:
        """The same caller for operations that are audited."""
        role = Role.ADMIN if self.project_id is None else Role.PROJECT_ADMIN
        return Actor(role, self.access_key_id or self.owner, project_id=self.project_id)

    def require(self, bucket: ObjectBucket, *, key: str | None = None, writes: bool = False) -> None:
        """Raise ObjectAccessDenied unless it may do that there. Without a key: something about the whole bucket."""
        if self.grant is not None:
            if key is None or (bucket.name, key) != (self.grant.bucket_name, self.grant.key):
                raise ObjectAccessDenied
            return
        if self.project_id is not None and self.project_id != bucket.project_id:
            raise ObjectAccessDenied
        if writes and self.is_read_only:
            raise ObjectAccessDenied
        if key is not None and not key.startswith(self.key_prefix):
            raise ObjectAccessDenied
