"""Rows into tables and out of them: files of the caller's, of the project's, or objects."""

from __future__ import annotations

import uuid
from typing import Any, Literal, Unpack, cast, overload

from keboola_duckdb._async.download_target import DownloadTarget, Target
from keboola_duckdb._async.downloads import AsyncDownload, save
from keboola_duckdb._async.platform import shielded, sleep
from keboola_duckdb._async.resource import AsyncResource, result_of
from keboola_duckdb._async.upload_source import Source, UploadSource
from keboola_duckdb.addresses import table_path
from keboola_duckdb.calls import IDEMPOTENCY_HEADER
from keboola_duckdb.csv_columns import is_parquet
from keboola_duckdb.data_options import (
    ExportOptions,
    ImportOptions,
    export_body,
    format_of_name,
    import_body,
    waiting,
)
from keboola_duckdb.errors import ConfigurationError, ConflictError, JobFailedError, NetworkError, StorageError
from keboola_duckdb.job_feed import Deadline, poll_pauses
from keboola_duckdb.models.jobs import Job
from keboola_duckdb.models.tables import ExportResult, ImportResult
from keboola_duckdb.progress import ProgressCallback

_Work = Literal["import", "export"]
_SNIFFED_BYTES = 64
_CLEANING_SECONDS = 10.0


