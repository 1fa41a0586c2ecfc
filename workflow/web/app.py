"""Puts the rooms on the frame: the one place that knows which rooms there are."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from workflow.bootstrap import App
from workflow.web import (
    appraisal,
    council,
    desk,
    doors,
    dossier,
    front,
    guarding,
    lists,
    mails,
    ministry,
    programs,
    signing,
    unit,
    upper,
)
from workflow.web.frame import Frame, static_endpoint
from workflow.web.house import House
from workflow.web.routing import Entry, Room

ROOMS: tuple[Room, ...] = (
    front.ROOM, doors.ROOM, lists.ROOM, programs.ROOM, mails.ROOM, dossier.ROOM, desk.ROOM, ministry.ROOM,
    council.ROOM, signing.ROOM, upper.ROOM, unit.ROOM, appraisal.ROOM,
)  # fmt: skip
"""Every room, in the order its entries are tried."""


def build(app: App, *, demo: bool = False, mailbox: Path | None = None) -> Starlette:
    """The pages of this application. `demo` opens what only a rehearsed database may have."""
    house = House(app, ROOMS, demo=demo, mailbox=mailbox)
    frame = Frame(house)
    routes = [_route(frame, frame.bounded(entry)) for room in ROOMS for entry in room.entries]
    routes.append(Route("/static/{version}/{name:path}", static_endpoint(house), methods=["GET"]))
    routes.append(Route("/{path:path}", frame.endpoint(front.NOWHERE), methods=["GET", "POST"]))
    middleware = [
        Middleware(guarding.Headed, every=guarding.headers(house.secure)),
        Middleware(TrustedHostMiddleware, allowed_hosts=guarding.hosts(app.settings.web), www_redirect=False),
        Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5),
    ]
    pages = Starlette(routes=routes, middleware=middleware)
    pages.state.house = house
    return pages


def _route(frame: Frame, entry: Entry) -> Route:
    return Route(entry.path, frame.endpoint(entry), methods=[each.upper() for each in entry.methods])
