"""Buckets in the console: their tables, who reads them from outside, links, and snapshot settings."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kbstore.console.markup import page_url
from storage.models import Bucket, BucketShare, Project, Table
from tests.api.console.things import link_to, make_branch, make_bucket, make_own_version, make_project, make_table


@pytest.fixture
def bucket(table: Table) -> Bucket:
    return table.bucket


@pytest.fixture
def reader() -> Project:
    """Another project."""
    return make_project("Reader")


def url(what: str, bucket: Bucket) -> str:
    return reverse(f"admin:storage_bucket_{what}", args=[bucket.pk])


def test_an_empty_bucket_says_how_to_go_on(operator: Client, project: Project) -> None:
    text = operator.get(page_url(make_bucket(project))).content.decode()
    assert "Load a CSV or Parquet file" in text
    assert reverse("admin:load") in text


def test_tables_of_main_and_of_branches_are_told_apart(operator: Client, table: Table) -> None:
    own = make_own_version(table, make_branch(table.bucket.project))
    text = operator.get(page_url(table.bucket)).content.decode()
    assert page_url(own) in text
    assert page_url(table) in text
    assert page_url(own.branch) in text


def test_a_bucket_is_shared_and_the_share_taken_back(operator: Client, bucket: Bucket, reader: Project) -> None:
    form = operator.get(url("share", bucket)).content.decode()
    assert f'value="{reader.pk}"' in form
    assert f'value="{bucket.project_id}"' not in form
    assert operator.post(url("share", bucket), {"project": reader.pk}).headers["Location"] == page_url(bucket)
    share = BucketShare.objects.get(bucket=bucket, target_project=reader)
    stop = reverse("admin:storage_bucketshare_delete", args=[share.pk])
    text = operator.get(page_url(bucket)).content.decode()
    assert stop in text
    assert "not linked yet" in text
    assert "can no longer read" in operator.get(stop).content.decode()
    assert operator.post(stop).headers["Location"] == page_url(bucket)
    assert not BucketShare.objects.exists()


def test_a_share_with_a_project_that_is_not_there_is_refused(operator: Client, bucket: Bucket) -> None:
    for nonsense in ("nowhere", "", bucket.project_id):
        assert operator.post(url("share", bucket), {"project": nonsense}).status_code == 200
    assert not BucketShare.objects.exists()


def test_a_member_names_the_other_project_and_learns_of_none(member: Client, bucket: Bucket, reader: Project) -> None:
    assert reader.pk not in member.get(url("share", bucket)).content.decode()
    assert member.post(url("share", bucket), {"project": reader.pk}).status_code == 302
    text = member.get(page_url(bucket)).content.decode()
    assert reader.pk in text
    assert page_url(reader) not in text


def test_a_shared_bucket_is_linked_from_the_other_projects_page(
    operator: Client, bucket: Bucket, reader: Project
) -> None:
    link_page = reverse("admin:storage_project_link", args=[reader.pk])
    refused = operator.post(link_page, {"source": bucket.pk, "name": "shop"})
    assert refused.status_code == 200
    operator.post(url("share", bucket), {"project": reader.pk})
    reply = operator.post(link_page, {"source": bucket.pk, "name": "shop"})
    link = Bucket.objects.get(project=reader)
    assert reply.headers["Location"] == page_url(link)
    text = operator.get(page_url(link)).content.decode()
    assert "read only" in text
    assert page_url(bucket) in text
    assert "shop" in operator.get(page_url(bucket)).content.decode()


def test_a_link_is_removed_and_its_source_stays(operator: Client, bucket: Bucket, reader: Project) -> None:
    link = link_to(bucket, reader)
    assert operator.get(url("delete", link)).status_code == 403
    assert "Nothing is deleted there" in operator.get(url("unlink", link)).content.decode()
    assert operator.post(url("unlink", link)).headers["Location"] == page_url(reader)
    assert list(Bucket.objects.all()) == [bucket]


def test_a_link_whose_share_is_gone_says_so(operator: Client, bucket: Bucket, reader: Project) -> None:
    link = link_to(bucket, reader)
    BucketShare.objects.all().delete()
    assert "does not share it any more" in operator.get(page_url(link)).content.decode()


def test_a_member_of_the_reading_project_sees_rows_and_not_the_owner(
    member: Client, project: Project, reader: Project
) -> None:
    table = make_table(make_bucket(reader, "in.c-theirs"), "their_table")
    text = member.get(page_url(link_to(table.bucket, project))).content.decode()
    assert "their_table" in text
    assert page_url(table) not in text
    assert page_url(table.bucket) not in text


def test_deleting_tells_what_goes_with_it(operator: Client, table: Table, reader: Project) -> None:
    make_own_version(table, make_branch(table.bucket.project))
    link_to(table.bucket, reader)
    text = operator.get(url("delete", table.bucket)).content.decode()
    for said in (
        "Removes 1 table with 0 rows",
        "own versions too: 1 table",
        "1 link of other projects",
        "kept for 7 days",
    ):
        assert said in text


def test_snapshot_settings_are_set_for_a_bucket_and_cleared(operator: Client, bucket: Bucket) -> None:
    form = url("snapshots", bucket)
    values = {"enabled": "no", "auto_snapshot_triggers__drop_column": "yes", "retention__manual_days": "3"}
    assert operator.post(form, values).headers["Location"] == page_url(bucket)
    bucket.refresh_from_db()
    assert bucket.snapshot_settings == {
        "enabled": False,
        "auto_snapshot_triggers": {"drop_column": True},
        "retention": {"manual_days": 3},
    }
    assert "this bucket" in operator.get(page_url(bucket)).content.decode()
    assert 'value="3"' in operator.get(form).content.decode()
    assert operator.post(form, {"retention__auto_days": "0"}).status_code == 200
    assert operator.post(form, {}).status_code == 302
    bucket.refresh_from_db()
    assert bucket.snapshot_settings is None


def test_a_viewer_changes_nothing(viewer: Client, bucket: Bucket, reader: Project) -> None:
    link = link_to(bucket, reader)
    share = BucketShare.objects.get()
    addresses = [url("share", bucket), url("snapshots", bucket), url("delete", bucket), url("unlink", link)]
    addresses.append(reverse("admin:storage_bucketshare_delete", args=[share.pk]))
    text = viewer.get(page_url(bucket)).content.decode() + viewer.get(page_url(link)).content.decode()
    for address in addresses:
        assert address not in text
        assert viewer.get(address).status_code == 403
        assert viewer.post(address, {"project": reader.pk, "typed": bucket.name}).status_code == 403


def test_another_projects_bucket_is_out_of_reach(member: Client, reader: Project) -> None:
    bucket = make_bucket(reader)
    for what in ("share", "snapshots", "delete"):
        member.post(url(what, bucket), {"project": reader.pk, "typed": bucket.name, "enabled": "no"})
    bucket.refresh_from_db()
    assert bucket.snapshot_settings is None
    assert not BucketShare.objects.exists()


def test_the_page_costs_the_same_for_many_as_for_few(
    operator: Client, table: Table, reader: Project, django_assert_max_num_queries: Any
) -> None:
    link = link_to(table.bucket, reader)
    version = table.current_version
    Table.objects.bulk_create(Table(bucket=table.bucket, name=f"t{n}", current_version=version) for n in range(30))
    for _ in range(3):
        link_to(table.bucket, make_project())
    for address in (page_url(table.bucket), page_url(link), "/admin/storage/bucket/"):
        with django_assert_max_num_queries(11):
            assert operator.get(address).status_code == 200
