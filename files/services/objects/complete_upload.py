"""Make the parts of an upload an object."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings
from django.utils import timezone

from files.models import Content, MultipartUpload, UploadedPart
from files.object_errors import (
    EntityTooLarge,
    EntityTooSmall,
    InvalidObjectRequest,
    InvalidPart,
    InvalidPartOrder,
    NoSuchUpload,
    OperationAborted,
)
from files.services.objects import commit_queue
from files.services.objects.abort_upload import forget_contents
from files.services.objects.buckets import find_bucket
from files.services.objects.caller import S3Caller
from files.services.objects.content_store import pieces_of
from files.services.objects.find_upload import hold_upload, upload_of
from files.services.objects.publish_object import Checksum, Description, WriteConditions, publish
from files.services.objects.whole_checksum import whole_checksum
from kbstore import faults

MIN_PART_BYTES = 5 << 20
_TRIES = 5
_BATCH = 500


class NamedPart(Protocol):
    """A part as the client names it: its ETag without quotes, checksums in base64 by algorithm."""

    @property
    def number(self) -> int: ...
    @property
    def etag(self) -> str: ...
    @property
    def checksums(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Completion:
    """What a client wants made of its upload; `checksum` and size are what it expects of the object, if anything."""

    parts: Sequence[NamedPart]
    checksum: Checksum = Checksum()
    size_bytes: int | None = None


@dataclass(frozen=True)
class Completed:
    etag: str
    checksum: Checksum


@dataclass(frozen=True)
class _Plan:
    """What the object will be, made outside of any transaction."""

    parts: list[UploadedPart]
    pieces: list[tuple[str, int]]
    completed: Completed

    @property
    def size_bytes(self) -> int:
        return sum(part.size_bytes for part in self.parts)


def complete_upload(
    *,
    caller: S3Caller,
    bucket_name: str,
    key: str,
    upload_id: str,
    asked: Completion,
    conditions: WriteConditions | None = None,
) -> Completed:
    """The object is there, whole, from the commit on; no byte was moved. A day long it may be repeated.

    Raises NoSuchBucket, ObjectAccessDenied, NoSuchUpload (also for a completed one with other parts), InvalidPartOrder,
    InvalidPart, EntityTooSmall, EntityTooLarge, InvalidObjectRequest, BadDigest, and what the conditions raise; the
    upload stays open then.
    """
    bucket = find_bucket(bucket_name)
    caller.require(bucket, key=key, writes=True)
    _check_order(asked.parts)
    for _ in range(_TRIES):
        upload = upload_of(bucket, key, upload_id)
        if upload.completed_at is not None:
            return _repeated(upload, asked)
        try:
            plan = _plan(upload, asked)
        except FileNotFoundError:  # a part was replaced while its bytes were read
            continue
        completed = commit_queue.run(lambda: _commit(upload, plan, asked, conditions))  # noqa: B023 - run at once
        if completed is not None:
            faults.reach("upload.committed")
            return completed
    # Its parts were replaced as fast as they could be read.
    raise OperationAborted


def _check_order(parts: Sequence[NamedPart]) -> None:
    numbers = [part.number for part in parts]
    if any(later <= earlier for earlier, later in zip(numbers, numbers[1:], strict=False)):
        raise InvalidPartOrder


def _repeated(upload: MultipartUpload, asked: Completion) -> Completed:
    result = upload.result
    if result["parts"] != _fingerprint(asked.parts):
        raise NoSuchUpload
    return Completed(result["etag"], Checksum(*result["checksum"]))


def _fingerprint(parts: Sequence[NamedPart]) -> str:
    """Ten thousand parts would be half a megabyte to remember."""
    return hashlib.sha256("".join(f"{part.number} {part.etag}\n" for part in parts).encode()).hexdigest()


def _plan(upload: MultipartUpload, asked: Completion) -> _Plan:
    there = {part.number: part for part in UploadedPart.objects.filter(upload=upload).select_related("content")}
    parts = [_matching(named, there.get(named.number)) for named in asked.parts]
    _check_sizes(parts, asked)
    pieces = [piece for part in parts for piece in pieces_of(part.content)]
    checksum = whole_checksum(upload, parts, asked.checksum)
    return _Plan(parts, pieces, Completed(_etag(parts), checksum))


def _matching(named: NamedPart, part: UploadedPart | None) -> UploadedPart:
    """Raises InvalidPart unless it is what the client believes it to be."""
    if part is None or named.etag != part.etag:
        raise InvalidPart(PartNumber=str(named.number), ETag=named.etag)
    for algorithm, checksum in named.checksums.items():
        if (algorithm, checksum) != (part.checksum_algorithm, part.checksum):
            raise InvalidPart(PartNumber=str(named.number), ETag=named.etag)
    return part


def _check_sizes(parts: Sequence[UploadedPart], asked: Completion) -> None:
    for part in parts[:-1]:
        if part.size_bytes < MIN_PART_BYTES:
            raise EntityTooSmall(
                PartNumber=str(part.number),
                ETag=part.etag,
                ProposedSize=str(part.size_bytes),
                MinSizeAllowed=str(MIN_PART_BYTES),
            )
    total = sum(part.size_bytes for part in parts)
    if total > settings.S3_MAX_OBJECT_BYTES:
        raise EntityTooLarge(ProposedSize=str(total), MaxSizeAllowed=str(settings.S3_MAX_OBJECT_BYTES))
    if asked.size_bytes is not None and asked.size_bytes != total:
        raise InvalidObjectRequest(
            f"The provided 'x-amz-mp-object-size' header value {asked.size_bytes} does not match what was computed: "
            f"{total}"
        )


def _etag(parts: Sequence[UploadedPart]) -> str:
    digests = b"".join(bytes.fromhex(part.etag) for part in parts)
    return f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"


def _commit(
    upload: MultipartUpload, plan: _Plan, asked: Completion, conditions: WriteConditions | None
) -> Completed | None:
    """None if the upload is no longer what the plan was made for."""
    held = hold_upload(upload)
    contents = dict(UploadedPart.objects.filter(upload=upload).values_list("number", "content_id"))
    if held.completed_at is not None or any(contents.get(part.number) != part.content_id for part in plan.parts):
        return None
    publish(
        bucket_id=upload.bucket_id,
        key=upload.key,
        content=Content(pieces=[list(piece) for piece in plan.pieces], size_bytes=plan.size_bytes),
        etag=plan.completed.etag,
        description=Description(upload.content_type, upload.headers, upload.metadata),
        checksum=plan.completed.checksum,
        parts=_shown_parts(plan),
        conditions=conditions,
    )
    _consume_parts(upload, plan, unnamed=set(contents.values()) - {part.content_id for part in plan.parts})
    _remember(held, plan, asked)
    faults.reach("upload.before_commit")
    return plan.completed


def _shown_parts(plan: _Plan) -> list[list[Any]]:
    """A part's checksum is told where the whole one's algorithm is its own."""
    algorithm = plan.completed.checksum.algorithm
    return [
        [part.number, part.size_bytes, part.checksum if part.checksum_algorithm == algorithm else ""]
        for part in plan.parts
    ]


def _consume_parts(upload: MultipartUpload, plan: _Plan, *, unnamed: set[str]) -> None:
    """The parts' bytes are the object's now; those of parts that were not named go."""
    UploadedPart.objects.filter(upload=upload).delete()
    moved = [part.content_id for part in plan.parts]
    for first in range(0, len(moved), _BATCH):
        contents = Content.objects.filter(pk__in=moved[first : first + _BATCH])
        # Nothing but the parts has ever named them.
        contents._raw_delete(contents.db)
    forget_contents(sorted(unnamed))


def _remember(upload: MultipartUpload, plan: _Plan, asked: Completion) -> None:
    checksum = plan.completed.checksum
    upload.completed_at = timezone.now()
    upload.result = {
        "etag": plan.completed.etag,
        "checksum": [checksum.algorithm, checksum.type, checksum.value],
        "parts": _fingerprint(asked.parts),
    }
    upload.save(update_fields=["completed_at", "result"])
