"""A Django app that adds the tests' job types to a server."""

import os

from django.apps import AppConfig

LOOK_SECONDS_VARIABLE = "TESTS_LOOK_SECONDS"
BROKEN_WORKERS_VARIABLE = "TESTS_BROKEN_WORKERS"


class JobsAppConfig(AppConfig):
    name = "tests.jobs_app"
    label = "tests_jobs"
    path = __file__.rpartition("/")[0]

    def ready(self) -> None:
        from storage.jobs.workers import ThreadWorker
        from storage.live import feeds
        from tests.jobs_app import types  # noqa: F401 - importing registers the types

        # Sockets that hardly ever look by themselves show that the doorbell works.
        feeds.LOOK_SECONDS = float(os.environ.get(LOOK_SECONDS_VARIABLE, feeds.LOOK_SECONDS))
        if BROKEN_WORKERS_VARIABLE in os.environ:
            ThreadWorker._work_or_wait = break_down


def break_down(_worker: object) -> None:
    raise MemoryError
