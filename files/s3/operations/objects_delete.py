"""Answers to DELETE of objects, one or many."""

from __future__ import annotations

from files.object_errors import ObjectError
from files.s3.answers import Answer, xml
from files.s3.call import Call
from files.s3.conditional_headers import delete_conditions, delete_conditions_of
from files.s3.operations.objects_read import require_known_version
from files.s3.threads import in_thread
from files.s3.xml.read import NamedObject, read_deletion, whole_document
from files.s3.xml.write import document, element, group
from files.services.objects.delete_object import delete_object as remove_object
from files.services.objects.delete_objects import Doomed
from files.services.objects.delete_objects import delete_objects as remove_objects


async def delete_object(call: Call) -> Answer:
    """204, whether or not the key existed."""
    require_known_version(call.request)
    await in_thread(
        remove_object,
        caller=call.caller,
        bucket_name=call.bucket_name,
        key=call.key,
        conditions=delete_conditions_of(call.request),
    )
    return Answer(204)


async def delete_objects(call: Call) -> Answer:
    """What became of each key; of those that are gone nothing if the client asks for quiet."""
    deletion = await in_thread(read_deletion, await whole_document(call.body))
    doomed = [_doomed(entry) for entry in deletion.objects]
    outcomes = await in_thread(remove_objects, caller=call.caller, bucket_name=call.bucket_name, doomed=doomed)
    entries = [
        _entry(named, failure)
        for named, failure in zip(deletion.objects, outcomes, strict=True)
        if failure is not None or not deletion.is_quiet
    ]
    return xml(document("DeleteResult", *entries, request=call.request))


def _doomed(entry: NamedObject) -> Doomed:
    conditions = delete_conditions(etag=entry.etag, size=entry.size, last_modified=entry.last_modified)
    return Doomed(entry.key, entry.version_id, conditions)


def _entry(named: NamedObject, failure: ObjectError | None) -> str:
    about = (element("Key", named.key), element("VersionId", named.version_id))
    if failure is None:
        return group("Deleted", *about)
    return group("Error", *about, element("Code", failure.s3_code), element("Message", failure.message))
