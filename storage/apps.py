"""The Django app of the storage package."""

from django.apps import AppConfig

from kbstore.operations import register_recorder


class StorageConfig(AppConfig):
    name = "storage"

    def ready(self) -> None:
        from storage.audit import record_event
        from storage.services import export_table, import_table  # noqa: F401 - importing registers their job types

        register_recorder(record_event)
