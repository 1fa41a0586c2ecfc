"""Listens: pages in the main thread, the clock and delivery in threads beside them. Knows no page."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from workflow.bootstrap import App
from workflow.logs import configure
from workflow.running import clock_of, delivery
from workflow.web.app import build

SLOWEST_HEADER = 10
"""Seconds a client may take between two requests, and for the head of each, before its connection is closed."""


class Impatient(H11Protocol):
    """Closes a connection over which no whole head of a request comes in time.

    The library by itself waits for ever for the first one and for one that comes letter by letter, and takes only so
    many connections: a few hundred of them would shut everybody out.
    """

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        if self.conn.their_state is h11.IDLE:
            self._wait()
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._wait_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(self.timeout_keep_alive, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


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
    configure()
    web = app.settings.web
    pages = build(app, demo=demo, mailbox=mailbox)
    clock = clock_of(app, delivery(app, app.now), said) if worker else None
    config = uvicorn.Config(
        pages,
        http=Impatient,
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
        lifespan="off",
    )
    gc.collect()
    gc.freeze()  # what was built at start stays: the collector need not walk it for every page
    if clock is not None:
        clock.start()
    with _kept_alive():
        try:
            uvicorn.Server(config).run()
        finally:
            done = clock.stop() if clock is not None else True
    return done


@contextmanager
def _kept_alive() -> Iterator[None]:
    """The server ends on a signal and then raises it again: without this the clock would be cut off in its work."""

    def heard(_number: int, _frame: FrameType | None) -> None:
        return None

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
