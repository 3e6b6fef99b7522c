"""Rest-data section 8 over a live server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics

from kbstore import metrics
from tests.cast import BUCKET, BUCKETS, TABLE, Person, Server
from tests.live_server import LiveServer
from tests.metric_families import CONTRACT, HISTOGRAM, Exposed, exposed

TABLE_ROUTE = "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}"
STRANGER = {"X-Forwarded-For": "203.0.113.9"}


def scrape(server: Server) -> dict[str, Exposed]:
    reply = server.http.get("/metrics")
    reply.raise_for_status()
    return exposed(reply.text)


def scrape_until(server: Server, is_right: Callable[[dict[str, Exposed]], bool]) -> bool:
    """Scrapes that follow each other fast may share one look into the catalog; one that took long is repeated by the
    housekeeping, a minute later."""
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline:
        if is_right(scrape(server)):
            return True
    return False


@pytest.fixture(scope="module")
def first(server: Server) -> dict[str, Exposed]:
    return exposed(server.http.get("/metrics").text)


@pytest.mark.parametrize(("name", "kind", "labels", "buckets"), CONTRACT, ids=[row[0] for row in CONTRACT])
def test_a_family_of_the_contract(first: dict[str, Exposed], name: str, kind: str, labels: str, buckets: str) -> None:
    shown = first[name]
    assert shown.kind == kind
    assert shown.documentation
    constant = name.removeprefix("duckdb_").removesuffix("_total").removesuffix("_seconds").upper()
    if constant != "API_SERVICE_INFO":
        assert getattr(metrics, constant)._labelnames == tuple(labels.split())
    if shown.values:
        assert shown.labels == set(labels.split())
    if kind == HISTOGRAM:
        wanted = [float(bound) for bound in buckets.split()]
        assert getattr(metrics, constant)._upper_bounds == [*wanted, float("inf")]
        assert shown.buckets in (set(), {*wanted, float("inf")})


def test_no_other_family_under_the_prefixes_of_the_contract(first: dict[str, Exposed]) -> None:
    ours = {name for name in first if name.startswith(("duckdb_", "pgwire_"))}
    assert ours == {row[0] for row in CONTRACT}


def test_what_monitoring_rules_look_for_literally(server: Server, alice: Person) -> None:
    alice.get("/projects/{p}")
    reply = server.http.get("/metrics")
    assert reply.headers["Content-Type"].startswith("text/plain; version=")
    for text in (
        'duckdb_storage_size_bytes{type="metadata"}',
        'duckdb_storage_size_bytes{type="tables"}',
        'duckdb_api_requests_total{method="GET",endpoint="/projects/{project_id}",status_code="200"}',
        'duckdb_metadata_queries_total{operation="read"}',
        "duckdb_api_up 1.0",
        "process_cpu_seconds_total",
        "python_info",
        "django_http_requests_before_middlewares_total",
    ):
        assert text in reply.text
    assert 'endpoint="/metrics"' not in reply.text
    assert "_created" not in reply.text.replace("snapshots_created_total", "")


def test_openmetrics_on_request(server: Server) -> None:
    reply = server.http.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert reply.headers["Content-Type"].startswith("application/openmetrics-text")
    names = {family.name for family in parse_openmetrics(reply.text)}
    assert {"duckdb_projects_total", "duckdb_api_requests", "duckdb_api_service"} <= names


class TestRequests:
    def test_they_are_counted_by_the_template_of_their_route(self, server: Server, alice: Person) -> None:
        labels = {"method": "GET", "endpoint": TABLE_ROUTE}
        before = scrape(server)
        alice.get(TABLE, bucket="in.c-nothing", table="t")
        after = scrape(server)
        name = "duckdb_api_requests_total"
        assert after[name].value(**labels, status_code="404") == before[name].value(**labels, status_code="404") + 1
        name = "duckdb_api_request_duration_seconds"
        assert after[name].value("_count", **labels) == before[name].value("_count", **labels) + 1

    def test_no_label_holds_what_a_user_typed(self, server: Server, alice: Person) -> None:
        alice.get("/projects/{p}/branches/default/buckets/secret-word")
        alice.get("/secret-word/{p}")
        alice.put("/projects/{p}/files/upload/secret-word", content=b"x")
        alice.request("OPTIONS", "/projects/secret-word/")
        shown = scrape(server)["duckdb_api_requests_total"]
        endpoints = {value for _, labels in shown.values for name, value in labels if name == "endpoint"}
        assert {"unmatched", "/projects/{project_id}/files/upload/{upload_key}"} <= endpoints
        assert not [endpoint for endpoint in endpoints if "secret-word" in endpoint or alice.project_id in endpoint]

    def test_a_method_of_a_users_own_is_other(self, server: Server) -> None:
        server.http.request("PROPFIND", "/projects")
        shown = scrape(server)["duckdb_api_requests_total"]
        assert "PROPFIND" not in {value for _, labels in shown.values for _, value in labels}

    def test_pages_about_the_service_are_not_counted(self, server: Server) -> None:
        for path in ("/metrics", "/docs", "/redoc", "/openapi.json", "/static/kbstore/console.css"):
            server.http.get(path)
        shown = scrape(server)["duckdb_api_requests_total"]
        endpoints = {value for _, labels in shown.values for name, value in labels if name == "endpoint"}
        assert not endpoints & {"/metrics", "/docs", "/redoc", "/openapi.json"}
        assert not [endpoint for endpoint in endpoints if endpoint.startswith("/static")]

    def test_the_console_is_one_endpoint(self, server: Server) -> None:
        server.http.get("/admin/login/")
        shown = scrape(server)["duckdb_api_requests_total"]
        assert shown.value(method="GET", endpoint="/admin", status_code="200") >= 1

    def test_none_is_in_flight_after_the_last(self, server: Server) -> None:
        server.http.get("/health")
        assert scrape(server)["duckdb_api_requests_in_flight"].value(method="GET") == 0


class TestWork:
    def test_operations_are_counted_with_their_failures(self, server: Server, alice: Person) -> None:
        before = scrape(server)["duckdb_operations_total"]
        alice.make_bucket("in.c-a")
        assert alice.post(BUCKETS, json={"name": "in.c-a"}).status_code == 409
        after = scrape(server)["duckdb_operations_total"]
        for status in ("success", "error"):
            labels = {"operation": "create_bucket", "status": status}
            assert after.value(**labels) == before.value(**labels) + 1

    def test_imports_and_exports(self, server: Server, alice: Person, orders: dict[str, object]) -> None:
        before = scrape(server)
        content = "id,amount\n1,2\n2,3\n"
        alice.load(content, "orders").raise_for_status()
        assert alice.load("id,amount\nx,y\n", "orders", incremental=True).status_code >= 400
        exported = alice.post(TABLE + "/export", bucket="in.c-sales", table="orders", json={"format": "csv"})
        alice.get("/projects/{p}/files/{file}/download", file=exported.json()["file_id"])
        assert alice.get("/projects/{p}/files/{file}/download", file="none").status_code == 404
        after = scrape(server)

        def grown(name: str, **labels: str) -> float:
            return after[name].value(**labels) - before[name].value(**labels)

        assert grown("duckdb_import_operations_total", format="csv", mode="full", status="success") == 1
        assert grown("duckdb_import_operations_total", format="csv", mode="incremental", status="error") == 1
        assert grown("duckdb_import_rows_total") == 2
        assert grown("duckdb_import_bytes_total", format="csv") == len(content)
        assert grown("duckdb_export_operations_total", format="csv", status="success") == 1
        assert grown("duckdb_export_rows_total") == 2
        assert grown("duckdb_files_uploads_total", status="success") == 2
        assert grown("duckdb_files_downloads_total", status="success") == 1
        assert grown("duckdb_files_downloads_total", status="error") == 1
        assert grown("duckdb_files_download_bytes_total") == exported.json()["file_size_bytes"]
        assert grown("kbstore_jobs_finished_total", type="table_import", state="success") == 1

    def test_a_refused_upload_is_an_error(self, server: Server, alice: Person) -> None:
        before = scrape(server)["duckdb_files_uploads_total"].value(status="error")
        assert alice.put("/projects/{p}/files/upload/none", content=b"x").status_code >= 400
        assert scrape(server)["duckdb_files_uploads_total"].value(status="error") == before + 1

    def test_locks_are_named_while_their_table_exists(
        self, server: Server, alice: Person, orders: dict[str, object]
    ) -> None:
        alice.load("id,amount\n1,2\n", "orders").raise_for_status()
        labels = {"project_id": alice.project_id, "bucket": "in.c-sales", "table": "orders"}
        shown = scrape(server)
        assert shown["duckdb_table_lock_acquisitions_total"].value(**labels) == 1
        assert shown["duckdb_write_queue_depth"].value(project_id=alice.project_id) == 0
        assert shown["duckdb_table_locks_active"].value() == 0
        alice.delete(BUCKET, bucket="in.c-sales", params={"force": "true"}).raise_for_status()
        gone = scrape(server)["duckdb_table_lock_acquisitions_total"]
        assert not [labels for _, labels in gone.values if ("project_id", alice.project_id) in labels]

    @pytest.mark.parametrize(
        ("name", "rows"),
        [
            ("duckdb_projects_total", "storage_project"),
            ("duckdb_buckets_total", "storage_bucket"),
            ("duckdb_tables_total", "storage_table WHERE branch_id IS NULL"),
            ("duckdb_files_total", "files_file WHERE state = 'registered'"),
        ],
    )
    def test_what_exists_is_counted_at_the_scrape(self, server: Server, alice: Person, name: str, rows: str) -> None:
        alice.make_bucket()
        alice.make_table("in.c-sales", "t", {"id": "INTEGER"})
        alice.upload("id\n1\n")
        assert scrape_until(
            server, lambda shown: shown[name].value() == server.execute(f"SELECT count(*) FROM {rows}")[0][0]
        )

    def test_sizes_are_those_of_the_catalog(self, server: Server, orders: dict[str, object]) -> None:
        def is_right(shown: dict[str, Exposed]) -> bool:
            ((size,),) = server.execute("SELECT sum(size_bytes) FROM storage_tableversion")
            return shown["duckdb_storage_size_bytes"].value(type="tables") == size > 0

        assert scrape_until(server, is_right)
        assert scrape(server)["duckdb_storage_size_bytes"].value(type="metadata") > 0


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server with a token and without names in the series of locks, which shares its numbers with other processes."""
    directory: Path = tmp_path_factory.mktemp("guarded")
    settings = {"METRICS_TOKEN": "scrape-me", "METRICS_PER_TABLE": "false"}
    with (
        LiveServer(directory / "data", PROMETHEUS_MULTIPROC_DIR=str(directory / "shared"), **settings) as live,
        live.client(None) as client,
    ):
        yield client


