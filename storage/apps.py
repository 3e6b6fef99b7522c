"""The Django app of the storage package."""

from importlib.metadata import version

from django.apps import AppConfig
from django.conf import settings

from kbstore import metrics
from kbstore.metrics.scrape import register_refresher
from kbstore.operations import register_recorder


class StorageConfig(AppConfig):
    name = "storage"

    def ready(self) -> None:
        from storage.audit import record_event
        from storage.services import (  # noqa: F401 - importing registers their job types
            add_column,
            add_primary_key,
            alter_column,
            clone_table,
            compare_versions,
            compare_with_main,
            create_snapshot,
            delete_branch,
            delete_rows,
            drop_column,
            drop_primary_key,
            export_table,
            import_relation,
            import_rows,
            import_table,
            load_new_table,
            profile_table,
            redescribe_column,
            restore_snapshot,
        )
        from storage.services.take_inventory import take_inventory

        register_recorder(record_event)
        metrics.API_SERVICE_INFO.info({"version": settings.VERSION, "duckdb_version": version("duckdb")})
        register_refresher(take_inventory)