class AsyncTableData(AsyncResource):
    """Part of `kb.tables`. A call that is interrupted stops its job, and removes the files that it made."""

    @overload
    async def import_file(
        self,
        project: str,
        bucket: str,
        table: str,
        source: Source | None = None,
        *,
        wait: Literal[True] = True,
        **options: Unpack[ImportOptions],
    ) -> ImportResult: ...
    @overload
    async def import_file(
        self,
        project: str,
        bucket: str,
        table: str,
        source: Source | None = None,
        *,
        wait: Literal[False],
        **options: Unpack[ImportOptions],
    ) -> Job: ...
    async def import_file(
        self,
        project: str,
        bucket: str,
        table: str,
        source: Source | None = None,
        *,
        wait: bool = True,
        **options: Unpack[ImportOptions],
    ) -> ImportResult | Job:
        """Load a source (see `files.upload`), a file of the project or objects into a table, all or nothing.

        Options are those of ImportOptions. What was uploaded for it is deleted afterwards, unless `keep_file` or
        `wait=False`, which gives the job. Raises JobFailedError, whose job says what is wrong with which line.
        """
        if source is None:
            body = import_body(options, file_id=options.get("file_id"))
            return await self._import(project, bucket, table, body, wait=wait, options=options)
        import_body(options, file_id="the source")  # refused before anything is sent
        opened = UploadSource.of(source)
        try:
            return await self._import_source(project, bucket, table, opened, wait=wait, options=options)
        finally:
            opened.close()

    async def _import_source(
        self, project: str, bucket: str, table: str, source: UploadSource, *, wait: bool, options: ImportOptions
    ) -> ImportResult | Job:
        head, _ = await source.head(_SNIFFED_BYTES)
        if is_parquet(head):
            options = cast("ImportOptions", {"format": "parquet", **options})
        file = await self._client.files._send(project, source, None, None, options.get("on_progress"))
        is_kept = options.get("keep_file", False) or not wait
        try:
            body = import_body(options, file_id=file.id)
            return await self._import(project, bucket, table, body, wait=wait, options=options)
        except NetworkError:
            is_kept = True  # the import may still run
            raise
        finally:
            if not is_kept:
                with shielded(_CLEANING_SECONDS):
                    await self._delete_file(project, file.id)

    async def _import(
        self, project: str, bucket: str, table: str, body: dict[str, Any], *, wait: bool, options: ImportOptions
    ) -> ImportResult | Job:
        place = table_path(project, bucket, table, options.get("branch", "default"))
        job = await self._started("import", place, body)
        return result_of(await self._finished(job, **waiting(options)), ImportResult) if wait else job

    @overload
    async def export(
        self,
        project: str,
        bucket: str,
        table: str,
        *,
        wait: Literal[True] = True,
        **options: Unpack[ExportOptions],
    ) -> ExportResult: ...
    @overload
    async def export(
        self, project: str, bucket: str, table: str, *, wait: Literal[False], **options: Unpack[ExportOptions]
    ) -> Job: ...
    async def export(
        self, project: str, bucket: str, table: str, *, wait: bool = True, **options: Unpack[ExportOptions]
    ) -> ExportResult | Job:
        """Write a table to a file of the project, which expires after some days, or to objects at `target_url`.

        Options are those of ExportOptions.
        """
        place = table_path(project, bucket, table, options.get("branch", "default"))
        job = await self._started("export", place, export_body(options))
        return result_of(await self._finished(job, **waiting(options)), ExportResult) if wait else job

    async def download(
        self, project: str, bucket: str, table: str, target: Target, **options: Unpack[ExportOptions]
    ) -> ExportResult:
        """Export a table and stream it to a path, into a directory or to a binary file; no file stays on the server.

        The ending of a path chooses the format (`.csv`, `.csv.gz`, `.parquet`) unless `format` does. A path shows the
        file only when it is whole.
        """
        if options.get("target_url") is not None:
            raise ConfigurationError("Objects are not downloaded: leave target_url out, or use export.")
        wanted = format_of_name(str(target)) if not hasattr(target, "write") else None
        if wanted is not None and "format" not in options:
            options = cast("ExportOptions", {"format": wanted[0], "compression": wanted[1], **options})
        opened = DownloadTarget(target, name=f"{table}.{_ending(options)}")
        try:
            exported = await self.export(project, bucket, table, **options)
        except BaseException:
            opened.discard()
            raise
        await self._fetch(project, str(exported.file_id), opened, options.get("on_progress"))
        return exported

    async def _fetch(
        self, project: str, file_id: str, target: DownloadTarget, on_progress: ProgressCallback | None
    ) -> None:
        try:
            await save(AsyncDownload(self._client), project, file_id, target=target, on_progress=on_progress)
        finally:
            with shielded(_CLEANING_SECONDS):
                await self._delete_file(project, file_id)

    async def _started(self, what: _Work, place: dict[str, str], body: dict[str, Any]) -> Job:
        """A new job. Whoever interrupts the request stops the job that it may have begun."""
        headers = {"Prefer": "respond-async", IDEMPOTENCY_HEADER: str(uuid.uuid4())}
        try:
            return await self._ask(what, place, body, headers)
        except StorageError:
            raise
        except BaseException:
            with shielded(_CLEANING_SECONDS):
                await self._stop_asked(what, place, body, headers)
            raise

    async def _ask(self, what: _Work, place: dict[str, str], body: dict[str, Any], headers: dict[str, str]) -> Job:
        if what == "import":
            return await self._call(
                "POST",
                "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}/import/file",
                into=Job,
                path=place,
                body=body,
                headers=headers,
            )
        return await self._call(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}/export",
            into=Job,
            path=place,
            body=body,
            headers=headers,
        )

    async def _stop_asked(
        self, what: _Work, place: dict[str, str], body: dict[str, Any], headers: dict[str, str]
    ) -> None:
        """The same request under the same key tells which job it was. Never fails."""
        try:
            job = await self._ask(what, place, body, headers)
        except StorageError:
            return
        await self._stop(job)

    async def _finished(
        self, job: Job, *, timeout: float | None = None, on_progress: ProgressCallback | None = None
    ) -> Job:
        """The job once it has succeeded. Whoever interrupts the wait stops the job; a timeout does not."""
        try:
            return await self._client.jobs.wait(job.id, timeout=timeout, on_progress=on_progress)
        except (JobFailedError, NetworkError):
            raise
        except BaseException:
            with shielded(_CLEANING_SECONDS):
                await self._stop(job)
            raise

    async def _stop(self, job: Job) -> None:
        """It has ended when this returns. Never fails."""
        try:
            await self._client.jobs.cancel(job.id)
            await self._client.jobs.wait(job.id, timeout=_CLEANING_SECONDS)
        except StorageError:
            return

    async def _delete_file(self, project: str, file_id: str) -> None:
        """Never fails: what the caller asked for has been done, or its own error matters more."""
        deadline = Deadline(_CLEANING_SECONDS)
        for pause in poll_pauses():
            try:
                await self._client.files.delete(project, file_id)
                return
            except ConflictError:  # the job that has just ended is about to let go of it
                if deadline.is_over:
                    return
            except StorageError:
                return
            await sleep(pause)


def _ending(options: ExportOptions) -> str:
    if options.get("format") == "parquet":
        return "parquet"
    return "csv.gz" if options.get("compression") == "gzip" else "csv"
