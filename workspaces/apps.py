"""The Django app of the workspaces package."""

from django.apps import AppConfig
from django.db.models.signals import post_delete

from kbstore.metrics.scrape import register_refresher


class WorkspacesConfig(AppConfig):
    name = "workspaces"

    def ready(self) -> None:
        from storage.backup.parts import register_backup_part
        from storage.services.doctor import register_check
        from storage.services.purge import register_part
        from workspaces.models import Workspace, WorkspaceSession
        from workspaces.services import (  # noqa: F401 - importing registers their job types
            fill_table,
            load_tables,
            query_job,
            unload_object,
            view_table,
        )
        from workspaces.services.back_up_files import back_up_files
        from workspaces.services.check_files import check_files
        from workspaces.services.count_workspaces import count_workspaces
        from workspaces.services.delete_workspace import forget_deleted
        from workspaces.services.disconnect import close_deleted
        from workspaces.services.purge_workspaces import purge_workspaces

        post_delete.connect(forget_deleted, sender=Workspace, dispatch_uid="workspaces.forget_deleted")
        post_delete.connect(close_deleted, sender=WorkspaceSession, dispatch_uid="workspaces.close_deleted")
        register_refresher(count_workspaces)
        register_part("workspaces", purge_workspaces)
        register_check(check_files)
        register_backup_part(back_up_files)
