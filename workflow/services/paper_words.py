"""What papers of signing say alike: who decides and who signs, for whom, the articles, the lines of a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from sqlalchemy import Connection

from workflow.domain import capacities
from workflow.papers import shapes
from workflow.papers.shapes import House
from workflow.storage import chain, directory
from workflow.wording import award_name, post_of_head, say


class Named(Protocol):
    """A nominee as lists name him."""

    @property
    def name(self) -> str: ...
    @property
    def nominee(self) -> str: ...
    @property
    def position(self) -> str: ...
    @property
    def workplace(self) -> str: ...
    @property
    def unit_name(self) -> str: ...


def word(code: str, **params: object) -> str:
    """Words of a paper, which are Vietnamese whoever asks for it."""
    return say(f"decision_paper.{code}", "vi", **params)


def authority(house: House, which: str) -> str:
    """Who decides, in full: `Bộ trưởng Bộ Khoa học và Công nghệ`, `Thủ tướng Chính phủ`."""
    name = word(f"authority.{which}")
    return f"{name} {house.ministry}".strip() if which == "minister" else name


def whom(nominees: Sequence[str]) -> str:
    """`02 tập thể và 03 cá nhân`."""
    amounts = {
        "collectives": sum(each == "collective" for each in nominees),
        "persons": sum(each != "collective" for each in nominees),
    }
    return word("and").join(word(name, amount=f"{amount:02d}") for name, amount in amounts.items() if amount)


def parted(lines: Sequence[shapes.Line], nominees: Sequence[str]) -> tuple[shapes.Group, ...]:
    """Collectives, then persons, each under their heading; the numbers are the lines' own."""
    groups = (
        (name, tuple(line for line, nominee in zip(lines, nominees, strict=True) if (nominee == "collective") is first))
        for name, first in (("collectives", True), ("persons", False))
    )
    return tuple(shapes.Group(word(f"group.{name}"), found) for name, found in groups if found)


def line(number: int, each: Named, *, unit_apart: bool = False) -> shapes.Line:
    """A nominee under his number. `unit_apart`: the list has a column for units, so his own is not said twice."""
    return shapes.Line(number, each.name, detail(each, unit_apart=unit_apart), each.unit_name)


def detail(each: Named, *, unit_apart: bool = False) -> str:
    """Post, workplace and unit of a person; the unit that a collective belongs to."""
    parts = [] if each.nominee == "collective" else [each.position, each.workplace]
    if not unit_apart:
        parts.append(each.unit_name)
    return ", ".join(dict.fromkeys(part for part in parts if part and part != each.name))


def articles(award: str, nominees: Sequence[str]) -> tuple[str, ...]:
    """Articles 1 to 3 of a decision that gives this award."""
    name = award_name(award, "vi")
    return word("article_1", award=name, whom=whom(nominees)), word("article_2"), word("article_3")


def signature(capacity: str, post: str, signer: str) -> shapes.Signature:
    """Who signs a decision of the minister; who signs for him stands with his own post."""
    short, principal = capacities.parts(capacity)
    if short not in capacities.FOR_ANOTHER:
        return shapes.Signature(principal or word("authority.minister"), signer)
    return shapes.Signature(post, signer, short, principal)  # type: ignore[arg-type]


def office_signature(connection: Connection, house: House, on: date) -> shapes.Signature:
    """The head of the standing office, by name where one person alone holds that role today."""
    names = {each.name for each in directory.on_duty(connection, "secretariat_head", on) if not each.stands_for}
    return shapes.Signature(post_of_head(house.office), names.pop() if len(names) == 1 else "")


def mark(connection: Connection) -> shapes.AuditMark:
    """The head of the audit chain as it is now."""
    number, head = chain.head(connection)
    return shapes.AuditMark(number, head)


def recipients(first: str) -> tuple[str, ...]:
    """Whoever the paper is for, and the archive."""
    return word(first), word("archive")
