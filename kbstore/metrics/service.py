"""The service, its HTTP requests and its operations (rest-data 8.1)."""

from __future__ import annotations

import time

from prometheus_client import Gauge, Info

from kbstore.metrics.family import counter, gauge, histogram

API_UP = Gauge("duckdb_api_up", "1 while the service answers", multiprocess_mode="livemax")
API_START_TIME = Gauge("duckdb_api_start_time_seconds", "Unix time of the start", multiprocess_mode="livemin")
API_SERVICE_INFO = Info("duckdb_api_service", "Versions of the service and of its engine")
API_REQUESTS = counter("duckdb_api_requests_total", "HTTP requests answered", "method", "endpoint", "status_code")
API_REQUEST_DURATION = histogram(
    "duckdb_api_request_duration_seconds",
    "Time from a request's head to the end of its answer",
    "method",
    "endpoint",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
API_REQUESTS_IN_FLIGHT = gauge("duckdb_api_requests_in_flight", "HTTP requests being worked on", "method")
API_ERRORS = counter("duckdb_api_errors_total", "Unhandled exceptions by class", "type", "endpoint")
OPERATIONS = counter("duckdb_operations_total", "Calls of services by outcome", "operation", "status")
OPERATION_DURATION = histogram(
    "duckdb_operation_duration_seconds",
    "Time a service call takes",
    "operation",
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60, 300),
)

API_UP.set(1)
API_START_TIME.set(time.time())