class TestToken:
    def test_this_host_needs_none(self, guarded: httpx.Client) -> None:
        assert guarded.get("/metrics").status_code == 200

    @pytest.mark.parametrize("value", [None, "Bearer wrong", "Bearer", "scrape-me", "Basic scrape-me", "Bearer \u00e9"])
    def test_others_need_it(self, guarded: httpx.Client, value: str | None) -> None:
        headers = STRANGER if value is None else STRANGER | {"Authorization": value.encode()}
        reply = guarded.get("/metrics", headers=headers)
        assert (reply.status_code, reply.json()["detail"]["error"]) == (401, "unauthorized")
        assert reply.headers["WWW-Authenticate"] == "Bearer"

    def test_with_it_they_may_read(self, guarded: httpx.Client) -> None:
        headers = STRANGER | {"Authorization": "Bearer scrape-me"}
        assert guarded.get("/metrics", headers=headers).status_code == 200

    def test_it_is_not_taken_from_the_url(self, guarded: httpx.Client) -> None:
        assert guarded.get("/metrics", params={"token": "scrape-me"}, headers=STRANGER).status_code == 401


def test_several_processes_show_every_family_without_a_process_id(guarded: httpx.Client) -> None:
    guarded.get("/health")
    shown = exposed(guarded.get("/metrics").text)
    assert {row[0] for row in CONTRACT} <= shown.keys()
    assert shown["duckdb_api_requests_total"].value(method="GET", endpoint="/health", status_code="200") >= 1
    assert not [name for name, family in shown.items() if "pid" in family.labels]
    assert shown["duckdb_storage_size_bytes"].value(type="metadata") > 0
