"""Values of the services become words for this room's pages: reasons, days counted out, what an act brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from definitions.flow import Field, Flow, Language, Transition
from workflow.domain.deadlines import Line
from workflow.domain.reasons import Reason
from workflow.services.looking import deadline_label
from workflow.services.recomputing import Explained
from workflow.web.asking import Ask
from workflow.wording import award_name, menders, role_label, sentence


@dataclass(frozen=True, slots=True)
class Told:
    """A reason in words, and who can mend it where the sentence does not say so already."""

    text: str
    who: str = ""
    href: str = ""


_SAYS_WHO = frozenset({"role", "other_unit"})


def reasons(found: Iterable[Reason], ask: Ask, flow: Flow | None) -> list[Told]:
    """Each reason once, in words."""
    told: dict[str, Told] = {}
    for each in found:
        text = sentence(each, ask.language, flow)
        who = "" if each.code in _SAYS_WHO else menders(each, ask.language)
        told.setdefault(text, Told(text, who))
    return list(told.values())


def first_day(found: Iterable[Reason]) -> date | None:
    """From when all of these no longer hold, where every one of them names its day."""
    days = [each.from_on for each in found]
    return max((each for each in days if each is not None), default=None) if all(days) else None


# ── days ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Due:
    """A limit in words, with every day that was counted or skipped."""

    label: str
    due_on: date | None
    kind: str
    note: str
    lines: tuple[str, ...]
    legal: str
    provisional: bool


def due(ask: Ask, flow: Flow, each: Explained) -> Due:
    calendar = ask.desk.calendar
    left = calendar.working_between(ask.today, each.due_on) if each.due_on else 0
    if each.stopped_on is not None:
        kind, note = "stopped", ask.say("dossier.due.stopped", on=f"{each.stopped_on:%d/%m/%Y}")
    elif each.due_on is None:
        kind, note = "stopped", ask.say("dossier.due.none")
    elif each.due_on < ask.today:
        kind, note = "late", ask.say("dossier.due.late", days=-left)
    else:
        kind = "soon" if left <= 2 else "fine"
        note = ask.say("dossier.due.today") if each.due_on == ask.today else ask.say("dossier.due.left", days=left)
    return Due(
        label=deadline_label(flow, each.deadline, ask.language),
        due_on=each.due_on,
        kind=kind,
        note=note,
        lines=tuple(counted_line(ask, line) for line in each.explanation.lines),
        legal=each.legal,
        provisional=each.provisional,
    )


def counted_line(ask: Ask, line: Line) -> str:
    """One line of an explanation: the day, and what it is in the count."""
    cause = ""
    if line.cause is not None:
        name = getattr(line.cause, "name", None)
        parts = [name.in_(ask.language) if name else "", getattr(line.cause, "document", "")]
        cause = " – ".join(part for part in parts if part) or ask.say("dossier.day.weekend")
    elif line.what == "skipped":
        cause = ask.say("dossier.day.weekend")
    until = f"{line.until:%d/%m/%Y}" if line.until else ""
    day = f"{ask.say(f'dossier.weekday.{line.day.weekday()}')} {line.day:%d/%m/%Y}"
    return ask.say(f"dossier.day.{line.what}", day=day, number=line.number or 0, cause=cause, until=until)


# ── what an act brought ──────────────────────────────────────────────────────────────────────────


def brought(ask: Ask, transition: Transition | None, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(label, text) of everything an act brought; the reason for an earlier day is among them."""
    fields = {each.name: each for each in transition.fields} if transition else {}
    return [
        (_name_of(ask, name, fields.get(name)), _as_said(ask, fields.get(name), value))
        for name, value in values.items()
        if value not in (None, "", [], {})
    ]


def _name_of(ask: Ask, name: str, field: Field | None) -> str:
    if field is not None:
        return field_label(ask.language, field)
    return ask.say("dossier.field.backdating_reason") if name == "backdating_reason" else part_label(ask, name)


def _as_said(ask: Ask, field: Field | None, value: Any) -> str:
    """A flow by the name of its award; everything else as it is."""
    if field is not None and field.type == "flow" and isinstance(value, str):
        return award_name(value, ask.language)
    return value_text(ask, value)


def field_label(language: Language, field: Field) -> str:
    return field.label.in_(language) if field.label else field.name


PARTS = (
    "number", "symbol", "issued_on", "signer", "capacity", "post", "members", "present", "written", "recused", "yes",
    "no", "blank", "invalid", "rank", "chair_agrees", "held_on", "minutes",
)  # fmt: skip
"""Parts of a decision and of a tally in the order in which officials write them; kept ones stand by their names."""


def value_text(ask: Ask, value: Any) -> str:
    """A value as it was kept, as people read it: days turned round, lists joined, parts named."""
    if isinstance(value, bool):
        return ask.say("dossier.yes" if value else "dossier.no")
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, (list, tuple)):
        return "; ".join(value_text(ask, each) for each in value)
    if isinstance(value, Mapping):
        named = sorted(value.items(), key=lambda each: PARTS.index(each[0]) if each[0] in PARTS else len(PARTS))
        parts = [(part_label(ask, name), value_text(ask, each)) for name, each in named if each is not None]
        return "; ".join(f"{name}: {text}" for name, text in parts if text)
    text = str(value)
    if len(text) == 10 and text[4] == text[7] == "-" and text.replace("-", "").isdigit():
        return f"{text[8:]}/{text[5:7]}/{text[:4]}"
    return text


def part_label(ask: Ask, name: str) -> str:
    code = f"dossier.part.{name}"
    return ask.say(code) if code in ask.house.words else name


# ── people, states ───────────────────────────────────────────────────────────────────────────────


def role(ask: Ask, name: str) -> str:
    return role_label(name, ask.language)


def roles(ask: Ask, names: Iterable[str]) -> str:
    return ", ".join(role_label(each, ask.language) for each in names)


def state_label(ask: Ask, flow: Flow, name: str) -> str:
    """A state for whoever asks: inner words for the desk, the unit's words for everybody else."""
    state = flow.states.get(name)
    if state is None:
        return name
    return (state.label if ask.me.inner else state.unit).in_(ask.language)


def entry(ask: Ask, name: str, /, **parts: object) -> str:
    """Where an entry lives, if its room stands; empty otherwise."""
    return ask.path(name, **parts) if name in ask.house.entries else ""
