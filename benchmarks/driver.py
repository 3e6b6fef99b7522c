"""The storage driver against REST: ObjectInfo calls, an import of 5M rows, and both at once."""

from __future__ import annotations

import argparse
import random
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import grpc
import httpx

from benchmarks.generate import COLUMNS, ROWS, make
from benchmarks.import_export import compare
from benchmarks.report import Line, console, percentile, show
from benchmarks.served import ADMIN_KEY, BUCKET, CSV_OPTIONS, PROJECT, TABLES, Served, serve
from storage.driver.generated.common_pb2 import DriverRequest
from storage.driver.generated.credentials_pb2 import GenericBackendCredentials
from storage.driver.generated.info_pb2 import ObjectInfoCommand, ObjectType
from storage.driver.generated.service_pb2_grpc import StorageDriverServiceStub
from storage.driver.generated.table_pb2 import ImportExportShared as Shared
from storage.driver.generated.table_pb2 import TableImportFromFileCommand

CALLS_SECONDS = 5.0
MIX_SECONDS = 30.0
LONG, SHORT = 8, 24
KEY = "benchmark/rows.csv"


class Driver:
    """A channel of its own to the driver of a running server."""

    def __init__(self, served: Served, port: int) -> None:
        self._key = served.api.key
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)])
        self._stub = StorageDriverServiceStub(self.channel)

    def request(self, command: ObjectInfoCommand | TableImportFromFileCommand) -> DriverRequest:
        request = DriverRequest()
        request.command.Pack(command)
        request.credentials.Pack(GenericBackendCredentials(host=PROJECT, secret=self._key))
        return request

    def send(self, request: DriverRequest) -> float:
        """Seconds until the answer."""
        started = time.perf_counter()
        self._stub.Execute(request, timeout=1800)
        return time.perf_counter() - started


def object_info() -> ObjectInfoCommand:
    return ObjectInfoCommand(path=[PROJECT, BUCKET, "loaded"], expectedObjectType=ObjectType.TABLE)


def import_command(table: str) -> TableImportFromFileCommand:
    command = TableImportFromFileCommand(
        fileProvider=Shared.HTTP,
        filePath=Shared.FilePath(root=f"project_{PROJECT}", path="benchmark", fileName="rows.csv"),
        destination=Shared.Table(path=[BUCKET], tableName=table),
        importOptions=Shared.ImportOptions(numberOfIgnoredLines=1),
    )
    command.formatTypeOptions.Pack(TableImportFromFileCommand.CsvTypeOptions(columnsNames=list(COLUMNS)))
    return command


def put_object(served: Served, path: Path) -> None:
    with path.open("rb") as content:
        httpx.put(
            f"{served.url}/s3/project_{PROJECT}/{KEY}",
            content=content,
            headers={"Authorization": f"Bearer {ADMIN_KEY}", "Content-Length": str(path.stat().st_size)},
            timeout=600,
        ).raise_for_status()


def rest_import(served: Served, file_id: str) -> float:
    """Seconds of a synchronous import, as its caller sees them."""
    order = {"file_id": file_id, "format": "csv", "csv_options": CSV_OPTIONS}
    started = time.perf_counter()
    served.wait(str(served.api.submit(f"{TABLES}/loaded/import/file", order)["id"]))
    return time.perf_counter() - started


def latencies(send: Callable[[], object], seconds: float) -> list[float]:
    """Of one call after the other, in milliseconds."""
    found: list[float] = []
    deadline = time.perf_counter() + seconds
    while (started := time.perf_counter()) < deadline:
        send()
        found.append((time.perf_counter() - started) * 1000)
    return found


