"""Large files pass through the SDK without staying in it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cast import Person
from tests.live_server import ROOT

FILE_BYTES = 256 << 20
MOST_GROWTH_BYTES = 64 << 20
#: Says by how many bytes the peak of the process grew, and what came back.
_PROGRAM = """
import asyncio, os, sys
from keboola_duckdb import AsyncClient, Client

kind, url, key, project, path, target = sys.argv[1:]

def resident(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))

def there_and_back():
    with Client(url, api_key=key) as kb:
        kb.files.upload(project, b"warm", name="warm")
        before = resident("VmRSS:")
        file = kb.files.upload(project, path)
        kb.files.download(project, file.id, target)
        return before

async def awaited():
    async with AsyncClient(url, api_key=key) as kb:
        await kb.files.upload(project, b"warm", name="warm")
        before = resident("VmRSS:")
        file = await kb.files.upload(project, path)
        await kb.files.download(project, file.id, target)
        return before

before = asyncio.run(awaited()) if kind == "async" else there_and_back()
print(resident("VmHWM:") - before, os.path.getsize(target))
"""


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_large_file_goes_up_and_down_in_constant_memory(alice: Person, tmp_path, kind):
    source = tmp_path / "large.bin"
    with source.open("wb") as file:
        file.truncate(FILE_BYTES)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            _PROGRAM,
            kind,
            alice.server.url,
            str(alice.key),
            str(alice.project_id),
            source,
            tmp_path / "back",
        ],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT / "sdk" / "src")},
    )
    assert done.returncode == 0, done.stderr
    grown, size = map(int, done.stdout.split())
    assert size == FILE_BYTES
    assert grown < MOST_GROWTH_BYTES
    for path in (source, tmp_path / "back"):
        path.unlink()
