"""What requests without an object in their body say about checksums."""

from __future__ import annotations

from files.object_errors import InvalidObjectRequest
from files.s3.request import S3Request
from files.services.objects.checksums import ALGORITHMS, BY_HEADER, COMPOSITE, FULL_OBJECT
from files.services.objects.publish_object import Checksum


def asked_algorithm(request: S3Request) -> str:
    """Of the object that will be made; empty if the client leaves it to the server. Raises InvalidObjectRequest."""
    name = (request.header("x-amz-checksum-algorithm") or "").strip().upper()
    if name and name not in ALGORITHMS:
        raise InvalidObjectRequest(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
            f"[{', '.join(ALGORITHMS)}]"
        )
    return name


def asked_type(request: S3Request) -> str:
    """Empty if the client leaves it to the server. Raises InvalidObjectRequest."""
    name = (request.header("x-amz-checksum-type") or "").strip().upper()
    if name not in ("", FULL_OBJECT, COMPOSITE):
        raise InvalidObjectRequest("Value for x-amz-checksum-type header is invalid.")
    return name


def expected_checksum(request: S3Request) -> Checksum:
    """What the client has computed of the whole object, if anything. Raises InvalidObjectRequest."""
    sent = [name for name in BY_HEADER if request.header(name) is not None]
    if len(sent) > 1:
        raise InvalidObjectRequest(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    if not sent:
        return Checksum(type=asked_type(request))
    return Checksum(BY_HEADER[sent[0]].name, asked_type(request), (request.header(sent[0]) or "").strip())


def expected_size(request: S3Request) -> int | None:
    """Of the whole object, in bytes. Raises InvalidObjectRequest."""
    text = request.header("x-amz-mp-object-size")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise InvalidObjectRequest("Value for x-amz-mp-object-size header is invalid.")
    return int(text)
