"""Who is told what: the notices of an act, grouped into one mail per recipient. Pure; nothing is sent here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from notifications.mail import LineRequest, MailRequest
from workflow.domain.decision import Decision


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where a mail goes and in which language; `name` is how the recipient is addressed."""

    address: str
    name: str
    language: str = "vi"


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody's mailbox with the scope of the role he holds."""

    mailbox: Mailbox
    scope_kind: str = "all"
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a nomination belongs, as far as finding recipients goes."""

    unit: str
    field_of_work: str = ""
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """Everyone an act may have to tell: mailboxes of units by code (and further ones), holders by role, the actor."""

    units: Mapping[str, Mailbox]
    holders: Mapping[str, Sequence[Holder]]
    actor: Mailbox | None = None
    also: Mapping[str, Sequence[Mailbox]] = field(default_factory=dict)

    def find(self, word: str, place: Place) -> tuple[Mailbox, ...]:
        """The mailboxes behind a recipient word for this place; each address once, in a fixed order."""
        if word == "actor":
            return (self.actor,) if self.actor else ()
        if word == "unit":
            box = self.units.get(place.unit)
            boxes = (*((box,) if box and box.address else ()), *self.also.get(place.unit, ()))
            return tuple({each.address: each for each in boxes}.values())
        found = (each.mailbox for each in self.holders.get(word, ()) if _reaches(each, place))
        return tuple({box.address: box for box in found}.values())


def _reaches(holder: Holder, place: Place) -> bool:
    scopes = {"unit": place.unit, "field": place.field_of_work, "cluster": place.cluster}
    return holder.scope_kind in ("all", "council") or (
        bool(holder.scope) and scopes.get(holder.scope_kind) == holder.scope
    )


@dataclass(frozen=True, slots=True)
class Told:
    """One nomination that moves, in the words a mail needs.

    `desk` and `unit_words` label the state it moves to, by language; `shown` is what the unit may read of it now,
    while a result is held back. `turn` holds the recipient words whose turn it is now, `due_on` by when each of them
    owes something. `said` are further words of the line by language, `line_fields` those that are the same in all.
    """

    id: int
    code: str
    name: str
    place: Place
    thread: str
    decision: Decision
    awards: Mapping[str, str]
    desk: Mapping[str, str]
    unit_words: Mapping[str, str]
    shown: Mapping[str, str]
    unit_name: str = ""
    turn: frozenset[str] = frozenset()
    due_on: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    line_fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Letters:
    """The mails an act asks for, and the recipient words that led to nobody (with a nomination's code)."""

    requests: tuple[MailRequest, ...]
    unaddressed: tuple[tuple[str, str], ...] = ()


UNIT_WORDS = frozenset({"unit", "unit_officer", "unit_head", "unit_council", "cluster_head", "actor"})


def letters(cause: str, lines: Iterable[Told], directory: Directory, act: Mapping[str, Any]) -> Letters:
    """One mail per recipient (and hold) with a line for each of his nominations and notices.

    `act` is what all lines share (who, when, letter, decision number …), as plain formatted text.
    """
    piles: dict[tuple[str, str | None], _Pile] = {}
    nobody: dict[tuple[str, str], None] = {}
    found: dict[tuple[str, Place], tuple[Mailbox, ...]] = {}
    for line in lines:
        for plan in line.decision.notices:
            key = (plan.to, line.place)
            boxes = found.get(key)
            if boxes is None:
                boxes = found[key] = directory.find(plan.to, line.place)
            if not boxes:
                nobody[plan.to, line.code] = None
            for box in boxes:
                pile = piles.get((box.address, plan.hold))
                if pile is None:
                    pile = piles[box.address, plan.hold] = _Pile(box, plan.hold, plan.to)
                pile.add(line, plan.send, plan.to)
    return Letters(tuple(pile.request(cause, act) for pile in piles.values()), tuple(nobody))


class _Pile:
    """The growing mail of one recipient."""

    __slots__ = ("box", "hold", "lines", "seen", "threads", "units", "word")

    def __init__(self, box: Mailbox, hold: str | None, word: str) -> None:
        self.box = box
        self.hold = hold
        self.word = word
        self.lines: list[LineRequest] = []
        self.seen: set[tuple[int, str]] = set()
        self.threads: dict[str, int] = {}
        self.units: dict[str, None] = {}

    def add(self, line: Told, section: str, word: str) -> None:
        if (line.id, section) in self.seen:
            return
        self.seen.add((line.id, section))
        self.threads[line.thread] = self.threads.get(line.thread, 0) + 1
        self.units[line.unit_name] = None
        # A mail that is itself held is read when the result is out.
        for_unit = line.shown if self.hold is None else line.unit_words
        words = for_unit if word in UNIT_WORDS else line.desk
        language = self.box.language
        context = {
            "code": line.code,
            "name": line.name,
            "unit": line.unit_name,
            "award": line.awards.get(language) or line.awards["vi"],
            "state_label": words.get(language) or words["vi"],
            "turn": word in line.turn,
            "due_on": line.due_on.get(word, ""),
            **(line.said.get(language) or line.said.get("vi", {})),
            **line.line_fields,
        }
        self.lines.append(LineRequest(f"nomination:{line.id}", line.decision.transition, section, context))

    def request(self, cause: str, act: Mapping[str, Any]) -> MailRequest:
        units = list(self.units)
        due = {line.context["due_on"] for line in self.lines if line.context["due_on"]}
        context = {
            **act,
            "unit_name": units[0] if len(units) == 1 else "",
            "due_on": act.get("due_on") or (min(map(str, due), key=_day) if due else ""),
        }
        return MailRequest(
            cause=cause if self.hold is None else f"{cause}:{self.hold}",
            address=self.box.address,
            name=self.box.name,
            language=self.box.language,
            template=self.lines[0].section,
            context=context,
            lines=tuple(self.lines),
            thread=next(iter(self.threads)),
            hold=self.hold,
            why=self.word,
        )


def _day(text: str) -> str:
    """dd/mm/yyyy turned round, so that the earliest day sorts first."""
    return "".join(reversed(text.split("/")))


TOLD_AS_THEY_ARE = (
    "reason", "legal_ground", "note", "letter_no", "place", "occasion", "session", "document", "receipt_no",
)  # fmt: skip
TOLD_AS = {"decision_no": "decision_number", "unit_consent": "document"}


def told_words(act_fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of an act that mails may name, as plain text or lists of text."""
    for name in TOLD_AS_THEY_ARE + tuple(TOLD_AS):
        value = act_fields.get(name)
        if isinstance(value, str):
            yield TOLD_AS.get(name, name), value
    for name in ("defects", "bodies"):
        value = act_fields.get(name)
        if isinstance(value, (list, tuple)):
            yield name, tuple(str(each) for each in value)
