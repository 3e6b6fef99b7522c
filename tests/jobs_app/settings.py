"""Settings of servers under test that know the tests' job types and an endpoint that starts them."""

from kbstore.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.jobs_app.apps.JobsAppConfig"]  # noqa: F405
ROOT_URLCONF = "tests.jobs_app.urls"
