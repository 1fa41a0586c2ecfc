"""The list as a file: what is shown, and all of it."""

from __future__ import annotations

from starlette.responses import Response

from workflow.services import listing, taking
from workflow.services.listing import ListRefused
from workflow.web.answering import CSV, XLSX, download
from workflow.web.asking import Ask
from workflow.web.frame import NotHere, Refused
from workflow.web.lists.asking import query_of, refused
from workflow.web.lists.listed import keep_pace

TYPES = {"xlsx": XLSX, "csv": CSV}


def export(ask: Ask) -> Response:
    """All that the address asks for, in the form its path names."""
    form = ask.part("form")
    if form not in TYPES:
        raise NotHere
    query = query_of(ask)
    keep_pace(ask, query)
    heads = {each.key: ask.say(f"lists.column.{each.key}") for each in listing.all_columns(ask.me)}
    try:
        taken = taking.take(
            ask.desk, ask.me, query, "xlsx" if form == "xlsx" else "csv", heads, ask.today, ask.machine_now
        )
    except ListRefused as error:
        raise refused(ask, error) from None
    except taking.TooMany as error:
        raise Refused(422, "lists.refused.too_many", most=f"{error.most:,}".replace(",", ".")) from None
    return download(taken.pieces, f"{ask.say('lists.file_name')}-{ask.today:%Y-%m-%d}.{form}", TYPES[form])
