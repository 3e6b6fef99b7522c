"""Give the rows of a snapshot to a reader as a file of a common format."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings

from kbstore.access import Actor, Need
from storage.engine.errors import VersionGone
from storage.engine.monitor import Monitor
from storage.engine.specs import ExportSpec
from storage.errors import InvalidFormat, SnapshotFileNotFound
from storage.jobs.watch import late
from storage.models import Snapshot
from storage.runtime import engine
from storage.services.export_table import COMPRESSIONS, CONTENT_TYPES
from storage.services.get_snapshot import get_snapshot


@dataclass(frozen=True)
class SnapshotFile:
    """An open file that has no name any more: it is gone when its reader closes it."""

    name: str
    content_type: str
    stream: BinaryIO
    size_bytes: int


def open_snapshot(*, actor: Actor, project_id: str, branch_id: str, snapshot_id: str, file_format: str) -> SnapshotFile:
    """All rows of a snapshot as CSV or Parquet, for the caller to close.

    Raises SnapshotNotFound, SnapshotFileNotFound, InvalidFormat, and OperationTimeout past `OPERATION_TIMEOUT`.
    """
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    snapshot = get_snapshot(actor=actor, project_id=project_id, branch_id=branch_id, snapshot_id=snapshot_id)
    if file_format not in COMPRESSIONS:
        raise InvalidFormat(file_format)
    stream, size_bytes = _written(snapshot, file_format)
    return SnapshotFile(f"{snapshot_id}.{file_format}", CONTENT_TYPES[file_format], stream, size_bytes)


def _written(snapshot: Snapshot, file_format: str) -> tuple[BinaryIO, int]:
    version, monitor = snapshot.version, Monitor()
    target = settings.STAGING_DIR / f"{uuid.uuid4().hex}.export"
    alarm = threading.Timer(settings.OPERATION_TIMEOUT, lambda: monitor.cancel(late()))
    alarm.daemon = True
    alarm.start()
    try:
        outcome = engine().export(version.ref, version.spec, ExportSpec(file_format), target, monitor)
        return target.open("rb"), outcome.size_bytes
    except VersionGone as error:
        raise SnapshotFileNotFound(snapshot.pk) from error
    finally:
        alarm.cancel()
        target.unlink(missing_ok=True)
