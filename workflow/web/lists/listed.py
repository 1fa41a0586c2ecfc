"""The list of dossiers: filters and order in the address, columns of choice, ticks that lead to an act."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from workflow.services import listing, views
from workflow.services.listing import Column, ListRefused, Query
from workflow.storage.listing import FEW
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.frame import Refused
from workflow.web.lists.asking import EVERYTHING, active, address, choices, paged, query_of, refused, sorted_by
from workflow.web.lists.pace import Pace

SEARCHES = Pace()


def show(ask: Ask) -> Response:
    """A page of the list. Without anything asked, the view that this person prefers."""
    if not ask.query.pairs and (usual := views.preferred(ask.desk, ask.me)):
        return see_other(f"{ask.path('nominations')}?{usual}")
    query = query_of(ask)
    keep_pace(ask, query)
    try:
        found = listing.nominations(ask.desk, ask.me, query, ask.today)
    except ListRefused as error:
        raise refused(ask, error) from None
    offered = choices(ask, found.around)
    own = urlencode(query.pairs())
    return page(
        ask, "lists/nominations.html", query=query, found=found, columns=columns(ask, query, found.columns),
        offered=offered, active=active(ask, query, offered), value=Filled(query), many=FEW,
        everything=f"{ask.path('nominations')}?{urlencode([EVERYTHING])}",
        previous=paged(ask, query, truoc=found.previous) if found.previous else None,
        next=paged(ask, query, sau=found.next) if found.next else None,
        views=saved(ask, own), own=own, more_columns=listing.all_columns(ask.me),
        shown_columns=[each.key for each in found.columns],
        kept=[pair for pair in query.pairs() if pair[0] != "cot"],
        laid_out=[pair for pair in query.pairs() if pair[0] in listing.LAYOUT],
        exports=exports(ask, query), acts=acts(ask), dossier=dossier(ask),
        filter=urlencode(query.filters), sizes=(20, 50, 100, 300),
    )  # fmt: skip


def keep_pace(ask: Ask, query: Query) -> None:
    """A browser that searches faster than a person can read has to wait."""
    session = ask.session.token_sha256 if ask.session else ""
    if query.one("tim") and not SEARCHES.allows(session, ask.machine_now):
        raise Refused(429, "lists.refused.too_fast")


class Filled:
    """The values of the filter's fields, for a template."""

    def __init__(self, query: Query) -> None:
        self._query = query

    def one(self, name: str) -> str:
        return self._query.one(name)

    def all(self, name: str) -> list[str]:
        return list(self._query.all(name))


def columns(ask: Ask, query: Query, shown: tuple[Column, ...]) -> list[dict[str, Any]]:
    """The heads of the columns, with the order that a click gives."""
    found: list[dict[str, Any]] = []
    for each in shown:
        head: dict[str, Any] = {"text": ask.say(f"lists.column.{each.key}"), "numeric": each.numeric}
        if each.sort:
            head["sort"] = sorted_by(ask, query, each)
            if query.by == each.sort:
                head["sorted"] = "descending" if query.descending else "ascending"
        found.append(head)
    return found


def saved(ask: Ask, own: str) -> list[dict[str, Any]]:
    """Saved views as parts of the page."""
    path = ask.path("nominations")
    return [
        {
            "text": f"{each.name} – {each.owner}" if each.owner else each.name,
            "href": f"{path}?{each.query}" if each.query else f"{path}?{urlencode([EVERYTHING])}",
            "current": each.query == own,
        }
        for each in views.offered(ask.desk, ask.me)
    ]


def exports(ask: Ask, query: Query) -> dict[str, str]:
    if not ask.me.may("nomination.export"):
        return {}
    return {form: address(ask, query, "nominations.export", form=form) for form in ("xlsx", "csv")}


def acts(ask: Ask) -> str:
    """Where ticked dossiers are sent to choose an act; empty where this person does none, or that room is not there."""
    return ask.path("act.choose") if "act.choose" in ask.house.entries and ask.me.may("nomination.act") else ""


def dossier(ask: Ask) -> Any:
    """Gives the address of a dossier's own page; nothing while there is no such page for this person."""
    there = "nomination" in ask.house.entries and ask.me.may("nomination.show")
    return lambda code: ask.path("nomination", code=code) if there else None
