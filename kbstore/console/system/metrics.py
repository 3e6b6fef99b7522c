"""The metrics of this installation, drawn from its own registry: what Prometheus would fetch, without Prometheus."""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from prometheus_client.metrics_core import Metric

from kbstore.console import formatting
from kbstore.console.site import console_page, framed
from kbstore.console.system.permission import SEE_SYSTEM
from kbstore.console.system.runs import moment
from kbstore.metrics.scrape import families

SHOWN_SERIES = 200
TOP = 10
_OF_LIBRARIES = ("django_", "python_", "process_")
_MOMENTS = ("_timestamp_seconds", "_start_time_seconds")

#: What the live charts show: name in the page, family, sample.
_LIVE = {
    "requests": "duckdb_api_requests_total",
    "request_seconds": "duckdb_api_request_duration_seconds_sum",
    "request_count": "duckdb_api_request_duration_seconds_count",
    "queries": "duckdb_pgwire_queries_total",
    "s3_operations": "duckdb_s3_operations_total",
    "catalog_queries": "duckdb_metadata_queries_total",
    "imported_rows": "duckdb_import_rows_total",
    "in_flight": "duckdb_api_requests_in_flight",
    "sessions": "duckdb_pgwire_sessions",
    "sockets": "duckdb_kbstore_websocket_connections",
    "jobs_finished": "duckdb_kbstore_jobs_finished_total",
}


@console_page("system/metrics/", name="system_metrics", permission=SEE_SYSTEM)
def metrics_page(request: HttpRequest) -> TemplateResponse:
    found = {family.name: family for family in families()}
    rows = sorted((_row(family) for family in found.values()), key=lambda row: row["name"].startswith(_OF_LIBRARIES))
    return framed(
        request,
        "console/system/metrics.html",
        title="Metrics",
        families=rows,
        statuses=_statuses(found),
        latency=_latency(found),
        busiest=_busiest(found),
        slowest=_slowest(found),
        live_url=reverse("admin:system_metrics_live"),
        has_token=bool(settings.METRICS_TOKEN),
    )


@console_page("system/metrics/live/", name="system_metrics_live", permission=SEE_SYSTEM)
def live_numbers(_request: HttpRequest) -> JsonResponse:
    """Sums of the counters and gauges that the page draws over time; the page makes rates of them."""
    sums: Counter[str] = Counter()
    for family in families():
        for sample in family.samples:
            sums[sample.name] += sample.value
    numbers = {name: sums[sample] for name, sample in _LIVE.items()}
    return JsonResponse({"at": time.time(), "numbers": numbers})


def _row(family: Metric) -> dict[str, Any]:
    samples = [sample for sample in family.samples if not sample.name.endswith(("_bucket", "_created"))]
    return {
        "name": samples[0].name if len({sample.name for sample in samples}) == 1 else family.name,
        "type": family.type,
        "help": family.documentation,
        "series": len(samples),
        "value": _whole(family, samples),
        "samples": [
            (
                ", ".join(f"{name}={value}" for name, value in sample.labels.items()) or sample.name,
                _number(sample.value),
            )
            for sample in samples[:SHOWN_SERIES]
        ],
        "is_cut": len(samples) > SHOWN_SERIES,
    }


def _whole(family: Metric, samples: list[Any]) -> str:
    """One number for the family: the sum of its series, the mean of a histogram."""
    if family.type == "info":
        return " ".join(value for sample in samples for value in sample.labels.values())
    if family.type in ("histogram", "summary"):
        total = sum(sample.value for sample in samples if sample.name.endswith("_sum"))
        count = sum(sample.value for sample in samples if sample.name.endswith("_count"))
        unit = " s" if family.name.endswith("_seconds") else ""
        return f"mean {total / count:.4g}{unit} of {count:,.0f}" if count else "nothing yet"
    if family.name.endswith("_bytes"):
        return formatting.size(round(sum(sample.value for sample in samples)))
    total = sum(sample.value for sample in samples)
    if family.name.endswith(_MOMENTS) and total:
        return formatting.moment(moment(total)) + " UTC"
    return _number(total)


def _number(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    if value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.2f}" if value > 1000 else f"{value:,.4g}"


def _samples(found: Mapping[str, Metric], family: str, ending: str) -> Iterable[Any]:
    metric = found.get(family)
    return [sample for sample in metric.samples if sample.name.endswith(ending)] if metric else []


def _statuses(found: Mapping[str, Metric]) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    for sample in _samples(found, "duckdb_api_requests", "_total"):
        counts[sample.labels["status_code"]] += round(sample.value)
    codes = sorted(counts)
    good = [counts[code] if code < "400" else 0 for code in codes]
    bad = [counts[code] if code >= "400" else 0 for code in codes]
    series = [{"name": "answered", "kind": "success", "values": good}, {"name": "refused or failed", "kind": "error"}]
    return {"labels": codes, "unit": "count", "stacked": True, "series": [series[0], series[1] | {"values": bad}]}


def _latency(found: Mapping[str, Metric]) -> dict[str, Any]:
    """Requests by how long they took: the differences of the histogram's growing sums."""
    sums: defaultdict[float, float] = defaultdict(float)
    for sample in _samples(found, "duckdb_api_request_duration_seconds", "_bucket"):
        sums[float(sample.labels["le"])] += sample.value
    labels, values, before = [], [], 0.0
    for bound in sorted(sums):
        labels.append("more" if math.isinf(bound) else _bound(bound))
        values.append(round(sums[bound] - before))
        before = sums[bound]
    return {"labels": labels, "unit": "count", "series": [{"name": "Requests", "values": values}]}


def _bound(seconds: float) -> str:
    return f"{seconds * 1000:g} ms" if seconds < 1 else f"{seconds:g} s"


def _busiest(found: Mapping[str, Metric]) -> dict[str, Any]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for sample in _samples(found, "duckdb_operations", "_total"):
        counts[sample.labels["operation"]][sample.labels["status"]] += round(sample.value)
    names = sorted(counts, key=lambda name: -sum(counts[name].values()))[:TOP]
    good = [counts[name]["success"] for name in names]
    bad = [sum(counts[name].values()) - counts[name]["success"] for name in names]
    series = [
        {"name": "success", "kind": "success", "values": good},
        {"name": "failed", "kind": "error", "values": bad},
    ]
    return _bars(names, series, "count")


def _slowest(found: Mapping[str, Metric]) -> dict[str, Any]:
    family = "duckdb_operation_duration_seconds"
    counts = {sample.labels["operation"]: sample.value for sample in _samples(found, family, "_count")}
    means = {
        sample.labels["operation"]: sample.value / counts[sample.labels["operation"]]
        for sample in _samples(found, family, "_sum")
        if counts.get(sample.labels["operation"])
    }
    names = sorted(means, key=lambda name: -means[name])[:TOP]
    return _bars(names, [{"name": "Mean time", "values": [round(means[name], 4) for name in names]}], "seconds")


def _bars(names: list[str], series: list[dict[str, Any]], unit: str) -> dict[str, Any]:
    labels = [formatting.phrase(name) for name in names]
    return {"labels": labels, "series": series, "unit": unit, "horizontal": True, "stacked": True}
