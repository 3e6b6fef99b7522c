"""The checksum of an object from those of its parts."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from files.models import Content, MultipartUpload, UploadedPart
from files.object_errors import BadDigest, InvalidObjectRequest
from files.services.objects.checksums import (
    ALGORITHMS,
    COMPOSITE,
    FULL_OBJECT,
    composite_checksum,
    encoded,
    full_checksum,
)
from files.services.objects.compute_checksum import compute_checksum
from files.services.objects.content_store import pieces_of
from files.services.objects.publish_object import Checksum


def whole_checksum(upload: MultipartUpload, parts: Sequence[UploadedPart], expected: Checksum) -> Checksum:
    """As the upload declared it, or as the client asks at the end; nothing for parts that have none in common.

    Raises BadDigest if the client expects another value, InvalidObjectRequest if it expects what was not declared.
    """
    algorithm, checksum_type = _kind(upload, parts, expected)
    if not algorithm:
        return Checksum()
    digests = _digests(parts, algorithm)
    if checksum_type == COMPOSITE and digests is not None:
        value = composite_checksum(algorithm, digests)
    elif digests is not None and ALGORITHMS[algorithm].combine is not None:
        sizes = [part.size_bytes for part in parts]
        value = encoded(full_checksum(algorithm, zip(digests, sizes, strict=True)))
    else:
        value, checksum_type = encoded(compute_checksum(_joined(parts), algorithm)), FULL_OBJECT
    if expected.value and expected.value not in (value, value.partition("-")[0]):
        raise BadDigest
    return Checksum(algorithm, checksum_type, value)


def _kind(upload: MultipartUpload, parts: Sequence[UploadedPart], expected: Checksum) -> tuple[str, str]:
    """Algorithm and type; both empty for none."""
    declared = upload.checksum_algorithm
    if declared:
        if expected.type and expected.type != upload.checksum_type:
            raise InvalidObjectRequest(
                f"The upload was created using the {upload.checksum_type} checksum mode. The complete request must use "
                "the same checksum mode."
            )
        if expected.algorithm and expected.algorithm != declared:
            raise InvalidObjectRequest(f"The upload was created using the {declared} checksum algorithm.")
        return declared, upload.checksum_type
    if expected.algorithm:
        return expected.algorithm, expected.type or FULL_OBJECT
    found = {part.checksum_algorithm for part in parts}
    algorithm = found.pop() if len(found) == 1 else ""
    if not algorithm:
        return "", ""
    return algorithm, FULL_OBJECT if ALGORITHMS[algorithm].combine else COMPOSITE


def _digests(parts: Sequence[UploadedPart], algorithm: str) -> list[bytes] | None:
    """None if some part has none of this algorithm."""
    if any(part.checksum_algorithm != algorithm for part in parts):
        return None
    return [base64.b64decode(part.checksum) for part in parts]


def _joined(parts: Sequence[UploadedPart]) -> Content:
    """All bytes in order, as a content that is not stored."""
    pieces = [piece for part in parts for piece in pieces_of(part.content)]
    return Content(pieces=pieces, size_bytes=sum(part.size_bytes for part in parts))
