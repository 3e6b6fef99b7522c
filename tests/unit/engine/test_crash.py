"""A process that dies, or runs out of disk, at any step loses nothing and leaves only what the sweep finds."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.engine.config import EngineConfig
from storage.engine.file_backend import FileBackend
from storage.engine.specs import SealedVersion

LOAD = """
from kbstore.errors import NoSpace
project, version, source, incremental = sys.argv[2:6]
key, name = ColumnSpec("id", "BIGINT", nullable=False), ColumnSpec("name", "VARCHAR", default="'nobody'")
spec = TableSpec((key, name), ("id",))
order = LoadSpec(Path(source), incremental=incremental == "yes")
"""
RUN = LOAD + "print(backend.load(project, spec, VersionRef(project, version), order, Monitor()))"
RUN_WITH_LITTLE_SPACE = (
    LOAD
    + """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    backend.load(project, spec, VersionRef(project, version), order, Monitor())
except NoSpace as error:
    print("no space:", error, flush=True)
"""
)

STEPS = {"stage.created": 0, "stage.written": 0, "seal.verified": 0, "seal.synced": 0, "seal.renamed": 1}

StartPython = Callable[..., "subprocess.Popen[str]"]


def ids_of(backend: FileBackend, sealed: SealedVersion) -> list[int]:
    return [row["id"] for row in json.loads(backend.preview(sealed.ref, sealed.spec.columns, 100).rows_json)]


@pytest.mark.parametrize("incremental", ["yes", "no"])
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_keeps_the_old_version_and_the_rest_is_swept(
    step: str,
    incremental: str,
    backend: FileBackend,
    config: EngineConfig,
    load: Callable[..., SealedVersion],
    csv_of: Callable[..., Path],
    start_python: StartPython,
) -> None:
    base = load(csv_of("1,a", "2,b"))
    arguments = (base.ref.project_id, base.ref.version_id, str(csv_of("3,c", name="next.csv")), incremental)
    with_orphans = backend.find_orphans([base]).orphan_files
    process = start_python(RUN, *arguments, KBSTORE_FAULT_POINT=step)
    assert process.wait(60) == -signal.SIGKILL
    assert ids_of(backend, base) == [1, 2]
    assert len(backend.find_orphans([base], verify_checksums=True).orphan_files) - len(with_orphans) == STEPS[step]
    assert backend.sweep_staging(0) >= 1
    assert list(config.staging_dir.iterdir()) == list(config.temp_dir.iterdir()) == []


def test_a_full_disk_is_reported_and_changes_nothing(
    backend: FileBackend,
    config: EngineConfig,
    load: Callable[..., SealedVersion],
    csv_of: Callable[..., Path],
    start_python: StartPython,
) -> None:
    base = load(csv_of("1,a", "2,b"))
    content = backend.version_path(base.ref).read_bytes()
    files = sorted(config.versions_dir.rglob("*"))
    large = csv_of(*(f"{i},{i * 7919 % 1000003}-{i * 104729 % 999983}" for i in range(60_000)), name="large.csv")
    for incremental in ("yes", "no"):
        arguments = (base.ref.project_id, base.ref.version_id, str(large), incremental)
        output, errors = start_python(RUN_WITH_LITTLE_SPACE, *arguments).communicate(timeout=60)
        assert output.startswith("no space: There is not enough disk space"), errors
        assert str(config.staging_dir) not in output
    assert sorted(config.versions_dir.rglob("*")) == files
    assert backend.version_path(base.ref).read_bytes() == content
    assert list(config.staging_dir.iterdir()) == []
