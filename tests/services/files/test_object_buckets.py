"""Who may make which bucket, where making them is off or on."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from files.models import MultipartUpload, ObjectBucket
from files.object_errors import (
    BucketAlreadyExists,
    BucketNotEmpty,
    InvalidBucketName,
    NoSuchBucket,
    ObjectAccessDenied,
)
from files.services.objects.caller import ADMIN_OWNER, Grant, S3Caller, project_owner
from files.services.objects.create_bucket import create_bucket, ensure_bucket
from files.services.objects.delete_bucket import delete_bucket, remove_bucket
from files.services.objects.list_buckets import list_buckets
from storage.models import Event, Project

pytestmark = pytest.mark.django_db
ADMIN = S3Caller(ADMIN_OWNER, ADMIN_OWNER)
ALICE = S3Caller(project_owner("p1"), "p1", project_id="p1", access_key_id="KBALICE")
STRANGER = S3Caller("KBSTRANGER", "stranger", access_key_id="KBSTRANGER")


@pytest.fixture(autouse=True)
def project() -> Project:
    return Project.objects.create(id="p1")


@pytest.fixture
def may_create(settings: Any) -> None:
    settings.S3_ALLOW_CREATE_BUCKET = True


def seen(caller: S3Caller, **asked: Any) -> list[str]:
    return [name for name, _ in list_buckets(caller=caller, **asked).buckets]


def test_where_making_is_off_the_buckets_that_are_there_may_still_be_made_again(settings: Any) -> None:
    settings.S3_ALLOW_CREATE_BUCKET = True
    ensure_bucket(caller=ALICE, name="extra")
    settings.S3_ALLOW_CREATE_BUCKET = False
    for name in ("extra", "project_p1", "p1"):
        ensure_bucket(caller=ALICE, name=name)
        ensure_bucket(caller=ADMIN, name=name)
        with pytest.raises(BucketAlreadyExists):
            ensure_bucket(caller=STRANGER, name=name)
    for caller in (ADMIN, ALICE, STRANGER):
        with pytest.raises(ObjectAccessDenied):
            ensure_bucket(caller=caller, name="another")
        with pytest.raises(InvalidBucketName):
            ensure_bucket(caller=caller, name="project_none")
    assert seen(ADMIN) == ["extra", "project_p1"]


@pytest.mark.parametrize(
    "less", [{"is_read_only": True}, {"key_prefix": "a/"}, {"grant": Grant("extra", "a")}]
)  # fmt: skip
def test_who_is_kept_to_less_makes_and_deletes_no_bucket(may_create: None, less: dict[str, Any]) -> None:
    ensure_bucket(caller=ALICE, name="extra")
    kept = S3Caller(ALICE.owner, "p1", project_id="p1", **less)
    with pytest.raises(ObjectAccessDenied):
        ensure_bucket(caller=kept, name="another")
    with pytest.raises(ObjectAccessDenied):
        delete_bucket(caller=kept, name="extra")
    assert seen(ALICE) == ["extra", "project_p1"]


def test_a_bucket_belongs_to_the_project_of_its_maker_or_to_the_installation(may_create: None) -> None:
    for caller in (ALICE, ADMIN, STRANGER):
        ensure_bucket(caller=caller, name=f"of-{caller.owner.replace(':', '-').lower()}")
    assert list(ObjectBucket.objects.values_list("name", "owner", "project_id")) == [
        ("of-admin", "admin", None),
        ("of-kbstranger", "KBSTRANGER", None),
        ("of-project-p1", "project:p1", "p1"),
    ]
    assert seen(ALICE) == ["of-project-p1", "project_p1"]
    assert seen(STRANGER) == ["of-kbstranger"]
    assert seen(ADMIN) == ["of-admin", "of-kbstranger", "of-project-p1", "project_p1"]
    assert seen(ADMIN, prefix="of-", after="of-admin", limit=1) == ["of-kbstranger"]
    assert seen(S3Caller(ALICE.owner, "p1", project_id="p1", grant=Grant("b", "k"))) == []
    Project.objects.filter(pk="p1").delete()
    assert seen(ADMIN) == ["of-admin", "of-kbstranger"]


def test_of_two_who_make_a_bucket_at_once_the_later_learns_whose_it_is(may_create: None) -> None:
    create_bucket(actor=ALICE.actor, project_id="p1", caller=ALICE, name="extra")
    with pytest.raises(BucketAlreadyExists):
        create_bucket(actor=STRANGER.actor, project_id=None, caller=STRANGER, name="extra")
    create_bucket(actor=ALICE.actor, project_id="p1", caller=ALICE, name="extra")
    made = Event.objects.filter(operation="create_object_bucket", status="success")
    assert [(event.project_id, event.resource_id, event.actor) for event in made] == [("p1", "extra", "KBALICE")]


def test_a_bucket_goes_once_and_with_it_what_is_remembered_of_completed_uploads(may_create: None) -> None:
    ensure_bucket(caller=ALICE, name="extra")
    bucket = ObjectBucket.objects.get(name="extra")
    upload = MultipartUpload.objects.create(bucket=bucket, key="a")
    with pytest.raises(BucketNotEmpty):
        delete_bucket(caller=ALICE, name="extra")
    MultipartUpload.objects.filter(pk=upload.pk).update(completed_at=timezone.now(), result={})
    delete_bucket(caller=ALICE, name="extra")
    for gone in (
        lambda: delete_bucket(caller=ALICE, name="extra"),
        lambda: remove_bucket(actor=ALICE.actor, project_id="p1", name="extra"),
    ):
        with pytest.raises(NoSuchBucket):
            gone()


def test_only_an_owner_or_the_admin_deletes_a_bucket(may_create: None) -> None:
    for owner, other in ((ALICE, STRANGER), (STRANGER, ALICE)):
        ensure_bucket(caller=owner, name="extra")
        with pytest.raises(ObjectAccessDenied):
            delete_bucket(caller=other, name="extra")
        delete_bucket(caller=ADMIN, name="extra")
