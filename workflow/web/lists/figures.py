"""Figures: how far a round has come, how old what waits is, what the next weeks bring, what was awarded."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from workflow.services import figures
from workflow.services.listing import ListRefused, Query
from workflow.web.answering import page
from workflow.web.asking import Ask
from workflow.web.frame import Refused
from workflow.web.lists.asking import address, refused

SIDE_BY_SIDE = 5
"""Awards that one picture shows beside each other; the table has all."""


def show(ask: Ask) -> Response:
    """The four pictures, each beside its table; every figure leads to its list."""
    for key, _ in ask.query.pairs:
        if key != "dot":
            raise Refused(422, "lists.refused.unknown_parameter", name=key[:40])
    try:
        found = figures.of(ask.desk, ask.me, ask.query.get("dot"), ask.today)
    except ListRefused as error:
        raise refused(ask, error) from None
    return page(
        ask, "lists/statistics.html", found=found, funnel=_funnel(ask, found),
        ages=[{"text": each.text, "values": each.values, "href": address(ask, each.query)} for each in found.ages],
        parts=_parts(ask), load=_load(ask, found), today_on=ask.today,
        overdue=address(ask, Query((("han", "qua-han"),), by="due", descending=False)),
        **_awards(found),
    )  # fmt: skip


def _funnel(ask: Ask, found: figures.Figures) -> list[dict[str, Any]]:
    return [
        {"text": each.text, "value": each.value, "href": address(ask, each.query), "kind": each.kind}
        for each in found.funnel
    ]


def _parts(ask: Ask) -> list[str]:
    first, *middle = figures.AGES
    ages = [ask.say("lists.figures.up_to", days=first)]
    since = first
    for age in middle:
        ages.append(ask.say("lists.figures.between", since=since + 1, until=age))
        since = age
    return [*ages, ask.say("lists.figures.over", days=since)]


def _load(ask: Ask, found: figures.Figures) -> list[dict[str, Any]]:
    return [{"on": each.on, "value": each.value, "kind": "open" if each.working else "neutral"} for each in found.load]


def _awards(found: figures.Figures) -> dict[str, Any]:
    """The awards given most in a picture; the table beside it has every one."""
    totals = [sum(year.values[place] for year in found.years) for place in range(len(found.awards))]
    most = sorted(range(len(totals)), key=lambda place: -totals[place])[:SIDE_BY_SIDE]
    most.sort()
    return {
        "kinds": [found.awards[place][1] for place in most],
        "years": [{"text": str(year.year), "values": [year.values[place] for place in most]} for year in found.years],
        "all_awards": [
            {"text": words, "values": [year.values[place] for year in found.years], "total": totals[place]}
            for place, (_, words) in enumerate(found.awards)
        ],
    }
