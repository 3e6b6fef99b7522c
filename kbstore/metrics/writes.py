"""Idempotency keys, waiting writers, table locks and catalog queries (rest-data 8.3)."""

from __future__ import annotations

from kbstore.metrics.family import counter, gauge, histogram

IDEMPOTENCY_CACHE_HITS = counter("duckdb_idempotency_cache_hits_total", "Answers given again for their key")
IDEMPOTENCY_CACHE_MISSES = counter("duckdb_idempotency_cache_misses_total", "First uses of an idempotency key")
IDEMPOTENCY_CONFLICTS = counter("duckdb_idempotency_conflicts_total", "Keys used again with another request")
WRITE_QUEUE_DEPTH = gauge("duckdb_write_queue_depth", "Writes that wait for their table", "project_id")
WRITE_QUEUE_WAIT = histogram(
    "duckdb_write_queue_wait_seconds",
    "Time a write waits for its table",
    "project_id",
    buckets=(0.01, 0.1, 0.5, 1, 5, 10, 30, 60),
)
TABLE_LOCK_ACQUISITIONS = counter(
    "duckdb_table_lock_acquisitions_total", "Write locks of tables taken", "project_id", "bucket", "table"
)
TABLE_LOCK_WAIT = histogram(
    "duckdb_table_lock_wait_seconds",
    "Time until a write lock was taken",
    buckets=(0.001, 0.01, 0.05, 0.1, 0.5, 1, 5),
)
TABLE_LOCKS_ACTIVE = gauge("duckdb_table_locks_active", "Write locks of tables held now")
METADATA_QUERIES = counter("duckdb_metadata_queries_total", "Catalog queries, read or write", "operation")
METADATA_QUERY_DURATION = histogram(
    "duckdb_metadata_query_duration_seconds",
    "Time a catalog query takes",
    "operation",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
)
METADATA_CONNECTIONS_ACTIVE = gauge("duckdb_metadata_connections_active", "Open connections to the catalog")
