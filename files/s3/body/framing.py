"""Take the framing off a body: pure, fed in any pieces, it never lets through what is not well-formed."""

from __future__ import annotations

import hashlib
import re
from enum import Enum, auto

from files.object_errors import IncompleteBody, InvalidObjectRequest
from files.s3.body.trailers import read_trailers
from files.s3.signature.chunks import ChunkSignatures

MAX_CHUNK_BYTES = 16 << 20
MAX_LINE_BYTES = 1 << 10
_MAX_TAIL_BYTES = 8 << 10
_HEAD = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?\r\n")


class _State(Enum):
    HEAD = auto()
    DATA = auto()
    DATA_END = auto()
    TAIL = auto()


class AwsChunked:
    """Chunks of `{size in hex}[;chunk-signature={hex}]`, the last one of size 0, then trailers.

    With `signatures` every chunk and the trailers must be signed, without them none is.
    """

    def __init__(
        self, *, size_bytes: int, announced: frozenset[str], has_trailers: bool, signatures: ChunkSignatures | None
    ) -> None:
        self._size_bytes, self._announced, self._has_trailers = size_bytes, announced, has_trailers
        self._signatures = signatures
        self._state = _State.HEAD
        #: What has arrived of a head, of the end of a chunk, or of the trailers.
        self._text = bytearray()
        self._left = 0
        self._decoded_bytes = 0
        self._signature = ""
        self._hash = hashlib.sha256()

    def feed(self, data: bytes) -> list[memoryview]:
        """The content in these bytes. Raises IncompleteBody, InvalidObjectRequest, SignatureDoesNotMatch."""
        content: list[memoryview] = []
        view, position = memoryview(data), 0
        while position < len(data):
            if self._state is _State.DATA:
                position = self._take_data(view, position, content)
            elif self._state is _State.HEAD:
                position = self._take_line(data, position, MAX_LINE_BYTES)
            elif self._state is _State.DATA_END:
                position = self._take_data_end(data, position)
            else:
                self._text += view[position:]
                self._require(len(self._text) <= _MAX_TAIL_BYTES, "The trailers are too long.")
                position = len(data)
        return content

    def finish(self) -> dict[str, str]:
        """The trailers, after the last byte. Raises IncompleteBody, MalformedTrailerError, SignatureDoesNotMatch."""
        if self._state is not _State.TAIL or self._decoded_bytes != self._size_bytes:
            raise IncompleteBody
        signatures = self._signatures if self._has_trailers else None
        return read_trailers(bytes(self._text), announced=self._announced, signatures=signatures)

    def _take_line(self, data: bytes, position: int, limit: int) -> int:
        end = data.find(b"\n", position) + 1
        self._text += data[position : end or len(data)]
        self._require(len(self._text) <= limit, "The head of a chunk is too long.")
        if not end:
            return len(data)
        self._begin_chunk(bytes(self._text))
        return end

    def _begin_chunk(self, line: bytes) -> None:
        self._text.clear()
        head = _HEAD.fullmatch(line)
        self._require(head is not None, "The head of a chunk is malformed.")
        assert head is not None  # noqa: S101 - see above
        self._left, signature = int(head[1], 16), head[2]
        self._require(self._left <= MAX_CHUNK_BYTES, "A chunk is too large.")
        is_signed = self._signatures is not None
        self._require((signature is not None) == is_signed, "A chunk is not signed as announced.")
        if self._decoded_bytes + self._left > self._size_bytes:
            raise IncompleteBody
        self._signature = (signature or b"").decode()
        self._state = _State.DATA
        if not self._left:
            self._check_chunk()
            self._state = _State.TAIL

    def _take_data(self, view: memoryview, position: int, content: list[memoryview]) -> int:
        piece = view[position : position + self._left]
        content.append(piece)
        if self._signatures is not None:
            self._hash.update(piece)
        self._left -= len(piece)
        self._decoded_bytes += len(piece)
        if not self._left:
            self._state = _State.DATA_END
        return position + len(piece)

    def _take_data_end(self, data: bytes, position: int) -> int:
        taken = data[position : position + 2 - len(self._text)]
        self._text += taken
        self._require(b"\r\n".startswith(self._text), "A chunk does not end where its head says.")
        if len(self._text) == 2:
            self._text.clear()
            self._check_chunk()
            self._state = _State.HEAD
        return position + len(taken)

    def _check_chunk(self) -> None:
        if self._signatures is not None:
            self._signatures.require_chunk(sha256_hex=self._hash.hexdigest(), signature=self._signature)
            self._hash = hashlib.sha256()

    @staticmethod
    def _require(holds: bool, message: str) -> None:
        if not holds:
            raise InvalidObjectRequest(message)


class Unframed:
    """A body that is its content."""

    def feed(self, data: bytes) -> list[memoryview]:
        return [memoryview(data)]

    def finish(self) -> dict[str, str]:
        return {}


Framing = AwsChunked | Unframed
