"""Import objects into a table under the rules of the storage driver: the request, and the job that does it."""

from __future__ import annotations

import datetime
import time
from dataclasses import asdict, dataclass
from typing import Any, cast

from django.utils import timezone

from kbstore.access import Actor, Need
from kbstore.operations import operation
from storage import catalog
from storage.engine.import_specs import (
    TIMESTAMP_COLUMN as TIMESTAMP_COLUMN,
)
from storage.engine.import_specs import (
    FileSource,
    RelationSource,
    RowImport,
    RowImportOutcome,
    Strategy,
    TimestampMode,
)
from storage.engine.monitor import Monitor
from storage.engine.specs import DedupMode, FileFormat
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.jobs.table_job import new_table_job, target_of
from storage.models import Job, Table
from storage.runtime import engine
from storage.services.import_source import ImportSource, OpenedSource, check_source, opened_source
from storage.services.publish_version import Publication, publish
from storage.services.snapshot_before import FULL_LOAD, snapshot_before
from storage.services.write_target import WriteTarget, write_target

JOB_TYPE = "table_row_import"


@dataclass(frozen=True)
class ImportRules:
    """How rows of any source meet those of the table: see `RowImport`."""

    incremental: bool = False
    strategy: str = "string_table"
    dedup_mode: str = "update_duplicates"
    dedup_columns: tuple[str, ...] = ()
    null_texts: tuple[str, ...] = ()
    empty_is_null: tuple[str, ...] = ()
    timestamp_mode: str = "current_time"
    requires_timestamp: bool = False

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> ImportRules:
        return cls(**_with_tuples(value))

    def of(self, source: FileSource | RelationSource, started: datetime.datetime) -> RowImport:
        return RowImport(
            source,
            started,
            incremental=self.incremental,
            strategy=cast(Strategy, self.strategy),
            dedup_mode=cast(DedupMode, self.dedup_mode),
            dedup_columns=self.dedup_columns,
            null_texts=self.null_texts,
            empty_is_null=self.empty_is_null,
            timestamp_mode=cast(TimestampMode, self.timestamp_mode),
            requires_timestamp=self.requires_timestamp,
        )


@dataclass(frozen=True)
class FileOrder:
    """What to read and how: see `FileSource`."""

    source: ImportSource
    format: str = "csv"
    columns: tuple[str, ...] | None = None
    delimiter: str = ","
    enclosure: str = '"'
    escape: str = ""
    skipped_lines: int = 0
    finds_header: bool = False

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> FileOrder:
        return cls(**_with_tuples(value | {"source": ImportSource(**value["source"])}))

    def of(self, opened: OpenedSource) -> FileSource:
        """The local files as the engine wants them."""
        is_one = opened.slices is None
        return FileSource(
            opened.path.parent if is_one else opened.path,
            (opened.path,) if opened.slices is None else opened.slices,
            opened.names,
            format=cast(FileFormat, self.format),
            columns=self.columns,
            delimiter=self.delimiter,
            enclosure=self.enclosure,
            escape=self.escape,
            skipped_lines=self.skipped_lines,
            finds_header=self.finds_header,
        )


def _with_tuples(value: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(one) if isinstance(one, list) else one for name, one in value.items()}


def request_row_import(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    files: FileOrder,
    rules: ImportRules,
) -> Job:
    """Import objects into a table as a job, and wait for its end; no object is looked at before the table is found.

    Raises what the import raises: the table then holds exactly what it held before.
    """
    actor.require(Need.WRITE, project_id=project_id, branch_id=branch_id)
    table = catalog.find_writable_table(
        project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name
    )
    check_source(files.source)
    order = {"files": asdict(files), "rules": asdict(rules), "format": files.format, "incremental": rules.incremental}
    job = new_table_job(JOB_TYPE, actor=actor, table=table, branch_id=branch_id, order=order)
    return submit(job, respond_async=False)


@register(JOB_TYPE)
def run_row_import(job: Job, monitor: Monitor) -> dict[str, Any]:
    target = target_of(job)
    return import_files(
        actor=target.actor,
        project_id=job.project_id,
        branch_id=target.branch_id,
        table=target.table,
        files=FileOrder.from_json(target.order["files"]),
        rules=ImportRules.from_json(target.order["rules"]),
        job=job,
        monitor=monitor,
    )


@operation("import_table", resource_type="table", need=Need.WRITE)
def import_files(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    table: Table,
    files: FileOrder,
    rules: ImportRules,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    """Make the next version of a table from objects. If any step fails the current version stays."""
    begun, started = time.monotonic(), timezone.now()
    with (
        opened_source(project_id=project_id, file_id=None, source=files.source, monitor=monitor) as opened,
        write_target(table, branch_id, monitor) as target,
    ):
        fetched = time.monotonic() - begun
        base, order = target.base, rules.of(files.of(opened), started)
        outcome = engine().import_rows(project_id, base.spec, base.ref, order, monitor)
        result = row_import_result(outcome, seconds=time.monotonic() - begun, fetched=fetched)
        result["warnings"] = [*opened.warnings, *result["warnings"]]
        publish_rows(target, outcome, rules=rules, actor=actor, job=job, result=result)
    monitor.rows = outcome.counts.imported
    return result


def publish_rows(
    target: WriteTarget,
    outcome: RowImportOutcome,
    *,
    rules: ImportRules,
    actor: Actor,
    job: Job,
    result: dict[str, Any],
) -> None:
    """Make what an import built the table's current version, whatever its source was."""
    publication = Publication(
        operation="import",
        actor_label=actor.label,
        job=job,
        result=result,
        details={
            "bucket_name": target.bucket.name,
            "table_name": target.name,
            "incremental": rules.incremental,
            "imported_rows": outcome.counts.imported,
        },
        also=lambda: None if rules.incremental else _keep_replaced(target, actor),
    )
    publish(target, outcome.sealed, publication)


def _keep_replaced(target: WriteTarget, actor: Actor) -> None:
    if target.table is not None:
        snapshot_before(FULL_LOAD, table=target.table, actor_label=actor.label)


def row_import_result(outcome: RowImportOutcome, *, seconds: float, fetched: float = 0.0) -> dict[str, Any]:
    """The result of the job: `columns` that the source supplied, all of the table, `timers` as pairs with seconds."""
    counts, sealed = outcome.counts, outcome.sealed
    timers = {"total": seconds} | dict(counts.timers)
    if "copyToStaging" in timers:
        timers["copyToStaging"] += fetched
    return {
        "imported_rows": counts.imported,
        "table_rows_after": sealed.row_count,
        "table_size_bytes": sealed.size_bytes,
        "columns": list(counts.columns),
        "table_columns": list(sealed.spec.column_names),
        "timers": [[name, round(value, 6)] for name, value in timers.items()],
        "warnings": list(counts.warnings),
    }