def calls(served: Served, port: int) -> Line:
    driver = Driver(served, port)
    request = driver.request(object_info())
    headers = {"Authorization": f"Bearer {served.api.key}"}
    with httpx.Client(base_url=served.url, headers=headers) as client, console.status("ObjectInfo"):
        for warm in (lambda: driver.send(request), lambda: client.get(f"{TABLES}/loaded").raise_for_status()):
            latencies(warm, 0.5)
        ours = latencies(lambda: driver.send(request), CALLS_SECONDS)
        theirs = latencies(lambda: client.get(f"{TABLES}/loaded").raise_for_status(), CALLS_SECONDS)
    return Line(
        "ObjectInfo of a table, one client",
        _rate(ours, CALLS_SECONDS),
        _rate(theirs, CALLS_SECONDS),
        len(ours) / len(theirs),
        0.9,
        at_least=True,
    )


def _rate(found: list[float], seconds: float) -> str:
    return f"{len(found) / seconds:.0f}/s, p50 {percentile(found, 50):.1f}, p99 {percentile(found, 99):.1f} ms"


def together(served: Served, port: int, seconds: float) -> list[Line]:
    """Long imports and short looks at once, each over a channel of its own."""
    for number in range(LONG):
        served.make_table(f"mixed_{number}")
    deadline = time.perf_counter() + seconds
    looks: list[list[float]] = []
    imports: list[float] = []

    def look() -> None:
        driver = Driver(served, port)
        request = driver.request(object_info())
        driver.send(request)
        looks.append(latencies(lambda: driver.send(request), deadline - time.perf_counter()))

    def load(table: str) -> None:
        driver = Driver(served, port)
        while time.perf_counter() < deadline:
            imports.append(driver.send(driver.request(import_command(table))))

    threads = [threading.Thread(target=look) for _ in range(SHORT)]
    threads += [threading.Thread(target=load, args=(f"mixed_{number}",)) for number in range(LONG)]
    with console.status("everything at once"):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = [value for each in looks for value in each]
    return [
        Line(
            f"ObjectInfo, {SHORT} clients as fast as they can, beside {LONG} importing",
            _rate(found, seconds),
            f"{len(imports)} imports, {statistics.median(imports):.1f} s",
            percentile(found, 99),
            50,
            "ms p99",
        )
    ]


def paced(served: Served, port: int, seconds: float) -> Line:
    """The same, with looks as hosts send them: two a second from each client, whenever it likes."""
    deadline = time.perf_counter() + seconds
    found: list[float] = []

    def look() -> None:
        driver = Driver(served, port)
        request = driver.request(object_info())
        driver.send(request)
        while time.perf_counter() < deadline:
            found.append(driver.send(request) * 1000)
            time.sleep(random.uniform(0, 1))

    def load(table: str) -> None:
        driver = Driver(served, port)
        while time.perf_counter() < deadline:
            driver.send(driver.request(import_command(table)))

    threads = [threading.Thread(target=look) for _ in range(SHORT)]
    threads += [threading.Thread(target=load, args=(f"mixed_{number}",)) for number in range(LONG)]
    with console.status("everything at once, paced"):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    what = f"ObjectInfo, {SHORT} clients with 2 calls a second each, beside {LONG} importing"
    return Line(what, _rate(found, seconds), "", percentile(found, 99), 50, "ms p99")


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.driver", description=__doc__)
    options.add_argument("--rows", type=int, default=ROWS)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=MIX_SECONDS)
    chosen = options.parse_args(arguments)
    data = make(chosen.rows)
    with serve(GRPC_ENABLED="true", GRPC_PORT="0") as served:
        port = served.grpc_port
        served.make_table("loaded")
        file_id = served.upload(data.csv)
        put_object(served, data.csv)
        driver = Driver(served, port)
        lines = [
            compare(
                f"import of {chosen.rows:,} rows",
                lambda: driver.send(driver.request(import_command("loaded"))),
                lambda: rest_import(served, file_id),
                budget=1.1,
                rounds=chosen.rounds,
            ),
            calls(served, port),
        ]
        lines += [*together(served, port, chosen.seconds), paced(served, port, chosen.seconds)]
    show("Storage driver and REST", lines, measured="driver (gRPC)", compared="REST")


if __name__ == "__main__":
    main()
