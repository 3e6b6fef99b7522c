"""Running `keboola-duckdb`: in this process for speed, as a process of its own, or under a terminal."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pexpect

from keboola_duckdb.cli.main import main
from tests.live_server import ROOT

COMMAND = [sys.executable, "-m", "keboola_duckdb.cli"]
SECONDS = 30


@dataclass(frozen=True)
class Outcome:
    """What a command line left behind."""

    code: int
    out_bytes: bytes
    err: str

    @property
    def out(self) -> str:
        return self.out_bytes.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class CommandLine:
    """Somebody at a shell: a home directory, and variables that say which server and key."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self.environment = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "sdk" / "src"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            **environment,
        }

    def __call__(self, *words: str, stdin: bytes | str = b"", **environment: str) -> Outcome:
        """In this process."""
        given = stdin.encode() if isinstance(stdin, str) else stdin
        with _streams(given) as (out, err), mock.patch.dict(os.environ, self.environment | environment, clear=True):
            try:
                code = main(words)
            except SystemExit as left:  # completion ends the process itself
                code = int(left.code or 0)
            sys.stdout.flush()
            sys.stderr.flush()
            return Outcome(code, out.getvalue(), err.getvalue().decode())

    def good(self, *words: str, **options: Any) -> Outcome:
        """The same, which has to succeed."""
        outcome = self(*words, **options)
        assert outcome.code == 0, outcome.err
        return outcome

    def process(self, *words: str, stdin: bytes | str = b"", **environment: str) -> Outcome:
        """As a process of its own, in a pipe."""
        given = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [*COMMAND, *words], input=given, capture_output=True, env=self.environment | environment, timeout=SECONDS
        )
        return Outcome(done.returncode, done.stdout, done.stderr.decode())

    def shell(self, script: str, **environment: str) -> Outcome:
        """A script of bash, in which `keboola-duckdb` is the command."""
        function = f'keboola-duckdb() {{ {" ".join(COMMAND)} "$@"; }}\n'
        done = subprocess.run(
            ["bash", "-c", function + script],
            capture_output=True,
            env=self.environment | environment,
            timeout=SECONDS,
            cwd=self.home,
        )
        return Outcome(done.returncode, done.stdout, done.stderr.decode())

    @contextmanager
    def terminal(self, *words: str, **environment: str) -> Iterator[pexpect.spawn[str]]:
        """Under a pseudo-terminal of 120 columns."""
        child = pexpect.spawn(
            COMMAND[0],
            [*COMMAND[1:], *words],
            env={"TERM": "xterm-256color"} | self.environment | environment,
            dimensions=(40, 120),
            encoding="utf-8",
            timeout=SECONDS,
        )
        try:
            yield child
        finally:
            child.close(force=True)

    def seen(self, *words: str, **environment: str) -> str:
        """All that a person sees on the terminal until the command ends."""
        with self.terminal(*words, **environment) as child:
            child.expect(pexpect.EOF)
            shown: str = child.before
            return shown


@contextmanager
def _streams(stdin: bytes) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    out, err = io.BytesIO(), io.BytesIO()
    with (
        mock.patch("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")),
        mock.patch("sys.stdout", io.TextIOWrapper(out, encoding="utf-8")),
        mock.patch("sys.stderr", io.TextIOWrapper(err, encoding="utf-8", write_through=True)),
    ):
        # The wrappers close their buffers when they are collected.
        streams = sys.stdout, sys.stderr
        yield out, err
        for stream in streams:
            stream.detach()
