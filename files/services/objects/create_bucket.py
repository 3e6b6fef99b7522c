"""Make a bucket beside those that projects have of their own."""

from __future__ import annotations

import re
from ipaddress import IPv4Address

from django.conf import settings
from django.db import transaction

from files.models import ObjectBucket
from files.object_errors import BucketAlreadyExists, InvalidBucketName, NoSuchBucket, ObjectAccessDenied
from files.services.objects.buckets import find_bucket
from files.services.objects.caller import S3Caller
from files.services.objects.list_buckets import sees
from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def ensure_bucket(*, caller: S3Caller, name: str) -> None:
    """The bucket is there and in the caller's list; what is in it is kept.

    Raises BucketAlreadyExists for one of somebody else, InvalidBucketName, and ObjectAccessDenied where buckets may
    not be made by that caller.
    """
    try:
        existing = find_bucket(name)
    except NoSuchBucket:
        _check_name(name)
        _check_right(caller)
        create_bucket(actor=caller.actor, project_id=caller.project_id, caller=caller, name=name)
    else:
        _check_owner(caller, existing)


@operation("create_object_bucket", resource_type="object_bucket", need=Need.FILES)
def create_bucket(*, actor: Actor, project_id: str | None, caller: S3Caller, name: str) -> None:
    """As `ensure_bucket`, for a name that was free a moment ago."""
    with transaction.atomic():
        fields = {"project_id": project_id, "owner": caller.owner}
        bucket, is_new = ObjectBucket.objects.get_or_create(name=name, defaults=fields)
        if is_new:
            record_success(name, owner=caller.owner)
    _check_owner(caller, bucket)


def _check_owner(caller: S3Caller, bucket: ObjectBucket) -> None:
    if not sees(caller, bucket):
        raise BucketAlreadyExists(BucketName=bucket.name)


def _check_right(caller: S3Caller) -> None:
    is_kept_to_less = caller.is_read_only or caller.key_prefix or caller.grant is not None
    if is_kept_to_less or not settings.S3_ALLOW_CREATE_BUCKET:
        raise ObjectAccessDenied


def _check_name(name: str) -> None:
    """As AWS has it, so that each name can also be the first part of a host name."""
    if not _NAME.fullmatch(name) or any(bad in name for bad in ("..", ".-", "-.")) or _is_address(name):
        raise InvalidBucketName(BucketName=name)


def _is_address(name: str) -> bool:
    try:
        IPv4Address(name)
    except ValueError:
        return bool(re.fullmatch(r"\d+\.\d+\.\d+\.\d+", name))
    return True
