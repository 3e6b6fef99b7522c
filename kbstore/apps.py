"""The Django app of the frame: it registers the system checks."""

from django.apps import AppConfig


class KbstoreConfig(AppConfig):
    name = "kbstore"

    def ready(self) -> None:
        from kbstore import checks  # noqa: F401 - importing registers the checks
