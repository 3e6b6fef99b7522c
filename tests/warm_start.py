"""Start manage.py in a process that has the libraries already: a cold start spends most of its time importing them.

One process of each test worker imports what a server imports (third-party modules only: kbstore's own read their
settings from the environment when they are imported) and forks at each request. The fork then runs manage.py as
a new interpreter would: own environment, arguments, working directory and output, own exit code.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
#: They decide at import by the environment, so each process imports them itself.
READS_ENVIRONMENT_AT_IMPORT = frozenset({"prometheus_client", "django_prometheus"})
OURS = frozenset({"kbstore", "storage", "files", "workspaces", "tests", "manage", "__main__", "__mp_main__"})
REQUEST_BYTES = 1 << 16


class WarmProcess:
    """A process of manage.py; as much of subprocess.Popen as the tests use."""

    def __init__(self, pid: int, reports: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._reports = reports
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("manage.py", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        with self._lock:
            if self.returncode is None and select.select([self._reports], [], [], timeout)[0]:
                told = self._reports.recv(64)
                self._reports.close()
                assert told, "the process that starts others has died"
                self.returncode = int(told)
        return self.returncode


def popen(
    arguments: list[str], *, env: dict[str, str], stdout: IO[Any] | int, stderr: IO[Any] | int | None = None
) -> WarmProcess:
    """Run `manage.py` with `arguments`; without `stderr` it goes where `stdout` goes."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    out, error = (target if isinstance(target, int) else target.fileno() for target in (stdout, stderr or stdout))
    request = json.dumps({"arguments": ["manage.py", *arguments], "environment": env}).encode()
    assert len(request) < REQUEST_BYTES
    with theirs:
        socket.send_fds(_starter(), [request], [theirs.fileno(), out, error])
    return WarmProcess(int(ours.recv(64)), ours)


def run(arguments: list[str], *, env: dict[str, str], timeout: float) -> subprocess.CompletedProcess[str]:
    """What subprocess.run(text=True, capture_output=True) gives for `manage.py` with `arguments`."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as error:
        process = popen(arguments, env=env, stdout=out, stderr=error)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        for stream in (out, error):
            stream.seek(0)
        return subprocess.CompletedProcess(arguments, code, out.read(), error.read())


def python_environment() -> dict[str, str]:
    """What an interpreter must know before it starts."""
    return {
        # pyarrow and others would load what is in there at every start.
        "PYTHONPATH": str(ROOT / "tests" / "without"),
        # Compiled modules are kept, outside of the source tree.
        "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "kbstore-tests-pycache"),
        "PYTHONDONTWRITEBYTECODE": "",
    }


@lru_cache(maxsize=1)
def _starter() -> socket.socket:
    """The door of this process's starter, which ends when the door closes."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    environment |= python_environment()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )

    def end() -> None:
        ours.close()
        process.wait(10)

    atexit.register(end)
    return ours


# What follows runs in the starter.


def modules_of_a_server() -> list[str]:
    """Names of the third-party modules of a server, told by a child that imports it all."""
    source, sink = os.pipe()
    if os.fork() == 0:
        try:
            os.environ |= {"DJANGO_SETTINGS_MODULE": "kbstore.settings", "KBSTORE_SECRET_KEY": "only-to-import-it"}
            import django

            django.setup()
            for name in ("kbstore.asgi", "kbstore.urls", "storage.management.commands.serve"):
                __import__(name)
            names = [name for name in sys.modules if name.split(".")[0] not in OURS | READS_ENVIRONMENT_AT_IMPORT]
            with os.fdopen(sink, "w") as told:
                json.dump(names, told)
        finally:
            os._exit(0)
    os.close(sink)
    with os.fdopen(source) as told:
        names = json.load(told)
    os.wait()
    return names


def import_all(names: list[str]) -> None:
    """Those that want Django's settings refuse, and wait for the process that has some."""
    for name in names:
        try:
            __import__(name)
        except Exception:  # noqa: BLE001, S112
            continue
    for name in set(sys.modules) & {name for name in sys.modules if name.split(".")[0] in READS_ENVIRONMENT_AT_IMPORT}:
        del sys.modules[name]


def serve(door: socket.socket) -> dict[str, Any] | None:
    """Answer requests until the door closes (None); in a forked process it returns what to run."""
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    running: dict[int, socket.socket] = {}
    while True:
        ready = select.select([door, wake_read], [], [])[0]
        if wake_read in ready:
            os.read(wake_read, 4096)
            report_the_dead(running)
        if door not in ready:
            continue
        text, (*descriptors,), _, _ = socket.recv_fds(door, REQUEST_BYTES, 3)
        if not text:
            return None
        reports, out, error = descriptors
        pid = os.fork()
        if pid == 0:
            begin_anew(out, error)
            return json.loads(text)
        os.close(out)
        os.close(error)
        running[pid] = socket.socket(fileno=reports)
        running[pid].send(str(pid).encode())


def begin_anew(out: int, error: int) -> None:
    """Leave a fork with its own output and nothing of the starter's: signals, files, what was to be reported."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(out, 1)
    os.dup2(error, 2)
    os.closerange(3, 1 << 16)


def report_the_dead(running: dict[int, socket.socket]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        with running.pop(pid) as reports:
            try:
                reports.send(str(os.waitstatus_to_exitcode(status)).encode())
            except OSError:
                continue


def run_here(request: dict[str, Any]) -> NoReturn:
    """As `python manage.py ...` would, but for the tidying of libraries that does not bear a fork."""
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    sys.argv = request["arguments"]
    code: object = 0
    try:
        runpy.run_path("manage.py", run_name="__main__")
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - as the interpreter itself
        traceback.print_exc()
        code = 1
    if code is not None and not isinstance(code, int):
        sys.stderr.write(f"{code}\n")
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    door = socket.socket(fileno=int(sys.argv[1]))
    import_all(modules_of_a_server())
    wanted = serve(door)
    if wanted is not None:
        run_here(wanted)
