"""The multipart form of an upload, parsed as it arrives; no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from kbstore.errors import InvalidRequest, PayloadTooLarge
from kbstore.rest.errors import UnreadableBody, ValidationFailed

FILE_FIELD = "file"
CHECKSUM_FIELD = "checksum_sha256"
MAX_PARTS = 16
#: All that is not the file: other fields and the lines between parts.
MAX_OVERHEAD_BYTES = 1 << 20


class FormEvent(Enum):
    FILE_STARTS = 1


def missing_file() -> ValidationFailed:
    return ValidationFailed([{"type": "missing", "loc": ["body", FILE_FIELD], "msg": "Field required", "input": None}])


class UploadForm:
    """Feed it chunks; it gives FILE_STARTS once and then the file's bytes, and remembers the expected checksum."""

    def __init__(self, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        if kind != "multipart/form-data":
            raise missing_file()
        self.has_file = False
        self._checksum = b""
        self._part: MultipartSegment | None = None
        self._received = self._file_bytes = 0
        try:
            self._parser = PushMultipartParser(options.get("boundary", ""), max_segment_count=MAX_PARTS)
        except MultipartError as error:
            raise UnreadableBody from error

    @property
    def checksum(self) -> str | None:
        return self._checksum.decode("latin-1") or None

    def feed(self, chunk: bytes) -> Iterator[FormEvent | bytes]:
        """What a chunk holds of the file. Raises UnreadableBody, PayloadTooLarge."""
        self._received += len(chunk)
        if self._parser.closed or not chunk:
            return  # an epilogue, which nobody reads
        try:
            for event in self._parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    yield from self._start_part(event)
                elif event is not None:
                    yield from self._take(bytes(event))
        except MultipartError as error:
            raise UnreadableBody from error
        if self._received - self._file_bytes > MAX_OVERHEAD_BYTES + len(chunk):
            if not self.has_file:
                raise missing_file()
            raise PayloadTooLarge("The form holds more than a file.", details={"max_form_bytes": MAX_OVERHEAD_BYTES})

    def _start_part(self, part: MultipartSegment) -> Iterator[FormEvent]:
        self._part = part
        if part.name == FILE_FIELD:
            if self.has_file:
                raise InvalidRequest("The form holds more than one part named file.", code="multiple_files")
            self.has_file = True
            yield FormEvent.FILE_STARTS

    def _take(self, data: bytes) -> Iterator[bytes]:
        name = self._part.name if self._part else None
        if name == FILE_FIELD:
            self._file_bytes += len(data)
            yield data
        elif name == CHECKSUM_FIELD:
            self._checksum = (self._checksum + data)[:128]

    def close(self) -> None:
        """The body has ended. Raises UnreadableBody, ValidationFailed when no file was in it."""
        try:
            self._parser.close(check_complete=self._received > 0)
        except MultipartError as error:
            raise UnreadableBody from error
        if not self.has_file:
            raise missing_file()
