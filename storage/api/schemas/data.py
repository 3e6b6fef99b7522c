"""Shapes of import and export."""

from __future__ import annotations

from pydantic import Field

from kbstore.rest.schema import Reply, RequestModel
from storage.engine.specs import CsvOptions, ExportSpec
from storage.services.import_table import LoadOrder


class CsvOptionsRequest(RequestModel):
    delimiter: str = ","
    quote: str = '"'
    escape: str = "\\"
    header: bool = True
    null_string: str = ""
    quoted_null: bool = False

    def options(self) -> CsvOptions:
        return CsvOptions(**self.model_dump())


class ImportOptionsRequest(RequestModel):
    incremental: bool = False
    dedup_mode: str = "update_duplicates"
    columns: list[str] | None = None


class ImportRequest(RequestModel):
    file_id: str
    format: str = "csv"
    csv_options: CsvOptionsRequest | None = None
    import_options: ImportOptionsRequest = Field(default_factory=ImportOptionsRequest)

    def order(self) -> LoadOrder:
        options = self.import_options
        return LoadOrder(
            file_id=self.file_id,
            format=self.format,
            csv=self.csv_options.options() if self.csv_options else None,
            incremental=options.incremental,
            dedup_mode=options.dedup_mode,
            columns=None if options.columns is None else tuple(options.columns),
        )


class ImportReply(Reply):
    imported_rows: int
    table_rows_after: int
    table_size_bytes: int
    warnings: list[str]


class ExportRequest(RequestModel):
    format: str = "csv"
    compression: str | None = None
    columns: list[str] | None = None
    where_filter: str | None = None
    limit: int | None = None
    order_by: list[str] | None = None
    delimiter: str = ","
    quote: str = '"'
    header: bool = True
    null_string: str = ""

    def order(self) -> ExportSpec:
        fields = self.model_dump()
        return ExportSpec.from_json(fields | {"where": fields.pop("where_filter") or None})


class ExportReply(Reply):
    file_id: str
    file_path: str
    rows_exported: int
    file_size_bytes: int
