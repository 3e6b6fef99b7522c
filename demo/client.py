"""The demo: from an empty server to loaded, updated, previewed and exported tables, over HTTP and a websocket."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from demo import show
from demo.api import Api, ApiFailure
from demo.branch import clean_up
from demo.host import describe
from demo.objects import share
from demo.profile import show_profile
from demo.server import HOME, DemoServer
from demo.tables import CSV_OPTIONS, FLIGHTS, PLANES, TABLES, unpack, write_changed_planes
from demo.watch import watch
from demo.workspace import query

PROJECT = "nycflights"
BUCKET = "in_c_nycflights"
BUCKETS = f"/projects/{PROJECT}/branches/default/buckets"
TABLES_PATH = f"{BUCKETS}/{BUCKET}/tables"


def run(console: Console, server: DemoServer) -> None:
    """All steps in order. Raises ApiFailure at the first that does not give what it should."""
    files = unpack(HOME / "source")
    with step(console, "A project, a bucket and five tables"):
        api = make_project(Api(server.url, server.admin_key))
        make_tables(api)
        console.print(f"  project {PROJECT}, bucket {BUCKET}: {', '.join(table.name for table in TABLES)}")
    with step(console, "Upload: prepare, stream, register"):
        uploaded = upload(console, api, files)
    with step(console, "Import as asynchronous jobs, progress from the websocket"):
        import_all(console, api, uploaded)
    with step(console, "Incremental load with the primary key tailnum"):
        update_planes(console, api, files[PLANES.name])
    with step(console, "Preview of flights"):
        show.preview(console, api.call("GET", f"{TABLES_PATH}/flights/preview", params={"limit": 8}))
    with step(console, "Export, download, verify"):
        exported = export(console, api)
    with step(console, "Flights per carrier, counted in the exported file"):
        names = api.call("GET", f"{TABLES_PATH}/airlines/preview", params={"limit": 100})["rows"]
        show.bars(console, exported, {row["carrier"]: row["name"] for row in names})
    with step(console, "Profile of weather"):
        show_profile(console, api, f"{TABLES_PATH}/weather")
    with step(console, "A dev branch: clean up, compare, push, and take it back"):
        clean_up(console, api, project=PROJECT, bucket=BUCKET, rows=FLIGHTS.rows)
    with step(console, "A workspace: SQL over PostgreSQL's protocol"):
        connection = query(console, api, project=PROJECT, bucket=BUCKET)
    with step(console, "An object: a table exported to the project's bucket, read over S3"):
        place = {"project": PROJECT, "tables_path": TABLES_PATH, "port": server.s3_port}
        credential = share(console, api, **place, rows=FLIGHTS.rows)
    with step(console, "The storage driver: a command of a Keboola Connection host, over gRPC"):
        place = {"project": PROJECT, "bucket": BUCKET, "table": FLIGHTS.name}
        describe(console, port=server.driver_port, key=api.key, **place, rows=FLIGHTS.rows)
    show.farewell(
        console, server, key=api.key, project=PROJECT, bucket=BUCKET, connection=connection, credential=credential
    )


@contextmanager
def step(console: Console, title: str) -> Iterator[None]:
    console.print(f"\n[bold cyan]{title}[/]")
    yield


def make_project(admin: Api) -> Api:
    """A fresh project; that of an earlier demo goes first."""
    admin.call("DELETE", f"/projects/{PROJECT}", ok=(404,))
    project = admin.call("POST", "/projects", {"id": PROJECT, "name": "Flights from New York City, 2013"})
    return Api(admin.url, project["api_key"])


def make_tables(api: Api) -> None:
    api.call("POST", BUCKETS, {"name": BUCKET, "description": "nycflights13"})
    for table in TABLES:
        api.call("POST", TABLES_PATH, table.request())


def upload(console: Console, api: Api, files: dict[str, Path]) -> dict[str, str]:
    """File ids by table."""
    columns = (TextColumn("  {task.description:<14}"), BarColumn(bar_width=36), DownloadColumn(), TransferSpeedColumn())
    ids: dict[str, str] = {}
    with Progress(*columns, console=console) as bars:
        for name, path in files.items():
            task = bars.add_task(path.name, total=path.stat().st_size)

            def sent(count: int, task: Any = task) -> None:
                bars.advance(task, count)

            ids[name] = api.upload(path, project=PROJECT, content_type="text/csv", sent=sent)["id"]
    return ids


def import_all(console: Console, api: Api, uploaded: dict[str, str]) -> None:
    jobs = {}
    for table in TABLES:
        job = submit_import(api, table.name, uploaded[table.name])
        jobs[job["id"]] = f"{table.name:<12}"
    finished = watch(console, api, project=PROJECT, jobs=jobs)
    for job_id, job in finished.items():
        expected = next(table.rows for table in TABLES if table.name == jobs[job_id].strip())
        check(f"rows of {jobs[job_id].strip()}", job["result"]["table_rows_after"], expected)
    console.print(f"  {sum(table.rows for table in TABLES):,} rows in {len(TABLES)} tables")


def submit_import(api: Api, table: str, file_id: str, **options: Any) -> dict[str, Any]:
    order = {"file_id": file_id, "format": "csv", "csv_options": CSV_OPTIONS, "import_options": options}
    return api.submit(f"{TABLES_PATH}/{table}/import/file", order)


def update_planes(console: Console, api: Api, planes: Path) -> None:
    """Load changed and new planes twice: the second time nothing may change."""
    changes = write_changed_planes(planes, planes.with_name("planes_changes.csv"))
    file = api.upload(changes.path, project=PROJECT, content_type="text/csv", sent=lambda _count: None)
    fingerprints = []
    for label, inserted in (("first load", changes.new), ("same again", 0)):
        job = submit_import(api, PLANES.name, file["id"], incremental=True)
        result = watch(console, api, project=PROJECT, jobs={job["id"]: f"{label:<12}"})[job["id"]]["result"]
        check(f"new rows of the {label}", result["imported_rows"], inserted)
        check(f"rows after the {label}", result["table_rows_after"], PLANES.rows + changes.new)
        updated = changes.changed + changes.new - result["imported_rows"]
        console.print(f"  {result['imported_rows']} inserted, {updated} matched, {result['table_rows_after']:,} rows")
        fingerprints.append(fingerprint(api, PLANES.name, order_by="tailnum"))
    check("content after the same load again", fingerprints[1], fingerprints[0])
    console.print(f"  the same content both times: sha256 {fingerprints[0][:16]}…")


def fingerprint(api: Api, table: str, *, order_by: str) -> str:
    """The checksum of the whole table, exported in order."""
    answer = api.call("POST", f"{TABLES_PATH}/{table}/export", {"format": "csv", "order_by": [order_by]})
    return str(api.call("GET", f"/projects/{PROJECT}/files/{answer['file_id']}")["checksum_sha256"])


def export(console: Console, api: Api) -> Path:
    """Export flights as CSV and as Parquet, verify both; returns the CSV."""
    orders = {
        "csv.gz": {"format": "csv", "compression": "gzip"},
        "parquet": {"format": "parquet", "compression": "zstd"},
    }
    jobs = {api.submit(f"{TABLES_PATH}/flights/export", order)["id"]: suffix for suffix, order in orders.items()}
    finished = watch(console, api, project=PROJECT, jobs={job_id: f"{suffix:<12}" for job_id, suffix in jobs.items()})
    paths = {}
    (HOME / "exports").mkdir(exist_ok=True)
    for job_id, suffix in jobs.items():
        result = finished[job_id]["result"]
        paths[suffix] = path = HOME / "exports" / f"flights.{suffix}"
        file = f"/projects/{PROJECT}/files/{result['file_id']}"
        api.download(f"{file}/download", path)
        check(f"checksum of {path.name}", sha256(path), api.call("GET", file)["checksum_sha256"])
        check(f"rows of {path.name}", show.count_rows(path), FLIGHTS.rows)
        console.print(
            f"  {path.name:<15} {path.stat().st_size / 1e6:5.1f} MB, checksum and {FLIGHTS.rows:,} rows verified"
        )
    return paths["csv.gz"]


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(what: str, found: Any, expected: Any) -> None:
    if found != expected:
        raise ApiFailure(f"{what}: expected {expected}, found {found}.")
