"""An address of a list, read and written; what the list may be asked, in the words of the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from workflow.services import listing
from workflow.services.listing import ListRefused, Query, Surroundings
from workflow.web.asking import Ask
from workflow.web.frame import Refused
from workflow.wording import award_name, role_label

EVERYTHING = ("xem", "tat-ca")
"""Stands in the address of a list without filters, so that the preferred view does not come back."""


def query_of(ask: Ask, pairs: Iterable[tuple[str, str]] | None = None) -> Query:
    """What the address asks for. What there is not is answered with 422."""
    given = ask.query.pairs if pairs is None else pairs
    try:
        return listing.parse(ask.me, (pair for pair in given if pair != EVERYTHING))
    except ListRefused as error:
        raise refused(ask, error) from None


def refused(ask: Ask, error: ListRefused) -> Refused:
    params: dict[str, Any] = dict(error.params)
    if "name" in params and f"lists.filter.{params['name']}" in ask.house.words:
        params["name"] = ask.say(f"lists.filter.{params['name']}")
    return Refused(422, f"lists.refused.{error.code}", **params)


def address(ask: Ask, query: Query, entry: str = "nominations", **parts: object) -> str:
    """The address of the list that this query asks for, from its first page on."""
    text = urlencode(query.pairs())
    path = ask.path(entry, **parts)
    return f"{path}?{text}" if text else f"{path}?{urlencode([EVERYTHING])}" if entry == "nominations" else path


def paged(ask: Ask, query: Query, **cursor: str) -> str:
    return f"{ask.path('nominations')}?{urlencode([*query.pairs(), *cursor.items()])}"


def sorted_by(ask: Ask, query: Query, column: listing.Column) -> str:
    """The address of the same list in the order of this column; a second time the other way round."""
    assert column.sort is not None  # only such columns have a link
    again = query.by == column.sort and not query.descending
    return address(ask, replace(query, by=column.sort, descending=again))


def without(query: Query, key: str, value: str) -> Query:
    return replace(query, filters=tuple(pair for pair in query.filters if pair != (key, value)))


# ── the fields of the filter ─────────────────────────────────────────────────────────────────────

Option = dict[str, str]


def choices(ask: Ask, around: Surroundings) -> dict[str, list[Option]]:
    """What each field of the filter offers to this person."""
    viewer, flows_of = ask.me, around.book
    found: dict[str, list[Option]] = {
        "dot": [_option(each.code, each.title) for each in around.rounds],
        "hinh-thuc": [_option(each, award_name(each, ask.language)) for each in flows_of.awards()],
        "quy-trinh": [_option(id_, flow.title.in_(ask.language)) for id_, flow in flows_of.newest.items()],
        "don-vi": [_option(each.code, f"{each.name} ({each.code})") for each in around.units],
        "doi-tuong": [_option(each, ask.say(f"lists.nominee.{each}")) for each in listing.NOMINEES],
        "han": [_option(each, ask.say(f"lists.due.{each}")) for each in listing.DUE],
        "du": [_option(each, ask.say(f"lists.complete.{each}")) for each in ("co", "chua")],
    }
    going_on = _option("dang-xu-ly", ask.say("lists.state.going_on"))
    if viewer.inner:
        labels = flows_of.labels(ask.language)
        found["trang-thai"] = [going_on, *(_option(id_, label) for id_, label in labels.items())]
        turns = [_option(role, listing.capitalised(role_label(role, ask.language))) for role in flows_of.owners()]
        found["luot"] = [
            _option("toi", ask.say("lists.turn.toi")),
            _option("don-vi", ask.say("lists.turn.don-vi")),
            *turns,
        ]
        found["phu-trach"] = [_option(each, ask.say(f"lists.assigned.{each}")) for each in ("toi", "chua")]
        found["ket-qua"] = _outcomes(around, ask)
    else:
        found["trang-thai"] = [
            going_on,
            *(_option(listing.slug(each), each) for each in flows_of.unit_labels(ask.language)),
        ]
        found["luot"] = [_option(each, ask.say(f"lists.turn.{each}")) for each in ("toi", "don-vi", "cap-xet")]
        if len(around.units) < 2:
            del found["don-vi"]
    return found


def _outcomes(around: Surroundings, ask: Ask) -> list[Option]:
    found: dict[str, str] = {}
    for flow in around.book.newest.values():
        for state in flow.states.values():
            if state.outcome:
                found.setdefault(state.outcome, state.label.in_(ask.language))
    return [_option(key, label) for key, label in found.items()]


def _option(value: str, text: str) -> Option:
    return {"value": value, "text": text}


def active(ask: Ask, query: Query, offered: dict[str, list[Option]]) -> list[dict[str, Any]]:
    """What is filtered now, each with the address without it."""
    known = {key: {each["value"]: each["text"] for each in options} for key, options in offered.items()}
    return [
        {
            "text": f"{ask.say(f'lists.filter.{key}')}: {known.get(key, {}).get(value, value)}",
            "href": address(ask, without(query, key, value)),
        }
        for key, value in query.filters
    ]
