"""Jobs in the console: what is shown, what the page's script polls, cancelling."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kbstore.console.markup import page_url
from storage.models import Event, Job, JobState, Project
from tests.api.console.things import NASTY, make_job, make_project

STATES, COUNTS = "/admin/storage/job/states/", "/admin/storage/job/counts/"


def test_the_script_polls_the_jobs_it_shows(viewer: Client, project: Project) -> None:
    running, done = make_job(project, state="processing", progress=0.25), make_job(project, state="success")
    jobs = viewer.get(STATES, {"ids": f"{running.pk},{done.pk},unknown"}).json()["jobs"]
    assert {(job["id"], job["state"], job["progress"]) for job in jobs} == {
        (running.pk, "processing", 0.25),
        (done.pk, "success", 0.0),
    }


def test_polling_is_for_those_who_may_view(newcomer: Client, project: Project) -> None:
    job = make_job(project)
    assert newcomer.get(STATES, {"ids": job.pk}).status_code == 403
    assert Client().get(STATES, {"ids": job.pk}).status_code == 302


def test_a_waiting_job_is_cancelled(operator: Client, project: Project) -> None:
    job = make_job(project, state=JobState.WAITING)
    assert operator.post(reverse("admin:storage_job_cancel", args=[job.pk])).status_code == 302
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_a_finished_job_cannot_be_cancelled(operator: Client, project: Project) -> None:
    job = make_job(project, state=JobState.SUCCESS)
    assert operator.post(reverse("admin:storage_job_cancel", args=[job.pk])).status_code == 403


def test_a_running_job_is_asked_to_stop_once(operator: Client, project: Project) -> None:
    job = make_job(project, state=JobState.PROCESSING)
    url = reverse("admin:storage_job_cancel", args=[job.pk])
    operator.post(url)
    assert Job.objects.get(pk=job.pk).cancel_requested_at is not None
    text = operator.get(page_url(job)).content.decode()
    assert "Cancelling" in text
    assert url not in text


def test_an_error_is_readable_and_secrets_are_not(viewer: Client, project: Project) -> None:
    error = {"error": "import_failed", "message": "Value 'x' is no INTEGER.", "status": 400, "details": {"line": 2}}
    job = make_job(project, state="error", error=error, params={"file_id": "f1", "s3": {"secret_key": "hush"}})
    text = viewer.get(page_url(job)).content.decode()
    assert all(part in text for part in ("Value &#x27;x&#x27; is no INTEGER.", "import_failed", "HTTP 400", "Line"))
    assert "hush" not in text
    assert "Value &#x27;x&#x27; is no INTEGER." in viewer.get("/admin/storage/job/").content.decode()


def test_a_failed_job_is_done_again(operator: Client, viewer: Client, project: Project) -> None:
    job = make_job(project, type="table_export", state="error", params={"table": "t"}, error={"message": NASTY})
    url = reverse("admin:storage_job_retry", args=[job.pk])
    assert viewer.post(url).status_code == 403
    assert url not in viewer.get(page_url(job)).content.decode()
    assert url in operator.get(page_url(job)).content.decode()
    reply = operator.post(url)
    again = Job.objects.get(state=JobState.WAITING)
    assert reply.headers["Location"] == page_url(again)
    assert (again.type, again.params, again.requested_by) == ("table_export", {"table": "t"}, "operator:olga")
    assert page_url(again) in operator.get(page_url(job)).content.decode()
    assert page_url(job) in viewer.get(page_url(again)).content.decode()


def test_a_member_does_again_what_failed_in_their_project_only(member: Client, project: Project) -> None:
    hers, others = (make_job(each, type="table_export", state="error") for each in (project, make_project()))
    for job, state in ((hers, JobState.WAITING), (others, None)):
        member.post(reverse("admin:storage_job_retry", args=[job.pk]))
        assert (
            Job.objects.filter(project=job.project).exclude(pk=job.pk).values_list("state", flat=True).first() == state
        )


def test_what_succeeded_is_not_done_again(operator: Client, project: Project) -> None:
    job = make_job(project, state=JobState.SUCCESS)
    assert operator.post(reverse("admin:storage_job_retry", args=[job.pk])).status_code == 403


def test_the_log_says_what_happened_and_who_asked(viewer: Client, project: Project) -> None:
    now = timezone.now()
    job = make_job(
        project,
        state="error",
        requested_by=NASTY,
        worker="server-1.42.abc",
        created_at=now,
        started_at=now,
        finished_at=now + timedelta(seconds=90),
        error={"message": NASTY},
    )
    told = {"project_id": project.pk, "operation": "import_table", "resource_type": "table", "resource_id": "x"}
    Event.objects.create(**told, job_id=job.pk, status="failed", error_message=NASTY, timestamp=now)
    Event.objects.create(**told, job_id="another", status="failed", error_message="of another job", timestamp=now)
    log = viewer.get(page_url(job)).context["log"]
    text = viewer.get(page_url(job)).content.decode()
    assert [line.kind for line in log] == ["waiting", "processing", "error", "error"]
    assert "server-1, process 42" in text
    assert "+1 min 30 s" in text
    assert NASTY not in text
    assert "of another job" not in text


def test_numbers_above_the_list_are_those_of_the_readers_projects(
    viewer: Client, member: Client, newcomer: Client, project: Project
) -> None:
    make_job(project, state="processing")
    make_job(project, state="error", heartbeat_at=timezone.now())
    make_job(make_project(), state="waiting")
    seen = [client.get(COUNTS).json() for client in (viewer, member)]
    assert [(counts["processing"], counts["waiting"], counts["failed"]) for counts in seen] == [(1, 1, 1), (1, 0, 1)]
    assert viewer.get("/admin/storage/job/").context["counts"] == seen[0]
    assert newcomer.get(COUNTS).status_code == 403


def test_the_stamp_changes_with_every_job_that_ends(viewer: Client, project: Project) -> None:
    stamps = [viewer.get(COUNTS).json()["stamp"]]
    for _ in range(2):
        make_job(project, state="success", heartbeat_at=timezone.now())
        stamps.append(viewer.get(COUNTS).json()["stamp"])
    assert len(set(stamps)) == 3


def test_jobs_are_filtered_by_type_and_age(viewer: Client, project: Project) -> None:
    new = make_job(project, type="table_export")
    make_job(project, type="table_import")
    make_job(project, type="table_export", created_at=timezone.now() - timedelta(days=2))
    listed = viewer.get("/admin/storage/job/", {"type": "table_export", "within": "day"}).context["cl"].result_list
    assert [job.pk for job in listed] == [new.pk]


def test_jobs_are_filtered_by_state_and_project(viewer: Client, project: Project) -> None:
    failed = make_job(project, state="error")
    make_job(project, state="success")
    query = {"state__exact": "error", "project__id__exact": project.pk}
    listed = viewer.get("/admin/storage/job/", query).context["cl"].result_list
    assert [job.pk for job in listed] == [failed.pk]
