"""Registered files are objects too: what keeps a File and its object in its project's bucket together.

Their bytes belong to the object's content: `File.path` names what `Content.path` names, and whoever takes the last
name of a content away removes it. A file never changes: where its object gets other content, the file goes and the
object stays. Call everything here in the transaction of the change itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from files.models import Content, File, StoredObject
from files.services.objects.buckets import builtin_bucket, builtin_name

_KEPT_BY_OVERWRITING = ("bucket", "key")


def object_key(file: File) -> str:
    """The key of a file's object: its path without the project's directory."""
    return file.path.removeprefix(f"{builtin_name(file.project_id)}/")


def file_etag(file: File) -> str:
    """Of the SHA-256: the MD5 was never computed. By its suffix clients take no such ETag for an MD5."""
    return f"{(file.checksum_sha256 or file.id.replace('-', ''))[:32]}-1"


def index_file(file: File) -> None:
    """Make a file that is being registered an object, in place of one that has its key already."""
    content = Content.objects.create(path=file.path, size_bytes=file.size_bytes, created_at=file.created_at)
    stored = StoredObject(
        bucket=builtin_bucket(file.project_id),
        key=object_key(file),
        file=file,
        content=content,
        etag=file_etag(file),
        size_bytes=file.size_bytes,
        content_type=file.content_type or "",
        last_modified=file.created_at,
    )
    replaced = [field.name for field in StoredObject._meta.fields if field.name not in ("id", *_KEPT_BY_OVERWRITING)]
    StoredObject.objects.bulk_create(
        [stored], update_conflicts=True, unique_fields=_KEPT_BY_OVERWRITING, update_fields=replaced
    )


def forget_files(file_ids: Iterable[str]) -> None:
    """Remove the files of objects that were deleted or got other content; objects that still have them go too."""
    File.objects.filter(pk__in=list(file_ids)).delete()
