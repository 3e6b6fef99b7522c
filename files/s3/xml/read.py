"""XML documents that clients send: with the namespace of S3 or without, never with a DTD or entities."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError  # noqa: S405 - for their types; defusedxml reads

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from files.object_errors import MalformedXML
from files.s3.xml.control_characters import restore_control_characters, without_control_characters

MAX_DOCUMENT_BYTES = 2 << 20
#: Each costs microseconds: more tags than the largest document of its kind needs are refused unread.
_TAGS_OF_DELETION, _TAGS_OF_COMPLETION, _TAGS_OF_LOCATION = 20_000, 120_000, 100
_CHECKSUM = "Checksum"


@dataclass(frozen=True)
class NamedObject:
    """An object that is to be deleted; `etag` as sent, with or without quotes."""

    key: str
    version_id: str | None = None
    etag: str | None = None
    size: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Deletion:
    """What DeleteObjects asks for; a quiet one wants only the failures named."""

    objects: tuple[NamedObject, ...]
    is_quiet: bool = False


@dataclass(frozen=True)
class NamedPart:
    """A part of a completed upload; `etag` without quotes, `checksums` from algorithm (`CRC32`) to base64."""

    number: int
    etag: str
    checksums: dict[str, str] = field(default_factory=dict)


async def whole_document(body: AsyncIterable[bytes]) -> bytes:
    """The body of a request that is a document. Raises MalformedXML for one beyond 2 MiB."""
    received = bytearray()
    async for block in body:
        received += block
        if len(received) > MAX_DOCUMENT_BYTES:
            raise MalformedXML
    return bytes(received)


def read_deletion(document: bytes) -> Deletion:
    """A `Delete` with at least one `Object`. Raises MalformedXML; how many are too many is the service's to say."""
    root = _root(document, "Delete", most_tags=_TAGS_OF_DELETION)
    objects = tuple(_named_object(child) for child in _children(root, "Object"))
    if not objects:
        raise MalformedXML
    return Deletion(objects, is_quiet=_boolean(root, "Quiet"))


def read_completion(document: bytes) -> list[NamedPart]:
    """The parts of a `CompleteMultipartUpload`, at least one, in the order sent. Raises MalformedXML."""
    root = _root(document, "CompleteMultipartUpload", most_tags=_TAGS_OF_COMPLETION)
    parts = [_named_part(child) for child in _children(root, "Part")]
    if not parts:
        raise MalformedXML
    return parts


def read_location_constraint(document: bytes) -> str:
    """What a `CreateBucketConfiguration` asks for; empty if nothing, also without a document. Raises MalformedXML."""
    if not document.strip():
        return ""
    root = _root(document, "CreateBucketConfiguration", most_tags=_TAGS_OF_LOCATION)
    return _text(root, "LocationConstraint") or ""


def _root(document: bytes, name: str, *, most_tags: int) -> Element:
    if len(document) > MAX_DOCUMENT_BYTES or document.count(b"<") > most_tags:
        raise MalformedXML
    document, plane = without_control_characters(document)
    try:
        root: Element = fromstring(document, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:  # the last: an unknown encoding
        raise MalformedXML from error
    if _name(root) != name:
        raise MalformedXML
    restore_control_characters(root, plane)
    return root


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _children(parent: Element, name: str) -> Iterator[Element]:
    return (child for child in parent if _name(child) == name)


def _text(parent: Element, name: str) -> str | None:
    """The text of the one child of that name, None without one."""
    found = list(_children(parent, name))
    if len(found) > 1 or any(len(child) for child in found):
        raise MalformedXML
    return (found[0].text or "") if found else None


def _boolean(parent: Element, name: str) -> bool:
    text = (_text(parent, name) or "false").strip().lower()
    if text not in ("true", "false", "1", "0"):
        raise MalformedXML
    return text in ("true", "1")


def _named_object(element: Element) -> NamedObject:
    key = _text(element, "Key")
    if not key:
        raise MalformedXML
    return NamedObject(
        key=key,
        version_id=_text(element, "VersionId") or None,
        etag=_text(element, "ETag"),
        size=_text(element, "Size"),
        last_modified=_text(element, "LastModifiedTime"),
    )


def _named_part(element: Element) -> NamedPart:
    number, etag = (_text(element, "PartNumber") or "").strip(), _text(element, "ETag")
    if etag is None or not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise MalformedXML
    sums = {_name(child).removeprefix(_CHECKSUM): child for child in element if _name(child).startswith(_CHECKSUM)}
    checksums = {name: (child.text or "").strip() for name, child in sums.items()}
    return NamedPart(number=int(number), etag=etag.strip().strip('"'), checksums=checksums)
