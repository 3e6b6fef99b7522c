"""The client to call is what generate_sync.py makes of the client to await."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

GENERATOR = Path(__file__).parents[2] / "sdk" / "generate_sync.py"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_sync", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_modules_are_what_the_generator_makes(generator):
    assert generator.differences(generator.generated()) == [], "run: python sdk/generate_sync.py"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("async def f() -> None: ...\n", "def f() -> None: ...\n"),
        ("async with a as b, c:\n    pass\n", "with a as b, c:\n    pass\n"),
        ("x = [await y async for y in z]\n", "x = [y for y in z]\n"),
        ("x = await  y\n", "x =  y\n"),
        ("from a._async.b import AsyncC\n", "from a._sync.b import C\n"),
        ("async def __aenter__(self): await self.aclose()\n", "def __enter__(self): self.close()\n"),
        ("Asynchronous = AsyncRetrying\n", "Asynchronous = Retrying\n"),
        ('x = "await nothing"  # await a thing of AsyncClient\n', 'x = "nothing"  # a thing of Client\n'),
        ('"""Use `await kb.f()`,\nor async."""\n', '"""Use `kb.f()`,\nor async."""\n'),
        ("x = (\n    await y,\n    # why\n    z,\n)\n", "x = (\n    y,\n    # why\n    z,\n)\n"),
    ],
)
def test_what_only_an_event_loop_needs_goes(generator, source, expected):
    assert generator.sync_source(source) == expected
