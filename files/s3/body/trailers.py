"""The lines after the last chunk of a body."""

from __future__ import annotations

import re
from collections.abc import Iterator

from files.object_errors import IncompleteBody, MalformedTrailerError
from files.s3.signature.chunks import ChunkSignatures

_SIGNATURE = b"x-amz-trailer-signature"
_NAME = re.compile(rb"[a-z0-9-]{1,128}")
_HEX = re.compile(rb"[0-9a-f]{64}")


def read_trailers(
    tail: bytes, *, announced: frozenset[str], signatures: ChunkSignatures | None = None
) -> dict[str, str]:
    """Trailers by their names in lower case, exactly those announced; with `signatures` they must be signed.

    Raises IncompleteBody, MalformedTrailerError, SignatureDoesNotMatch.
    """
    if not tail:
        raise IncompleteBody
    pairs = list(_pairs(tail))
    if signatures is not None:
        name, signature = pairs.pop() if pairs else (b"", b"")
        if name != _SIGNATURE or not _HEX.fullmatch(signature):
            raise MalformedTrailerError
        signatures.require_trailers(pairs, signature=signature.decode())
    trailers = {name.decode(): value.decode("latin-1") for name, value in pairs}
    if len(trailers) != len(pairs) or trailers.keys() != announced:
        raise MalformedTrailerError
    return trailers


def _pairs(tail: bytes) -> Iterator[tuple[bytes, bytes]]:
    lines = [line.removesuffix(b"\r") for line in tail.split(b"\n")]
    if len(lines) < 2 or lines.pop() or lines.pop():
        raise MalformedTrailerError
    for number, line in enumerate(lines):
        if not line and lines[number + 1 :] and lines[number + 1].startswith(_SIGNATURE):
            continue  # some clients write an empty line before it
        name, colon, value = line.partition(b":")
        name = name.strip().lower()
        if not colon or not _NAME.fullmatch(name):
            raise MalformedTrailerError
        yield name, value.strip()
