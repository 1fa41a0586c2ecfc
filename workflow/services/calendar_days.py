"""The ministry's own days off and make-up days: checked, tried on the open deadlines, and kept in the database.

They lie on top of the calendar that ships and of the installation's file. A stored due day does not move by that
alone: `recomputing` moves it, as one act that a person decides.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from definitions.calendar import Cause, WorkCalendar
from notifications.columns import to_json
from workflow.services import recomputing
from workflow.services.desk import Desk
from workflow.storage import chain
from workflow.storage.database import read, write
from workflow.storage.tables import Installation

ENTERED = "calendar"
LONGEST = 200_000


def entered(desk: Desk) -> str:
    """The text in use, as it was typed; "" for none."""
    with read(desk.engine) as connection:
        query = select(col(Installation.value)).where(col(Installation.name) == ENTERED)
        return str(connection.execute(query).scalar() or "")


def marked(calendar: WorkCalendar, year: int) -> list[tuple[date, Cause]]:
    """Days of a year that are not as their weekday says: off, or worked to make up for it."""
    days = [*calendar.off.items(), *calendar.worked.items()]
    return sorted((each for each in days if each[0].year == year), key=lambda each: each[0])


def tried(desk: Desk, base: WorkCalendar, text: str, now: datetime) -> recomputing.Recomputed:
    """Which due days would move on `base` with these days on top. Writes nothing. Raises CalendarRefused."""
    calendar = base.overridden(text, "lich.toml") if text.strip() else base
    return recomputing.preview(replace(desk, calendar=calendar), now)


def with_day(text: str, on: date, name: str, document: str, *, worked: bool = False) -> str:
    """The text with one day more, said as the other days in it are."""
    said = json.dumps(name, ensure_ascii=False)
    day = [
        f"[[{'work' if worked else 'off'}]]",
        f"on = {on.isoformat()}",
        f"name = {{ vi = {said}, en = {said} }}",
        f"document = {json.dumps(document, ensure_ascii=False)}",
    ]
    return "\n".join([*([text.rstrip(), ""] if text.strip() else []), *day]) + "\n"


_CONFIRMED = re.compile(r"^confirmed\s*=\s*\[([\d\s,]*)\]", re.MULTILINE)


def with_confirmed(text: str, year: int) -> str:
    """The text in which this year is confirmed beside those that are already."""
    found = _CONFIRMED.search(text)
    years = sorted({year, *(int(each) for each in found[1].split(",") if each.strip())}) if found else [year]
    line = f"confirmed = [{', '.join(map(str, years))}]"
    if found:
        return f"{text[: found.start()]}{line}{text[found.end() :]}"
    return f"{line}\n\n{text}" if text.strip() else f"{line}\n"


def save(desk: Desk, base: WorkCalendar, text: str, by: str, now: datetime) -> None:
    """These days count from now on, in every process; what is typed as empty takes them all back.

    Raises CalendarRefused. Due days already counted stay until somebody has them recounted.
    """
    text = text.replace("\r\n", "\n").strip()
    if text:
        base.overridden(text, "lich.toml")
    with write(desk.engine) as connection:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(Installation).values(name=ENTERED, value=text)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
        )
        chain.append(
            connection,
            kind="calendar",
            payload={"sha256": sha256(text.encode()).hexdigest() if text else ""},
            secrets={"by": (desk.entropy(16), to_json(by))},
            now=now,
        )
