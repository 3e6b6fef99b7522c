"""The jobs that worked on a table, in the console."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from kbstore.console import markup
from kbstore.console.job_cells import job_row
from storage.models import Job, Table

JOBS_SHOWN = 25


def jobs_tab(request: HttpRequest, table: Table) -> dict[str, Any]:
    return {
        "jobs": [job_row(job) for job in jobs_of(table)[:JOBS_SHOWN]],
        "jobs_url": markup.list_url(Job, q=table.name, project__id__exact=table.bucket.project_id),
        "shown": JOBS_SHOWN,
    }


def jobs_of(table: Table) -> Any:
    """Newest first; a table that had the name before is not told apart, and its jobs are of interest too."""
    return (
        Job.objects.filter(project=table.bucket.project_id, bucket_name=table.bucket.name, table_name=table.name)
        .filter(branch=table.branch_id)
        .defer("params", "result")
    )
