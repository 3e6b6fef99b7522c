"""Answers about buckets."""

from __future__ import annotations

from django.conf import settings

from files.object_errors import InvalidArgument, InvalidLocationConstraint, NotSupportedByServer
from files.s3.acl_headers import check_acl_headers
from files.s3.answers import Answer, iso_date, xml
from files.s3.call import Call
from files.s3.continuation import name_in, token_after
from files.s3.operations.listing import count_parameter
from files.s3.threads import in_thread
from files.s3.xml.read import read_location_constraint, whole_document
from files.s3.xml.write import document, element, group
from files.services.objects.buckets import find_bucket
from files.services.objects.create_bucket import ensure_bucket
from files.services.objects.delete_bucket import delete_bucket as remove_bucket
from files.services.objects.list_buckets import MAX_BUCKETS
from files.services.objects.list_buckets import list_buckets as listed

#: The region that has no name in `LocationConstraint`.
_UNNAMED_REGION = "us-east-1"


async def list_buckets(call: Call) -> Answer:
    """Those that the caller sees."""
    return await in_thread(_list, call)


async def head_bucket(call: Call) -> Answer:
    """200 for any bucket that the caller may use."""
    await in_thread(_require_bucket, call)
    return Answer(headers={"content-type": "application/xml", "x-amz-bucket-region": settings.S3_REGION})


async def get_bucket_location(call: Call) -> Answer:
    """The region of the installation, as a text in the root."""
    await in_thread(_require_bucket, call)
    region = "" if settings.S3_REGION == _UNNAMED_REGION else settings.S3_REGION
    return xml(document("LocationConstraint", region, request=call.request))


async def create_bucket(call: Call) -> Answer:
    """200 for a new one, and for one that is there and in the caller's list."""
    check_acl_headers(call.request)
    if (call.request.header("x-amz-bucket-object-lock-enabled") or "").lower() == "true":
        raise NotSupportedByServer
    wanted = await in_thread(read_location_constraint, await whole_document(call.body))
    if wanted not in ("", settings.S3_REGION):
        raise InvalidLocationConstraint(LocationConstraint=wanted)
    await in_thread(ensure_bucket, caller=call.caller, name=call.bucket_name)
    return Answer(headers={"location": f"/{call.bucket_name}"})


async def delete_bucket(call: Call) -> Answer:
    """204 for an empty one."""
    await in_thread(remove_bucket, caller=call.caller, name=call.bucket_name)
    return Answer(204)


def _require_bucket(call: Call) -> None:
    call.caller.require(find_bucket(call.bucket_name))


def _list(call: Call) -> Answer:
    request, caller = call.request, call.caller
    token, prefix = request.parameter("continuation-token"), request.parameter("prefix")
    limit = count_parameter(request, "max-buckets", most=MAX_BUCKETS)
    if limit == 0:
        raise InvalidArgument("max-buckets must be at least 1", ArgumentName="max-buckets", ArgumentValue="0")
    page = listed(caller=caller, prefix=prefix or "", after=name_in(token) if token else "", limit=limit)
    region = element("BucketRegion", settings.S3_REGION)
    buckets = (
        group("Bucket", element("Name", name), element("CreationDate", iso_date(created)), region)
        for name, created in page.buckets
    )
    return xml(document(
        "ListAllMyBucketsResult",
        group("Owner", element("ID", caller.owner), element("DisplayName", caller.display_name)),
        group("Buckets", *buckets),
        element("ContinuationToken", token_after(page.buckets[-1][0]) if page.is_truncated else None),
        element("Prefix", prefix),
        request=request,
    ))  # fmt: skip
