"""Write src/keboola_duckdb/_sync from _async: `python sdk/generate_sync.py`, with `--check` only compare.

Works on tokens. In texts only names of classes change, and the words that only an event loop needs go. What an event
loop does differently is in `platform.py` and `sockets.py`, whose twins are written by hand. ruff lays it all out.
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import sys
import tempfile
import tokenize
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent / "src" / "keboola_duckdb"
SOURCE = PACKAGE / "_async"
TARGET = PACKAGE / "_sync"
BY_HAND = {"platform.py", "sockets.py"}
HEADER = "# Written by generate_sync.py from _async/{name}: change that and run it again.\n"

#: The drafts are elsewhere: which imports are our own has to be said.
_RUFF_OPTIONS = [
    "--config",
    str(PACKAGE.parents[2] / "pyproject.toml"),
    "--config",
    "lint.isort.known-first-party = ['keboola_duckdb']",
]

DROPPED = {"async", "await"}
NAMES = {
    "_async": "_sync",
    "aclose": "close",
    "aread": "read",
    "aclosing": "closing",
    "aiter_bytes": "iter_bytes",
    "aiter_lines": "iter_lines",
    "aiter_raw": "iter_raw",
    "anext": "next",
    "aiter": "iter",
    "asynccontextmanager": "contextmanager",
    "AbstractAsyncContextManager": "AbstractContextManager",
    "StopAsyncIteration": "StopIteration",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
}
_WORD = re.compile(r"[A-Za-z_]+")
_AWAITING = re.compile(r"\b(?:async|await) (?=\S)")


def sync_name(name: str) -> str:
    """`AsyncClient` -> `Client`, `_async` -> `_sync`; other names stay."""
    known = NAMES.get(name)
    if known is not None:
        return known
    return name.removeprefix("Async") if re.match(r"Async[A-Z]", name) else name


def sync_text(text: str) -> str:
    """A docstring or comment."""
    return _WORD.sub(lambda found: sync_name(found[0]), _AWAITING.sub("", text))


def sync_source(source: str) -> str:
    """The module as the other client needs it, not laid out yet."""
    lines = source.splitlines(keepends=True)
    made: list[str] = []
    row, column = 1, 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        made.append(_between(lines, (row, column), token.start))
        row, column = token.end
        if token.type == tokenize.NAME and token.string in DROPPED:
            column += lines[row - 1][column:].startswith(" ")
        elif token.type == tokenize.NAME:
            made.append(sync_name(token.string))
        elif token.type in (tokenize.STRING, tokenize.COMMENT):
            made.append(sync_text(token.string))
        else:
            made.append(token.string)
    return "".join(made)


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    """The blanks between two tokens."""
    if start >= end:
        return ""
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    middle = lines[start[0] : end[0] - 1]
    rest = lines[end[0] - 1][: end[1]] if end[0] <= len(lines) else ""
    return lines[start[0] - 1][start[1] :] + "".join(middle) + rest


def generated() -> dict[Path, str]:
    """Every generated module with its text."""
    with tempfile.TemporaryDirectory() as directory:
        drafts = Path(directory)
        for path in sorted(SOURCE.glob("*.py")):
            if path.name not in BY_HAND:
                draft = HEADER.format(name=path.name) + "\n" + sync_source(path.read_text(encoding="utf-8"))
                (drafts / path.name).write_text(draft, encoding="utf-8")
        _lay_out(drafts)
        return {TARGET / path.name: path.read_text(encoding="utf-8") for path in sorted(drafts.glob("*.py"))}


def _lay_out(directory: Path) -> None:
    """Imports sorted, unused ones gone, lines wrapped, as ruff does with all of this repository."""
    fix = ["check", "--select", "I,F401,UP028", "--fix-only", "--unsafe-fixes"]
    for command in (fix, ["format"]):
        subprocess.run(  # noqa: S603 - ruff of this environment
            [sys.executable, "-m", "ruff", *command, "--quiet", "--no-cache", *_RUFF_OPTIONS, str(directory)],
            check=True,
        )


def differences(wanted: dict[Path, str]) -> list[str]:
    """Names of modules that are missing, outdated or left over."""
    present = {path for path in TARGET.glob("*.py") if path.name not in BY_HAND}
    changed = [path for path, text in wanted.items() if path not in present or path.read_text(encoding="utf-8") != text]
    return sorted(path.name for path in {*changed, *(present - set(wanted))})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say what differs; 1 if something does")
    arguments = parser.parse_args()
    wanted = generated()
    different = differences(wanted)
    if arguments.check:
        sys.stderr.writelines(f"{name} differs from what generate_sync.py makes\n" for name in different)
        return 1 if different else 0
    for name in different:
        path = TARGET / name
        if path in wanted:
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
