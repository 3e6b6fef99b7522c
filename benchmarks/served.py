"""A real `manage.py serve` in a process of its own, and what the benchmarks ask of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from benchmarks.generate import COLUMNS, WORK
from benchmarks.raw import THREADS
from demo.api import Api, ApiFailure

ROOT = Path(__file__).resolve().parents[1]
ADMIN_KEY = "benchmark-admin-key"
PROJECT, BUCKET = "bench", "in_c_bench"
BUCKETS = f"/projects/{PROJECT}/branches/default/buckets"
TABLES = f"{BUCKETS}/{BUCKET}/tables"
START_SECONDS = 60
JOB_SECONDS = 1800
CSV_OPTIONS = {"delimiter": ",", "quote": '"', "escape": '"', "header": True}
MEMORY_LIMIT = 4_000_000_000


class Served:
    """A running server with one project and one bucket."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        url: str,
        data_dir: Path,
        *,
        pgwire_port: int = 0,
        s3_port: int = 0,
        grpc_port: int = 0,
    ) -> None:
        self.process = process
        self.data_dir = data_dir
        self.url = url
        self.pgwire_port = pgwire_port
        self.s3_port = s3_port
        self.grpc_port = grpc_port
        admin = Api(url, ADMIN_KEY)
        self.api = Api(url, admin.call("POST", "/projects", {"id": PROJECT})["api_key"])
        self.api.call("POST", BUCKETS, {"name": BUCKET})

    def make_table(self, name: str, *, primary_key: tuple[str, ...] = ()) -> None:
        columns = [{"name": column, "type": kind} for column, kind in COLUMNS.items()]
        self.api.call("POST", TABLES, {"name": name, "columns": columns, "primary_key": list(primary_key)})

    def upload(self, path: Path) -> str:
        """Put a file there; returns its id. Not measured."""
        kind = "application/x-parquet" if path.suffix == ".parquet" else "text/csv"
        return str(self.api.upload(path, project=PROJECT, content_type=kind, sent=lambda _count: None)["id"])

    def start_import(self, table: str, file_id: str, *, file_format: str = "csv", incremental: bool = False) -> str:
        order: dict[str, Any] = {"file_id": file_id, "format": file_format}
        order["import_options"] = {"incremental": incremental}
        if file_format == "csv":
            order["csv_options"] = CSV_OPTIONS
        return str(self.api.submit(f"{TABLES}/{table}/import/file", order)["id"])

    def start_export(self, table: str, order: dict[str, Any]) -> str:
        return str(self.api.submit(f"{TABLES}/{table}/export", order)["id"])

    def wait(self, job_id: str) -> float:
        """Seconds from the start of the job to its end, the wait in the queue not included."""
        deadline = time.monotonic() + JOB_SECONDS
        while time.monotonic() < deadline:
            job = self.api.call("GET", f"/jobs/{job_id}")
            if job["state"] == "success":
                return (_time(job["finished_at"]) - _time(job["started_at"])).total_seconds()
            if job["state"] in ("error", "cancelled"):
                raise ApiFailure(f"Job {job['type']}: {job['state']} {job['error']}")
            time.sleep(0.1)
        raise ApiFailure(f"The job did not end within {JOB_SECONDS} seconds.")

    def table_file(self, table: str) -> Path:
        return (self.data_dir / "duckdb" / f"project_{PROJECT}" / BUCKET / f"{table}.duckdb").resolve()

    def forget_peak(self) -> None:
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", encoding="ascii")

    def peak_bytes(self) -> int:
        """The largest resident size since the last `forget_peak`."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024


@contextmanager
def serve(**settings: str) -> Iterator[Served]:
    """Start a server on an empty data directory, stop it and remove its data at the end."""
    WORK.mkdir(exist_ok=True)
    data_dir = WORK / "data"
    shutil.rmtree(data_dir, ignore_errors=True)
    port_file = WORK / "port"
    pgwire_file, s3_file, grpc_file = WORK / "pgwire-port", WORK / "s3-port", WORK / "grpc-port"
    for each in (port_file, pgwire_file, s3_file, grpc_file):
        each.unlink(missing_ok=True)
    environment = os.environ | {
        "DATA_DIR": str(data_dir),
        "ADMIN_API_KEY": ADMIN_KEY,
        "DUCKDB_THREADS": str(THREADS),
        "DUCKDB_MEMORY_LIMIT": str(MEMORY_LIMIT),
        "KBSTORE_HEAVY_SLOTS": "2",
        "KBSTORE_VERSIONS_KEPT": "2",
        "LOG_LEVEL": "WARNING",
        "PGWIRE_ENABLED": "false",
        "PGWIRE_LISTEN_PORT": "0",
        "S3_ENABLED": "false",
        "GRPC_ENABLED": "false",
        **settings,
    }
    command = [
        sys.executable,
        "manage.py",
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--port-file",
        str(port_file),
        "--pgwire-port-file",
        str(pgwire_file),
        "--s3-port-file",
        str(s3_file),
        "--grpc-port-file",
        str(grpc_file),
    ]
    with (WORK / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        url = _url(process, port_file)
        pgwire_port, s3_port, grpc_port = _port(pgwire_file), _port(s3_file), _port(grpc_file)
        yield Served(process, url, data_dir, pgwire_port=pgwire_port, s3_port=s3_port, grpc_port=grpc_port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        shutil.rmtree(data_dir, ignore_errors=True)


def _port(file: Path) -> int:
    return int(file.read_text(encoding="ascii")) if file.exists() else 0


def _url(process: subprocess.Popen[bytes], port_file: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if port_file.exists():
            url = f"http://127.0.0.1:{port_file.read_text(encoding='ascii').strip()}"
            httpx.get(f"{url}/health", timeout=30).raise_for_status()
            return url
        time.sleep(0.05)
    raise ApiFailure(f"The server did not start; see {WORK / 'server.log'}.")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
