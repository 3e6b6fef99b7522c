"""Answers to GET and HEAD of an object."""

from __future__ import annotations

from files.object_errors import NoSuchVersion
from files.s3.answers import Answer, ObjectBody, xml
from files.s3.byte_ranges import wanted_of
from files.s3.call import Call
from files.s3.conditional_headers import conditions_of
from files.s3.described import cache_headers, object_headers, validators
from files.s3.object_attributes import attributes_document, wanted_attributes
from files.s3.request import S3Request
from files.s3.threads import at_once, in_thread
from files.s3.xml.write import document, group
from files.services.objects.get_object import find_object
from files.services.objects.get_object import get_object as read_object

_SMALL_BYTES = 128 << 10


async def get_object(call: Call) -> Answer:
    """200, 206 for a range or a part, 304 for a reader that has it."""
    return await at_once(_read, call, with_bytes=True)


async def head_object(call: Call) -> Answer:
    """What GET would answer, without its bytes."""
    return await at_once(_read, call, with_bytes=False)


async def get_object_attributes(call: Call) -> Answer:
    """A document with what the client has listed."""
    wanted = wanted_attributes(call.request)
    require_known_version(call.request)
    found = await in_thread(find_object, caller=call.caller, bucket_name=call.bucket_name, key=call.key)
    headers = {"last-modified": validators(found)["last-modified"]}
    return xml(attributes_document(found, wanted, call.request), headers=headers)


async def get_object_tagging(call: Call) -> Answer:
    """No object has tags; tools that copy from bucket to bucket ask all the same."""
    require_known_version(call.request)
    await in_thread(find_object, caller=call.caller, bucket_name=call.bucket_name, key=call.key)
    return xml(document("Tagging", group("TagSet"), request=call.request))


def require_known_version(request: S3Request) -> None:
    """There is one version of each object, `null`. Raises NoSuchVersion."""
    if request.parameter("versionId") not in (None, "null"):
        raise NoSuchVersion


def _read(call: Call, *, with_bytes: bool) -> Answer:
    request = call.request
    require_known_version(request)
    reading = read_object(
        caller=call.caller,
        bucket_name=call.bucket_name,
        key=call.key,
        conditions=conditions_of(request),
        wanted=wanted_of(request),
        with_bytes=with_bytes,
    )
    if reading.selected is None:
        return Answer(304, cache_headers(reading.found))
    content = ObjectBody(reading.pieces)
    try:
        headers = object_headers(call, reading.found, reading.selected)
        headers["content-length"] = str(reading.selected.length)
        status = 206 if reading.selected.is_partial else 200
        if with_bytes and reading.selected.length <= _SMALL_BYTES:
            content = _read_now(content)
    except BaseException:
        content.close()
        raise
    return Answer(status, headers, content=content if with_bytes else None)


def _read_now(content: ObjectBody) -> ObjectBody:
    """Few bytes are read where they have been opened: coming back for them would take longer."""
    read = b"".join([piece.read() for piece in content.pieces])
    content.close()
    return ObjectBody((), read)
