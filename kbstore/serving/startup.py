"""What has to be in order before the first request: directories, tables, operator, no traces of a crash."""

from __future__ import annotations

import fcntl
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from kbstore.console.first_operator import FirstOperator, create_first_operator
from storage.jobs.identity import this_worker
from storage.jobs.recover import recover_jobs
from storage.services.doctor import check_at_start
from workspaces.services.sweep_sessions import sweep_sessions

log = structlog.get_logger(__name__)

DIRECTORIES = (
    "DATA_DIR",
    "DUCKDB_DIR",
    "FILES_DIR",
    "SNAPSHOTS_DIR",
    "VERSIONS_DIR",
    "STAGING_DIR",
    "UPLOADS_DIR",
    "LOCKS_DIR",
    "TEMP_DIR",
)
OPEN_FILES = 65_536


def prepare() -> FirstOperator | None:
    """Make the data directory ready; the operator that was created, if any. Any number of servers may start at once."""
    allow_many_open_files()
    for name in DIRECTORIES:
        getattr(settings, name).mkdir(parents=True, exist_ok=True)
    # First of all, so that others see this process and leave its files alone.
    this_worker()
    with only_one_at_a_time():
        migrate()
        operator = create_first_operator()
        recover_jobs()
        sweep_sessions()
        check_at_start()
    return operator


def allow_many_open_files() -> None:
    """As far as this process may: whoever reads a whole object that came in thousands of parts has all of them open."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(most, OPEN_FILES)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


@contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Wait for other starting processes on this data directory."""
    with (settings.LOCKS_DIR / "startup.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def migrate() -> None:
    """Bring the catalog's tables up to date."""
    connection = connections["default"]
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        log.info("migrating the catalog", migrations=len(plan))
        call_command("migrate", interactive=False, verbosity=0)
