"""The Django app of the frame: it registers the system checks and switches the counting on."""

from django.apps import AppConfig
from django.conf import settings


class KbstoreConfig(AppConfig):
    name = "kbstore"

    def ready(self) -> None:
        from kbstore import (
            catalog_metrics,
            checks,  # noqa: F401 - importing registers the checks
            metrics,
            operation_metrics,
        )
        from kbstore.metrics.scrape import register_refresher
        from kbstore.operations import register_observer
        from kbstore.rest.endpoint_label import count_faults_of_django

        metrics.name_tables(settings.METRICS_PER_TABLE)
        catalog_metrics.install()
        register_refresher(catalog_metrics.count_connections)
        register_observer(operation_metrics.observe)
        count_faults_of_django()
