"""A Django app that adds the tests' job types to a server."""

from django.apps import AppConfig


class JobsAppConfig(AppConfig):
    name = "tests.jobs_app"
    label = "tests_jobs"
    path = __file__.rpartition("/")[0]

    def ready(self) -> None:
        from tests.jobs_app import types  # noqa: F401 - importing registers the types
