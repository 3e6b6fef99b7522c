"""Runs the server and the demo client: `python -m demo [--once]`."""

from __future__ import annotations

import argparse
import signal
import sys
from types import FrameType

from rich.console import Console

from demo.api import ApiFailure
from demo.client import run
from demo.server import DemoServer, ServerFailure

console = Console(highlight=False)


class Stopped(BaseException):
    """SIGINT or SIGTERM: ends whatever runs, and the server with it."""


def stop(_signal: int, _frame: FrameType | None) -> None:
    raise Stopped


def main() -> int:
    options = argparse.ArgumentParser(prog="make demo")
    options.add_argument("--once", action="store_true", help="stop the server and leave when the demo is over")
    once = options.parse_args().once
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server = DemoServer(console)
    try:
        return serve_and_show(server, once=once)
    except (ApiFailure, ServerFailure) as failure:
        console.print("\n[bold red]The demo failed.[/]", end=" ")
        console.print(str(failure), markup=False, soft_wrap=True)
        console.print(f"The server's log is {server.log_path}.")
        return 1
    except Stopped:
        # Before the demo was over; after it, serve_and_show has seen it.
        console.print("\nStopped before the demo was over.")
        return 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        server.stop()


def serve_and_show(server: DemoServer, *, once: bool) -> int:
    server.start()
    run(console, server)
    if once:
        server.stop()
        if server.exit_code != 0:
            raise ServerFailure(f"The server ended with exit code {server.exit_code} when asked to stop.")
        console.print("[green]The server has stopped cleanly.[/]")
        return 0
    console.print("The server keeps running. [bold]Ctrl-C[/] stops it.")
    try:
        code = server.wait()
    except Stopped:
        console.print("\nStopping ...")
        server.stop()
        console.print("The server has stopped. `make demo` starts it again with its data; `make clean` removes it.")
        return 0
    raise ServerFailure(f"The server ended by itself with exit code {code}.")


if __name__ == "__main__":
    sys.exit(main())
