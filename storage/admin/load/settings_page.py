"""The second page of the wizard: what was found in the file, what to make of it and where it goes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from files.models import File, FileState
from kbstore.console import formatting, markup
from kbstore.console.rights import actor_of, visible
from kbstore.console.site import console_page, framed
from kbstore.errors import InvalidRequest, KbstoreError
from storage.admin.load.choices import (
    FULL,
    INCREMENTAL,
    LoadChoices,
    Matching,
    completed,
    from_form,
    from_job,
    match_columns,
)
from storage.admin.load.run import run_load
from storage.admin.load.start_page import LOAD
from storage.admin.load.target import Target, branch_choices, bucket_names, find_target, table_names
from storage.admin.preview_grid import Cell, Grid, Header, cell_of, is_numeric
from storage.engine.specs import CsvOptions, DetectedFile
from storage.models import Job, Table
from storage.services.detect_file import detect_file, refused_values

DELIMITERS = ((",", "Comma  ,"), (";", "Semicolon  ;"), ("\\t", "Tab"), ("|", "Pipe  |"), (":", "Colon  :"))
QUOTES = (('"', "Double quotes"), ("'", "Single quotes"), ("", "Nothing"))
TYPES = (
    "VARCHAR",
    "BIGINT",
    "INTEGER",
    "DOUBLE",
    "DECIMAL(18,2)",
    "DECIMAL(18,4)",
    "DECIMAL(38,10)",
    "BOOLEAN",
    "DATE",
    "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE",
    "TIME",
    "UUID",
    "JSON",
)
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
    context = _found_context(file, found, choices) | _target_context(choices, found, target, matching)
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
        file_facts=_facts(file),
        is_unreadable=True,
        dialect=_dialect_context(choices.csv) if choices.csv else None,
        choices=choices,
        start_url=reverse("admin:load", query={"project": file.project_id}),
    )


def _facts(file: File, found: DetectedFile | None = None) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [
        ("File", file.name),
        ("Project", markup.page_link(file.project)),
        ("Size", markup.size(file.size_bytes)),
    ]
    if found is not None:
        about = "" if found.is_counted else "about "
        rows = markup.EMPTY if found.row_count is None else f"{about}{formatting.count(found.row_count)}"
        facts += [("Format", found.format.upper() if found.format == "csv" else "Parquet"), ("Rows", rows)]
        facts += [("Columns", formatting.count(len(found.columns)))]
    return facts


def _found_context(file: File, found: DetectedFile, choices: LoadChoices) -> dict[str, Any]:
    chosen = choices.columns or ()
    return {
        "file_facts": _facts(file, found),
        "warnings": found.warnings,
        "dialect": _dialect_context(found.csv) if found.csv else None,
        "choices": choices,
        "columns": [
            {
                "position": position,
                "name": column.name,
                "type": column.type,
                "types": TYPES if column.type in TYPES else (*TYPES, column.type),
                "is_key": column.is_key,
                "nullable": column.nullable,
                "header": detected.header,
                "found": detected.type,
                "may_be_key": detected.is_unique and detected.is_filled,
                "example": _example(found, position - 1),
            }
            for position, (column, detected) in enumerate(zip(chosen, found.columns, strict=True), 1)
        ],
        "columns_json": json.dumps(
            [
                {"name": column.name, "type": column.type, "key": column.is_key, "nullable": column.nullable}
                for column in chosen
            ]
        ),
    }


def _example(found: DetectedFile, at: int) -> Cell:
    value = next((row[at] for row in found.rows if row[at]), None)
    return cell_of(value, False)


def _grid_context(found: DetectedFile, names: Sequence[str], types: Sequence[str]) -> dict[str, Any]:
    """The first rows; those marked that the load would refuse."""
    refused = refused_values(found, types)
    headers = [Header(name, type_name, is_numeric(type_name)) for name, type_name in zip(names, types, strict=True)]
    rows = [
        [
            replace(cell_of(value, header.is_numeric), is_misfit=(number, at) in refused)
            for at, (value, header) in enumerate(zip(row, headers, strict=True))
        ]
        for number, row in enumerate(found.rows)
    ]
    return {"grid": Grid(headers, rows), "refused_rows": len({number for number, _ in refused})}


def _dialect_context(options: CsvOptions) -> dict[str, Any]:
    delimiter = "\\t" if options.delimiter == "\t" else options.delimiter
    known = dict(DELIMITERS)
    return {
        "options": options,
        "delimiter": delimiter,
        "delimiters": DELIMITERS if delimiter in known else (*DELIMITERS, (delimiter, delimiter)),
        "quotes": QUOTES if options.quote in dict(QUOTES) else (*QUOTES, (options.quote, options.quote)),
        "is_backslash": options.escape == "\\",
    }


def _target_context(choices: LoadChoices, found: DetectedFile, target: Target, matching: Matching) -> dict[str, Any]:
    table = target.table
    chosen = choices.columns or ()
    context: dict[str, Any] = {
        "target": target,
        "matching": matching,
        "rows_text": "" if found.row_count is None else formatting.amount(found.row_count, "row"),
        "about": "" if found.is_counted else "about ",
    }
    if table is None or not matching.names:
        context |= _grid_context(found, [column.name for column in chosen], [column.type for column in chosen])
    if table is None:
        return context
    version = table.current_version
    types = {column["name"]: column["type"] for column in version.columns}
    if matching.names:
        context |= _grid_context(found, matching.names, [types[name] for name in matching.names])
    return context | {
        "table_url": markup.page_url(table),
        "table_rows": version.row_count,
        "table_rows_text": formatting.amount(version.row_count, "row"),
        "table_key": version.primary_key,
        "mode": choices.mode or (INCREMENTAL if version.row_count else FULL),
        "mapped": [
            {
                "header": column.header or f"column {position}",
                "name": name,
                "type": types[name],
                "found": column.type,
                "is_key": name in version.primary_key,
                "example": _example(found, position - 1),
            }
            for position, (column, name) in enumerate(zip(found.columns, matching.names, strict=True), 1)
        ]
        if matching.names
        else [],
    }
