"""Exports from the console: what the form asks for becomes a job, and the job a file."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from files.models import File
from storage.engine.monitor import Monitor
from storage.models import Job, JobState, Project, Table
from storage.services.export_table import run_export
from tests.api.console.things import NASTY, make_bucket, make_project, make_table


def url_of(table: Table) -> str:
    return reverse("admin:export", args=[table.pk])


def wanted(**fields: Any) -> dict[str, Any]:
    return {"format": "csv", "columns": ["id", "name"], "delimiter": ",", "header": "on"} | fields


def test_the_form_offers_all_columns(member: Client, project: Project) -> None:
    table = make_table(make_bucket(project), column=NASTY.replace('"', ""))
    shown = member.get(url_of(table)).content.decode()
    assert shown.count('name="columns"') == 2
    assert "<script>alert" not in shown


def test_an_export_ends_with_a_file(member: Client, table: Table) -> None:
    reply = member.post(url_of(table), wanted(delimiter="\\t", csv_compression="gzip", columns=["name"], limit="1,000"))
    job = Job.objects.get()
    assert reply.headers["Location"] == reverse("admin:export_job", args=[job.pk])
    assert (job.params["delimiter"], job.params["limit"], job.params["columns"]) == ("\t", 1000, ["name"])
    assert "goes on" in member.get(reply.headers["Location"]).content.decode()
    run_export(job, Monitor())
    file = File.objects.get()
    assert file.name.endswith(".csv.gz")
    shown = member.get(reply.headers["Location"]).content.decode()
    assert reverse("admin:files_file_download", args=[file.pk]) in shown


def test_parquet_takes_no_option_of_csv(member: Client, table: Table) -> None:
    member.post(url_of(table), wanted(format="parquet", csv_compression="gzip", parquet_compression="zstd"))
    params = Job.objects.get().params
    assert (params["format"], params["compression"], params["columns"]) == ("parquet", "zstd", None)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"where": "nope > 1"}, "unknown column"),
        ({"where": "id IN (SELECT 1)"}, "Invalid WHERE clause"),
        ({"columns": []}, "at least one column"),
        ({"limit": "-3"}, "whole number"),
        ({"format": "xml"}, "Unsupported format"),
    ],
)
def test_what_cannot_be_is_told(fields: dict[str, Any], reason: str, member: Client, table: Table) -> None:
    assert reason in member.post(url_of(table), wanted(**fields)).content.decode()
    assert not Job.objects.exists()


def test_why_an_export_failed_is_told(member: Client, table: Table) -> None:
    member.post(url_of(table), wanted())
    job = Job.objects.get()
    Job.objects.update(state=JobState.ERROR, error={"message": NASTY})
    shown = member.get(reverse("admin:export_job", args=[job.pk])).content.decode()
    assert "There is no file" in shown
    assert "<script>alert" not in shown


def test_viewers_and_members_elsewhere_export_nothing(viewer: Client, member: Client, table: Table) -> None:
    foreign = make_table(make_bucket(make_project("Foreign")))
    for client, target, status in ((viewer, table, 403), (member, foreign, 404)):
        assert client.get(url_of(target)).status_code == status
        assert client.post(url_of(target), wanted()).status_code == status
    job = Job.objects.create(project=foreign.bucket.project, type="table_export", params={"table": foreign.pk})
    assert member.get(reverse("admin:export_job", args=[job.pk])).status_code == 404
    assert Job.objects.count() == 1
