"""The document of GetObjectAttributes."""

from __future__ import annotations

from files.models import StoredObject
from files.object_errors import InvalidArgument
from files.s3.request import S3Request
from files.s3.xml.write import document, element, group

_NAMES = ("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize")
_MOST_PARTS = 1000


def wanted_attributes(request: S3Request) -> frozenset[str]:
    """What the client lists. Raises InvalidArgument for nothing, and for what no object has."""
    listed = [name.strip() for name in (request.header("x-amz-object-attributes") or "").split(",")]
    unknown = [name for name in listed if name not in _NAMES]
    if unknown:
        message = "Invalid attribute name specified." if any(unknown) else "Missing attribute names."
        raise InvalidArgument(message, ArgumentName="x-amz-object-attributes", ArgumentValue=unknown[0])
    return frozenset(listed)


def attributes_document(found: StoredObject, wanted: frozenset[str], request: S3Request) -> bytes:
    """Raises InvalidArgument for a page of parts that is none."""
    made = {
        "ETag": element("ETag", found.etag),
        "Checksum": _checksum(found),
        "ObjectParts": _parts(found, request) if "ObjectParts" in wanted else "",
        "StorageClass": element("StorageClass", "STANDARD"),
        "ObjectSize": element("ObjectSize", found.size_bytes),
    }
    return document("GetObjectAttributesResponse", *(made[name] for name in _NAMES if name in wanted), request=request)


def _checksum(found: StoredObject) -> str:
    if not found.checksum:
        return ""
    value = element(f"Checksum{found.checksum_algorithm}", found.checksum)
    return group("Checksum", value, element("ChecksumType", found.checksum_type))


def _parts(found: StoredObject, request: S3Request) -> str:
    """A page of them; nothing for an object that came in one piece."""
    if found.parts is None:
        return ""
    marker = _number(request, "x-amz-part-number-marker", 0)
    most = min(_number(request, "x-amz-max-parts", _MOST_PARTS), _MOST_PARTS)
    after = [part for part in found.parts if part[0] > marker]
    page = after[:most]
    return group(
        "ObjectParts",
        element("PartsCount", len(found.parts)),
        element("PartNumberMarker", marker),
        element("NextPartNumberMarker", page[-1][0] if page else marker),
        element("MaxParts", most),
        element("IsTruncated", len(after) > len(page)),
        *(_part(found, *part) for part in page),
    )


def _part(found: StoredObject, number: int, size_bytes: int, checksum: str) -> str:
    value = element(f"Checksum{found.checksum_algorithm}", checksum) if checksum else ""
    return group("Part", value, element("PartNumber", number), element("Size", size_bytes))


def _number(request: S3Request, name: str, default: int) -> int:
    text = request.header(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidArgument(f"{name} must be an integer of at least 0.", ArgumentName=name, ArgumentValue=text)
    return int(text)
