"""Structured logs: every line carries the request id, the actor and the client of the work that wrote it."""

from __future__ import annotations

import logging
import logging.config
from typing import Any

import structlog

from kbstore import context


def add_context(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    for name, variable in (
        ("request_id", context.request_id),
        ("actor", context.actor_label),
        ("client", context.client_address),
    ):
        value = variable.get()
        if value is not None:
            event.setdefault(name, value)
    return event


def logging_config(*, level: str, style: str) -> dict[str, Any]:
    """Configure structlog and return the dictionary for the standard library: `style` is console or json."""
    shared = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        add_context,
    ]
    # Plain tracebacks: the default shows local variables, and among those are keys.
    console = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    renderer = structlog.processors.JSONRenderer() if style == "json" else console
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    finishing = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if style == "json":
        finishing.append(structlog.processors.format_exc_info)
    config: dict[str, Any] = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [*finishing, renderer],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level if level in logging.getLevelNamesMapping() else "INFO"},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "uvicorn.access": {"level": "WARNING"},
            "uvicorn.error": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
        },
    }
    logging.config.dictConfig(config)
    return config
