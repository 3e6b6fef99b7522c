"""`manage.py backup`: a complete, consistent copy of the installation, taken while it runs."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from kbstore.console.formatting import amount, duration, size
from storage.backup.manifest import FILES, SECRET_KEY, VERSIONS, Manifest
from storage.backup.restore import verify_backup
from storage.backup.take import take_backup
from storage.management.operator_command import OperatorCommand
from storage.management.progress import byte_progress


class Command(OperatorCommand):
    help = (
        "Copies catalog, table versions, files and the secret key to a new directory or tar archive while the server "
        "runs, as of one moment, with checksums. TARGET appears when it is complete. Keep it as safe as the server."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", nargs="?", type=Path, help="directory to make, or archive with --tar")
        parser.add_argument("--tar", action="store_true", help="write TARGET.tar, one file")
        parser.add_argument("--skip-missing", action="store_true", help="back up what is left after a loss")
        parser.add_argument("--verify", type=Path, metavar="SOURCE", help="check a backup instead; restores nothing")

    def run(self, *, target: Path | None, verify: Path | None, **options: Any) -> None:
        if (target is None) == (verify is None):
            raise CommandError("Name either TARGET or --verify SOURCE.")
        started = time.monotonic()
        if verify is not None:
            with byte_progress("verify") as progress:
                self._say(verify, verify_backup(verify, progress=progress), "is intact", started)
        if target is not None:
            if options["tar"] and target.suffix != ".tar":
                target = target.with_name(f"{target.name}.tar")
            with byte_progress("backup") as progress:
                manifest = take_backup(
                    target, as_tar=options["tar"], skip_missing=options["skip_missing"], progress=progress
                )
            self._say(target, manifest, "is complete", started)

    def _say(self, path: Path, manifest: Manifest, what: str, started: float) -> None:
        parts = f"{amount(manifest.count(VERSIONS), 'table version')}, {amount(manifest.count(FILES), 'file')}"
        took = duration(time.monotonic() - started)
        self.stdout.write(f"{path} {what}: {parts}, {size(manifest.size_bytes)}, {took}.")
        if manifest.missing:
            self.stderr.write(f"{amount(len(manifest.missing), 'file')} had been lost before: see manifest.json.")
        if manifest.find(SECRET_KEY) is None:
            self.stderr.write("The secret key is not in it: keep KBSTORE_SECRET_KEY, a restore needs the same.")
