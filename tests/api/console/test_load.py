"""The load wizard: a file sent in parts, what was found in it, where it goes, and what came of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from files.models import File
from files.services.resume_upload import ByteRange, finish_resumed_upload, resume_upload
from storage.engine.monitor import Monitor
from storage.errors import ImportFailed, TableExists
from storage.models import Bucket, Job, JobState, Project, ProjectMember, Table
from storage.runtime import engine
from storage.services.create_branch import create_branch
from storage.services.import_table import run_import
from storage.services.load_new_table import run_load
from tests.api.console.conftest import logged_in
from tests.api.console.things import ADMIN, NASTY, make_bucket, make_file, make_project, make_table

ROWS = b"id;name;amount\n1;x;1.5\n2;y;2\n3;z;\n"


def prepare(client: Client, project: Project, **fields: Any) -> Any:
    body = {"name": "orders.csv", "size": len(ROWS), "type": "text/csv"} | fields
    return client.post(reverse("admin:upload_prepare", args=[project.pk]), body, content_type="application/json")


def send(client: Client, url: str, part: bytes, start: int, size: int = len(ROWS)) -> Any:
    headers = {"X-File-Size": str(size), "X-Part-Start": str(start)}
    return client.put(url, part, content_type="application/octet-stream", headers=headers)


@pytest.fixture
def file(project: Project, tmp_path: Path) -> File:
    return make_file(project, tmp_path, name="Orders 2024.csv", data=ROWS)


def settings_url(file: File, **query: str) -> str:
    return reverse("admin:load_file", args=[file.project_id, file.pk], query=query or None)


def choices(**fields: Any) -> dict[str, Any]:
    """The form as the page sends it."""
    columns = [
        {"name": "id", "type": "BIGINT", "key": True, "nullable": False},
        {"name": "name", "type": "VARCHAR", "key": False, "nullable": True},
        {"name": "amount", "type": "DECIMAL(18,2)", "key": False, "nullable": True},
    ]
    dialect = {"delimiter": ";", "quote": '"', "escape": "", "header": "on", "null_string": ""}
    chosen = {"columns": json.dumps(columns), "columns_of": json.dumps([";", '"', '"', True])}
    return {"bucket": "in.c-new", "table": "orders", **dialect, **chosen} | fields


class TestUpload:
    def test_a_file_arrives_in_parts(self, member: Client, project: Project) -> None:
        ticket = prepare(member, project).json()
        assert send(member, ticket["url"], ROWS[:10], 0).json() == {"received": 10}
        done = send(member, ticket["url"], ROWS[10:], 10).json()
        file = File.objects.get(pk=done["file"])
        assert (file.name, file.size_bytes, file.project_id) == ("orders.csv", len(ROWS), project.pk)
        reply = member.get(reverse("admin:files_file_download", args=[file.pk]))
        assert reply.headers["Content-Length"] == str(len(ROWS))

    def test_it_goes_on_where_it_stopped(self, member: Client, project: Project) -> None:
        ticket = prepare(member, project).json()
        send(member, ticket["url"], ROWS[:10], 0)
        assert send(member, ticket["url"], b"", 0).json() == {"received": 10}
        wrong = send(member, ticket["url"], ROWS[20:], 20)
        assert (wrong.status_code, wrong.json()["details"]["received_bytes"]) == (416, 10)
        assert "file" in send(member, ticket["url"], ROWS[10:], 10).json()

    def test_an_answer_that_was_lost_is_told_again(self, member: Client, project: Project) -> None:
        ticket = prepare(member, project).json()
        place = {"actor": ADMIN, "project_id": project.pk}
        incoming = resume_upload(upload_key=ticket["key"], part=ByteRange(0, len(ROWS) - 1, len(ROWS)), **place)
        incoming.write(ROWS)
        finish_resumed_upload(incoming=incoming, **place)
        assert "file" in send(member, ticket["url"], b"", 0).json()

    def test_an_empty_file_is_a_file(self, member: Client, project: Project) -> None:
        ticket = prepare(member, project, size=0).json()
        assert "file" in send(member, ticket["url"], b"", 0, size=0).json()

    def test_refusals_say_why(self, member: Client, project: Project) -> None:
        for fields in ({"name": "a\n"}, {"size": 1 << 50}, {"size": "many"}):
            reply = prepare(member, project, **fields)
            assert 400 <= reply.status_code < 500
            assert reply.json()["message"]
        assert member.get(reverse("admin:upload_prepare", args=[project.pk])).status_code == 405

    def test_only_who_may_add_files_to_the_project(self, viewer: Client, member: Client, project: Project) -> None:
        assert prepare(viewer, project).status_code == 403
        ticket = prepare(member, project).json()
        assert send(viewer, ticket["url"], ROWS, 0).status_code == 403
        foreign = make_project("Foreign")
        assert prepare(member, foreign).status_code == 403
        assert send(member, reverse("admin:upload_part", args=[foreign.pk, ticket["key"]]), ROWS, 0).status_code == 403

    def test_a_request_of_another_page_is_refused(self, project: Project) -> None:
        careful = Client(enforce_csrf_checks=True)
        careful.force_login(User.objects.create_superuser("carl"))
        assert prepare(careful, project).status_code == 403


class TestChoosing:
    def test_the_first_page_takes_files_and_shows_those_that_are_there(self, member: Client, file: File) -> None:
        shown = member.get(reverse("admin:load", query={"bucket": "in.c-x", "table": "t"})).content.decode()
        assert reverse("admin:upload_prepare", args=[file.project_id]) in shown
        assert f"{settings_url(file)}?bucket=in.c-x&amp;table=t" in shown

    def test_without_a_project_it_says_what_to_do_first(self, operator: Client) -> None:
        assert reverse("admin:storage_project_add") in operator.get(reverse("admin:load")).content.decode()

    def test_what_was_found_is_proposed(self, member: Client, file: File) -> None:
        shown = member.get(settings_url(file)).content.decode()
        assert '<option value=";" selected>' in shown
        assert 'value="Orders_2024"' in shown
        assert "<option selected>DOUBLE</option>" in shown
        assert "The bucket will be made" in shown
        assert "Load 3 rows" in shown

    def test_names_and_values_of_files_are_escaped(self, member: Client, project: Project, tmp_path: Path) -> None:
        nasty = make_file(project, tmp_path, name=NASTY, data=f"id,{NASTY}\n1,{NASTY}\n".encode())
        shown = member.get(settings_url(nasty)).content.decode()
        assert "script>alert" not in shown.replace("&gt;", ">").replace("&lt;script>alert", "")
        assert "script>alert" not in member.get(reverse("admin:load")).content.decode()

    def test_looking_again_keeps_what_was_changed(self, member: Client, file: File) -> None:
        shown = member.post(settings_url(file), choices(again="1")).content.decode()
        assert "<option selected>DECIMAL(18,2)</option>" in shown
        shown = member.post(settings_url(file), choices(again="1", delimiter="|")).content.decode()
        assert 'value="id;name;amount"' in shown
        assert not Job.objects.exists()

    def test_values_that_would_be_refused_are_marked(self, member: Client, file: File) -> None:
        columns = [{"name": name, "type": "BIGINT", "key": False, "nullable": True} for name in ("id", "name", "n")]
        shown = member.post(settings_url(file), choices(again="1", columns=json.dumps(columns))).content.decode()
        assert "3 of these rows would be refused" in shown
        assert shown.count("kb-misfit") == 3

    def test_a_file_that_is_no_table_is_told(self, member: Client, project: Project, tmp_path: Path) -> None:
        book = make_file(project, tmp_path, name="book.xlsx", data=b"PK\x03\x04....")
        assert "Excel" in member.get(settings_url(book)).content.decode()

    def test_nothing_that_is_sent_breaks_the_page(self, member: Client, file: File) -> None:
        for odd in (
            {"delimiter": "\n"},
            {"delimiter": ""},
            {"quote": "é"},
            {"columns": "[{}]"},
            {"columns": "["},
            {"columns": json.dumps([{"name": "a", "type": "b", "key": 1, "nullable": 1}])},
            {"bucket": "../x", "table": "\0"},
            {"bucket": "", "table": ""},
            {"branch": "nope"},
            {"mode": "x"},
        ):
            for body in (choices(**odd), choices(again="1", **odd)):
                reply = member.post(settings_url(file), body)
                assert reply.status_code in (200, 302, 404), odd

    def test_a_hundred_columns_cost_no_more_queries(self, member: Client, project: Project, tmp_path: Path) -> None:
        wide = make_file(project, tmp_path, data=(",".join(f"c{n}" for n in range(100)) + "\n").encode())
        with CaptureQueriesContext(connection) as queries:
            assert member.get(settings_url(wide)).status_code == 200
        assert len(queries) < 30


class TestRunning:
    def test_a_new_table_appears_with_its_rows(self, member: Client, file: File) -> None:
        reply = member.post(settings_url(file), choices())
        job = Job.objects.get()
        assert reply.headers["Location"] == reverse("admin:load_job", args=[job.pk])
        assert "in.c-new.orders" in member.get(reply.headers["Location"]).content.decode()
        assert not Table.objects.exists()
        run_load(job, Monitor())
        table = Table.objects.get()
        version = table.current_version
        assert (version.row_count, version.primary_key, version.number) == (3, ["id"], 1)
        assert version.columns[2]["type"] == "DECIMAL(18,2)"
        job.refresh_from_db()
        assert job.state == JobState.SUCCESS
        shown = member.get(reply.headers["Location"]).content.decode()
        assert "3 rows loaded" in shown
        assert f"/admin/storage/table/{table.pk}/" in shown

    def test_a_table_exists_already_for_the_second(self, member: Client, project: Project, file: File) -> None:
        member.post(settings_url(file), choices())
        job = Job.objects.get()
        make_table(Bucket.objects.get(name="in.c-new"), "orders")
        with pytest.raises(TableExists):
            run_load(job, Monitor())
        assert Table.objects.get().current_version.row_count == 0

    def test_a_load_that_fails_leaves_neither_table_nor_files(
        self, member: Client, project: Project, tmp_path: Path
    ) -> None:
        file = make_file(project, tmp_path, data=b"id;name;amount\n1;x;1\ny;z;2\n")
        member.post(settings_url(file), choices())
        with pytest.raises(ImportFailed) as failed:
            run_load(Job.objects.get(), Monitor())
        assert (failed.value.details or {})["errors_sampled"][0]["line"] == 3
        assert not Table.objects.exists()
        assert not [path for path in engine().find_orphans([]).orphan_files if project.pk in str(path)]

    def test_columns_that_do_not_match_are_told(self, member: Client, project: Project, file: File) -> None:
        make_table(make_bucket(project, "in.c-old"), "orders", column="name")
        body = choices(bucket="in.c-old", mode="incremental", dedup_mode="fail_on_duplicates")
        assert "The file has 3 columns, the table 2" in member.post(settings_url(file), body).content.decode()
        assert not Job.objects.exists()

    def test_columns_are_matched_by_name(self, member: Client, project: Project, tmp_path: Path) -> None:
        table = make_table(make_bucket(project), "orders")
        file = make_file(project, tmp_path, data=b"NAME,Id\nx,1\ny,2\n")
        place = {"bucket": "in.c-sales", "table": "orders"}
        assert "Existing table of 0 rows" in member.get(settings_url(file, **place)).content.decode()
        reply = member.post(settings_url(file), place | {"mode": "full"})
        job = Job.objects.get()
        assert reply.status_code == 302
        assert job.params["columns"] == ["name", "id"]
        run_import(job, Monitor())
        table.refresh_from_db()
        assert table.current_version.row_count == 2
        asked = member.post(settings_url(file), place | {"mode": "full"}).content.decode()
        assert "Confirm that the rows of the table are replaced" in asked
        assert member.post(settings_url(file), place | {"mode": "full", "replaces": "on"}).status_code == 302

    def test_rejected_rows_are_shown_and_the_settings_come_back(self, member: Client, file: File) -> None:
        member.post(settings_url(file), choices())
        job = Job.objects.get()
        sampled = [{"line": 3, "column": NASTY, "value": None, "expected_type": "BIGINT"}]
        error = {"error": "import_failed", "message": NASTY, "details": {"errors_sampled": sampled}}
        Job.objects.update(state=JobState.ERROR, error=error)
        shown = member.get(reverse("admin:load_job", args=[job.pk])).content.decode()
        assert "line 3" in shown
        assert "<script>alert" not in shown
        again = settings_url(file, job=job.pk)
        assert again in shown
        settings = member.get(again).content.decode()
        assert 'value="in.c-new"' in settings
        assert "<option selected>DECIMAL(18,2)</option>" in settings

    def test_a_wrong_shape_is_told_before_anything_runs(self, member: Client, file: File) -> None:
        columns = [{"name": "same", "type": "BIGINT", "key": False, "nullable": True}] * 3
        shown = member.post(settings_url(file), choices(columns=json.dumps(columns))).content.decode()
        assert "occurs twice" in shown
        assert "Invalid table name" in member.post(settings_url(file), choices(table="no/name")).content.decode()
        assert not Job.objects.exists()

    def test_a_branch_gets_the_rows(self, member: Client, project: Project, file: File) -> None:
        bucket = make_bucket(project)
        assert 'name="branch"' not in member.get(settings_url(file)).content.decode()
        branch = create_branch(actor=ADMIN, project_id=project.pk, name="try", description=None)
        shown = member.get(settings_url(file, branch=branch.pk)).content.decode()
        assert f'<option value="{branch.pk}" selected>' in shown
        reply = member.post(settings_url(file), choices(branch=branch.pk, bucket=bucket.name))
        run_load(Job.objects.get(), Monitor())
        assert Table.objects.get().branch_id == branch.pk
        assert (
            f"/admin/storage/table/{Table.objects.get().pk}/" in member.get(reply.headers["Location"]).content.decode()
        )

    def test_parquet_is_loaded_by_what_it_says(self, member: Client, project: Project, tmp_path: Path) -> None:
        path = tmp_path / "rows.parquet"
        duckdb.execute(
            "COPY (SELECT i AS id, 'x' AS t FROM range(7) r(i)) TO $path (FORMAT parquet)", {"path": str(path)}
        )
        file = make_file(project, tmp_path, name="rows.parquet", data=path.read_bytes())
        shown = member.get(settings_url(file)).content.decode()
        assert "Load 7 rows" in shown
        assert 'name="delimiter"' not in shown
        columns = [{"name": "number", "type": "INTEGER", "key": True, "nullable": True}]
        columns += [{"name": "t", "type": "VARCHAR", "key": False, "nullable": True}]
        sent = {"bucket": "in.c-new", "table": "rows", "columns": json.dumps(columns), "columns_of": ""}
        assert member.post(settings_url(file), sent).status_code == 302
        run_load(Job.objects.get(), Monitor())
        version = Table.objects.get().current_version
        assert ([column["name"] for column in version.columns], version.row_count) == (["number", "t"], 7)

    def test_who_watches_may_cancel(self, member: Client, viewer: Client, project: Project) -> None:
        job = Job.objects.create(project=project, type="table_load", bucket_name="b", table_name="t")
        shown = member.get(reverse("admin:load_job", args=[job.pk])).content.decode()
        assert reverse("admin:storage_job_cancel", args=[job.pk]) in shown


class TestRights:
    def test_viewers_load_nothing(self, viewer: Client, file: File) -> None:
        for url in (reverse("admin:load"), settings_url(file)):
            assert viewer.get(url).status_code == 403
            assert viewer.post(url, choices()).status_code == 403
        assert reverse("admin:load") not in viewer.get("/admin/").content.decode()

    def test_members_load_into_their_projects_only(self, member: Client, project: Project, tmp_path: Path) -> None:
        foreign = make_project("Foreign")
        file = make_file(foreign, tmp_path)
        assert member.get(settings_url(file)).status_code == 404
        assert member.post(settings_url(file), choices()).status_code == 404
        mixed = reverse("admin:load_file", args=[project.pk, file.pk])
        assert member.post(mixed, choices()).status_code == 404
        assert foreign.pk not in member.get(reverse("admin:load", query={"project": foreign.pk})).content.decode()
        job = Job.objects.create(project=foreign, type="table_load")
        assert member.get(reverse("admin:load_job", args=[job.pk])).status_code == 404

    def test_who_may_not_make_tables_is_told(self, project: Project, file: File) -> None:
        user = User.objects.create_user("lena", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=("change_table", "view_table", "view_file")))
        ProjectMember.objects.create(user=user, project=project)
        shown = logged_in(user).post(settings_url(file), choices()).content.decode()
        assert "may not make one" in shown
        assert not Bucket.objects.exists()
