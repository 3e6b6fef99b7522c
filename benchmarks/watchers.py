"""Two hundred browsers watch one job whose bar moves: what that costs the server."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.report import Line, show
from benchmarks.served import PROJECT, Served, serve

WATCHERS = 200
SECONDS = 15.0
BUDGET_PERCENT = 10.0
#: A server with the job types of the tests: one of them moves its bar and does nothing else.
SETTINGS = "tests.jobs_app.settings"


def processor_seconds(process_id: int) -> float:
    """What a process has used so far, all its threads together."""
    fields = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Watcher:
    """Counts what it hears of a job."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.messages = 0
        self.progress = 0.0

    async def listen(self) -> None:
        async for text in self._socket:
            self.messages += 1
            self.progress = json.loads(text)["progress"]


async def watch(server: Served, job_id: str, number: int, seconds: float) -> tuple[float, list[Watcher]]:
    """Percent of one core that the server uses while so many watch, and what they heard."""
    address = server.url.replace("http://", "ws://") + f"/ws/jobs/{job_id}/"
    headers = {"Authorization": f"Bearer {server.api.key}"}
    async with AsyncExitStack() as stack:
        opened = [connect(address, additional_headers=headers, compression=None) for _ in range(number)]
        watchers = [Watcher(await stack.enter_async_context(each)) for each in opened]
        tasks = [asyncio.create_task(watcher.listen()) for watcher in watchers]
        await asyncio.sleep(1)
        before, began = processor_seconds(server.process.pid), time.perf_counter()
        await asyncio.sleep(seconds)
        used = processor_seconds(server.process.pid) - before
        percent = 100 * used / (time.perf_counter() - began)
        for task in tasks:
            task.cancel()
    return percent, watchers


def start_moving_job(server: Served, seconds: float) -> str:
    body: dict[str, Any] = {"type": "test_moving", "params": {"seconds": seconds}}
    return str(server.api.submit(f"/projects/{PROJECT}/test-jobs", body)["id"])


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.watchers", description=__doc__)
    options.add_argument("--seconds", type=float, default=SECONDS)
    options.add_argument("--watchers", type=int, default=WATCHERS)
    chosen = options.parse_args(arguments)
    with serve(DJANGO_SETTINGS_MODULE=SETTINGS) as server:
        job_id = start_moving_job(server, 3 * chosen.seconds + 30)
        alone, _ = asyncio.run(watch(server, job_id, 0, chosen.seconds))
        watched, watchers = asyncio.run(watch(server, job_id, chosen.watchers, chosen.seconds))
    rates = sorted(watcher.messages / (chosen.seconds + 1) for watcher in watchers)
    lines = [
        Line(
            f"{chosen.watchers} watchers of one job",
            f"{watched - alone:.1f} % of a core",
            f"{alone:.1f} %",
            watched - alone,
            BUDGET_PERCENT,
            "% of a core",
        ),
        Line("messages to each, per second", f"{rates[0]:.1f} to {rates[-1]:.1f}", ""),
    ]
    show(f"Websockets for {chosen.seconds:g} s", lines, measured="for the watchers", compared="without them")


if __name__ == "__main__":
    main()
