"""S3 credentials, buckets and objects in the console."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.test import Client
from django.urls import reverse

from files.models import Content, ObjectBucket, S3Credential, StoredObject
from files.services.s3_credentials.find_secret import find_secret
from kbstore.console.markup import page_url
from storage.models import Event, Project
from tests.api.console.test_projects import secret_on
from tests.api.console.things import make_file, make_project

ADD = "/admin/files/s3credential/add/"
LIST = "/admin/files/s3credential/"


def make(operator: Client, **fields: object) -> tuple[S3Credential, str]:
    reply = operator.post(ADD, {"project": "", "description": "rclone"} | fields)
    page = reply.headers["Location"]
    secret = secret_on(operator.get(page))
    assert secret is not None
    assert secret not in page
    assert secret_on(operator.get(page)) is None
    return S3Credential.objects.latest("created_at"), secret


def test_a_new_one_works_and_its_secret_is_shown_once(operator: Client, project: Project) -> None:
    credential, secret = make(
        operator, project=project.pk, is_read_only="on", key_prefix="in/ ", expires_in_days=30
    )  # fmt: skip
    found = find_secret(credential.access_key_id)
    assert (found.secret, found.caller.project_id) == (secret, project.pk)
    assert (found.caller.is_read_only, found.caller.key_prefix) == (True, "in/ ")
    assert (credential.expires_at - credential.created_at).days in (29, 30)


def test_one_without_a_project_opens_everything(operator: Client) -> None:
    credential, _ = make(operator)
    assert find_secret(credential.access_key_id).caller.project_id is None
    assert "every bucket" in operator.get(page_url(credential)).content.decode()


def test_a_revoked_one_is_refused_at_once_and_its_secret_erased(operator: Client) -> None:
    credential, _ = make(operator)
    assert find_secret(credential.access_key_id) is not None
    url = reverse("admin:files_s3credential_revoke", args=[credential.pk])
    assert "The credential was revoked." in operator.post(url, follow=True).content.decode()
    assert find_secret(credential.access_key_id) is None
    credential.refresh_from_db()
    assert bytes(credential.secret) == b""
    assert url not in operator.get(page_url(credential)).content.decode()
    assert operator.post(url).status_code == 403
    assert Event.objects.filter(operation="revoke_s3_credential", resource_id=credential.pk).count() == 1


def test_they_are_filtered_by_state(operator: Client) -> None:
    active, _ = make(operator)
    revoked, _ = make(operator)
    expired, _ = make(operator)
    S3Credential.objects.filter(pk=revoked.pk).update(is_enabled=False)
    S3Credential.objects.filter(pk=expired.pk).update(expires_at="2020-01-01T00:00:00Z")
    for state, expected in (("active", active), ("revoked", revoked), ("expired", expired)):
        listed = operator.get(LIST, {"credential_state": state}).context["cl"].result_list
        assert [row.pk for row in listed] == [expected.pk]


def test_a_bucket_shows_its_objects_and_how_much_they_hold(operator: Client, project: Project) -> None:
    bucket = ObjectBucket.objects.create(name="extra", project=project, owner=f"project:{project.pk}")
    content = Content.objects.create(path="objects/x", size_bytes=3)
    for number in range(60):
        StoredObject.objects.create(bucket=bucket, key=f"k{number:02}", content=content, etag="x", size_bytes=3)
    page = operator.get(page_url(bucket))
    assert len(page.context["rows"]) == 50
    assert "180 B" in page.content.decode()
    listed = operator.get(page.context["more_url"])
    assert listed.context["cl"].result_count == 60
    assert operator.get("/admin/files/storedobject/", {"q": "k1"}).context["cl"].result_count == 10


def test_an_object_shows_what_was_said_of_it(operator: Client, project: Project) -> None:
    bucket = ObjectBucket.objects.create(name="extra", project=project, owner="admin")
    content = Content.objects.create(path="objects/x", size_bytes=3)
    found = StoredObject.objects.create(
        bucket=bucket, key="a/../b", content=content, etag="900150983cd24fb0", size_bytes=3, content_type="text/csv",
        metadata={"mtime": "17.5"}, headers={"cache-control": "no-store"}, parts=[[1, 3, ""]],
    )  # fmt: skip
    text = operator.get(page_url(found)).content.decode()
    for shown in ("a/../b", "900150983cd24fb0", "text/csv", "17.5", "no-store"):
        assert shown in text


def test_an_object_is_downloaded_by_a_link_of_a_minute(
    member: Client, viewer: Client, newcomer: Client, project: Project, tmp_path: Path
) -> None:
    make_file(project, tmp_path, name="é <b>.csv")
    stored = StoredObject.objects.get()
    url = reverse("admin:files_storedobject_download", args=[stored.pk])
    assert url in member.get(page_url(stored)).content.decode()
    for client in (member, viewer):
        link = urlsplit(client.get(url).headers["Location"])
        bucket, key = unquote(link.path).removeprefix("/s3/").split("/", 1)
        assert (bucket, key) == (stored.bucket.name, stored.key)
        assert 50 < int(dict(parse_qsl(link.query))["expires"]) - time.time() <= 60
    assert newcomer.get(url).status_code == 403


def test_objects_elsewhere_are_not_downloaded(member: Client, viewer: Client, tmp_path: Path) -> None:
    make_file(make_project("Foreign"), tmp_path)
    foreign = StoredObject.objects.get()
    url = reverse("admin:files_storedobject_download", args=[foreign.pk])
    assert member.get(url).headers["Location"] == "/admin/"
    own = ObjectBucket.objects.create(name="installation", owner="x")
    kept = StoredObject.objects.create(bucket=own, key="k", content=foreign.content, etag="x", size_bytes=1)
    reply = viewer.get(reverse("admin:files_storedobject_download", args=[kept.pk]))
    assert "/s3/" not in reply.headers["Location"]
