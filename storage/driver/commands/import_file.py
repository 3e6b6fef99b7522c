"""TableImportFromFile."""

from __future__ import annotations

from files.services.objects.gather_objects import DIRECTORY, FILE, MANIFEST
from storage import catalog
from storage.driver.call import Call
from storage.driver.errors import INVALID_FILE_PARAMS, InvalidParameter
from storage.driver.generated.table_pb2 import ImportExportShared, TableImportFromFileCommand, TableImportResponse
from storage.driver.import_location import import_source
from storage.driver.imports import import_response, import_rules, refusals_told
from storage.driver.messages import unpack_as
from storage.driver.paths import Place, place_of
from storage.driver.registry import Access, handles
from storage.driver.tables import table_name_of, told_by_path
from storage.errors import NoSourceColumns
from storage.services.import_rows import FileOrder, request_row_import
from storage.services.import_source import ImportSource

Csv = TableImportFromFileCommand.CsvTypeOptions
_KINDS = {Csv.SINGLE_FILE: FILE, Csv.SLICED_FILE: MANIFEST, Csv.DIRECTORY: DIRECTORY}
_FORMATS = {ImportExportShared.CSV: "csv", ImportExportShared.PARQUET: "parquet"}


@handles(TableImportFromFileCommand, access=Access.WRITE, is_long=True)
def import_file(call: Call, command: TableImportFromFileCommand) -> TableImportResponse:
    """Files of the project, or of an allowed S3, into a table that exists; all or nothing."""
    name = table_name_of(command.destination.tableName)
    place = place_of(call, command.destination.path)
    with told_by_path(place, name):
        # Before anything is said, or looked up, about the file.
        catalog.find_writable_table(**place.of_table(name))
        with refusals_told():
            files = _files(call, command, place)
            rules = import_rules(call, command.importOptions)
            job = request_row_import(actor=call.actor, **place.of_table(name), files=files, rules=rules)
    result = job.result or {}
    for text in result["warnings"]:
        call.log.warn(text)
    rows = result["imported_rows"]
    call.log.inform(f"Imported {rows} rows into {name}", bucket=place.bucket_name, table=name, rows=rows, job=job.id)
    return import_response(call, result)


def _files(call: Call, command: TableImportFromFileCommand, place: Place) -> FileOrder:
    options = unpack_as(command.formatTypeOptions, Csv) if command.formatTypeOptions.type_url else Csv()
    file_format, skipped = _FORMATS[command.fileFormat], command.importOptions.numberOfIgnoredLines
    if skipped < 0:
        raise InvalidParameter("numberOfIgnoredLines must not be negative.", reason=INVALID_FILE_PARAMS)
    columns = tuple(options.columnsNames) or None
    is_single = options.sourceType == Csv.SINGLE_FILE
    if file_format == "csv" and columns is None and not is_single and call.policy.needs_columns_of_slices:
        raise NoSourceColumns
    return FileOrder(
        source=_source(call, command, place, _KINDS[options.sourceType]),
        format=file_format,
        columns=columns,
        delimiter=_character(options.delimiter, "delimiter", ","),
        enclosure=_character(options.enclosure, "enclosure", '"'),
        escape=_character(options.escapedBy, "escapedBy", ""),
        skipped_lines=0 if columns is None else skipped,
        finds_header=is_single and columns is not None and not skipped,
    )


def _source(call: Call, command: TableImportFromFileCommand, place: Place, kind: str) -> ImportSource:
    return import_source(
        call,
        place.project_id,
        command.fileProvider,
        command.filePath,
        credentials=command.fileCredentials,
        kind=kind,
    )


def _character(text: str, field: str, default: str) -> str:
    if len(text) > 1:
        raise InvalidParameter(f"{field} has to be one character.", reason=INVALID_FILE_PARAMS)
    return text or default
