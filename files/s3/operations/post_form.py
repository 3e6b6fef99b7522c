"""Uploads by the forms of browsers, allowed by a signed policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode, urlsplit

from files.models import ObjectBucket, StoredObject
from files.object_errors import InvalidArgument, InvalidURI, KeyTooLongError
from files.s3.answers import Answer, quoted, xml
from files.s3.body.declared import read_declared
from files.s3.body.receive import Intake
from files.s3.call import Call, Form, Proof
from files.s3.object_headers import read_description
from files.s3.post_fields import PostFields
from files.s3.post_policy import Policy, read_policy
from files.s3.post_signature import caller_of_form
from files.s3.request import MAX_KEY_BYTES, S3Request
from files.s3.threads import in_thread
from files.s3.xml.write import document, element
from files.services.objects.buckets import find_bucket
from files.services.objects.conditions import Conditions
from files.services.objects.incoming import Arrived
from files.services.objects.publish_object import Description
from files.services.objects.put_object import check_writable, put_object
from kbstore.rest.body_stream import BlockWriter

#: Fields that become headers under another name.
_AS_HEADERS = {"acl": "x-amz-acl", "tagging": "x-amz-tagging"}
_OTHER_FIELDS = ("content-", "cache-control", "expires")
_PROOF = ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "x-amz-security-token")
_FILE_NAME = "${filename}"
_STATUSES = ("200", "201", "204")


async def post_object(call: Call) -> Answer:
    """204, or what the form asks for: another status, or a redirection that tells bucket, key and ETag."""
    form = PostFields(call.request.header("content-type") or "")
    upload: _Upload | None = None
    writer: BlockWriter | None = None
    try:
        async for chunk in call.body.raw():
            for data in form.feed(chunk):
                if upload is None or writer is None:
                    upload = await in_thread(_allowed, call, form)
                    writer = BlockWriter(upload.intake.take)
                if data:
                    await writer.add(data)
                    upload.policy.check_size(upload.intake.size_bytes, is_whole=False)
        form.close()
        if upload is None or writer is None:
            raise InvalidArgument("POST requires exactly one file upload per request.", ArgumentName="file")
        await writer.end()
        arrived = await in_thread(upload.finish)
    except BaseException:
        if writer is not None:
            await writer.settle()
        if upload is not None:
            upload.intake.abort()
        raise
    finally:
        call.body.object_bytes = upload.intake.size_bytes if upload is not None else 0
    return _answer(call.request, form.fields, await in_thread(upload.publish, arrived))


@dataclass(frozen=True)
class _Upload:
    """A file that may be stored, on its way in."""

    bucket: ObjectBucket
    key: str
    policy: Policy
    description: Description
    intake: Intake

    def finish(self) -> Arrived:
        self.policy.check_size(self.intake.size_bytes, is_whole=True)
        return self.intake.finish()

    def publish(self, arrived: Arrived) -> StoredObject:
        return put_object(bucket=self.bucket, key=self.key, arrived=arrived, description=self.description)


def _allowed(call: Call, form: PostFields) -> _Upload:
    """Everything that can be said before the file's bytes."""
    request, fields = call.request, form.fields
    key = _key(fields, form.file_name)
    caller = caller_of_form(fields, client_address=request.client_address)
    policy = read_policy(fields["policy"])
    policy.check(fields | {"bucket": call.bucket_name, "key": key})
    bucket = find_bucket(call.bucket_name)
    caller.require(bucket, key=key, writes=True)
    check_writable(bucket=bucket, key=key, size_bytes=0, conditions=Conditions())
    as_put = _as_put(request, fields)
    intake = Intake(read_declared(as_put, Proof(Form.POLICY)))
    return _Upload(bucket, key, policy, read_description(as_put), intake)


def _key(fields: Mapping[str, str], file_name: str) -> str:
    key = fields.get("key", "").replace(_FILE_NAME, file_name)
    if not key:
        raise InvalidArgument("Bucket POST must contain a field named 'key'.", ArgumentName="key")
    if len(key.encode()) > MAX_KEY_BYTES:
        raise KeyTooLongError(MaxSizeAllowed=str(MAX_KEY_BYTES))
    if "\0" in key:
        raise InvalidURI
    return key


def _as_put(request: S3Request, fields: Mapping[str, str]) -> S3Request:
    """The PUT whose headers say what the fields of the form say; its length is not known."""
    headers = [(b"transfer-encoding", b"chunked")]
    for name, value in fields.items():
        header = _AS_HEADERS.get(name, name)
        if header.startswith(("x-amz-", *_OTHER_FIELDS)) and header not in _PROOF:
            headers.append((header.encode(), value.encode()))
    return replace(request, headers=headers)


def _answer(request: S3Request, fields: Mapping[str, str], stored: StoredObject) -> Answer:
    bucket, key = request.bucket or "", stored.key
    below = quote(key) if request.host_bucket is not None else f"{quote(bucket)}/{quote(key)}"
    location = f"{request.scheme}://{request.host}{request.mount}/{below}"
    headers = {"etag": quoted(stored.etag), "location": location}
    target = fields.get("success_action_redirect") or fields.get("redirect") or ""
    if _is_address(target):
        told = urlencode({"bucket": bucket, "key": key, "etag": quoted(stored.etag)}, quote_via=quote)
        headers["location"] = f"{target}{'&' if urlsplit(target).query else '?'}{told}"
        return Answer(303, headers)
    status = fields.get("success_action_status", "")
    if status != "201":
        return Answer(int(status) if status in _STATUSES else 204, headers)
    children = {"Location": location, "Bucket": bucket, "Key": key, "ETag": quoted(stored.etag)}
    body = document("PostResponse", *(element(name, value) for name, value in children.items()), request=request)
    return xml(body, status=201, headers=headers)


def _is_address(target: str) -> bool:
    """Whether a browser can be sent there, and nowhere else by what is in it."""
    plain = target.isascii() and target.isprintable() and " " not in target
    return plain and target.startswith(("http://", "https://"))
