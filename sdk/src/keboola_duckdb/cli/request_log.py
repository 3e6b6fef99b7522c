"""What the SDK tells of its requests, for -v (tries that failed) and -vv (each request)."""

from __future__ import annotations

import logging


def log_to_stderr(verbose: int) -> None:
    """Nothing without -v: an error that stays is told at the end anyway. Keys are never in it."""
    handler: logging.Handler = logging.StreamHandler() if verbose else logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger = logging.getLogger("keboola_duckdb")
    logger.handlers = [handler]
    logger.setLevel(logging.DEBUG if verbose > 1 else logging.WARNING)
    logger.propagate = False
