"""A table from a file in one call: upload, create with inferred columns, import; or nothing of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack, cast

from keboola_duckdb._async.platform import shielded
from keboola_duckdb._async.table_data import AsyncTableData
from keboola_duckdb._async.upload_source import Source, UploadSource
from keboola_duckdb.addresses import bucket_path
from keboola_duckdb.arrow_columns import columns_of_schema, optional_package
from keboola_duckdb.calls import IDEMPOTENCY_HEADER, given, list_of_names
from keboola_duckdb.csv_columns import SAMPLE_BYTES, TEXT, guess_type, infer_csv, is_packed, is_parquet
from keboola_duckdb.data_options import Columns, ImportOptions, LoadOptions, column_definitions, import_body
from keboola_duckdb.errors import ConfigurationError, JobFailedError, NetworkError, NotFoundError, StorageError
from keboola_duckdb.models.files import File
from keboola_duckdb.models.tables import Table

_CLEANING_SECONDS = 10.0


@dataclass
class _Plan:
    """A table that is to be made: `inferred` are the columns whose types are guesses."""

    columns: Columns
    inferred: dict[str, str]
    options: ImportOptions


class AsyncTableUpload(AsyncTableData):
    """Part of `kb.tables`."""

    async def upload(
        self,
        project: str,
        bucket: str,
        table: str,
        source: Source,
        *,
        columns: Columns | None = None,
        primary_key: Sequence[str] | None = None,
        **options: Unpack[LoadOptions],
    ) -> Table:
        """Load a source (see `files.upload`) into a table, which is made if it is not there; the table then.

        `columns` (names to types) of a new table are those of a Parquet file (needs the extra `arrow`), or inferred
        from samples of a CSV file with a header. An inferred type that another value does not fit is widened; but where
        all samples are whole numbers, the server rounds a fraction elsewhere: give `columns` if there may be any.
        A table that is there keeps its columns and key, and gets the rows as by `import_file`. If the call fails or is
        interrupted, neither file nor new table stay. Options are those of LoadOptions.
        """
        opened = UploadSource.of(source)
        try:
            return await self._upload(
                project, bucket, table, opened, columns, primary_key, cast("ImportOptions", options)
            )
        finally:
            opened.close()

    async def _upload(
        self,
        project: str,
        bucket: str,
        table: str,
        source: UploadSource,
        columns: Columns | None,
        primary_key: Sequence[str] | None,
        options: ImportOptions,
    ) -> Table:
        branch = options.get("branch", "default")
        try:
            await self._client.tables.get(project, bucket, table, branch=branch)
        except NotFoundError as error:
            if error.code != "table_not_found":
                raise
        else:
            await self._import_source(project, bucket, table, source, wait=True, options=options)
            return await self._client.tables.get(project, bucket, table, branch=branch)
        plan = await _planned(source, columns, options)
        file = await self._client.files._send(project, source, None, None, options.get("on_progress"))
        is_kept = options.get("keep_file", False)
        try:
            return await self._make(project, bucket, table, plan, primary_key, file)
        except NetworkError:
            is_kept = True  # the import may still run
            raise
        finally:
            if not is_kept:
                with shielded(_CLEANING_SECONDS):
                    await self._delete_file(project, file.id)

    async def _make(
        self, project: str, bucket: str, table: str, plan: _Plan, primary_key: Sequence[str] | None, file: File
    ) -> Table:
        """The new table with the rows of the file."""
        branch = plan.options.get("branch", "default")
        body = given(
            name=table,
            columns=column_definitions(plan.columns),
            primary_key=None if primary_key is None else list_of_names(primary_key),
        )
        key = {IDEMPOTENCY_HEADER: str(uuid.uuid4())}
        made: Table | None = None
        try:
            made = await self._create(bucket_path(project, bucket, branch), body, key)
            await self._fill(project, bucket, table, plan, file)
            return await self._client.tables.get(project, bucket, table, branch=branch)
        except BaseException as error:
            # A table that was refused is not ours, and into one that cannot be reached the import may still run.
            if not isinstance(error, NetworkError) and (made is not None or not isinstance(error, StorageError)):
                with shielded(_CLEANING_SECONDS):
                    await self._undo(bucket_path(project, bucket, branch), body, key)
            raise

    async def _create(self, place: dict[str, str], body: dict[str, Any], key: dict[str, str]) -> Table:
        return await self._call(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables",
            into=Table,
            path=place,
            body=body,
            headers=key,
        )

    async def _fill(self, project: str, bucket: str, table: str, plan: _Plan, file: File) -> None:
        body = import_body(plan.options, file_id=file.id)
        branch = plan.options.get("branch", "default")
        while True:
            try:
                await self._import(project, bucket, table, body, wait=True, options=plan.options)
                return
            except JobFailedError as error:
                wider = _wider(error, plan.inferred)
                if wider is None:
                    raise
                plan.inferred.update(wider)
            ((column, kind),) = wider.items()
            altering = await self._client.tables.alter_column(
                project, bucket, table, column, new_type=kind, branch=branch, wait=False
            )
            await self._finished(altering)

    async def _undo(self, place: dict[str, str], body: dict[str, Any], key: dict[str, str]) -> None:
        """Drop the table that this call made, and the snapshots that settings take at that. Never fails."""
        client, project, bucket, branch = self._client, place["project_id"], place["bucket_name"], place["branch_id"]
        try:
            # The request that made it, or was about to, answers the same under its key.
            made = await self._create(place, body, key)
            await client.tables.delete(project, bucket, made.name, force=True, branch=branch)
            for snapshot in await client.snapshots.list(project, bucket=bucket, table=made.name, branch=branch):
                is_automatic = snapshot.snapshot_type.startswith("auto")
                if is_automatic and made.created_at is not None and snapshot.created_at >= made.created_at:
                    await client.snapshots.delete(project, snapshot.id, branch=branch)
        except StorageError:
            return


async def _planned(source: UploadSource, columns: Columns | None, options: ImportOptions) -> _Plan:
    head, is_complete = await source.head(SAMPLE_BYTES)
    if is_parquet(head):
        options = cast("ImportOptions", {"format": "parquet", **options})
        if columns is None:
            columns = _schema_columns(source)
        return _Plan(columns, {}, options)
    if columns is not None:
        return _Plan(columns, {}, options)
    if options.get("format") == "parquet":
        raise ConfigurationError(f"{source.name} is no Parquet file.")
    dialect = options.get("csv_options")
    if dialect is not None and dialect.get("header", True) is False:
        raise ConfigurationError("Without a header there are no names to infer columns from. Give `columns`.")
    delimiter = None if dialect is None else str(dialect.get("delimiter", ","))
    samples = [] if is_complete or is_packed(head) else await source.samples()
    shape = infer_csv(head, is_complete=is_complete, delimiter=delimiter, samples=samples)
    options = cast("ImportOptions", {"csv_options": shape.csv_options, **options})
    inferred = {column.name: column.type for column in shape.columns}
    return _Plan(inferred, dict(inferred), options)


def _schema_columns(source: UploadSource) -> dict[str, str]:
    file = source.seekable_file()
    if file is None:
        raise ConfigurationError("The schema of a Parquet file is at its end: give a path or a file, or `columns`.")
    pyarrow = optional_package("pyarrow", extra="arrow")
    parquet = optional_package("pyarrow.parquet", extra="arrow")
    try:
        return columns_of_schema(parquet.read_schema(file))
    except pyarrow.ArrowException as error:
        raise ConfigurationError(f"The Parquet file is damaged: {error}") from error


def _wider(error: JobFailedError, inferred: Mapping[str, str]) -> dict[str, str] | None:
    """A type for the column that refused a value, if its own was a guess; None if the failure is something else."""
    failure = error.job.error
    if failure is None or failure.error != "import_failed":
        return None
    column, value = failure.details.get("column"), failure.details.get("value")
    known = inferred.get(str(column))
    if known is None or known == TEXT:
        return None
    is_number = known == "BIGINT" and isinstance(value, str) and guess_type([value]) == "DOUBLE"
    return {str(column): "DOUBLE" if is_number else TEXT}
