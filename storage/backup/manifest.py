"""The list of everything in a backup, with sizes and checksums; whatever it does not name is not part of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any

from blake3 import blake3

from storage.backup.errors import DamagedBackup

FORMAT = 1
MANIFEST = "manifest.json"
MANIFEST_SUM = "manifest.json.sha256"
SECRET_KEY = "secret_key"  # noqa: S105 - the name of a file
VERSIONS = "versions"
FILES = "files"
WORKSPACES = "workspaces"
#: By name in the manifest: BLAKE3 as in the catalog for versions, SHA-256 for the rest.
HASHES: dict[str, Callable[[], Any]] = {"blake3": blake3, "sha256": hashlib.sha256}


@dataclass(frozen=True)
class Entry:
    """One file of the backup: `name` is its path in it, `hash` the kind of the checksum."""

    name: str
    size_bytes: int
    hash: str
    checksum: str

    def check(self) -> None:
        """Raises DamagedBackup for a name that could leave its directory, and for unknown checksums."""
        parts = PurePosixPath(self.name).parts
        is_plain = bool(parts) and not self.name.startswith("/") and "\0" not in self.name
        if not is_plain or {"..", "."} & set(parts) or "//" in self.name or self.hash not in HASHES:
            raise DamagedBackup(f"{MANIFEST}: an entry that no backup has: {self.name!r}")


@dataclass(frozen=True)
class Manifest:
    """`catalog` is sqlite or postgresql; `missing` names what had been lost before the backup was taken."""

    kbstore_version: str
    created_at: str
    catalog: str
    entries: tuple[Entry, ...]
    missing: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        return sum(entry.size_bytes for entry in self.entries)

    def count(self, room: str) -> int:
        """How many entries lie in this directory of the backup."""
        return sum(entry.name.startswith(f"{room}/") for entry in self.entries)

    def find(self, name: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.name == name), None)

    def to_bytes(self) -> bytes:
        return json.dumps({"format": FORMAT} | asdict(self), ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Manifest:
        """Raises DamagedBackup."""
        try:
            value = json.loads(content)
            if value.pop("format") != FORMAT:
                raise DamagedBackup(f"{MANIFEST}: made by another version of kbstore, in a format unknown here")
            entries = tuple(Entry(**entry) for entry in value.pop("entries"))
            manifest = cls(entries=entries, missing=tuple(value.pop("missing")), **value)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedBackup(f"{MANIFEST} cannot be read") from error
        for entry in entries:
            entry.check()
        return manifest


def sum_line(content: bytes) -> bytes:
    """What `sha256sum manifest.json` prints."""
    return f"{hashlib.sha256(content).hexdigest()}  {MANIFEST}\n".encode()
