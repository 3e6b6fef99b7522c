"""Errors of views in storage."""

from __future__ import annotations

from collections.abc import Sequence

from kbstore.errors import Conflict, InvalidRequest, NotFound
from storage.errors.buckets import BucketError

_SHOWN = 20


class ViewNotFound(BucketError, NotFound):
    code = "view_not_found"

    def __init__(self, project_id: str, bucket: str, view: str) -> None:
        super().__init__(
            f"View {view} not found in bucket {bucket}", details=self.details_of(project_id, bucket, view_name=view)
        )


class ViewSourceNotFound(BucketError, NotFound):
    """The view is there; what it shows is not."""

    code = "view_source_not_found"

    def __init__(self, project_id: str, bucket: str, view: str, *, reason: str) -> None:
        super().__init__(
            f"The source of view {bucket}.{view} is not there any more: {reason}",
            details=self.details_of(project_id, bucket, view_name=view),
        )


class ViewOutdated(Conflict):
    """A view names columns that its source had when the view was made."""

    code = "view_outdated"

    def __init__(self, view: str, missing: Sequence[str]) -> None:
        names = ", ".join(missing[:_SHOWN])
        super().__init__(f"View {view} shows columns that its source does not have any more: {names}")


class ViewExists(BucketError, Conflict):
    """A table would have the name of a view."""

    code = "view_exists"

    def __init__(self, project_id: str, bucket: str, view: str) -> None:
        super().__init__(
            f"View {view} already exists in bucket {bucket}",
            details=self.details_of(project_id, bucket, view_name=view),
        )


class ViewOfItself(InvalidRequest):
    code = "view_of_itself"

    def __init__(self, view: str) -> None:
        super().__init__(f"View {view} would show itself, or too many views stand between it and a table.")
