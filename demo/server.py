"""The demo's own server: started in the background on a free port, stopped cleanly."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".demo"
PREFERRED_PORT = 8000
PREFERRED_SQL_PORT = 5432
PREFERRED_S3_PORT = 9000
PREFERRED_DRIVER_PORT = 50051
START_SECONDS = 60
STOP_SECONDS = 45
#: Settings of a server that somebody runs from this shell must not reach the demo's.
FOREIGN = (
    "ADMIN_API_KEY",
    "DATABASE_URL",
    "DUCKDB_DIR",
    "FILES_DIR",
    "GRPC_AUTH",
    "GRPC_ENABLED",
    "GRPC_HOST",
    "GRPC_PORT",
    "GRPC_TLS_CERT",
    "KBSTORE_OPERATOR_PASSWORD",
    "KBSTORE_SECRET_KEY",
    "PGWIRE_ENABLED",
    "PGWIRE_HOST",
    "PGWIRE_LISTEN_HOST",
    "PGWIRE_LISTEN_PORT",
    "PGWIRE_PORT",
    "PGWIRE_SSL_MODE",
    "REDIS_URL",
    "S3_ALLOW_CREATE_BUCKET",
    "S3_DOMAIN",
    "S3_ENABLED",
    "S3_LISTEN",
    "S3_LISTEN_HOST",
    "S3_REGION",
    "S3_TLS",
    "SNAPSHOTS_DIR",
    "VERSIONS_DIR",
)


class ServerFailure(Exception):
    """The server did not start, or ended when it should not."""


class DemoServer:
    """`manage.py serve` with the data directory `.demo/data`."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.log_path = HOME / "server.log"
        self.admin_key = self.operator_password = ""
        self.url = ""
        self.s3_port = 0
        self.driver_port = 0
        self.exit_code: int | None = None
        self._port_file = HOME / "port"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is healthy. Raises ServerFailure with the end of its log."""
        HOME.mkdir(exist_ok=True)
        self.admin_key = kept_secret(HOME / "admin_key")
        self.operator_password = kept_secret(HOME / "operator_password")
        self._port_file.unlink(missing_ok=True)
        with self.log_path.open("wb") as log, self.console.status("Starting the server ..."):
            os.chmod(self.log_path, 0o600)
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--host", "127.0.0.1", *self._port_options()],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal reaches this process only, which stops the server
            )
            self._wait_until_healthy()
        self.console.print(f"[green]✓[/] Server at [bold]{self.url}[/], data in {HOME.relative_to(ROOT)}/data")

    def _environment(self) -> dict[str, str]:
        self.s3_port = PREFERRED_S3_PORT if is_free(PREFERRED_S3_PORT) else free_port()
        self.driver_port = PREFERRED_DRIVER_PORT if is_free(PREFERRED_DRIVER_PORT) else free_port()
        kept = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in FOREIGN}
        return kept | {
            "DATA_DIR": str(HOME / "data"),
            "ADMIN_API_KEY": self.admin_key,
            "KBSTORE_OPERATOR_PASSWORD": self.operator_password,
            "DEBUG": "true",  # serves /docs
            "PGWIRE_PORT": str(PREFERRED_SQL_PORT if is_free(PREFERRED_SQL_PORT) else free_port()),
            "S3_LISTEN": str(self.s3_port),
            "GRPC_PORT": str(self.driver_port),
            "PYTHONUNBUFFERED": "1",
        }

    def _port_options(self) -> list[str]:
        """Port 8000, or any free one if that is taken."""
        port = PREFERRED_PORT if is_free(PREFERRED_PORT) else 0
        return ["--port", str(port), "--port-file", str(self._port_file)]

    def _is_healthy(self) -> bool:
        if not self._port_file.exists():
            return False
        self.url = f"http://127.0.0.1:{self._port_file.read_text(encoding='utf-8').strip()}"
        try:
            return httpx.get(f"{self.url}/health", timeout=5).is_success
        except httpx.TransportError:
            return False

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise ServerFailure(f"The server did not start:\n{self.log_tail()}")
            if self._is_healthy():
                return
            time.sleep(0.1)
        raise ServerFailure(f"The server was not healthy after {START_SECONDS} seconds:\n{self.log_tail()}")

    def wait(self) -> int:
        """Block until the server ends by itself; returns its exit code."""
        if self._process is None:
            raise ServerFailure("The server was not started.")
        return self._process.wait()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL if it does not leave in time; safe to call twice."""
        if self._process is None:
            return
        process, self._process = self._process, None
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.exit_code = process.returncode

    def log_text(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace") if self.log_path.exists() else ""

    def log_tail(self, lines: int = 15) -> str:
        return "\n".join(self.log_text().splitlines()[-lines:])


def kept_secret(path: Path) -> str:
    """The secret of an earlier run, or a new one that only the owner may read."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(f"demo-{secrets.token_hex(16)}", encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """One that was free a moment ago: the server's settings take no port file for SQL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
