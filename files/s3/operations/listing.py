"""Answers to the lists of a bucket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from pydantic import Field

from files.models import ObjectBucket
from files.object_errors import InvalidArgument
from files.s3.answers import Answer, iso_date, xml
from files.s3.call import Call
from files.s3.continuation import name_in, token_after
from files.s3.request import S3Request
from files.s3.threads import in_thread
from files.s3.xml.write import document, element, escaped, group
from files.services.objects.buckets import find_bucket
from files.services.objects.list_objects import ListedObject, ObjectPage
from files.services.objects.list_objects import list_objects as listed
from kbstore.rest.schema import RequestModel, parse_parameters

MAX_KEYS = 1000


async def list_objects(call: Call) -> Answer:
    return await in_thread(_first_version, call)


async def list_objects_v2(call: Call) -> Answer:
    return await in_thread(_second_version, call)


async def list_object_versions(call: Call) -> Answer:
    return await in_thread(_versions, call)


class _ContractQuery(RequestModel):
    """What existing clients may ask for; anything else is answered as the REST API does."""

    max_keys: Annotated[int, Field(alias="max-keys", ge=1, le=MAX_KEYS)] = MAX_KEYS


@dataclass(frozen=True)
class _Asked:
    """The parameters that all lists share."""

    bucket_name: str
    prefix: str
    delimiter: str
    limit: int
    is_encoded: bool

    def name(self, text: str) -> str:
        """A key or a part of one, as it stands between two tags."""
        return quote(text) if self.is_encoded else escaped(text)

    def element(self, name: str, text: str | None) -> str:
        """An element with a key in it; nothing for None."""
        return "" if text is None else f"<{name}>{self.name(text)}</{name}>"

    def head(self, *places: str) -> str:
        """The elements before the items; `places` say where the page begins."""
        return "".join((
            element("Name", self.bucket_name),
            self.element("Prefix", self.prefix),
            *places,
            element("MaxKeys", self.limit),
            self.element("Delimiter", self.delimiter or None),
            "<EncodingType>url</EncodingType>" if self.is_encoded else "",
        ))  # fmt: skip

    def prefixes(self, page: ObjectPage) -> str:
        return "".join(group("CommonPrefixes", self.element("Prefix", prefix)) for prefix in page.prefixes)


def _first_version(call: Call) -> Answer:
    request, asked = call.request, _asked(call)
    marker = request.parameter("marker") or ""
    bucket, page = _page(call, asked, after=marker)
    following = page.last if page.is_truncated else None
    return xml(document(
        "ListBucketResult",
        asked.head(asked.element("Marker", marker)),
        element("IsTruncated", page.is_truncated),
        asked.element("NextMarker", following),
        _contents(page, asked, _checksum, owner=owner_element("Owner", call, bucket)),
        asked.prefixes(page),
        request=request,
    ))  # fmt: skip


def _second_version(call: Call) -> Answer:
    """Existing clients of `/s3` also get this when they mean the first version: it then has a marker."""
    request, asked = call.request, _asked(call)
    token, start_after = request.parameter("continuation-token"), request.parameter("start-after")
    marker = request.parameter("marker") if request.parameter("list-type") is None else None
    bucket, page = _page(call, asked, after=name_in(token) if token else start_after or marker or "")
    following = page.last if page.is_truncated else None
    wants_owner = request.parameter("fetch-owner") == "true"
    return xml(document(
        "ListBucketResult",
        asked.head(
            asked.element("Marker", marker),
            asked.element("StartAfter", start_after),
            element("ContinuationToken", token),
        ),
        element("KeyCount", len(page)),
        element("IsTruncated", page.is_truncated),
        element("NextContinuationToken", None if following is None else token_after(following)),
        asked.element("NextMarker", following if request.parameter("list-type") is None else None),
        _contents(
            page,
            asked,
            _no_checksum if request.is_contract else _checksum,
            owner=owner_element("Owner", call, bucket) if wants_owner else "",
        ),
        asked.prefixes(page),
        request=request,
    ))  # fmt: skip


def _versions(call: Call) -> Answer:
    """Each object has one version, called `null`."""
    request, asked = call.request, _asked(call)
    marker, version = request.parameter("key-marker") or "", request.parameter("version-id-marker") or ""
    if version and not marker:
        raise InvalidArgument(
            "A version-id marker cannot be specified without a key marker.",
            ArgumentName="version-id-marker",
            ArgumentValue=version,
        )
    bucket, page = _page(call, asked, after=marker)
    following = page.last if page.is_truncated else None
    return xml(document(
        "ListVersionsResult",
        asked.head(asked.element("KeyMarker", marker), element("VersionIdMarker", version)),
        element("IsTruncated", page.is_truncated),
        asked.element("NextKeyMarker", following),
        element("NextVersionIdMarker", None if following is None else "null"),
        _contents(page, asked, _checksum, owner=owner_element("Owner", call, bucket), is_version=True),
        asked.prefixes(page),
        request=request,
    ))  # fmt: skip


def owner_element(name: str, call: Call, bucket: ObjectBucket) -> str:
    """Whose a bucket is: its objects belong to nobody else."""
    is_own = bucket.owner == call.caller.owner
    shown = call.caller.display_name if is_own else bucket.owner
    return group(name, element("ID", bucket.owner), element("DisplayName", shown))


def _asked(call: Call) -> _Asked:
    request = call.request
    return _Asked(
        bucket_name=call.bucket_name,
        prefix=request.parameter("prefix") or "",
        delimiter=request.parameter("delimiter") or "",
        limit=_limit(request),
        is_encoded=is_encoded(request),
    )


def _limit(request: S3Request) -> int:
    if request.is_contract:
        return parse_parameters(request.parameters, _ContractQuery).max_keys
    return count_parameter(request, "max-keys", most=MAX_KEYS)


def count_parameter(request: S3Request, name: str, *, most: int) -> int:
    """How many items a client wants; more than `most` act as that. Raises InvalidArgument."""
    text = request.parameter(name)
    if text is None:
        return most
    if not (text.isascii() and text.isdigit()):
        message = f"Provided {name} not an integer or within integer range"
        raise InvalidArgument(message, ArgumentName=name, ArgumentValue=text)
    return most if len(text.lstrip("0")) > len(str(most)) else min(int(text[-9:]), most)


def is_encoded(request: S3Request) -> bool:
    """Whether the client wants names percent-encoded. Raises InvalidArgument."""
    encoding = request.parameter("encoding-type")
    if encoding in (None, ""):
        return False
    if encoding != "url":
        raise InvalidArgument(
            "Invalid Encoding Method specified in Request", ArgumentName="encoding-type", ArgumentValue=encoding
        )
    return True


def _page(call: Call, asked: _Asked, *, after: str) -> tuple[ObjectBucket, ObjectPage]:
    """A caller that is kept to a prefix has to name it: nothing else in the bucket is told to it."""
    bucket = find_bucket(asked.bucket_name)
    call.caller.require(bucket)
    call.caller.require(bucket, key=asked.prefix)
    page = listed(bucket=bucket, prefix=asked.prefix, delimiter=asked.delimiter, after=after, limit=asked.limit)
    return bucket, page


def _contents(
    page: ObjectPage,
    asked: _Asked,
    checksum: Callable[[ListedObject], str],
    *,
    owner: str,
    is_version: bool = False,
) -> str:
    """One text for each object, without helpers: a page has 1,000."""
    name, before, after = asked.name, "<Contents><Key>", "</Contents>"
    version = ""
    if is_version:
        before, after = "<Version><Key>", "</Version>"
        version = "<VersionId>null</VersionId><IsLatest>true</IsLatest>"
    return "".join(
        f"{before}{name(found.key)}</Key>{version}<LastModified>{iso_date(found.last_modified)}</LastModified>"
        f'<ETag>"{found.etag}"</ETag>{checksum(found)}<Size>{found.size_bytes}</Size>'
        f"<StorageClass>STANDARD</StorageClass>{owner}{after}"
        for found in page.objects
    )


def _checksum(found: ListedObject) -> str:
    if not found.checksum_algorithm:
        return ""
    kind = f"<ChecksumType>{found.checksum_type}</ChecksumType>" if found.checksum_type else ""
    return f"<ChecksumAlgorithm>{found.checksum_algorithm}</ChecksumAlgorithm>{kind}"


def _no_checksum(_found: ListedObject) -> str:
    return ""
