"""TableExportToFile: rows of a table as one file at the exact place, or as slices with a manifest that names them."""

from __future__ import annotations

from files.errors import InvalidObjectUrl, ObjectBucketNotAllowed
from files.services.objects.object_url import ObjectUrl
from files.services.objects.project_place import ProjectObjects
from storage.driver.call import Call
from storage.driver.errors import InvalidParameter
from storage.driver.files import key_of, own_object, refused
from storage.driver.filters import selection_of
from storage.driver.generated.table_pb2 import (
    ImportExportShared,
    TableExportToFileCommand,
    TableExportToFileResponse,
)
from storage.driver.paths import place_of
from storage.driver.policy import Policy
from storage.driver.registry import Access, handles
from storage.driver.table_info import readable_info
from storage.driver.tables import table_name_of, told_by_path
from storage.engine.specs import ExportSpec
from storage.errors import InvalidExportTarget
from storage.services.export_table import UNCOMPRESSED, request_export
from storage.services.export_target import ExportTarget
from storage.services.get_view import get_readable

#: A slice may become some larger than it is asked to be: at most 200 MB are promised.
SLICE_BYTES = 180_000_000
_NO_PROJECT = "Source path must contain [project_id, bucket_name]"


@handles(TableExportToFileCommand, access=Access.WRITE, is_long=True)
def export(call: Call, command: TableExportToFileCommand) -> TableExportToFileResponse:
    """The files are complete afterwards, whatever was there before; nothing is written for a missing table."""
    source = command.source
    name = table_name_of(source.tableName)
    place = place_of(call, source.path, without_project=_NO_PROJECT)
    with told_by_path(place, name):
        table = get_readable(actor=call.actor, **place.of_table(name))
        target = _target(call, command, place.project_id)
        try:
            job = request_export(
                actor=call.actor, **place.of_table(name), order=_order(call.policy, command), target=target
            )
        except (InvalidExportTarget, InvalidObjectUrl) as error:
            raise refused(f"Failed to export to file: {error.message}") from error
    rows, files = job.result["rows_exported"], job.result["file_count"]
    call.log.inform(f"Exported {rows} rows of table {name} to {files} files", table=name, rows=rows, files=files)
    return TableExportToFileResponse(tableInfo=readable_info(table, path=source.path))


def _target(call: Call, command: TableExportToFileCommand, project_id: str) -> ExportTarget:
    """Raises InvalidParameter for a place that is none of the project's own files."""
    provider, path = command.fileProvider, command.filePath
    if provider not in ImportExportShared.FileProvider.values():
        raise refused(f"Unsupported file provider: {provider}")
    found = own_object(call, provider, path)
    if found is None and provider == ImportExportShared.S3:
        # Perhaps a bucket that the project has made for itself.
        found = ObjectUrl(path.root, key_of(path))
    try:
        bucket = None if found is None else ProjectObjects(project_id).bucket(found.bucket)
    except ObjectBucketNotAllowed:
        bucket = None
    if found is None or bucket is None:
        raise refused("Failed to export to file: exports are written to files of the project only")
    if not found.key or (found.key.endswith("/") and not call.policy.slices_exports):
        raise refused("Failed to export to file: filePath.fileName is required")
    return ExportTarget(str(ObjectUrl(bucket.name, found.key)), SLICE_BYTES if call.policy.slices_exports else None)


def _order(policy: Policy, command: TableExportToFileCommand) -> ExportSpec:
    options = command.exportOptions
    selection = selection_of(options.filters, options.orderBy, table_name=command.source.tableName)
    columns = tuple(options.columnsToExport) or None
    if columns is not None and not all(columns):
        raise InvalidParameter("exportOptions.columnsToExport holds an empty name")
    if command.fileFormat == ImportExportShared.PARQUET:
        compression = "snappy" if options.isCompressed else UNCOMPRESSED
        return ExportSpec("parquet", compression, columns, selection=selection)
    return ExportSpec(
        "csv",
        "gzip" if options.isCompressed else None,
        columns,
        header=not policy.slices_exports,
        selection=selection,
        quotes_texts=True,
    )
