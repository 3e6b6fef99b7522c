"""The Django app of the operators' console."""

from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AdminConfig):
    default_site = "kbstore.console.site.ConsoleSite"

    def ready(self) -> None:
        super().ready()
        from kbstore.console import accounts  # noqa: F401 - importing registers users and groups in our style
