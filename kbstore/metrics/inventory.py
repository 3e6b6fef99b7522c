"""What exists, refreshed from the catalog at each scrape (rest-data 8.2 and the gauges of 8.3 to 8.6)."""

from __future__ import annotations

from kbstore.metrics.family import catalog_gauge

PROJECTS = catalog_gauge("duckdb_projects_total", "Projects that are not deleted")
BUCKETS = catalog_gauge("duckdb_buckets_total", "Buckets of all projects")
TABLES = catalog_gauge("duckdb_tables_total", "Tables of all projects")
WORKSPACES = catalog_gauge("duckdb_workspaces_total", "Workspaces of all projects")
STORAGE_SIZE_BYTES = catalog_gauge("duckdb_storage_size_bytes", "Bytes of metadata, tables, staging, files", "type")
IDEMPOTENCY_CACHE_SIZE = catalog_gauge("duckdb_idempotency_cache_size", "Stored idempotency keys that still count")
BRANCHES = catalog_gauge("duckdb_branches_total", "Dev branches")
BRANCH_TABLES = catalog_gauge("duckdb_branch_tables_total", "Tables that dev branches hold for themselves")
SNAPSHOTS = catalog_gauge("duckdb_snapshots_total", "Existing snapshots", "type")
SNAPSHOTS_SIZE_BYTES = catalog_gauge("duckdb_snapshots_size_bytes", "Bytes of the table versions that snapshots pin")
BUCKET_SHARES = catalog_gauge("duckdb_bucket_shares_total", "Existing shares of buckets")
BUCKET_LINKS = catalog_gauge("duckdb_bucket_links_total", "Existing links to buckets")
FILES_STAGING_COUNT = catalog_gauge("duckdb_files_staging_count", "Files that are prepared or uploaded only")
FILES = catalog_gauge("duckdb_files_total", "Registered files")
S3_MULTIPART_UPLOADS_ACTIVE = catalog_gauge("duckdb_s3_multipart_uploads_active", "Open multipart uploads")

for _always_there in ("metadata", "tables"):
    STORAGE_SIZE_BYTES.labels(_always_there)
