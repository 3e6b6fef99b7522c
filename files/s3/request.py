"""A request as S3 reads it: raw path and query kept for signatures, names decoded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from urllib.parse import unquote_to_bytes

from files.object_errors import InvalidURI, KeyTooLongError

MAX_KEY_BYTES = 1024


class Profile(Enum):
    """How errors look and how lenient the server is: as existing clients of `/s3` know it, or as AWS does it."""

    CONTRACT = "contract"
    AWS = "aws"


@dataclass(frozen=True)
class S3Request:
    """Header names are in lower case; `raw_path` is as received, with the mount."""

    method: str
    raw_path: bytes
    raw_query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    profile: Profile
    #: The part of the path before the bucket: `/s3` or nothing.
    mount: str = ""
    scheme: str = "http"
    client_address: str = ""
    request_id: str = ""
    #: For addresses that name the bucket in their host.
    host_bucket: str | None = None

    @cached_property
    def _fields(self) -> dict[str, list[str]]:
        fields: dict[str, list[str]] = {}
        for name, value in self.headers:
            fields.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        return fields

    def header(self, name: str) -> str | None:
        """The value, those of repeated headers joined by commas; None if it was not sent."""
        values = self._fields.get(name)
        return None if values is None else ",".join(values)

    def header_values(self, name: str) -> list[str]:
        return self._fields.get(name, [])

    @cached_property
    def header_names(self) -> frozenset[str]:
        return frozenset(self._fields)

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """Decoded names and values in order; a name without `=` has an empty value. Raises InvalidURI."""
        pairs = [piece.partition(b"=") for piece in self.raw_query.split(b"&") if piece]
        return [(_text(name.replace(b"+", b" ")), _text(value.replace(b"+", b" "))) for name, _, value in pairs]

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The query by name; the first of several."""
        found: dict[str, str] = {}
        for name, value in self.query:
            found.setdefault(name, value)
        return found

    def parameter(self, name: str) -> str | None:
        return self.parameters.get(name)

    @cached_property
    def _bucket_and_key(self) -> tuple[str | None, str | None]:
        path = self.raw_path[len(self.mount) :].removeprefix(b"/")
        if self.host_bucket is not None:
            return self.host_bucket, _key(path)
        bucket, slash, key = path.partition(b"/")
        return _text(bucket) or None, _key(key) if slash else None

    @property
    def bucket(self) -> str | None:
        """As spelled in the request. Raises InvalidURI."""
        return self._bucket_and_key[0]

    @property
    def key(self) -> str | None:
        """None for the bucket itself, also with a slash at its end. Raises InvalidURI, KeyTooLongError."""
        return self._bucket_and_key[1]

    @property
    def resource(self) -> str:
        """What errors call it: `/{bucket}/{key}`."""
        return "/" + "/".join(part for part in (self.bucket, self.key) if part is not None)

    @property
    def is_contract(self) -> bool:
        return self.profile is Profile.CONTRACT

    @property
    def host(self) -> str:
        return self.header("host") or ""


def _key(raw: bytes) -> str | None:
    key = _text(raw)
    if len(key.encode()) > MAX_KEY_BYTES:
        raise KeyTooLongError(MaxSizeAllowed=str(MAX_KEY_BYTES))
    return key or None


def _text(raw: bytes) -> str:
    try:
        text = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError as error:
        raise InvalidURI from error
    if "\0" in text:
        raise InvalidURI
    return text
