"""Counts operations, and drops the series of what they delete."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from kbstore import metrics
from kbstore.operations import Operation

#: Operations that change a table's structure, by their names in the contract's metrics.
SCHEMA_OPERATIONS = {
    "add_column": "add_column",
    "drop_column": "drop_column",
    "alter_column": "alter_column",
    "add_primary_key": "add_pk",
    "drop_primary_key": "drop_pk",
}
SHARING_OPERATIONS = {
    "share_bucket": "share",
    "unshare_bucket": "unshare",
    "link_bucket": "link",
    "unlink_bucket": "unlink",
    "grant_readonly": "grant_readonly",
    "revoke_readonly": "revoke_readonly",
}


def _deleted(*labels: str) -> Callable[[Mapping[str, Any]], dict[str, str]]:
    """From the arguments of a deletion to the labels of its series; an argument is the label, with `_name` or not."""
    return lambda arguments: {label: str(arguments.get(label) or arguments.get(f"{label}_name")) for label in labels}


DELETIONS = {
    "delete_project": _deleted("project_id"),
    "delete_bucket": _deleted("project_id", "bucket"),
    "delete_table": _deleted("project_id", "bucket", "table"),
    "delete_branch": _deleted("project_id", "branch_id"),
    "delete_workspace": _deleted("workspace_id"),
}


def _keeps_the_name(operation: Operation) -> bool:
    """A branch that drops its own version of a table leaves main's, whose series it shares."""
    return operation.name == "delete_table" and operation.branch_id not in (None, "default")


def observe(operation: Operation, error: BaseException | None) -> None:
    """Count one finished call; whatever ended it early is an error, a refusal too."""
    status = "success" if error is None else "error"
    seconds = time.monotonic() - operation.started
    metrics.OPERATIONS.labels(operation.name, status).inc()
    metrics.OPERATION_DURATION.labels(operation.name).observe(seconds)
    if operation.name in SCHEMA_OPERATIONS:
        name = SCHEMA_OPERATIONS[operation.name]
        metrics.SCHEMA_OPERATIONS.labels(name, status).inc()
        metrics.SCHEMA_OPERATION_DURATION.labels(name).observe(seconds)
    elif operation.name in SHARING_OPERATIONS:
        metrics.BUCKET_SHARING_OPERATIONS.labels(SHARING_OPERATIONS[operation.name], status).inc()
    elif error is None and operation.name in DELETIONS and not _keeps_the_name(operation):
        metrics.forget(**DELETIONS[operation.name](operation.arguments))
