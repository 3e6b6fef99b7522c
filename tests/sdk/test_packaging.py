"""The SDK is a distribution of its own: it builds, and installs where neither Django nor DuckDB are."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from filelock import FileLock

import keboola_duckdb

SDK = Path(__file__).parents[2] / "sdk"

#: Run with the Python of the new environment, so that nothing of this repository is in reach.
LOOK_AROUND = """
import importlib, importlib.metadata, importlib.util, pathlib, pkgutil, sys
for name in ("django", "duckdb", "pyarrow", "pandas", "polars", "kbstore", "storage"):
    assert importlib.util.find_spec(name) is None, name
import keboola_duckdb
from keboola_duckdb import AsyncClient, Client, models
def import_all(package):
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__") and (with_cli or not module.name.endswith(".cli")):
            loaded = importlib.import_module(module.name)
            if module.ispkg:
                import_all(loaded)
import_all(keboola_duckdb)
assert importlib.metadata.version("keboola-duckdb-sdk") == keboola_duckdb.__version__
assert (pathlib.Path(keboola_duckdb.__file__).parent / "py.typed").exists()
assert repr(Client("http://localhost:8000", "some-key")) == "Client('http://localhost:8000')"
"""


def run(*command: str | Path) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sdist, and the wheel that is built from it."""
    target = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", target, SDK)
    (wheel,), (sdist,) = target.glob("*.whl"), target.glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


def test_the_wheel_holds_the_package_and_nothing_else(built):
    with zipfile.ZipFile(built["wheel"]) as wheel:
        names = wheel.namelist()
        (metadata,) = [wheel.read(name).decode() for name in names if name.endswith("/METADATA")]
    assert {name.split("/")[0] for name in names} == {
        "keboola_duckdb",
        f"keboola_duckdb_sdk-{keboola_duckdb.__version__}.dist-info",
    }
    assert "keboola_duckdb/py.typed" in names
    assert "keboola_duckdb/_sync/client.py" in names
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert sorted(line.split()[1].split("<")[0].split(">")[0] for line in required) == [
        "anyio",
        "httpx",
        "pydantic",
        "tenacity",
        "websockets",
    ]


def test_the_sdist_holds_what_the_wheel_is_made_of(built):
    with tarfile.open(built["sdist"]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"pyproject.toml", "README.md", "generate_sync.py", "src/keboola_duckdb/py.typed"} <= names
    assert not [name for name in names if name.startswith(("tests", "storage", "kbstore"))]


def test_it_installs_in_an_empty_environment_with_neither_django_nor_duckdb(built, tmp_path, tmp_path_factory):
    environment = tmp_path / "venv"
    # Two at once would fetch the same packages twice.
    with FileLock(tmp_path_factory.getbasetemp().parent / "packaging.lock"):
        run(sys.executable, "-m", "venv", "--without-pip", environment)
        python = environment / "bin" / "python"
        pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", "--quiet")
        install = (*pip, "install", "--no-compile")
        run(*install, built["wheel"])
        run(python, "-I", "-c", f"with_cli = False{LOOK_AROUND}")
        run(*install, f"{built['wheel']}[cli]")
        run(python, "-I", "-c", f"with_cli = True{LOOK_AROUND}")
    assert keboola_duckdb.__version__ in run(environment / "bin" / "keboola-duckdb", "--version")
