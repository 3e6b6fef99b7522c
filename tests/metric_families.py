"""The families of the contract (rest-data 8.1 to 8.6) as a table, and a reader of what a server exposes."""

from __future__ import annotations

from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"
_INTERNAL = {HISTOGRAM: {"le"}}

#: name, type, labels, buckets in seconds
CONTRACT: tuple[tuple[str, str, str, str], ...] = (
    ("duckdb_api_up", GAUGE, "", ""),
    ("duckdb_api_start_time_seconds", GAUGE, "", ""),
    ("duckdb_api_service_info", GAUGE, "version duckdb_version", ""),
    ("duckdb_api_requests_total", COUNTER, "method endpoint status_code", ""),
    (
        "duckdb_api_request_duration_seconds",
        HISTOGRAM,
        "method endpoint",
        ".005 .01 .025 .05 .1 .25 .5 1 2.5 5 10",
    ),
    ("duckdb_api_requests_in_flight", GAUGE, "method", ""),
    ("duckdb_api_errors_total", COUNTER, "type endpoint", ""),
    ("duckdb_operations_total", COUNTER, "operation status", ""),
    ("duckdb_operation_duration_seconds", HISTOGRAM, "operation", ".001 .005 .01 .05 .1 .5 1 5 30 60 300"),
    ("duckdb_projects_total", GAUGE, "", ""),
    ("duckdb_buckets_total", GAUGE, "", ""),
    ("duckdb_tables_total", GAUGE, "", ""),
    ("duckdb_workspaces_total", GAUGE, "", ""),
    ("duckdb_storage_size_bytes", GAUGE, "type", ""),
    ("duckdb_idempotency_cache_hits_total", COUNTER, "", ""),
    ("duckdb_idempotency_cache_misses_total", COUNTER, "", ""),
    ("duckdb_idempotency_conflicts_total", COUNTER, "", ""),
    ("duckdb_idempotency_cache_size", GAUGE, "", ""),
    ("duckdb_write_queue_depth", GAUGE, "project_id", ""),
    ("duckdb_write_queue_wait_seconds", HISTOGRAM, "project_id", ".01 .1 .5 1 5 10 30 60"),
    ("duckdb_table_lock_acquisitions_total", COUNTER, "project_id bucket table", ""),
    ("duckdb_table_lock_wait_seconds", HISTOGRAM, "", ".001 .01 .05 .1 .5 1 5"),
    ("duckdb_table_locks_active", GAUGE, "", ""),
    ("duckdb_metadata_queries_total", COUNTER, "operation", ""),
    ("duckdb_metadata_query_duration_seconds", HISTOGRAM, "operation", ".001 .005 .01 .025 .05 .1 .25 .5"),
    ("duckdb_metadata_connections_active", GAUGE, "", ""),
    ("pgwire_connections_total", COUNTER, "status", ""),
    ("pgwire_connections_active", GAUGE, "workspace_id", ""),
    ("pgwire_queries_total", COUNTER, "workspace_id status", ""),
    ("pgwire_query_duration_seconds", HISTOGRAM, "workspace_id", ".01 .05 .1 .5 1 5 10 30 60 300"),
    ("pgwire_slow_queries_total", COUNTER, "", ""),
    ("pgwire_sessions_total", GAUGE, "", ""),
    ("pgwire_auth_duration_seconds", HISTOGRAM, "", ".001 .005 .01 .05 .1 .5 1"),
    ("duckdb_grpc_requests_total", COUNTER, "command status", ""),
    ("duckdb_grpc_request_duration_seconds", HISTOGRAM, "command", ".01 .05 .1 .25 .5 1 5 30"),
    ("duckdb_grpc_connections_active", GAUGE, "", ""),
    ("duckdb_grpc_errors_total", COUNTER, "command error_type", ""),
    ("duckdb_branches_total", GAUGE, "", ""),
    ("duckdb_branch_tables_total", GAUGE, "", ""),
    ("duckdb_branch_cow_operations_total", COUNTER, "project_id branch_id", ""),
    ("duckdb_branch_cow_bytes_total", COUNTER, "project_id branch_id", ""),
    ("duckdb_branch_cow_duration_seconds", HISTOGRAM, "", ".01 .05 .1 .5 1 5 10 30"),
    ("duckdb_snapshots_total", GAUGE, "type", ""),
    ("duckdb_snapshots_size_bytes", GAUGE, "", ""),
    ("duckdb_snapshots_created_total", COUNTER, "type trigger", ""),
    ("duckdb_snapshots_restored_total", COUNTER, "", ""),
    ("duckdb_snapshots_expired_total", COUNTER, "", ""),
    ("duckdb_snapshot_create_duration_seconds", HISTOGRAM, "", ".01 .1 .5 1 5 30"),
    ("duckdb_snapshot_restore_duration_seconds", HISTOGRAM, "", ".1 .5 1 5 30 60"),
    ("duckdb_schema_operations_total", COUNTER, "operation status", ""),
    ("duckdb_schema_operation_duration_seconds", HISTOGRAM, "operation", ".01 .05 .1 .5 1 5 30"),
    ("duckdb_bucket_shares_total", GAUGE, "", ""),
    ("duckdb_bucket_links_total", GAUGE, "", ""),
    ("duckdb_bucket_sharing_operations_total", COUNTER, "operation status", ""),
    ("duckdb_import_operations_total", COUNTER, "format mode status", ""),
    ("duckdb_import_duration_seconds", HISTOGRAM, "format", ".1 .5 1 5 30 60 300 600"),
    ("duckdb_import_rows_total", COUNTER, "", ""),
    ("duckdb_import_bytes_total", COUNTER, "format", ""),
    ("duckdb_export_operations_total", COUNTER, "format status", ""),
    ("duckdb_export_duration_seconds", HISTOGRAM, "format", ".1 .5 1 5 30 60 300"),
    ("duckdb_export_rows_total", COUNTER, "", ""),
    ("duckdb_files_uploads_total", COUNTER, "status", ""),
    ("duckdb_files_downloads_total", COUNTER, "status", ""),
    ("duckdb_files_upload_bytes_total", COUNTER, "", ""),
    ("duckdb_files_download_bytes_total", COUNTER, "", ""),
    ("duckdb_files_upload_duration_seconds", HISTOGRAM, "", ".1 .5 1 5 30 60"),
    ("duckdb_files_staging_count", GAUGE, "", ""),
    ("duckdb_files_total", GAUGE, "", ""),
    ("duckdb_s3_operations_total", COUNTER, "operation status", ""),
    ("duckdb_s3_operation_duration_seconds", HISTOGRAM, "operation", ".01 .05 .1 .5 1 5 30"),
    ("duckdb_s3_bytes_in_total", COUNTER, "", ""),
    ("duckdb_s3_bytes_out_total", COUNTER, "", ""),
    ("duckdb_s3_multipart_uploads_active", GAUGE, "", ""),
    ("duckdb_s3_presign_requests_total", COUNTER, "method", ""),
)


@dataclass
class Exposed:
    """One family as a server shows it; labels and buckets are those of its samples, if it has some."""

    kind: str
    documentation: str
    values: dict[tuple[str, frozenset[tuple[str, str]]], float] = field(default_factory=dict)

    @property
    def labels(self) -> set[str]:
        return {name for _, labels in self.values for name, _ in labels} - _INTERNAL.get(self.kind, set())

    @property
    def buckets(self) -> set[float]:
        return {float(value) for _, labels in self.values for name, value in labels if name == "le"}

    def value(self, suffix: str = "", **labels: str) -> float:
        """Of the series with exactly these labels; 0 if there is none yet."""
        return self.values.get((suffix, frozenset(labels.items())), 0.0)


def exposed(text: str) -> dict[str, Exposed]:
    """The families of Prometheus' text format by their full names."""
    found = {}
    for family in text_string_to_metric_families(text):
        name = f"{family.name}_total" if family.type == COUNTER else family.name
        found[name] = shown = Exposed(family.type, family.documentation)
        for sample in family.samples:
            shown.values[sample.name.removeprefix(name), frozenset(sample.labels.items())] = sample.value
    return found
