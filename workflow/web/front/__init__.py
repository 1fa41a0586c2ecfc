"""The front of the house: language, health for machines, the page for what is not there."""

from __future__ import annotations

from starlette.responses import Response

from workflow.web.answering import as_json, see_other
from workflow.web.asking import Ask
from workflow.web.frame import LANGUAGE, NotHere
from workflow.web.routing import Entry, Room


def speak(ask: Ask) -> Response:
    """Pages come in this language from now on: a cookie says so, nothing else is written."""
    language = ask.part("language")
    if language not in ("vi", "en"):
        raise NotHere
    response = see_other(inside(ask.query.get("ve", "/")))
    response.set_cookie(LANGUAGE, language, max_age=365 * 86400, httponly=True, samesite="lax")
    return response


def inside(path: str) -> str:
    """A path of ours to go back to; anything that could lead elsewhere becomes the front page."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path and path.isprintable()
    return path if safe else "/"


def alive(ask: Ask) -> Response:
    """For a machine that watches: the process answers and the database can be read."""
    return as_json({"status": "ok"})


def nowhere(ask: Ask) -> Response:
    raise NotHere


NOWHERE = Entry("/{path:path}", "nowhere", "help", get=nowhere, post=nowhere)
ROOM = Room(
    "workflow.web.front",
    (
        Entry("/ngon-ngu/{language}", "speak", "help", get=speak),
        Entry("/song", "alive", "help", get=alive),
    ),
)
