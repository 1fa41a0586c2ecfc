"""Writes for several connections at once: whatever waits is committed together, in one thread.

Nobody waits for company: the first piece of work starts a transaction, what arrives while it is
being committed makes the next one. With one lane every piece has its own commit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

Work = Callable[[Connection], Any]
_T = TypeVar("_T")

PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0)
"""Seconds between tries while the database is busy or its disk full. What a server answered must not be forgotten."""


class Recorder:
    """Runs work on the database for coroutines of one event loop."""

    def __init__(self, engine: Engine, thread: Executor) -> None:
        self._engine = engine
        self._thread = thread
        self._waiting: list[tuple[Work, asyncio.Future[Any]]] = []
        self._running: asyncio.Task[None] | None = None

    async def do(self, work: Callable[[Connection], _T]) -> _T:
        """Run `work` in a transaction and return what it returned, once that is committed.

        Somebody cancelled while waiting does not undo it: the work is committed all the same.
        """
        future: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._drain())
        return await future

    async def settle(self) -> None:
        """Wait until all that was asked for is committed."""
        if self._running is not None:
            await self._running

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                results = await loop.run_in_executor(self._thread, self._commit, [work for work, _ in batch])
            except Exception as error:
                for _, future in batch:
                    if not future.cancelled():
                        future.set_exception(error)
                continue
            for (_, future), result in zip(batch, results, strict=True):
                if not future.cancelled():
                    future.set_result(result)

    def _commit(self, works: Sequence[Work]) -> list[Any]:
        for pause in PAUSES:
            try:
                return self._once(works)
            except OperationalError:
                # Busy, or no room: rolled back, so the same work may be done again.
                time.sleep(pause)
        return self._once(works)

    def _once(self, works: Sequence[Work]) -> list[Any]:
        with self._engine.begin() as connection:
            return [work(connection) for work in works]
