"""What the doctor says of workspaces: files without a row, rows without a file."""

from __future__ import annotations

from storage.services.doctor import Report, orphan_grace_seconds
from workspaces.models import Workspace, WorkspaceStatus
from workspaces.services.purge_workspaces import orphan_files, remove_orphan
from workspaces.services.workspace_place import path_of


def check_files(report: Report, repair: bool) -> None:
    """Compare files and rows. A file that is lost cannot be brought back: its row says so from then on."""
    for path in orphan_files(orphan_grace_seconds()):
        report.add("workspace file without a row", path.name, "removed: no workspace refers to it")
        if repair:
            report.repaired += remove_orphan(path)
    for workspace in Workspace.objects.all():
        if path_of(workspace).is_file():
            continue
        subject = f"{workspace.project_id}/{workspace.pk}"
        if workspace.status == WorkspaceStatus.ERROR:
            report.remark("workspace whose file is gone", subject)
            continue
        report.add("missing workspace file", subject, "marked: its status is error")
        if repair:
            Workspace.objects.filter(pk=workspace.pk).update(status=WorkspaceStatus.ERROR)
            report.repaired += 1
