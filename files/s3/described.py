"""The headers that describe an object to whoever reads it."""

from __future__ import annotations

import mimetypes
import re
from base64 import b64encode

from files.models import StoredObject
from files.object_errors import InvalidArgument, InvalidObjectRequest
from files.s3.answers import http_date, quoted
from files.s3.call import Call, Form
from files.s3.request import S3Request
from files.services.objects.object_range import Selected

DEFAULT_CONTENT_TYPE = "binary/octet-stream"
#: Query parameters that change a header of the answer.
_OVERRIDES = {
    f"response-{name}": name
    for name in (
        "content-type",
        "content-language",
        "expires",
        "cache-control",
        "content-disposition",
        "content-encoding",
    )
}
_CONTROL = re.compile("[\x00-\x1f\x7f]")
#: What browsers show or save, and never run. Anything else may hold scripts.
_PASSIVE = re.compile(
    r"(?:(?:image/(?!svg)|audio/|video/|font/)[\w.+-]+|text/(?:plain|csv)|application/json)", re.ASCII
)
#: The table of Python alone: what a host has installed must not decide.
_TYPES = mimetypes.MimeTypes()
_COMPRESSED = {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}


def object_headers(call: Call, found: StoredObject, selected: Selected) -> dict[str, str]:
    """All of them, for the bytes that were selected. Raises errors about the overrides in the query."""
    request = call.request
    headers = {"content-type": content_type_of(found, request)} | found.headers | _overrides(call)
    headers |= {f"x-amz-meta-{name}": printable(value) for name, value in found.metadata.items()}
    headers |= validators(found) | {"accept-ranges": "bytes"}
    if (request.header("x-amz-checksum-mode") or "").upper() == "ENABLED":
        headers |= checksum_headers(found, selected)
    if selected.parts_count is not None:
        headers["x-amz-mp-parts-count"] = str(selected.parts_count)
    if selected.is_partial:
        last = selected.start + selected.length - 1
        headers["content-range"] = f"bytes {selected.start}-{last}/{found.size_bytes}"
    return headers | _safeguards(call, headers)


def validators(found: StoredObject) -> dict[str, str]:
    """What a cache compares: also in the answer that tells it that nothing has changed."""
    return {"etag": quoted(found.etag), "last-modified": http_date(found.last_modified)}


def cache_headers(found: StoredObject) -> dict[str, str]:
    """Those of an answer without the object."""
    kept = {name: value for name, value in found.headers.items() if name in ("cache-control", "expires")}
    return kept | validators(found)


def checksum_headers(found: StoredObject, selected: Selected) -> dict[str, str]:
    """The checksum of what is sent, where there is one."""
    if not found.checksum_algorithm or not selected.checksum:
        return {}
    return {
        f"x-amz-checksum-{found.checksum_algorithm.lower()}": selected.checksum,
        "x-amz-checksum-type": found.checksum_type,
    }


def content_type_of(found: StoredObject, request: S3Request) -> str:
    """As the client has said it; existing clients of `/s3` expect a guess from the key where none did."""
    if found.content_type:
        return found.content_type
    return guessed_type(found.key) if request.is_contract else DEFAULT_CONTENT_TYPE


def guessed_type(key: str) -> str:
    name = key.rpartition("/")[2]
    suffix = "." + name.rpartition(".")[2].lower()
    encoding = _TYPES.encodings_map.get(suffix)
    return _COMPRESSED.get(encoding or "") or _TYPES.types_map[True].get(suffix, DEFAULT_CONTENT_TYPE)


def printable(value: str) -> str:
    """Metadata beyond what a header can carry in the form of RFC 2047, as AWS sends it."""
    if all(" " <= character <= "~" for character in value):
        return value
    return f"=?UTF-8?B?{b64encode(value.encode()).decode()}?="


def _overrides(call: Call) -> dict[str, str]:
    asked = {name: value for name, value in call.request.parameters.items() if name in _OVERRIDES}
    if asked and call.proof.form is Form.OWN_URL:
        # Its signature does not cover them: whoever is handed the URL could make up any header.
        raise InvalidObjectRequest("Request specific response headers cannot be used with this URL.")
    for name, value in asked.items():
        if _CONTROL.search(value) or not _is_latin(value):
            message = "Header value cannot be represented using ISO-8859-1."
            raise InvalidArgument(message, ArgumentName=name, ArgumentValue=value)
    return {_OVERRIDES[name]: value for name, value in asked.items()}


def _is_latin(value: str) -> bool:
    return all(character <= "\xff" for character in value)


def _safeguards(call: Call, headers: dict[str, str]) -> dict[str, str]:
    """On the host of the console, no page that somebody has uploaded may run: a browser that was led there by a URL
    saves it."""
    if not call.request.mount:
        return {}
    guards = {"x-content-type-options": "nosniff"}
    is_by_url = call.proof.form in (Form.QUERY, Form.OWN_URL)
    kind = headers["content-type"].partition(";")[0].strip().lower()
    disposition = headers.get("content-disposition", "")
    if is_by_url and not _PASSIVE.fullmatch(kind) and not disposition.lower().startswith("attachment"):
        guards["content-disposition"] = "attachment"
    return guards
