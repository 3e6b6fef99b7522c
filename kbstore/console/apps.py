"""The Django app of the operators' console."""

from django.apps import apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class ConsoleConfig(AdminConfig):
    default_site = "kbstore.console.site.ConsoleSite"

    def ready(self) -> None:
        super().ready()
        from kbstore.console import accounts, system  # noqa: F401 - importing registers users, groups and pages
        from kbstore.console.groups import make_groups

        # Once, after the last of all apps.
        last = list(apps.get_app_configs())[-1]
        post_migrate.connect(make_groups, sender=last, dispatch_uid="kbstore.console.groups")
