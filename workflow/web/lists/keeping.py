"""Saved views: kept, renamed, shared, thrown away."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.responses import Response

from workflow.services import views
from workflow.services.views import ViewRefused
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.frame import NotHere, Refused
from workflow.web.lists.asking import address, query_of


def show(ask: Ask) -> Response:
    """One's own views, each with its form."""
    offered = views.offered(ask.desk, ask.me)
    mine = [each for each in offered if not each.owner]
    return page(ask, "lists/views.html", mine=mine, others=[each for each in offered if each.owner])


def save(ask: Ask) -> Response:
    """Keep the list as it is under a name, and go back to it."""
    query = query_of(ask, parse_qsl(ask.typed.get("query")))
    try:
        views.save(
            ask.desk, ask.me, ask.typed.get("name"), query, ask.now,
            shared=ask.typed.get("shared") == "yes", first=ask.typed.get("preferred") == "yes",
        )  # fmt: skip
    except ViewRefused as error:
        return see_other(address(ask, query), notice=f"lists.view.{error.code}", kind="warning")
    return see_other(address(ask, query), notice="lists.view.saved")


def change(ask: Ask) -> Response:
    """Rename, share or prefer a view, or throw it away."""
    id_ = int(ask.part("view"))
    if id_ >= 2**31:
        raise NotHere
    try:
        if ask.typed.get("remove"):
            views.remove(ask.desk, ask.me, id_)
            return see_other(ask.path("views"), notice="lists.view.removed")
        views.change(
            ask.desk, ask.me, id_, ask.typed.get("name"),
            shared=ask.typed.get("shared") == "yes", first=ask.typed.get("preferred") == "yes",
        )  # fmt: skip
    except ViewRefused as error:
        if error.code == "not_yours":
            raise NotHere from None
        raise Refused(422, f"lists.view.{error.code}") from None
    return see_other(ask.path("views"), notice="lists.view.changed")
