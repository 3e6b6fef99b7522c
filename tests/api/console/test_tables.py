"""Buckets and tables in the console."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from kbstore.console.markup import page_url
from storage.models import Bucket, Event, Project, Table
from storage.runtime import engine
from tests.api.console.things import make_bucket, make_table


def test_the_page_shows_the_schema_and_the_history(viewer: Client, table: Table) -> None:
    first, second = viewer.get(page_url(table), {"tab": "columns"}).context["columns"]
    assert (first["name"], first["type"], first["nullable"], first["is_key"]) == ("id", "INTEGER", False, True)
    assert (second["nullable"], second["default"]) == (True, "'<x>'")
    versions = viewer.get(page_url(table), {"tab": "history"}).context["versions"]
    assert [(version["number"], version["is_current"]) for version in versions] == [(1, True)]


def test_a_table_whose_file_is_gone_still_has_a_page(viewer: Client, table: Table) -> None:
    with engine().local_file(table.current_version.ref) as path:
        pass
    path.unlink()
    reply = viewer.get(page_url(table))
    assert reply.status_code == 200
    assert reply.context["preview_error"]
    assert str(path.parent) not in reply.content.decode()


def test_a_table_is_deleted_by_the_service(operator: Client, table: Table) -> None:
    reply = operator.post(reverse("admin:storage_table_delete", args=[table.pk]))
    assert reply.headers["Location"] == page_url(table.bucket)
    assert not Table.objects.filter(pk=table.pk).exists()
    assert Event.objects.get(operation="delete_table").actor == "operator:olga"


def test_a_bucket_is_made_and_deleted_with_its_tables(operator: Client, project: Project) -> None:
    reply = operator.post("/admin/storage/bucket/add/", {"project": project.pk, "name": "in.c-new", "description": ""})
    bucket = Bucket.objects.get(name="in.c-new")
    assert reply.headers["Location"] == page_url(bucket)
    make_table(bucket)
    url = reverse("admin:storage_bucket_delete", args=[bucket.pk])
    assert "1 table" in operator.get(url).content.decode()
    operator.post(url, {"typed": bucket.name})
    assert not Bucket.objects.filter(pk=bucket.pk).exists()


def test_tables_are_found_by_name_and_filtered(viewer: Client, project: Project) -> None:
    bucket, other = make_bucket(project), make_bucket(project, "out.c-x")
    wanted = make_table(bucket, "invoices")
    make_table(other, "orders")
    for query in ({"q": "invoi"}, {"bucket__id__exact": bucket.pk}):
        listed = viewer.get("/admin/storage/table/", query).context["cl"].result_list
        assert [table.pk for table in listed] == [wanted.pk]


def test_a_link_to_a_filtered_list_filters(viewer: Client, project: Project) -> None:
    text = viewer.get(page_url(project)).context["buckets_url"]
    make_bucket(project)
    assert len(viewer.get(text).context["cl"].result_list) == 1
    assert viewer.get(text).status_code == 200
