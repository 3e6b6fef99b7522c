"""The dashboard, the alert rules and the page about metrics name what a server exposes, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram

from kbstore import metrics
from tests.cast import Person, Server
from tests.metric_families import CONTRACT, Exposed, exposed

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations"
DASHBOARD = json.loads((OPERATIONS / "grafana-dashboard.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
ALERTS = [
    rule
    for group in yaml.safe_load((OPERATIONS / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
#: Labels that Prometheus adds to every series.
ADDED = {"instance", "job"}
#: Made by Prometheus for each scrape.
OF_PROMETHEUS = {"up"}
WORDS = {"and", "or", "unless", "bool", "offset"}
SELECTOR = re.compile(r"(?<![\w.])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?\s*")
LABEL = re.compile(r"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)")
GROUPING = re.compile(r"\bby \(([^)]*)\)\s*\(")


def expressions() -> Iterator[tuple[str, str]]:
    """(where, PromQL) of every query in both files."""
    for panel in PANELS:
        yield from ((f"panel {panel['title']}", target["expr"]) for target in panel["targets"])
    yield from ((f"annotation {each['name']}", each["expr"]) for each in DASHBOARD["annotations"]["list"])
    yield from ((f"alert {rule['alert']}", rule["expr"]) for rule in ALERTS)


def selectors(expression: str) -> Iterator[tuple[str, set[str]]]:
    """(name of a series, labels its matchers name) of every selector."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    for gone in (r"\[[^\]]*\]", r"\b(?:by|without|on|ignoring|group_left) \([^)]*\)"):
        bare = re.sub(gone, "", bare)
    for match in SELECTOR.finditer(bare):
        is_function = bare[match.end() :].startswith("(")
        if not is_function and match[1] not in WORDS:
            yield match[1], set(LABEL.findall(match[2] or ""))


def groupings(expression: str) -> Iterator[tuple[set[str], str]]:
    """(labels, what is grouped) of every `by (...) (...)`."""
    for match in GROUPING.finditer(expression):
        depth, end = 1, match.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(expression[end], 0)
            end += 1
        yield {label.strip() for label in match[1].split(",")}, expression[match.end() : end - 1]


def declared_labels() -> dict[str, set[str]]:
    """Of our own families: they are known before the first sample."""
    found = {"duckdb_api_service_info": {"version", "duckdb_version"}}
    for name in metrics.__all__:
        family = getattr(metrics, name)
        if isinstance(family, Counter | Gauge | Histogram):
            full_name = f"{family._name}_total" if isinstance(family, Counter) else family._name
            found[full_name] = set(family._labelnames) | ({"le"} if isinstance(family, Histogram) else set())
    return found


@pytest.fixture(scope="module")
def families(server: Server) -> dict[str, Exposed]:
    server.http.get("/health")
    return exposed(server.http.get("/metrics").text)


def family_of(series: str, families: dict[str, Exposed]) -> str | None:
    names = [series, *(series.removesuffix(suffix) for suffix in ("_bucket", "_count", "_sum"))]
    return next((name for name in names if name in families), None)


def labels_of(series: str, families: dict[str, Exposed]) -> set[str]:
    """Raises KeyError for a series that no family has."""
    if series in OF_PROMETHEUS:
        return ADDED
    name = family_of(series, families)
    if name is None:
        raise KeyError(series)
    has_buckets = {"le"} if families[name].kind == "histogram" else set()
    return declared_labels().get(name, set()) | families[name].labels | has_buckets | ADDED


def test_every_query_names_series_and_labels_that_exist(families: dict[str, Exposed]) -> None:
    wrong = []
    for where, expression in expressions():
        found = list(selectors(expression))
        if not found:
            wrong.append(f"{where} asks for nothing: {expression}")
        for series, labels in found:
            try:
                unknown = labels - labels_of(series, families)
            except KeyError:
                wrong.append(f"{where}: no series {series}")
                continue
            wrong += [f"{where}: {series} has no label {label}" for label in unknown]
    assert wrong == []


def test_every_grouping_is_by_labels_that_exist(families: dict[str, Exposed]) -> None:
    wrong = [
        f"{where}: {series} has no label {label}"
        for where, expression in expressions()
        for labels, grouped in groupings(expression)
        for series, _ in selectors(grouped)
        for label in labels - labels_of(series, families)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ('sum by (a) (rate(m_total{b="c d", e=~"f"}[5m]))', [("m_total", {"b", "e"})]),
        ("histogram_quantile(0.5, sum by (le) (rate(m_bucket[1m]))) > 1", [("m_bucket", set())]),
        ('x{a="by (b) (y)"} / on (a) z', [("x", {"a"}), ("z", set())]),
    ],
)
def test_the_reader_of_queries(expression: str, found: list[tuple[str, set[str]]]) -> None:
    assert list(selectors(expression)) == found


def test_every_family_of_the_contract_is_on_the_dashboard(families: dict[str, Exposed]) -> None:
    shown = {family_of(series, families) for _, expression in expressions() for series, _ in selectors(expression)}
    assert [row[0] for row in CONTRACT if row[0] not in shown] == []


def test_legends_name_labels_of_their_query(families: dict[str, Exposed]) -> None:
    wrong = [
        f"{panel['title']}: {label}"
        for panel in PANELS
        for target in panel["targets"]
        for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])
        for series, _ in selectors(target["expr"])
        if label not in labels_of(series, families)
    ]
    assert wrong == []


def test_panels_use_the_chosen_source_and_do_not_overlap() -> None:
    assert {panel["datasource"]["uid"] for panel in PANELS} == {"${datasource}"}
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_every_alert_says_how_bad_it_is_and_what_happened() -> None:
    def is_complete(rule: dict[str, Any]) -> bool:
        return rule["labels"].keys() == {"severity"} and rule["annotations"].keys() == {"summary", "description"}

    assert [rule["alert"] for rule in ALERTS if not is_complete(rule)] == []
    assert len({rule["alert"] for rule in ALERTS}) == len(ALERTS)


def test_the_page_lists_every_family_of_ours(families: dict[str, Exposed], alice: Person) -> None:
    page = (OPERATIONS / "metrics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (counter|gauge|histogram) \| ([^|]*) \|", page, re.MULTILINE)
    documented = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    ours = {name for name in families if name.startswith(("duckdb_", "pgwire_", "kbstore_"))}
    assert documented == {name: (families[name].kind, declared_labels()[name] - {"le"}) for name in ours}
