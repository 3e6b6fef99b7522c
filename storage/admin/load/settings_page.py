"""The second page of the wizard: what was found in the file, what to make of it and where it goes."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from files.models import File, FileState
from kbstore.console.rights import actor_of, visible
from kbstore.console.site import console_page, framed
from kbstore.errors import InvalidRequest, KbstoreError
from storage.admin.load.choices import (
    INCREMENTAL,
    LoadChoices,
    Matching,
    completed,
    from_form,
    from_job,
    match_columns,
)
from storage.admin.load.run import run_load
from storage.admin.load.shown import dialect_context, facts, found_context, target_context
from storage.admin.load.start_page import LOAD
from storage.admin.load.target import Target, branch_choices, bucket_names, find_target, table_names
from storage.engine.specs import CsvOptions, DetectedFile
from storage.models import Job, Table
from storage.services.detect_file import detect_file

FIRST_BUCKET = "in.c-main"


@console_page("load/<str:project_id>/<str:file_id>/", name="load_file", permission=LOAD)
def settings(request: HttpRequest, project_id: str, file_id: str) -> HttpResponseBase:
    """GET shows what was found, POST does it; a POST with `again` only looks again with what was changed."""
    file = _file(request, project_id, file_id)
    choices = _choices(request, file)
    buckets = bucket_names(project_id)
    error = ""
    found: DetectedFile | None = None
    try:
        found = _detected(request, file, choices.csv)
        choices = completed(choices, found, file_name=file.name, first_bucket=buckets[0] if buckets else FIRST_BUCKET)
        target = find_target(request, project_id, choices)
        matching = _matching(found, target.table)
        if request.method == "POST" and "again" not in request.POST:
            return HttpResponseRedirect(_started(request, file, choices, found, target, matching))
    except KbstoreError as refused:
        error = refused.message
        if found is None:
            return _unreadable(request, file, choices, error)
        target = find_target(request, project_id, choices)
        matching = _matching(found, target.table)
    context = found_context(file, found, choices) | target_context(choices, found, target, matching)
    return framed(
        request,
        "console/load/settings.html",
        title=f"Load {file.name}",
        error=error,
        branches=branch_choices(project_id),
        buckets=buckets,
        tables=table_names(target.bucket),
        **context,
    )


def _file(request: HttpRequest, project_id: str, file_id: str) -> File:
    files = visible(request.user, File.objects.filter(project=project_id, state=FileState.REGISTERED))  # type: ignore[arg-type]
    file = files.select_related("project").filter(pk=file_id).first()
    if file is None:
        raise Http404("No such file.")
    return file


def _choices(request: HttpRequest, file: File) -> LoadChoices:
    if request.method == "POST":
        return from_form(request.POST)
    job_id = request.GET.get("job")
    if job_id:
        job = Job.objects.filter(pk=job_id, project=file.project_id, params__file_id=file.pk).first()
        if job is not None:
            return from_job(job)
    return from_form(request.GET)


def _detected(request: HttpRequest, file: File, options: CsvOptions | None) -> DetectedFile:
    return detect_file(
        actor=actor_of(request, file.project_id), project_id=file.project_id, file_id=file.pk, options=options
    )


def _matching(found: DetectedFile, table: Table | None) -> Matching:
    if table is None:
        return Matching()
    return match_columns(found, [column["name"] for column in table.current_version.columns])


def _started(
    request: HttpRequest,
    file: File,
    choices: LoadChoices,
    found: DetectedFile,
    target: Target,
    matching: Matching,
) -> str:
    """Where to watch the job that this has begun. Raises KbstoreError with what to put right."""
    problem = target.refusal or matching.problem
    if problem:
        raise InvalidRequest(problem)
    rows = target.table.current_version.row_count if target.table is not None else 0
    if rows and choices.mode != INCREMENTAL and not choices.replaces:
        raise InvalidRequest("Confirm that the rows of the table are replaced, or choose to add to them.")
    job = run_load(request, file=file, choices=choices, found=found, target=target, matching=matching)
    return reverse("admin:load_job", args=[job.pk])


def _unreadable(request: HttpRequest, file: File, choices: LoadChoices, error: str) -> HttpResponseBase:
    return framed(
        request,
        "console/load/settings.html",
        title=f"Load {file.name}",
        error=error,
        file_facts=facts(file),
        is_unreadable=True,
        dialect=dialect_context(choices.csv) if choices.csv else None,
        choices=choices,
        start_url=reverse("admin:load", query={"project": file.project_id}),
    )
