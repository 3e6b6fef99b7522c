"""From the choices of the wizard to a running job."""

from __future__ import annotations

from django.http import HttpRequest

from files.models import File
from kbstore.console.rights import actor_of
from storage.admin.load.choices import INCREMENTAL, LoadChoices, Matching
from storage.admin.load.target import Target
from storage.engine.specs import DetectedFile
from storage.models import Job
from storage.services.create_bucket import create_bucket
from storage.services.import_table import LoadOrder, request_import
from storage.services.load_new_table import request_load


def run_load(
    request: HttpRequest,
    *,
    file: File,
    choices: LoadChoices,
    found: DetectedFile,
    target: Target,
    matching: Matching,
) -> Job:
    """The job that loads the file, after the bucket was made where there was none. Raises what the services raise."""
    actor, project_id = actor_of(request, file.project_id), file.project_id
    if target.bucket is None:
        create_bucket(
            actor=actor, project_id=project_id, branch_id=choices.branch, name=choices.bucket, description=None
        )
    place = {
        "actor": actor,
        "project_id": project_id,
        "branch_id": choices.branch,
        "bucket_name": choices.bucket,
        "table_name": choices.table,
    }
    order = LoadOrder(
        file_id=file.pk,
        format=found.format,
        csv=found.csv,
        incremental=target.table is not None and choices.mode == INCREMENTAL,
        dedup_mode=choices.dedup_mode,
        columns=matching.order,
    )
    if target.table is not None:
        return request_import(order=order, respond_async=True, **place)  # type: ignore[arg-type]
    return request_load(
        columns=choices.column_specs(),
        primary_key=choices.key,
        order=order,
        respond_async=True,
        **place,  # type: ignore[arg-type]
    )
