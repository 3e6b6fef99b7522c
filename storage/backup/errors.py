"""What can go wrong with a backup. Only operators at a shell see these: the messages name paths."""

from __future__ import annotations

from kbstore.errors import InvalidRequest, KbstoreError


class BackupFailed(KbstoreError):
    """No backup was made; nothing of it is left behind."""

    code = "backup_failed"


class DamagedBackup(InvalidRequest):
    """A backup is not what was written; the message names the file. Nothing was restored."""

    code = "damaged_backup"


class RestoreRefused(InvalidRequest):
    """The backup cannot go there. Nothing was changed."""

    code = "restore_refused"
