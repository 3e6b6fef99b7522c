"""Neutral answers about what buckets and objects do not have here, since SDKs and consoles ask."""

from __future__ import annotations

from files.object_errors import NotSupportedByServer, ObjectError
from files.s3.acl_headers import PRIVATE, canned_acl
from files.s3.answers import Answer, xml
from files.s3.call import Call
from files.s3.operations.listing import owner_element
from files.s3.threads import in_thread
from files.s3.xml.read import whole_document
from files.s3.xml.write import document, element
from files.services.objects.buckets import find_bucket
from files.services.objects.get_object import find_object
from files.subresource_errors import (
    NoSuchBucketPolicy,
    NoSuchCORSConfiguration,
    NoSuchEncryptionConfiguration,
    NoSuchLifecycleConfiguration,
    NoSuchObjectLockConfiguration,
    NoSuchOwnershipControls,
    NoSuchPublicAccessBlockConfiguration,
    NoSuchReplicationConfiguration,
    NoSuchTagSet,
    NoSuchWebsiteConfiguration,
)

_MISSING: dict[str, type[ObjectError]] = {
    "cors": NoSuchCORSConfiguration,
    "encryption": NoSuchEncryptionConfiguration,
    "lifecycle": NoSuchLifecycleConfiguration,
    "object-lock": NoSuchObjectLockConfiguration,
    "ownershipControls": NoSuchOwnershipControls,
    "policy": NoSuchBucketPolicy,
    "publicAccessBlock": NoSuchPublicAccessBlockConfiguration,
    "replication": NoSuchReplicationConfiguration,
    "tagging": NoSuchTagSet,
    "website": NoSuchWebsiteConfiguration,
}
#: The root of a document and what is in it.
_NEUTRAL = {
    "accelerate": ("AccelerateConfiguration", ""),
    "logging": ("BucketLoggingStatus", ""),
    "notification": ("NotificationConfiguration", ""),
    "requestPayment": ("RequestPaymentConfiguration", element("Payer", "BucketOwner")),
    "versioning": ("VersioningConfiguration", ""),
}
#: The one element here that has attributes: the schema of S3 wants them.
_GRANTEE = '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">'


async def get_bucket_subresource(call: Call) -> Answer:
    """What a bucket without any configuration answers at AWS."""
    return await in_thread(_bucket_subresource, call)


async def get_object_acl(call: Call) -> Answer:
    """The owner of the bucket may do everything."""
    return await in_thread(_object_acl, call)


async def put_acl(call: Call) -> Answer:
    """`private` holds anyway; anything else would be a promise that nobody keeps."""
    await whole_document(call.body)
    if canned_acl(call.request) != PRIVATE:
        raise NotSupportedByServer("Access lists are not supported: buckets belong to projects.")
    await in_thread(_require_writer, call)
    return Answer()


def _bucket_subresource(call: Call) -> Answer:
    parameters = call.request.parameters
    bucket = find_bucket(call.bucket_name)
    call.caller.require(bucket)
    if "acl" in parameters:
        return _acl(call, owner_element("Owner", call, bucket))
    for name, missing in _MISSING.items():
        if name in parameters:
            raise missing(BucketName=call.bucket_name)
    for name, (root, content) in _NEUTRAL.items():
        if name in parameters:
            return xml(document(root, content, request=call.request))
    raise NotSupportedByServer


def _object_acl(call: Call) -> Answer:
    found = find_object(caller=call.caller, bucket_name=call.bucket_name, key=call.key)
    return _acl(call, owner_element("Owner", call, found.bucket))


def _require_writer(call: Call) -> None:
    key = call.request.key
    if key is None:
        call.caller.require(find_bucket(call.bucket_name), writes=True)
    else:
        found = find_object(caller=call.caller, bucket_name=call.bucket_name, key=key)
        call.caller.require(found.bucket, key=key, writes=True)


def _acl(call: Call, owner: str) -> Answer:
    grantee = owner.replace("<Owner>", _GRANTEE).replace("</Owner>", "</Grantee>")
    grant = f"<Grant>{grantee}<Permission>FULL_CONTROL</Permission></Grant>"
    return xml(
        document("AccessControlPolicy", owner, f"<AccessControlList>{grant}</AccessControlList>", request=call.request)
    )
