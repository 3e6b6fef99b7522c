"""The Django app of the operators' console."""

from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class ConsoleConfig(AdminConfig):
    default_site = "kbstore.console.site.ConsoleSite"

    def ready(self) -> None:
        super().ready()
        from kbstore.console import accounts  # noqa: F401 - importing registers users and groups in our style
        from kbstore.console.groups import make_groups

        post_migrate.connect(make_groups, dispatch_uid="kbstore.console.groups")
