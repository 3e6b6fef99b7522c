"""Write a table into a file: the form, and the export while it runs, with its file at the end."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse

from kbstore.console import formatting, job_cells, markup
from kbstore.console.rights import actor_of, visible
from kbstore.console.site import console_page, framed
from kbstore.errors import InvalidRequest, KbstoreError
from storage.admin.load.shown import DELIMITERS
from storage.admin.table_place import address
from storage.engine.specs import ExportSpec
from storage.models import Job, JobState, Table
from storage.services.export_table import COMPRESSIONS, request_export

#: Exports are new files of the project.
EXPORT = "files.add_file"
FORMATS = (("csv", "CSV"), ("parquet", "Parquet"))
_COMPRESSION_NAMES = {"gzip": "gzip", "zstd": "Zstandard", "snappy": "Snappy"}


@console_page("export/<int:table_id>/", name="export", permission=EXPORT)
def export(request: HttpRequest, table_id: int) -> HttpResponseBase:
    """GET asks what to write and how, POST begins to write it. Query: `where`, a condition to begin with."""
    table = _table(request, table_id)
    form = request.POST if request.method == "POST" else request.GET
    error = ""
    if request.method == "POST":
        try:
            job = request_export(
                actor=actor_of(request, table.bucket.project_id),
                order=_order(form, [column["name"] for column in table.current_version.columns]),
                respond_async=True,
                **address(table),
            )
            return HttpResponseRedirect(reverse("admin:export_job", args=[job.pk]))
        except KbstoreError as refused:
            error = refused.message
    return framed(
        request,
        "console/export/form.html",
        title=f"Export {table.bucket.name}.{table.name}",
        error=error,
        **_form_context(table, form, is_first=request.method != "POST"),
    )


def _table(request: HttpRequest, table_id: int) -> Table:
    tables = Table.objects.select_related("bucket__project", "current_version", "branch")
    found = visible(request.user, tables).filter(pk=table_id).first()  # type: ignore[arg-type]
    if found is None or not request.user.has_perm("storage.view_table"):
        raise Http404("No such table.")
    return found


def _order(form: QueryDict, names: list[str]) -> ExportSpec:
    chosen = set(form.getlist("columns"))
    if not chosen:
        raise InvalidRequest("Choose at least one column.")
    file_format = form.get("format", "csv")
    columns = tuple(name for name in names if name in chosen)
    delimiter = form.get("delimiter", ",")
    return ExportSpec(
        format=file_format,  # type: ignore[arg-type]
        compression=form.get(f"{file_format}_compression") or None,
        columns=None if len(columns) == len(names) else columns,
        where=form.get("where", "").strip() or None,
        limit=_limit(form.get("limit", "")),
        order_by=(form["order_by"],) if form.get("order_by") else None,
        delimiter="\t" if delimiter == "\\t" else delimiter,
        header=form.get("header") == "on",
        null_string=form.get("null_string", ""),
    )


def _limit(text: str) -> int | None:
    text = text.strip().replace(",", "")
    if not text:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise InvalidRequest("The number of rows has to be a whole number.")
    return int(text)


def _form_context(table: Table, form: QueryDict, *, is_first: bool) -> dict[str, Any]:
    version = table.current_version
    chosen = set(form.getlist("columns"))
    return {
        "facts": [
            ("Table", markup.page_link(table, f"{table.bucket.name}.{table.name}")),
            ("Project", markup.page_link(table.bucket.project)),
            ("Branch", table.branch or "main"),
            ("Rows", formatting.count(version.row_count)),
            ("Columns", formatting.count(len(version.columns))),
        ],
        "columns": [
            {"name": column["name"], "type": column["type"], "is_chosen": is_first or column["name"] in chosen}
            for column in version.columns
        ],
        "formats": FORMATS,
        "format": form.get("format", "csv"),
        "compressions": {
            name: [(value, _COMPRESSION_NAMES[value]) for value in values] for name, values in COMPRESSIONS.items()
        },
        "csv_compression": form.get("csv_compression", ""),
        "parquet_compression": form.get("parquet_compression", ""),
        "delimiters": DELIMITERS,
        "delimiter": form.get("delimiter", ","),
        "has_header": is_first or form.get("header") == "on",
        "null_string": form.get("null_string", ""),
        "where": form.get("where", ""),
        "order_by": form.get("order_by", ""),
        "limit": form.get("limit", ""),
        "rows_text": formatting.amount(version.row_count, "row"),
        "table_url": markup.page_url(table),
    }


@console_page("export/jobs/<str:job_id>/", name="export_job", permission=EXPORT)
def watch(request: HttpRequest, job_id: str) -> TemplateResponse:
    """The export with its bar; when it has ended, the file."""
    jobs = visible(request.user, Job.objects.select_related("project"))  # type: ignore[arg-type]
    job = jobs.filter(pk=job_id, type="table_export").first()
    if job is None:
        raise Http404("No such job.")
    result = job.result or {}
    file_id = result.get("file_id") if request.user.has_perm("files.view_file") else None
    return framed(
        request,
        "console/export/watch.html",
        title=f"Export {job_cells.target(job)}",
        state=job_cells.state(job),
        progress=job_cells.progress(job),
        is_running=not job.is_finished,
        error=_error(job),
        rows=formatting.amount(result.get("rows_exported") or 0, "row"),
        size=markup.size(result.get("file_size_bytes")),
        file_url=reverse("admin:files_file_download", args=[file_id]) if file_id else None,
        page_url=reverse("admin:files_file_change", args=[file_id]) if file_id else None,
        form_url=reverse("admin:export", args=[job.params["table"]]),
        job_url=markup.page_url(job),
        facts=[
            ("Table", job_cells.target(job)),
            ("Project", markup.page_link(job.project)),
            ("Rows", job_cells.rows(job)),
            ("Bytes", job_cells.size(job)),
            ("Duration", job_cells.duration(job)),
        ],
    )


def _error(job: Job) -> str:
    if job.state == JobState.CANCELLED:
        return "The export was cancelled."
    return str((job.error or {}).get("message", "")) if job.state == JobState.ERROR else ""
