"""Every reminder of the next thirty days, if nobody does anything until then. Changes nothing."""

from __future__ import annotations

from itertools import groupby

from starlette.responses import Response

from workflow.services.forecasting import forecast
from workflow.web.answering import page
from workflow.web.asking import Ask
from workflow.wording import role_label

DAYS = 30
SHOWN = 2_000


def listed(ask: Ask) -> Response:
    """By day, then one entry for each mail: its recipient and the lines it would have."""
    found = forecast(ask.desk, ask.now, DAYS)
    days = []
    for on, of_day in groupby(found[:SHOWN], key=lambda each: each.on):
        letters = []
        for (address, name), lines in groupby(of_day, key=lambda each: (each.address, each.recipient)):
            kept = list(lines)
            letters.append(
                {
                    "address": address,
                    "name": name or role_label(kept[0].role, ask.language),
                    "lines": kept,
                    "late": sum(each.due_on < on for each in kept),
                    "escalations": sum(each.kind != "reminder" for each in kept),
                }
            )
        days.append({"on": on, "letters": letters})
    nobody = [each for each in found if not each.address]
    return page(
        ask, "mails/coming.html", days=days, total=len(found), more=max(0, len(found) - SHOWN), number_of_days=DAYS,
        nobody=sorted({role_label(each.role, ask.language) for each in nobody}),
        mails=len({(each.on, each.address) for each in found if each.address}),
    )  # fmt: skip
