"""Branches, snapshots, sharing and changes of structure (rest-data 8.5)."""

from __future__ import annotations

from kbstore.metrics.family import counter, histogram

BRANCH_COW_OPERATIONS = counter(
    "duckdb_branch_cow_operations_total", "Tables copied into a branch by its first write", "project_id", "branch_id"
)
BRANCH_COW_BYTES = counter(
    "duckdb_branch_cow_bytes_total", "Bytes copied into a branch by first writes", "project_id", "branch_id"
)
BRANCH_COW_DURATION = histogram(
    "duckdb_branch_cow_duration_seconds",
    "Time the copy of a table into a branch takes",
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30),
)
SNAPSHOTS_CREATED = counter("duckdb_snapshots_created_total", "Snapshots made", "type", "trigger")
SNAPSHOTS_RESTORED = counter("duckdb_snapshots_restored_total", "Snapshots restored")
SNAPSHOTS_EXPIRED = counter("duckdb_snapshots_expired_total", "Snapshots removed when their time was over")
SNAPSHOT_CREATE_DURATION = histogram(
    "duckdb_snapshot_create_duration_seconds", "Time a snapshot takes", buckets=(0.01, 0.1, 0.5, 1, 5, 30)
)
SNAPSHOT_RESTORE_DURATION = histogram(
    "duckdb_snapshot_restore_duration_seconds", "Time a restore takes", buckets=(0.1, 0.5, 1, 5, 30, 60)
)
SCHEMA_OPERATIONS = counter(
    "duckdb_schema_operations_total", "Changes of a table's structure by outcome", "operation", "status"
)
SCHEMA_OPERATION_DURATION = histogram(
    "duckdb_schema_operation_duration_seconds",
    "Time a change of a table's structure takes",
    "operation",
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 30),
)
BUCKET_SHARING_OPERATIONS = counter(
    "duckdb_bucket_sharing_operations_total", "Changes of shares and links by outcome", "operation", "status"
)
