"""Imports, exports and files (rest-data 8.6)."""

from __future__ import annotations

from kbstore.metrics.family import counter, histogram

IMPORT_OPERATIONS = counter("duckdb_import_operations_total", "Imports by outcome", "format", "mode", "status")
IMPORT_DURATION = histogram(
    "duckdb_import_duration_seconds",
    "Time an import takes",
    "format",
    buckets=(0.1, 0.5, 1, 5, 30, 60, 300, 600),
)
IMPORT_ROWS = counter("duckdb_import_rows_total", "Rows imported")
IMPORT_BYTES = counter("duckdb_import_bytes_total", "Bytes of imported files", "format")
EXPORT_OPERATIONS = counter("duckdb_export_operations_total", "Exports by outcome", "format", "status")
EXPORT_DURATION = histogram(
    "duckdb_export_duration_seconds", "Time an export takes", "format", buckets=(0.1, 0.5, 1, 5, 30, 60, 300)
)
EXPORT_ROWS = counter("duckdb_export_rows_total", "Rows exported")
FILES_UPLOADS = counter("duckdb_files_uploads_total", "Uploads by outcome", "status")
FILES_DOWNLOADS = counter("duckdb_files_downloads_total", "Downloads by outcome", "status")
FILES_UPLOAD_BYTES = counter("duckdb_files_upload_bytes_total", "Bytes of finished uploads")
FILES_DOWNLOAD_BYTES = counter("duckdb_files_download_bytes_total", "Bytes of files sent")
FILES_UPLOAD_DURATION = histogram(
    "duckdb_files_upload_duration_seconds", "Time an upload takes", buckets=(0.1, 0.5, 1, 5, 30, 60)
)
