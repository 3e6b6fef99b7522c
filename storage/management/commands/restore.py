"""`manage.py restore`: put a backup into an empty data directory."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from kbstore.console.formatting import amount, size
from storage.backup.catalog_copy import SQLITE
from storage.backup.manifest import FILES, SECRET_KEY, VERSIONS
from storage.backup.restore import restore_backup
from storage.management.operator_command import OperatorCommand
from storage.management.progress import byte_progress

#: Settings that name places inside of DATA_DIR unless they are given.
_PLACES = ("DUCKDB_DIR", "FILES_DIR", "SNAPSHOTS_DIR", "VERSIONS_DIR", "KBSTORE_TEMP_DIR")


class Command(OperatorCommand):
    help = (
        "Restores a backup, directory or tar, into an empty data directory (and an empty PostgreSQL database), then "
        "runs doctor on it. Every checksum is verified first; whatever exists is never overwritten. Stop the server."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, help="directory or archive that `backup` made")
        parser.add_argument("--into", type=Path, metavar="DATA_DIR", help="default: where the settings say")

    def run(self, *, source: Path, into: Path | None, **_: Any) -> None:
        with byte_progress("restore") as progress:
            manifest = restore_backup(source, into=into, progress=progress)
        parts = f"{amount(manifest.count(VERSIONS), 'table version')}, {amount(manifest.count(FILES), 'file')}"
        self.stdout.write(f"Restored the backup of {manifest.created_at}: {parts}, {size(manifest.size_bytes)}.")
        if manifest.find(SECRET_KEY) is None:
            self.stderr.write("The secret key was not in it: start the server with the KBSTORE_SECRET_KEY of before.")
        self.stdout.flush()
        code = run_doctor(into)
        if code:
            raise SystemExit(code)


def run_doctor(into: Path | None) -> int:
    """Doctor in a process of its own, whose settings are those of the restored place. It makes the links again."""
    environment = dict(os.environ)
    if into is not None:
        dropped = _PLACES if connection.vendor != SQLITE else (*_PLACES, "DATABASE_URL")
        environment = {name: value for name, value in environment.items() if name not in dropped}
        environment["DATA_DIR"] = str(into.absolute())
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "doctor", "--repair"]
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - our own command
