"""Servers that know the tests' job types."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cast import Person, Server, new_project, start_server

JOBS_ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "tests.jobs_app.settings",
    "KBSTORE_OPERATOR_PASSWORD": "operator-password",
}


@pytest.fixture(scope="module")
def job_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("jobs"), **JOBS_ENVIRONMENT)
    yield running
    running.stop()


@pytest.fixture
def dana(job_server: Server) -> Iterator[Person]:
    """Owns a fresh project on the server with the tests' job types."""
    with new_project(job_server) as owner:
        yield owner
