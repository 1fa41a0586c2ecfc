"""What changed between two versions of a line that its unit handed in: texts and papers, for the unit and the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Table, select

from workflow.services import dossier
from workflow.services.desk import Desk
from workflow.services.line_versions import TEXTS, papers_of, plain
from workflow.services.viewing import Viewer
from workflow.storage.database import read
from workflow.storage.tables_desk import LineVersion

_V: Table = LineVersion.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Changed:
    """A field or a paper that differs; `before` or `after` is empty where it was not there."""

    kind: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions handed in: the one before and the last, and everything that differs. `now` is not handed in yet."""

    code: str
    name: str
    number: int
    before_at: datetime
    after_at: datetime | None
    changed: tuple[Changed, ...]


def compare(desk: Desk, viewer: Viewer, code: str) -> tuple[Compared, ...]:
    """Each version handed in beside the one before it, and what stands now beside the last. Oldest first.

    Raises UnknownNomination, also for one that is not this person's to see. Empty before anything was handed in.
    """
    with read(desk.engine) as connection:
        row = dossier.find(connection, viewer, code)
        found = list(connection.execute(select(_V).where(_V.c.nomination_id == row.id).order_by(_V.c.number)))
        now_texts = {name: plain(getattr(row, name)) for name in TEXTS}
        now_papers = papers_of(connection, [row.id]).get(row.id, {})
        flow = desk.flows.get(connection, row.flow_version_id).flow
    titles = {each.code: each.title.in_(viewer.language) for each in flow.documents.values() if each.source == "unit"}
    pairs = [
        Compared(row.code, row.name, after.number, before.made_at, after.made_at,
                 _differences(before.texts, after.texts, before.papers, after.papers, titles))
        for before, after in pairwise(found)
    ]  # fmt: skip
    if found:
        last = found[-1]
        changed = _differences(last.texts, now_texts, last.papers, now_papers, titles)
        if changed:
            pairs.append(Compared(row.code, row.name, last.number + 1, last.made_at, None, changed))
    return tuple(pairs)


def _differences(
    before: Mapping[str, str], after: Mapping[str, str], papers_before: Mapping[str, Sequence[Any]],
    papers_after: Mapping[str, Sequence[Any]], titles: Mapping[str, str],
) -> tuple[Changed, ...]:  # fmt: skip
    found = [
        Changed("text", name, before.get(name, ""), after.get(name, ""))
        for name in TEXTS
        if before.get(name, "") != after.get(name, "")
    ]
    for code, title in titles.items():
        one, other = papers_before.get(code), papers_after.get(code)
        if (one and one[1]) != (other and other[1]):
            found.append(Changed("paper", title, _version(one), _version(other)))
    return tuple(found)


def _version(paper: Sequence[Any] | None) -> str:
    return f"{paper[2]} ({paper[0]})" if paper else ""
