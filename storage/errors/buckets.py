"""Errors of buckets, shares and links, as the contract spells them."""

from __future__ import annotations

from typing import Any

from kbstore.errors import Conflict, Forbidden, InvalidRequest, NotFound


class BucketError:
    """The details that all errors about one bucket share."""

    @staticmethod
    def details_of(project_id: str, bucket: str, **more: Any) -> dict[str, Any]:
        return {"project_id": project_id, "bucket_name": bucket, **more}


class BucketExists(BucketError, Conflict):
    code = "bucket_exists"

    def __init__(self, project_id: str, bucket: str) -> None:
        super().__init__(
            f"Bucket {bucket} already exists in project {project_id}",
            details=self.details_of(project_id, bucket),
        )


class BucketIdTaken(BucketError, Conflict):
    """A host gives two of its buckets ids that differ in dots and hyphens only."""

    code = "bucket_id_taken"

    def __init__(self, project_id: str, bucket: str, host_id: str) -> None:
        super().__init__(
            f"Bucket {bucket} already exists in project {project_id} for the id {host_id}",
            details=self.details_of(project_id, bucket),
        )


class BucketIsLinked(BucketError, Conflict):
    code = "bucket_is_linked"

    def __init__(self, project_id: str, bucket: str, link_count: int) -> None:
        links = "1 project links it" if link_count == 1 else f"{link_count} projects link it"
        super().__init__(
            f"Bucket {bucket} of project {project_id} cannot be dropped: {links}",
            details=self.details_of(project_id, bucket),
        )


class BucketNotFound(BucketError, NotFound):
    """`role` is "Source" where the source of a link is meant."""

    code = "bucket_not_found"

    def __init__(self, project_id: str, bucket: str, *, role: str | None = None) -> None:
        subject = f"{role} bucket" if role else "Bucket"
        super().__init__(
            f"{subject} {bucket} not found in project {project_id}",
            details=self.details_of(project_id, bucket),
        )


class BucketNotEmpty(BucketError, Conflict):
    code = "bucket_not_empty"

    def __init__(self, project_id: str, bucket: str) -> None:
        super().__init__(f"Bucket {bucket} is not empty and cascade=False", details=self.details_of(project_id, bucket))


class BucketReadOnly(BucketError, Forbidden):
    """The bucket is a link to another project's bucket."""

    code = "bucket_readonly"

    def __init__(self, project_id: str, bucket: str) -> None:
        super().__init__(f"Bucket {bucket} is linked and cannot be changed in project {project_id}")
        self.details = self.details_of(project_id, bucket)


class BucketNotShared(BucketError, Forbidden):
    """Project and name are those of the source bucket."""

    code = "bucket_not_shared"

    def __init__(self, project_id: str, bucket: str, target_project_id: str) -> None:
        super().__init__(f"Bucket {bucket} of project {project_id} is not shared with project {target_project_id}")
        self.details = self.details_of(project_id, bucket, target_project_id=target_project_id)


class AlreadyShared(BucketError, Conflict):
    code = "already_shared"

    def __init__(self, project_id: str, bucket: str, target_project_id: str) -> None:
        super().__init__(
            f"Bucket {bucket} is already shared with project {target_project_id}",
            details=self.details_of(project_id, bucket, target_project_id=target_project_id),
        )


class SharedWithItself(BucketError, InvalidRequest):
    def __init__(self, project_id: str, bucket: str) -> None:
        super().__init__(
            f"Bucket {bucket} cannot be shared with its own project {project_id}",
            details=self.details_of(project_id, bucket, target_project_id=project_id),
        )


class BucketAlreadyLinked(BucketError, Conflict):
    code = "bucket_already_linked"

    def __init__(self, project_id: str, bucket: str, existing_link: dict[str, Any]) -> None:
        super().__init__(
            f"Bucket {bucket} is already linked in project {project_id}",
            details=self.details_of(project_id, bucket, existing_link=existing_link),
        )


class LinkNotFound(BucketError, NotFound):
    code = "link_not_found"

    def __init__(self, project_id: str, bucket: str) -> None:
        super().__init__(
            f"No link found for bucket {bucket} in project {project_id}",
            details=self.details_of(project_id, bucket),
        )
