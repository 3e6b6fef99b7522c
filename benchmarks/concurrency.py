"""Eight clients importing 10,000 rows each into tables of their own, beside sixteen clients previewing."""

from __future__ import annotations

import argparse
import http.client
import json
import threading
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from benchmarks.generate import make
from benchmarks.report import Line, console, percentile, show
from benchmarks.served import CSV_OPTIONS, TABLES, Served, serve

IMPORTERS, PREVIEWERS = 8, 16
ROWS = 10_000
SECONDS = 60.0
#: How long one client has the server for itself, for comparison.
ALONE_SHARE = 0.25
ANSWER_SECONDS = 120


class Client(threading.Thread):
    """Sends one request over and over, over one connection, until the time is up.

    It speaks HTTP by the standard library: two dozen clients share this process, and should cost little beside the
    server.
    """

    def __init__(self, served: Served, method: str, path: str, body: bytes | None, seconds: float) -> None:
        super().__init__(daemon=True)
        place = urlsplit(served.url)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=ANSWER_SECONDS)
        self._headers = {"Authorization": f"Bearer {served.api.key}", "Content-Type": "application/json"}
        self._request = (method, path, body)
        self._seconds = seconds
        self.latencies_ms: list[float] = []
        self.errors: list[str] = []
        self.ran_seconds = seconds

    def run(self) -> None:
        method, path, body = self._request
        began = time.perf_counter()
        deadline = began + self._seconds
        while (started := time.perf_counter()) < deadline:
            try:
                self._connection.request(method, path, body, self._headers)
                response = self._connection.getresponse()
                answer = response.read()
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(repr(error))
                self._connection.close()
                continue
            if response.status != 200:
                self.errors.append(f"{response.status} {answer[:200].decode(errors='replace')}")
            self.latencies_ms.append((time.perf_counter() - started) * 1000)
        self.ran_seconds = time.perf_counter() - began


def importers(served: Served, file_id: str, *, clients: int, seconds: float) -> list[Client]:
    order = json.dumps({"file_id": file_id, "format": "csv", "csv_options": CSV_OPTIONS}).encode()
    return [Client(served, "POST", f"{TABLES}/table_{number}/import/file", order, seconds) for number in range(clients)]


def previewers(served: Served, *, clients: int, seconds: float) -> list[Client]:
    """They look at the very tables that are being written."""
    paths = (f"{TABLES}/table_{number % IMPORTERS}/preview?limit=100" for number in range(clients))
    return [Client(served, "GET", path, None, seconds) for path in paths]


def together(*groups: list[Client]) -> None:
    clients = [client for group in groups for client in group]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def compared(what: str, many: list[Client], alone: list[Client]) -> Line:
    rate, alone_rate = rate_of(many), rate_of(alone)
    return Line(
        f"{what}: {len(many)} clients beside the others", shown(many, rate), shown(alone, alone_rate), rate / alone_rate
    )


def rate_of(clients: list[Client]) -> float:
    """Answers a second; each client counts for as long as it ran, its last answer included."""
    return sum(len(client.latencies_ms) / client.ran_seconds for client in clients)


def shown(clients: list[Client], rate: float) -> str:
    latencies = [value for client in clients for value in client.latencies_ms]
    return f"{rate:.1f}/s, p50 {percentile(latencies, 50):.0f}, p99 {percentile(latencies, 99):.0f} ms"


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.concurrency", description=__doc__)
    options.add_argument("--seconds", type=float, default=SECONDS)
    seconds = options.parse_args(arguments).seconds
    alone_seconds = seconds * ALONE_SHARE
    data = make(ROWS)
    with serve() as served:
        file_id = served.upload(data.csv)
        for number in range(IMPORTERS):
            served.make_table(f"table_{number}")
            served.wait(served.start_import(f"table_{number}", file_id))
        one_importer = importers(served, file_id, clients=1, seconds=alone_seconds)
        together(one_importer)
        one_previewer = previewers(served, clients=1, seconds=alone_seconds)
        together(one_previewer)
        importing = importers(served, file_id, clients=IMPORTERS, seconds=seconds)
        previewing = previewers(served, clients=PREVIEWERS, seconds=seconds)
        together(importing, previewing)
    errors = [error for client in (*importing, *previewing, *one_importer, *one_previewer) for error in client.errors]
    lines = [
        compared(f"imports of {ROWS:,} rows", importing, one_importer),
        compared("previews of 100 rows", previewing, one_previewer),
        Line("errors", str(len(errors)), "", len(errors), 0, "errors"),
    ]
    show(f"Everybody at once for {seconds:g} s", lines, measured="together", compared="one client alone")
    for error in sorted(set(errors))[:10]:
        console.print(f"[red]{error}[/]")


if __name__ == "__main__":
    main()
