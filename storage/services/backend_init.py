"""Make the directories that this server works in."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path

from kbstore.access import Actor, Need
from storage.errors import InitFailed
from storage.services.check_health import storage_paths


@dataclass(frozen=True)
class InitOutcome:
    """All directories by name, and those that did not exist before."""

    paths: dict[str, Path]
    created: list[Path]


def backend_init(*, actor: Actor) -> InitOutcome:
    """Make each directory that is missing and prove that it can be written; doing it again changes nothing.

    Raises InitFailed with one line for each that cannot be used.
    """
    actor.require(Need.ADMIN)
    created: list[Path] = []
    problems: list[str] = []
    for name, path in storage_paths().items():
        try:
            if not path.is_dir():
                path.mkdir(parents=True)
                created.append(path)
            _prove_writable(path)
        except OSError as error:
            problems.append(f"{name}: not writable ({error.strerror})")
    if problems:
        raise InitFailed(problems)
    return InitOutcome(storage_paths(), created)


def _prove_writable(directory: Path) -> None:
    probe = directory / f".probe-{uuid.uuid4().hex}"
    probe.touch()
    probe.unlink()
