"""What works behind the requests: jobs, maintenance, websockets, the disk. Additions to the contract's families."""

from __future__ import annotations

from kbstore.metrics.family import catalog_gauge, counter, gauge, histogram

KBSTORE_JOBS = catalog_gauge("kbstore_jobs", "Jobs that wait or run", "state")
KBSTORE_OLDEST_WAITING_JOB = catalog_gauge(
    "kbstore_oldest_waiting_job_seconds", "How long the job that waits longest has waited; 0 if none waits"
)
KBSTORE_JOBS_FINISHED = counter("kbstore_jobs_finished_total", "Jobs that have ended", "type", "state")
KBSTORE_JOB_DURATION = histogram(
    "kbstore_job_duration_seconds",
    "Time from a job's start to its end",
    "type",
    buckets=(0.05, 0.1, 0.5, 1, 5, 30, 60, 300, 600),
)
KBSTORE_MAINTENANCE_RUNS = counter(
    "kbstore_maintenance_runs_total", "Runs of the scheduled chores by outcome", "chore", "status"
)
KBSTORE_MAINTENANCE_DURATION = histogram(
    "kbstore_maintenance_duration_seconds",
    "Time a scheduled chore takes",
    "chore",
    buckets=(0.01, 0.1, 0.5, 1, 5, 30, 60, 300),
)
KBSTORE_WEBSOCKET_CONNECTIONS = gauge("kbstore_websocket_connections", "Open websockets")
KBSTORE_DISK_FREE_BYTES = catalog_gauge("kbstore_disk_free_bytes", "Bytes free on the disk of the data directory")
KBSTORE_DISK_SIZE_BYTES = catalog_gauge("kbstore_disk_size_bytes", "Size of the disk of the data directory")
KBSTORE_LAST_BACKUP_TIMESTAMP = catalog_gauge(
    "kbstore_last_backup_timestamp_seconds", "Unix time at which the last backup was done; 0 before the first"
)
KBSTORE_INVENTORY_DURATION = catalog_gauge(
    "kbstore_inventory_duration_seconds", "Time the catalog took for the last refresh of the counts"
)
