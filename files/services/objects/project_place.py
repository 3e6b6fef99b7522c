"""The objects of one project, for imports and exports of its tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from files.errors import ObjectBucketNotAllowed, ObjectNotFound, UploadFailed
from files.models import Content, ObjectBucket, StoredObject
from files.services import staging
from files.services.content import NO_LINK
from files.services.objects.buckets import builtin_bucket, builtin_name
from files.services.objects.content_store import local_file, open_range
from files.services.objects.list_objects import list_objects
from files.services.objects.object_url import ObjectUrl

#: In URLs it stands for the bucket of whichever project is asked.
OWN_BUCKET = "project"
#: An object that is overwritten again and again loses its bytes between our look at the catalog and the opening.
_TRIES = 10
_BLOCK = 1 << 20


class ProjectObjects:
    """`ObjectPlace` of a project; it opens the project's buckets and no others."""

    def __init__(self, project_id: str) -> None:
        self._project_id = project_id

    def bucket(self, name: str) -> ObjectBucket:
        """Raises ObjectBucketNotAllowed, which does not tell whether there is such a bucket."""
        if name in (OWN_BUCKET, self._project_id, builtin_name(self._project_id)):
            return builtin_bucket(self._project_id)
        bucket = ObjectBucket.objects.filter(name=name, project_id=self._project_id).first()
        if bucket is None:
            raise ObjectBucketNotAllowed(name, self._project_id)
        return bucket

    def find(self, url: ObjectUrl) -> StoredObject:
        """The object with its content. Raises ObjectNotFound."""
        objects = StoredObject.objects.select_related("content")
        found = objects.filter(bucket=self.bucket(url.bucket), key=url.key).first()
        if found is None:
            raise ObjectNotFound(str(url))
        return found

    def list_below(self, prefix: ObjectUrl) -> Iterator[ObjectUrl]:
        bucket, after = self.bucket(prefix.bucket), ""
        while True:
            page = list_objects(bucket=bucket, prefix=prefix.key, after=after)
            for found in page.objects:
                yield ObjectUrl(prefix.bucket, found.key)
            if not page.is_truncated:
                return
            after = page.last

    def fetch(self, url: ObjectUrl, target: Path, check: Callable[[], None]) -> None:
        for _ in range(_TRIES):
            content = self.find(url).content
            try:
                with staging.disk_errors():
                    if not _linked(content, target):
                        _copy(content, target, check)
                return
            except UploadFailed as error:
                if not isinstance(error.__cause__, FileNotFoundError):
                    raise
                target.unlink(missing_ok=True)
        raise ObjectNotFound(str(url))


def _linked(content: Content, target: Path) -> bool:
    """Whether a link to the bytes was made, which then stay whatever becomes of the object."""
    source = local_file(content.path) if content.path else None
    if source is None:
        return False
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_LINK:
            raise
        return False
    return True


def _copy(content: Content, target: Path, check: Callable[[], None]) -> None:
    pieces = open_range(content, start=0, length=content.size_bytes)
    try:
        with target.open("xb") as sink:
            for piece in pieces:
                piece.stream.seek(piece.offset)
                while block := piece.stream.read(_BLOCK):
                    check()
                    sink.write(block)
    finally:
        for piece in pieces:
            piece.stream.close()
