"""Where the bytes of contents lie in the default storage. A path belongs to one content and is never written again.

Bytes without a record are nobody's: they are about to get one, or were left by a crash for the janitor, who waits long
enough. So bytes are written before their record and removed after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import structlog
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection, transaction

from files.models import Content, StoredObject, UploadedPart
from files.services.content import open_object
from files.services.objects.prepared import PreparedRows
from files.services.objects.quick_look import read_at

log = structlog.get_logger(__name__)
CONTENTS = "objects"
#: So many are looked up one by one.
_FEW = 3
#: A large file takes a while to go, and nobody waits for that.
_REMOVALS = ThreadPoolExecutor(max_workers=1, thread_name_prefix="content-removal")


@dataclass(frozen=True)
class PieceRange:
    """`length` bytes of an open file from `offset` on."""

    stream: BinaryIO
    offset: int
    length: int

    @property
    def is_file(self) -> bool:
        """Of this host, not of a storage elsewhere."""
        try:
            return self.stream.fileno() >= 0
        except (AttributeError, OSError):
            return False

    def read(self) -> bytes:
        """All of them, for few. Raises OSError if the file ends early."""
        if self.is_file:
            block = read_at(self.stream.fileno(), self.offset, self.length)
        else:
            self.stream.seek(self.offset)
            block = self.stream.read(self.length)
        if len(block) < self.length:
            raise OSError("the content ended early")
        return block


_IN_OBJECT = PreparedRows(
    lambda content: StoredObject.objects.filter(content_id=content).values_list("pk").order_by()[:1], "content"
)
_IN_PART = PreparedRows(
    lambda content: UploadedPart.objects.filter(content_id=content).values_list("pk").order_by()[:1], "content"
)


def content_path(content_id: str) -> str:
    """The name in the default storage of a new content's bytes."""
    return f"{CONTENTS}/{content_id[:2]}/{content_id}"


def local_file(path: str) -> Path | None:
    """Where that lies on this host, None for a storage elsewhere. For names that the catalog has made only."""
    # Its `path` would make sure that a name does not lead out of it, which costs more than to open the file.
    return Path(default_storage.location, path) if isinstance(default_storage, FileSystemStorage) else None


def pieces_of(content: Content) -> list[tuple[str, int]]:
    """Names and sizes in bytes of what makes up a content, in order."""
    if content.pieces is None:
        return [(content.path, content.size_bytes)]
    return [(path, size_bytes) for path, size_bytes in content.pieces]


def open_range(content: Content, *, start: int, length: int) -> list[PieceRange]:
    """The open files that hold these bytes, in order; whoever gets them closes them. They outlive a removal.

    Raises FileNotFoundError, with nothing left open, if the content was removed meanwhile.
    """
    opened: list[PieceRange] = []
    try:
        for path, offset, piece_length in _overlaps(pieces_of(content), start=start, length=length):
            opened.append(PieceRange(_opened(path), offset, piece_length))
    except BaseException:
        for piece in opened:
            piece.stream.close()
        raise
    return opened


def _opened(path: str) -> BinaryIO:
    """Without a look at where the path leads, if its name is of our own making."""
    target = local_file(path) if path.startswith(f"{CONTENTS}/") else None
    return open_object(path) if target is None else target.open("rb", buffering=0)


def _overlaps(pieces: Sequence[tuple[str, int]], *, start: int, length: int) -> Iterable[tuple[str, int, int]]:
    end, position = start + length, 0
    for path, size_bytes in pieces:
        first, last = max(start, position), min(end, position + size_bytes)
        if first < last:
            yield path, first - position, last - first
        position += size_bytes


def forget_unnamed(content_ids: Iterable[str]) -> None:
    """Remove those contents that nothing names any more: records now, bytes after the commit.

    Call it in the transaction that took the names away. Readers that have the bytes open keep them. Where a copy gives
    such a content a new name at the same time, one of both transactions fails and has to be repeated.
    """
    asked = set(content_ids)
    doomed = asked - _named(asked)
    if not doomed:
        return
    contents = Content.objects.filter(pk__in=doomed)
    paths = [path for content in contents for path, _ in pieces_of(content)]
    # What could refer to them has just been looked up.
    contents._raw_delete(connection.alias)
    transaction.on_commit(lambda: remove_later(paths))


def _named(content_ids: set[str]) -> set[str]:
    """Those of them that an object or a part names."""
    if len(content_ids) <= _FEW:
        return {pk for pk in content_ids if _IN_OBJECT.rows(pk) or _IN_PART.rows(pk)}
    names = (model.objects.filter(content_id__in=content_ids) for model in (StoredObject, UploadedPart))
    return {pk for named in names for pk in named.values_list("content_id", flat=True).order_by()}


def remove_later(paths: Sequence[str]) -> None:
    """Remove bytes in the background; what remains after a fault is the janitor's."""
    _REMOVALS.submit(_remove, paths)


def _remove(paths: Sequence[str]) -> None:
    for path in paths:
        try:
            default_storage.delete(path)
        except OSError as error:
            log.warning("bytes of a content were not removed", reason=error.strerror)
