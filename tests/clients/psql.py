"""psql: a script from its standard input, or a terminal in which somebody types."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.clients.installed import require_program
from tests.wire.pgwire.sql_cast import Login

QUIET = ("-X", "-A", "-t", "-q")
_SECONDS = 30


def run_psql(
    login: Login, script: str, *options: str, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Unaligned rows without headers, unless `options` (the whole set of them) say otherwise."""
    return subprocess.run(
        [require_program("psql"), *(options or QUIET)],
        input=script,
        env=_environment(login) | (variables or {}),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
        start_new_session=True,
    )


def answers(login: Login, script: str, *options: str) -> str:
    """What it prints, where nothing may go wrong."""
    done = run_psql(login, "\\set ON_ERROR_STOP on\n" + script, *options)
    assert (done.stderr, done.returncode) == ("", 0), done.stdout + done.stderr
    return done.stdout


class Terminal:
    """Somebody at the keyboard."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._seen = ""

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def wait_for(self, words: str, *, meanwhile: str = "", every: float = 0.2) -> str:
        """What is on the screen up to `words`; types `meanwhile` over and over until they appear."""
        deadline = time.monotonic() + _SECONDS
        while words not in self._seen:
            assert time.monotonic() < deadline, f"no {words!r} in {self._seen!r}"
            if select.select([self._descriptor], [], [], every)[0]:
                self._seen += os.read(self._descriptor, 65536).decode(errors="replace")
            elif meanwhile:
                self.type(meanwhile)
        found, _, self._seen = self._seen.partition(words)
        return found


@contextmanager
def terminal(login: Login) -> Iterator[Terminal]:
    """psql in a terminal, at its first prompt."""
    ours, theirs = pty.openpty()
    environment = _environment(login) | {"TERM": "dumb", "PAGER": "", "HISTFILE": "/dev/null", "INPUTRC": "/dev/null"}
    command = [require_program("psql"), "-X", "-A", "-t", "-v", "PROMPT1=ready> ", "-v", "HISTFILE=/dev/null"]
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
        preexec_fn=_own_the_terminal,
    )
    os.close(theirs)
    try:
        screen = Terminal(ours)
        screen.wait_for("ready> ")
        yield screen
        screen.type("\\q\n")
        process.wait(_SECONDS)
    finally:
        os.close(ours)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait(_SECONDS)


def _own_the_terminal() -> None:
    """So that Ctrl-C in it is a signal to psql."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _environment(login: Login) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", **login.environment()}
