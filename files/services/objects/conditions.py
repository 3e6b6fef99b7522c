"""Conditions that a request sets on the object it finds (RFC 9110 section 13, as S3 reads it); pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from files.models import StoredObject
from files.object_errors import NoSuchKey, PreconditionFailed

ANY = "*"


@dataclass(frozen=True)
class Conditions:
    """ETags are as sent: with quotes or without, lists, `*`. Times count in whole seconds. None: not asked."""

    if_match: str | None = None
    if_none_match: str | None = None
    if_modified_since: datetime | None = None
    if_unmodified_since: datetime | None = None

    def check_read(self, found: StoredObject) -> bool:
        """Whether the object is to be sent; False where the reader has it already. Raises PreconditionFailed."""
        self._require_same(found)
        return not self._is_known(found)

    def check_copy(self, source: StoredObject) -> None:
        """Raises PreconditionFailed, also where a reader would be told that it has the object already."""
        self._require_same(source)
        if self._is_known(source):
            raise PreconditionFailed(Condition=_header(self.if_none_match, "If-None-Match", "If-Modified-Since"))

    def check_write(self, existing: StoredObject | None) -> None:
        """Raises NoSuchKey where a key that has to exist does not, PreconditionFailed; times do not matter."""
        if self.if_match is not None:
            if existing is None:
                raise NoSuchKey
            if not names(self.if_match, existing.etag):
                raise PreconditionFailed(Condition="If-Match")
        if self.if_none_match is not None and existing is not None and names(self.if_none_match, existing.etag):
            raise PreconditionFailed(Condition="If-None-Match")

    def _require_same(self, found: StoredObject) -> None:
        if self.if_match is not None:
            if not names(self.if_match, found.etag):
                raise PreconditionFailed(Condition="If-Match")
        elif self.if_unmodified_since is not None and _seconds(found) > self.if_unmodified_since:
            raise PreconditionFailed(Condition="If-Unmodified-Since")

    def _is_known(self, found: StoredObject) -> bool:
        if self.if_none_match is not None:
            return names(self.if_none_match, found.etag)
        return self.if_modified_since is not None and _seconds(found) <= self.if_modified_since


@dataclass(frozen=True)
class DeleteConditions:
    """What an object has to be for its deletion; one that is gone already fulfils everything."""

    if_match: str | None = None
    if_match_size: int | None = None
    if_match_last_modified: datetime | None = None

    @property
    def is_any(self) -> bool:
        return (self.if_match, self.if_match_size, self.if_match_last_modified) != (None, None, None)

    def check(self, existing: StoredObject) -> None:
        """Raises PreconditionFailed."""
        if self.if_match is not None and not names(self.if_match, existing.etag):
            raise PreconditionFailed(Condition="If-Match")
        if self.if_match_size is not None and existing.size_bytes != self.if_match_size:
            raise PreconditionFailed(Condition="x-amz-if-match-size")
        modified = self.if_match_last_modified
        if modified is not None and _seconds(existing) != modified.replace(microsecond=0):
            raise PreconditionFailed(Condition="x-amz-if-match-last-modified-time")


def names(header: str, etag: str) -> bool:
    """Whether a list of ETags, or `*`, names this one (which has no quotes)."""
    return any(wanted in (ANY, etag) for wanted in _listed(header))


def _listed(header: str) -> Iterator[str]:
    for entry in header.split(","):
        yield entry.strip().removeprefix("W/").strip('"')


def _seconds(found: StoredObject) -> datetime:
    return found.last_modified.replace(microsecond=0)


def _header(etags: str | None, by_etag: str, by_time: str) -> str:
    return by_time if etags is None else by_etag
