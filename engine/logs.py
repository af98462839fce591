"""Logs: one JSON object a line, in which no telephone number survives."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

from engine.journal import without_numbers


def set_up_logs() -> None:
    """Log to standard error, structlog's loggers and the standard library's alike.

    An exception is told by its traceback alone: local variables hold numbers.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _scrub,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
                _scrub,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _scrub(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blot out whatever could be a telephone number; what is no number or flag becomes text."""
    return {
        name: value if isinstance(value, (bool, int, float)) else without_numbers(str(value))
        for name, value in event.items()
        if value is not None
    }
