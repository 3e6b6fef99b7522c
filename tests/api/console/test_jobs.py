"""Jobs in the console: what is shown, what the page's script polls, cancelling."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from kbstore.console.markup import page_url
from storage.models import Job, JobState, Project
from tests.api.console.things import make_job

STATES = "/admin/storage/job/states/"


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


def test_jobs_are_filtered_by_state_and_project(viewer: Client, project: Project) -> None:
    failed = make_job(project, state="error")
    make_job(project, state="success")
    query = {"state__exact": "error", "project__id__exact": project.pk}
    listed = viewer.get("/admin/storage/job/", query).context["cl"].result_list
    assert [job.pk for job in listed] == [failed.pk]
