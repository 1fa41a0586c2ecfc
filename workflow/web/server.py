"""Listens: pages in the main thread, the clock and delivery in threads beside them. Knows no page."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import uvicorn

from workflow.bootstrap import App
from workflow.running import clock_of, delivery
from workflow.web.app import build

SLOWEST_HEADER = 10
"""Seconds a client may take between two requests before its connection is closed."""


def serve(
    app: App,
    *,
    worker: bool,
    host: str = "",
    port: int = 0,
    demo: bool = False,
    mailbox: Path | None = None,
    said: Callable[[str], None] = lambda text: None,
) -> bool:
    """Serve until a signal asks to stop; True when all work ended in time. `worker` runs clock and delivery too."""
    web = app.settings.web
    pages = build(app, demo=demo, mailbox=mailbox)
    clock = clock_of(app, delivery(app, app.now), said) if worker else None
    config = uvicorn.Config(
        pages,
        host=host or web.host,
        port=port or web.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_keep_alive=SLOWEST_HEADER,
        limit_concurrency=200,
        h11_max_incomplete_event_size=64 * 1024,
    )
    gc.collect()
    gc.freeze()  # what was built at start stays: the collector need not walk it for every page
    if clock is not None:
        clock.start()
    try:
        uvicorn.Server(config).run()
    finally:
        done = clock.stop() if clock is not None else True
    return done
