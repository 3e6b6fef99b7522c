"""Make `storage/driver/generated` from `storage/driver/proto`: run by `make protos`, never at run time."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import grpc_tools
from grpc_tools import protoc

HERE = Path(__file__).parent
GENERATED = HERE / "generated"
PACKAGE = "storage.driver.generated"
_INIT = '"""Written by `make protos` from storage/driver/proto; never edited by hand."""\n'


def generate(target: Path) -> None:
    """Write the package of generated modules to `target`, which is replaced. Raises RuntimeError if protoc refuses."""
    with tempfile.TemporaryDirectory() as scratch:
        _compile(Path(scratch))
        shutil.rmtree(target, ignore_errors=True)
        for path, text in _modules(Path(scratch)):
            file = target / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    for directory in {target, *(file.parent for file in target.rglob("*.py"))}:
        (directory / "__init__.py").write_text(_INIT)


def _compile(scratch: Path) -> None:
    sources = sorted(str(path.relative_to(HERE)) for path in (HERE / "proto").rglob("*.proto"))
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    outputs = [f"--{kind}_out={scratch}" for kind in ("python", "pyi", "grpc_python")]
    if protoc.main(["protoc", f"-I{HERE}", f"-I{well_known}", *outputs, *sources]):
        raise RuntimeError("protoc refused the files of storage/driver/proto; its reasons are above.")


def _modules(scratch: Path) -> Iterator[tuple[Path, str]]:
    """Each generated module with its place in the package and its imports turned to there."""
    for file in sorted(scratch.rglob("*.py*")):
        text = re.sub(r"^from proto(\.\w+)* import", rf"from {PACKAGE}\1 import", file.read_text(), flags=re.MULTILINE)
        relative = file.relative_to(scratch / "proto")
        if relative.name.endswith("_pb2_grpc.py") and "Servicer" not in text:
            continue
        yield relative, text


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else GENERATED)
