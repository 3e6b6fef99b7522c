"""What a request says of its body: framing, size, and the digests that it must have."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from files.object_errors import (
    BadDigest,
    InvalidArgument,
    InvalidDigest,
    InvalidObjectRequest,
    MalformedTrailerError,
    MissingContentLength,
    XAmzContentSHA256Mismatch,
)
from files.s3.body.framing import AwsChunked, Framing, Unframed
from files.s3.call import Proof
from files.s3.request import S3Request
from files.s3.signature.chunks import ChunkSignatures
from files.s3.signature.payload import CHUNKS_SIGNED, CHUNKS_SIGNED_TRAILER, CHUNKS_UNSIGNED_TRAILER
from files.services.objects.checksums import ALGORITHMS, BY_HEADER

_PREFIX = "x-amz-checksum-"
#: Headers with that prefix which hold no checksum.
_OTHERS = frozenset({"x-amz-checksum-algorithm", "x-amz-checksum-type", "x-amz-checksum-mode"})
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_FRAMED = frozenset({CHUNKS_UNSIGNED_TRAILER, CHUNKS_SIGNED, CHUNKS_SIGNED_TRAILER})
_ONE_CHECKSUM = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
_MD5_BYTES = 16
_DIGITS = 19


@dataclass(frozen=True)
class Digests:
    """Those of the bytes that have arrived; None for one that nobody asked for."""

    md5: bytes | None
    sha256: bytes | None
    checksum: bytes | None


@dataclass(frozen=True)
class Declared:
    """Digests are None where the request names none."""

    proof: Proof
    #: Of the content, without framing; None if only the end of the body will tell.
    size_bytes: int | None
    sha256: bytes | None
    md5: bytes | None
    #: Of the checksum; empty if the client leaves the choice to the server.
    algorithm: str
    checksum: bytes | None
    #: Names of the trailers, in lower case.
    announced: frozenset[str]

    @property
    def is_framed(self) -> bool:
        return self.proof.payload in _FRAMED

    def framing(self) -> Framing:
        """Fresh, for one body."""
        if not self.is_framed:
            return Unframed()
        payload = self.proof.payload
        return AwsChunked(
            size_bytes=self.size_bytes or 0,
            announced=self.announced,
            has_trailers=payload != CHUNKS_SIGNED,
            signatures=None if payload == CHUNKS_UNSIGNED_TRAILER else ChunkSignatures(self.proof),
        )

    def check(self, digests: Digests, trailers: Mapping[str, str]) -> None:
        """Raise XAmzContentSHA256Mismatch or BadDigest unless the bytes are those that were declared."""
        if self.sha256 is not None and self.sha256 != digests.sha256:
            raise XAmzContentSHA256Mismatch
        if self.md5 is not None and self.md5 != digests.md5:
            raise BadDigest("The Content-MD5 you specified did not match what we received.")
        expected = [self.checksum] if self.checksum is not None else []
        expected += [_decoded_checksum(name, value) for name, value in trailers.items()]
        for value in expected:
            if value != digests.checksum:
                raise BadDigest(f"The {self.algorithm} you specified did not match the calculated checksum.")


def read_declared(request: S3Request, proof: Proof) -> Declared:
    """Of the bytes of an object.

    Raises MissingContentLength, InvalidArgument, InvalidDigest, BadDigest, InvalidObjectRequest,
    MalformedTrailerError.
    """
    return _read(request, proof, _size(request, is_framed=proof.payload in _FRAMED), has_checksum=True)


def read_declared_document(request: S3Request, proof: Proof) -> Declared:
    """Of a body that is no object, and may be absent. Raises the same errors."""
    is_framed = proof.payload in _FRAMED
    # Complete speaks of the checksum of its object.
    is_of_body = request.parameter("uploadId") is None
    return _read(request, proof, _size(request, is_framed=True) if is_framed else None, has_checksum=is_of_body)


def _read(request: S3Request, proof: Proof, size_bytes: int | None, *, has_checksum: bool) -> Declared:
    announced = _announced(request)
    if announced and proof.payload not in _FRAMED:
        raise MalformedTrailerError
    header, algorithm = _checksum(request, announced) if has_checksum else ("", "")
    payload = proof.payload
    return Declared(
        proof=proof,
        size_bytes=size_bytes,
        sha256=bytes.fromhex(payload) if _SHA256.fullmatch(payload) else None,
        md5=_md5(request),
        algorithm=algorithm,
        checksum=_decoded_checksum(header, request.header(header) or "") if header else None,
        announced=announced,
    )


def _size(request: S3Request, *, is_framed: bool) -> int | None:
    name = "x-amz-decoded-content-length" if is_framed else "content-length"
    text = request.header(name)
    if text is None:
        if not is_framed and request.header("transfer-encoding") is not None:
            return None
        raise MissingContentLength
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise InvalidArgument(f"The value of {name} is not a size.", ArgumentName=name, ArgumentValue=text)
    return int(text)


def _md5(request: S3Request) -> bytes | None:
    text = request.header("content-md5")
    if text is None:
        return None
    digest = _decoded(text)
    if len(digest) != _MD5_BYTES:
        raise BadDigest if request.is_contract else InvalidDigest
    return digest


def _announced(request: S3Request) -> frozenset[str]:
    names = frozenset(name.strip().lower() for name in (request.header("x-amz-trailer") or "").split(",")) - {""}
    if names - BY_HEADER.keys():
        raise InvalidObjectRequest("The value specified in the x-amz-trailer header is not supported")
    return names


def _checksum(request: S3Request, announced: frozenset[str]) -> tuple[str, str]:
    """The header that holds the checksum, empty for none, and the algorithm."""
    sent = [name for name in request.header_names if name.startswith(_PREFIX) and name not in _OTHERS]
    named = {*sent, *announced}
    if len(named) > 1 or (sent and announced):
        raise InvalidObjectRequest(
            "Expecting a single x-amz-checksum- header. Multiple checksum types are not allowed."
        )
    if named - BY_HEADER.keys():
        raise InvalidObjectRequest("The algorithm type you specified in x-amz-checksum- header is invalid.")
    algorithms = {BY_HEADER[name].name for name in named} | _chosen(request)
    if len(algorithms) > 1:
        raise InvalidObjectRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
    return "".join(sent), "".join(algorithms)


def _chosen(request: S3Request) -> set[str]:
    """By name alone: the value may follow, or be left to the server."""
    name = (request.header("x-amz-sdk-checksum-algorithm") or "").upper()
    if name and name not in ALGORITHMS:
        raise InvalidObjectRequest("Checksum algorithm provided is unsupported.")
    return {name} - {""}


def _decoded_checksum(header: str, text: str) -> bytes:
    algorithm = BY_HEADER[header]
    digest = _decoded(text)
    if len(digest) != algorithm.size_bytes:
        raise BadDigest(f"Value for {header} is invalid.")
    return digest


def _decoded(text: str) -> bytes:
    """Empty for what is not base64."""
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""
