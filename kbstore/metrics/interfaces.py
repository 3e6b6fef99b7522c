"""The SQL server, the driver and the S3 door (rest-data 8.4 and 8.6)."""

from __future__ import annotations

from kbstore.metrics.family import counter, gauge, histogram

PGWIRE_CONNECTIONS = counter("pgwire_connections_total", "Attempts to connect to the SQL server", "status")
PGWIRE_CONNECTIONS_ACTIVE = gauge("pgwire_connections_active", "Open connections to the SQL server", "workspace_id")
PGWIRE_QUERIES = counter("pgwire_queries_total", "Queries of the SQL server by outcome", "workspace_id", "status")
PGWIRE_QUERY_DURATION = histogram(
    "pgwire_query_duration_seconds",
    "Time a query of the SQL server takes",
    "workspace_id",
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300),
)
PGWIRE_SLOW_QUERIES = counter("pgwire_slow_queries_total", "Queries that took longer than PGWIRE_SLOW_QUERY_SECONDS")
KBSTORE_QUERY_LOG_DROPPED = counter("kbstore_query_log_dropped_total", "Queries that the log had no room for")
PGWIRE_SESSIONS = gauge("pgwire_sessions_total", "Sessions of the SQL server now")
PGWIRE_AUTH_DURATION = histogram(
    "pgwire_auth_duration_seconds",
    "Time a login to the SQL server takes",
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1),
)

GRPC_REQUESTS = counter("duckdb_grpc_requests_total", "Driver commands by outcome", "command", "status")
GRPC_REQUEST_DURATION = histogram(
    "duckdb_grpc_request_duration_seconds",
    "Time a driver command takes",
    "command",
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 30),
)
GRPC_CONNECTIONS_ACTIVE = gauge("duckdb_grpc_connections_active", "Driver calls in flight")
GRPC_ERRORS = counter("duckdb_grpc_errors_total", "Driver commands that failed", "command", "error_type")

S3_OPERATIONS = counter("duckdb_s3_operations_total", "S3 operations by AWS name and outcome", "operation", "status")
S3_OPERATION_DURATION = histogram(
    "duckdb_s3_operation_duration_seconds",
    "Time an S3 operation takes",
    "operation",
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 30),
)
S3_BYTES_IN = counter("duckdb_s3_bytes_in_total", "Bytes of objects received")
S3_BYTES_OUT = counter("duckdb_s3_bytes_out_total", "Bytes of objects sent")
S3_PRESIGN_REQUESTS = counter("duckdb_s3_presign_requests_total", "URLs signed on request", "method")
