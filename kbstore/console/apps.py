"""The Django app of the operators' console."""

from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AdminConfig):
    default_site = "kbstore.console.site.ConsoleSite"
