"""Tables as frames of Arrow, pandas and Polars, and frames as tables; Parquet carries them, types included."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from keboola_duckdb._async.platform import in_thread
from keboola_duckdb._async.table_upload import AsyncTableUpload
from keboola_duckdb.arrow_columns import optional_package
from keboola_duckdb.data_options import Columns, LoadOptions, RowOptions
from keboola_duckdb.errors import ConfigurationError
from keboola_duckdb.models.tables import Table

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

_FILE = "rows.parquet"


class AsyncTableFrames(AsyncTableUpload):
    """Part of `kb.tables`. Without the package of a frame: ConfigurationError that names the extra to install."""

    async def to_arrow(self, project: str, bucket: str, table: str, **options: Unpack[RowOptions]) -> pyarrow.Table:
        """The rows as a `pyarrow.Table`, for which they have to fit into memory. Options are those of RowOptions."""
        parquet = optional_package("pyarrow.parquet", extra="arrow")
        frame: pyarrow.Table = await self._read(parquet.read_table, project, bucket, table, options)
        return frame

    async def to_pandas(self, project: str, bucket: str, table: str, **options: Unpack[RowOptions]) -> pandas.DataFrame:
        """The rows as a `pandas.DataFrame`. Options are those of RowOptions."""
        optional_package("pandas", extra="pandas")
        parquet = optional_package("pyarrow.parquet", extra="pandas")

        def read(path: Path) -> Any:
            return parquet.read_table(path).to_pandas()

        frame: pandas.DataFrame = await self._read(read, project, bucket, table, options)
        return frame

    async def to_polars(self, project: str, bucket: str, table: str, **options: Unpack[RowOptions]) -> polars.DataFrame:
        """The rows as a `polars.DataFrame`. Options are those of RowOptions."""
        package = optional_package("polars", extra="polars")
        frame: polars.DataFrame = await self._read(package.read_parquet, project, bucket, table, options)
        return frame

    async def from_frame(
        self,
        project: str,
        bucket: str,
        table: str,
        frame: Any,
        *,
        columns: Columns | None = None,
        primary_key: Sequence[str] | None = None,
        **options: Unpack[LoadOptions],
    ) -> Table:
        """Load a frame (Arrow table or batches, pandas, Polars) into a table, which is made if it is not there.

        As `upload`, with the columns of the frame for a new table. An index of pandas is not loaded: reset it before.
        """
        with tempfile.TemporaryDirectory(prefix="keboola-duckdb-") as directory:
            path = Path(directory) / _FILE
            await in_thread(_write, frame, path)
            return await self.upload(project, bucket, table, path, columns=columns, primary_key=primary_key, **options)

    async def _read(self, read: Any, project: str, bucket: str, table: str, options: RowOptions) -> Any:
        with tempfile.TemporaryDirectory(prefix="keboola-duckdb-") as directory:
            path = Path(directory) / _FILE
            await self.download(project, bucket, table, path, format="parquet", **options)
            return await in_thread(read, path)


def _write(frame: Any, path: Path) -> None:
    parquet = optional_package("pyarrow.parquet", extra="arrow")
    pyarrow = optional_package("pyarrow", extra="arrow")
    if isinstance(frame, pyarrow.RecordBatchReader):
        with parquet.ParquetWriter(path, frame.schema) as writer:
            for batch in frame:
                writer.write_batch(batch)
        return
    parquet.write_table(_arrow_table(frame, pyarrow), path)


def _arrow_table(frame: Any, pyarrow: Any) -> Any:
    if isinstance(frame, pyarrow.Table):
        return frame
    if isinstance(frame, pyarrow.RecordBatch):
        return pyarrow.Table.from_batches([frame])
    kind = type(frame).__module__.partition(".")[0]
    if kind == "pandas":
        return pyarrow.Table.from_pandas(frame, preserve_index=False)
    if kind == "polars" and hasattr(frame, "to_arrow"):
        return frame.to_arrow()
    if hasattr(frame, "__arrow_c_stream__"):
        return pyarrow.table(frame)
    raise ConfigurationError(f"Give a frame of Arrow, pandas or Polars, not {type(frame).__name__}.")
