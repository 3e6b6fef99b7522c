"""Publish a table in its next shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from kbstore.access import Actor
from kbstore.operations import record_success
from storage.engine.monitor import Monitor
from storage.engine.specs import Alteration, ColumnSpec, SealedVersion, TableSpec
from storage.errors import ColumnNotFound
from storage.jobs.commit import note_success
from storage.models import Job
from storage.runtime import engine
from storage.services.publish_version import Publication, publish
from storage.services.write_target import WriteTarget


def existing_column(target: WriteTarget, name: str) -> ColumnSpec:
    """The column of exactly this name. Raises ColumnNotFound."""
    spec = target.base.spec
    for column in spec.columns:
        if column.name == name:
            return column
    raise ColumnNotFound(target.name, name, spec.column_names)


def reshape(
    operation: str,
    *,
    actor: Actor,
    target: WriteTarget,
    after: TableSpec,
    sources: Sequence[str | None],
    job: Job,
    monitor: Monitor,
    details: dict[str, Any],
    also: Callable[[], object] | None = None,
) -> dict[str, Any]:
    """Publish the target in the shape `after`, filled as in `Alteration`, and return the result of the job.

    Where nothing changes there is no new version, only the event. `also` runs in the transaction of the change.
    """
    details = {"bucket_name": target.bucket.name, "table_name": target.name, **details}
    base = target.base
    if after == base.spec:
        result = _result(base.sealed)
        with transaction.atomic():
            record_success(target.resource_id, job_id=job.id, **details)
            note_success(job, result)
        return result
    sealed = _sealed(target, after, sources, monitor)
    publication = Publication(
        operation=operation, actor_label=actor.label, job=job, result=_result(sealed), details=details, also=also
    )
    publish(target, sealed, publication)
    return publication.result


def _sealed(target: WriteTarget, after: TableSpec, sources: Sequence[str | None], monitor: Monitor) -> SealedVersion:
    base, project_id = target.base, target.bucket.project_id
    if not after.primary_key and after.columns == base.spec.columns:
        # Only the key goes, and the file knows nothing of it.
        return replace(engine().duplicate(base.sealed, project_id), spec=after)
    return engine().alter(project_id, base.ref, Alteration(base.spec, after, tuple(sources)), monitor)


def _result(version: SealedVersion) -> dict[str, Any]:
    return {"table_rows_after": version.row_count, "table_size_bytes": version.size_bytes}
