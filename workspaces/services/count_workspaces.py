"""Set the gauge of workspaces from the catalog."""

from __future__ import annotations

import structlog
from django.db import DatabaseError

from kbstore import metrics
from workspaces.models import Workspace

log = structlog.get_logger(__name__)


def count_workspaces() -> None:
    """When the catalog does not answer the gauge keeps what it had."""
    try:
        metrics.WORKSPACES.set(Workspace.objects.count())
    except DatabaseError as error:
        log.warning("workspaces cannot be counted", error=str(error))
