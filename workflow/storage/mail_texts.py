"""The ministry's own mail texts: the newest row of a template and language holds; one without a text takes it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from workflow.storage.tables_desk import MailText

_T = MailText.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Saved:
    """One saving of a text; `text` None means: as shipped again."""

    id: int
    template: str
    language: str
    text: str | None
    saved_by: str
    saved_at: datetime


_COLUMNS = [_T.c[name] for name in Saved.__slots__]


def newest(connection: Connection) -> dict[tuple[str, str], Saved]:
    """(language, template) → what was saved last, takings back included."""
    last = select(func.max(_T.c.id)).group_by(_T.c.template, _T.c.language)
    rows = connection.execute(select(*_COLUMNS).where(_T.c.id.in_(last)))
    return {(row.language, row.template): Saved(*row) for row in rows}


def history(connection: Connection, template: str, language: str) -> list[Saved]:
    """Every saving of one text, newest first."""
    chosen = select(*_COLUMNS).where(_T.c.template == template, _T.c.language == language)
    return [Saved(*row) for row in connection.execute(chosen.order_by(_T.c.id.desc()))]


def stamp(connection: Connection) -> int:
    """Grows with every saving: equal stamps mean equal texts."""
    return int(connection.execute(select(func.max(_T.c.id))).scalar() or 0)


def save(connection: Connection, template: str, language: str, text: str | None, by: str, now: datetime) -> None:
    connection.execute(insert(_T).values(template=template, language=language, text=text, saved_by=by, saved_at=now))
