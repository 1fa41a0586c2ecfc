"""How this program's log is written: one line an entry, with nothing in it that a person typed or that is secret.

The library's own way shows every local variable beside a fault, and so tokens and names.
"""

from __future__ import annotations

import sys
from typing import TextIO

import structlog


def configure(stream: TextIO | None = None) -> None:
    """Entries go to `stream` (standard error by default): for a person on a terminal, else as JSON for a collector.

    A line feed or a colour code in a value is escaped either way: nobody writes a second entry by signing in as one.
    """
    target = stream or sys.stderr
    last: structlog.typing.Processor = (
        structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"])
        if target.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            last,
        ],
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
