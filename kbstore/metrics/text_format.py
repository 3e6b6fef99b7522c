"""Prometheus' text format 0.0.4, with labels in the order in which their family declares them.

The library sorts them by name; monitoring rules of the earlier service search for `duckdb_api_requests_total{method=`.
"""

from __future__ import annotations

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample
from prometheus_client.utils import floatToGoString

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: What a family is called and which type it has here, if that differs.
_SUFFIX = {"counter": "_total", "info": "_info"}
_TYPE = {"info": "gauge", "stateset": "gauge", "gaugehistogram": "histogram", "unknown": "untyped"}
_VALUE_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_HELP_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n"})


def text_of(registry: Collector) -> bytes:
    """All families of a registry."""
    return "".join(_family(family) for family in registry.collect()).encode()


def _family(family: Metric) -> str:
    name = family.name + _SUFFIX.get(family.type, "")
    lines = [
        f"# HELP {name} {family.documentation.translate(_HELP_ESCAPES)}\n",
        f"# TYPE {name} {_TYPE.get(family.type, family.type)}\n",
    ]
    return "".join([*lines, *map(_sample, family.samples)])


def _sample(sample: Sample) -> str:
    pairs = ",".join(f'{name}="{value.translate(_VALUE_ESCAPES)}"' for name, value in sample.labels.items())
    labels = f"{{{pairs}}}" if pairs else ""
    return f"{sample.name}{labels} {floatToGoString(sample.value)}\n"
