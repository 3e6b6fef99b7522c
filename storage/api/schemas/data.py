"""Shapes of import and export."""

from __future__ import annotations

import re
from typing import Any, Self

from pydantic import Field, ModelWrapValidatorHandler, ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from files.services.remote_objects.sign_request import RemoteCredentials
from kbstore.rest.schema import Reply, RequestModel, Text
from storage.engine.specs import CsvOptions, ExportSpec
from storage.services.export_target import ExportTarget
from storage.services.import_source import ImportSource, seal_credentials
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


class SourceCredentialsRequest(RequestModel):
    """For a service elsewhere; without an endpoint that of AWS in the region."""

    endpoint: str = ""
    region: str = "us-east-1"
    access_key_id: Text
    secret_access_key: Text
    session_token: str = ""

    @field_validator("region", "access_key_id", "secret_access_key", "session_token")
    @classmethod
    def check_header_text(cls, value: str) -> str:
        if not re.fullmatch(r"[!-~]*", value):
            raise PydanticCustomError("string_type", "Input should be printable ASCII characters without blanks")
        return value


class ImportRequest(RequestModel):
    """Either `file_id` or `source_url`."""

    file_id: str | None = None
    source_url: str | None = None
    source_type: str = "file"
    source_credentials: SourceCredentialsRequest | None = None
    format: str = "csv"
    csv_options: CsvOptionsRequest | None = None
    import_options: ImportOptionsRequest = Field(default_factory=ImportOptionsRequest)

    @model_validator(mode="wrap")
    @classmethod
    def check_file_id(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Without a URL the file is as necessary as it ever was."""
        if isinstance(value, dict) and value.get("source_url") is None and value.get("file_id") is None:
            item: InitErrorDetails = {"type": "missing", "loc": ("file_id",), "input": value}
            if "file_id" in value:
                item = {"type": "string_type", "loc": ("file_id",), "input": None}
            raise ValidationError.from_exception_data(cls.__name__, [item])
        return handler(value)

    def source(self, project_id: str) -> ImportSource | None:
        if self.source_url is None:
            return None
        given = self.source_credentials
        if given is None:
            return ImportSource(self.source_url, self.source_type)
        secrets = RemoteCredentials(given.access_key_id, given.secret_access_key, given.session_token)
        return ImportSource(
            url=self.source_url,
            kind=self.source_type,
            endpoint=given.endpoint or f"https://s3.{given.region}.amazonaws.com",
            region=given.region,
            secrets=seal_credentials(secrets, project_id=project_id),
        )

    def order(self, project_id: str) -> LoadOrder:
        options = self.import_options
        return LoadOrder(
            file_id=self.file_id,
            source=self.source(project_id),
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
    target_url: str | None = None
    max_file_size: int | None = Field(default=None, ge=1 << 20, le=1 << 40)

    def target(self) -> ExportTarget | None:
        return None if self.target_url is None else ExportTarget(self.target_url, self.max_file_size)

    def order(self) -> ExportSpec:
        fields = self.model_dump(exclude={"target_url", "max_file_size"})
        return ExportSpec.from_json(fields | {"where": fields.pop("where_filter") or None})


class ExportReply(Reply):
    """Of an export to a URL there is no file, and `target_url` is that of the object or of the manifest."""

    file_id: str | None
    file_path: str
    rows_exported: int
    file_size_bytes: int
    target_url: str | None = None
    file_count: int = 1
