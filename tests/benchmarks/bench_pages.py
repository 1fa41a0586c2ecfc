"""Pages over a million nominations, as whole requests, beside the bare framework serving a page of the same size.

    python -m tests.benchmarks.bench_pages [--nominations 1000000] [--rounds 5] [--folder DIR]

Each request goes through the whole application as a server would call it (session, rights, queries, template, gzip);
only the socket is left out, on both sides. The floor is Starlette with one route, the same compression, and the bytes
of khen's own page, in turn with it. The median of one round's requests counts as the round.

PAGES has a row for each; a page of another room is measured by adding one.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import col
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse
from starlette.routing import Route

from definitions.calendar import local_day
from tests.benchmarks import many
from tests.benchmarks.frame import Line, Setting, Took, beside, table, within
from tests.support.browsing import Pages
from tests.support.ministry import Ministry
from workflow.services import drafting, viewing
from workflow.storage.database import open_engine, read
from workflow.storage.tables import Nomination

NOMINATIONS = 1_000_000
TICKED = 1000
REQUESTS = 15
BAR = 1.0
"""Seconds: what nobody may ever wait for. How far below it a page stays is what the table is about."""
DESK, UNIT = "BO/SECRETARIAT", "U050/CB"


@dataclass(frozen=True, slots=True)
class Asked:
    """A page: what it is called, where it is, who opens it."""

    what: str
    path: str
    who: str = DESK


PAGES = (
    Asked("list, newest first", "/ho-so?xem=tat-ca"),
    Asked("list by name", "/ho-so?xep=ten"),
    Asked("list by unit", "/ho-so?xep=don-vi"),
    Asked("list by due day", "/ho-so?xep=han"),
    Asked("list of a state, by name", "/ho-so?trang-thai=appraising&xep=ten"),
    Asked("list of an award and a state, by name", "/ho-so?hinh-thuc=bang_khen_bo&trang-thai=council_rejected&xep=ten"),
    Asked("list of what is overdue", "/ho-so?han=qua-han&xep=han"),
    Asked("list of a unit, for the desk", "/ho-so?don-vi=U050&xep=ten"),
    Asked("list of its own, for a unit", "/ho-so?xem=tat-ca", UNIT),
    Asked("search: do", "/ho-so?tim=do"),
    Asked("search: a whole name", "/ho-so?tim=do+van+tuyet"),
    Asked("search: three common words", "/ho-so?tim=nguyen+thi+van"),
    Asked("search: a unit", "/ho-so?tim=cuc+so+050"),
    Asked("search: no such name", "/ho-so?tim=khong+co+ai"),
    Asked("front page", "/"),
    Asked("front page of a unit", "/", UNIT),
    Asked("statistics", "/thong-ke"),
    Asked("a nomination", "/ho-so/{code}"),
)


def lines(setting: Setting, nominations: int = NOMINATIONS) -> list[Line]:
    room = setting.room("pages")
    engine = open_engine(f"sqlite:///{room / 'khen.db'}")
    many.fill(engine, room, nominations)
    pages = _pages(engine, room)
    with read(engine) as connection:
        code = connection.execute(select(Nomination.code).limit(1)).scalar_one()  # type: ignore[call-overload]
    found: list[Line] = []
    for asked in (*PAGES, _seen_before(pages, engine, setting.size(TICKED, 5))):
        found += _line(setting, pages, replace(asked, path=asked.path.replace("{code}", code)))
    engine.dispose()
    return found


def _seen_before(pages: Pages, engine: Any, amount: int) -> Asked:
    """The page that says what will happen to so many ticked dossiers: the act is decided for each of them."""
    desk, now = pages.ministry.desk, pages.ministry.now
    with read(engine) as connection:
        ticked = select(Nomination.code).where(col(Nomination.state) == "submitted").limit(amount)  # type: ignore[call-overload]
        codes = tuple(connection.execute(ticked).scalars())
        viewer = viewing.viewer(connection, DESK, local_day(now))
    draft = drafting.begin(desk, viewer, codes, now, back="/ho-so", transition="receive")
    return Asked(f"what will happen to {len(codes):,} ticked", f"/viec/{draft}/xem")


def _pages(engine: Any, room: Path) -> Pages:
    ministry = Ministry(engine, room, empty=True, now=datetime(2026, 12, 1, 2, tzinfo=UTC))
    return Pages(ministry, room)


def _line(setting: Setting, pages: Pages, asked: Asked) -> list[Line]:
    """The page beside the floor, and held against the bar."""
    cookie = f"khen={pages.browser(asked.who).cookies['khen']}"
    ours = _client(pages.app, asked.path, cookie)
    status, body, sent = ours()
    if status != 200:
        raise SystemExit(f"{asked.path}: {status}")
    floor = _client(_bare(body), "/", "")
    mine, theirs = [], []
    for turn in range(setting.rounds + 1):
        for side, client in ((mine, ours), (theirs, floor)) if turn % 2 else ((theirs, floor), (mine, ours)):
            # Between rounds the machine's clock goes on, as it does when people read: searches are counted by it.
            pages.machine += timedelta(seconds=REQUESTS + 1)
            side.append(_median(client, REQUESTS))
    sizes = f"{asked.what} ({len(body) / 1000:.0f} kB, {sent / 1000:.0f} kB sent)"
    return [replace(beside(sizes, mine[1:], theirs[1:]), bar="–"), within(f"{asked.what}: at most", mine[1:], BAR)]


def _median(client: Callable[[], Any], requests: int) -> Took:
    """One round: so many requests one after the other, the median of each clock."""
    wall, cpu = [], []
    for _ in range(requests):
        before, start = time.process_time(), time.perf_counter()
        client()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - before)
    return Took(statistics.median(wall), statistics.median(cpu))


def _bare(body: bytes) -> Starlette:
    """The floor: a route, the same compression, the same bytes."""

    async def page(_request: Any) -> HTMLResponse:
        return HTMLResponse(body)

    return Starlette(
        routes=[Route("/", page)], middleware=[Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)]
    )


def _client(app: Any, path: str, cookie: str) -> Callable[[], tuple[int, bytes, int]]:
    """Calls the application as a server does; returns status, the page as a browser has it, and the bytes sent."""
    import gzip

    loop = asyncio.new_event_loop()
    path, _, query = path.partition("?")
    headers = [(b"host", b"127.0.0.1:8080"), (b"accept-encoding", b"gzip"), (b"cookie", cookie.encode())]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": query.encode(), "headers": headers,
        "client": ("127.0.0.1", 40_000), "server": ("127.0.0.1", 8080),
    }  # fmt: skip

    async def one() -> tuple[int, bytes, int]:
        status, parts, packed = 0, [], False

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status, packed
            if message["type"] == "http.response.start":
                status = message["status"]
                packed = (b"content-encoding", b"gzip") in message["headers"]
            else:
                parts.append(message.get("body", b""))

        await app({**scope, "state": {}}, receive, send)
        sent = b"".join(parts)
        return status, gzip.decompress(sent) if packed else sent, len(sent)

    return lambda: loop.run_until_complete(one())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nominations", type=int, default=NOMINATIONS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path())
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="khen-bench-") as folder:
        print(table(lines(Setting(Path(folder).resolve(), given.rounds), given.nominations)))


if __name__ == "__main__":
    main()
