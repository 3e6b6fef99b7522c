"""The multipart form of an upload to a bucket, parsed as it arrives; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from files.object_errors import InvalidArgument, ObjectError, PreconditionFailed
from kbstore.errors import Kind

MAX_FIELDS = 100
MAX_FIELD_BYTES = 64 << 10
_FORM = "multipart/form-data"
_FILE = "file"


class MalformedPostRequest(ObjectError):
    kind = Kind.INVALID
    s3_code = "MalformedPOSTRequest"
    default_message = "The body of your POST request is not well-formed multipart/form-data."


class PostFields:
    """Feed it chunks; it gives the bytes of the file. By its first ones, `fields` hold all that came before it.

    What comes after the file is ignored, as S3 does it.
    """

    def __init__(self, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        if kind != _FORM:
            raise PreconditionFailed(Condition=f"Bucket POST must be of the enclosure-type {_FORM}")
        #: By name in lower case; the first of several.
        self.fields: dict[str, str] = {}
        self.file_name = ""
        self.has_file = False
        self._received = 0
        self._name = ""
        self._value = bytearray()
        self._is_in_file = False
        try:
            self._parser = PushMultipartParser(options.get("boundary", ""), max_segment_count=MAX_FIELDS)
        except MultipartError as error:
            raise MalformedPostRequest from error

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Bytes of the file. Raises MalformedPostRequest, InvalidArgument."""
        if self._parser.closed or not chunk:
            return
        try:
            for event in self._parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    self._start(event)
                    if self._is_in_file:
                        yield b""
                elif event is None:
                    self._end()
                elif self._is_in_file:
                    yield bytes(event)
                else:
                    self._take(bytes(event))
        except MultipartError as error:
            raise MalformedPostRequest from error

    def close(self) -> None:
        """The body has ended. Raises MalformedPostRequest, InvalidArgument when no file was in it."""
        try:
            self._parser.close()
        except MultipartError as error:
            raise MalformedPostRequest from error
        if not self.has_file:
            raise InvalidArgument("POST requires exactly one file upload per request.", ArgumentName=_FILE)

    def _start(self, part: MultipartSegment) -> None:
        self._name = part.name.lower()
        self._value.clear()
        self._is_in_file = self._name == _FILE and not self.has_file
        if self._is_in_file:
            self.has_file = True
            self.file_name = part.filename or ""

    def _take(self, data: bytes) -> None:
        self._received += len(data)
        if self._received > MAX_FIELD_BYTES:
            raise MalformedPostRequest("The fields of your POST request are too large.")
        self._value += data

    def _end(self) -> None:
        if not self._is_in_file and not self.has_file:
            try:
                self.fields.setdefault(self._name, self._value.decode())
            except UnicodeDecodeError as error:
                raise InvalidArgument("A field of the form is not UTF-8.") from error
        self._is_in_file = False
