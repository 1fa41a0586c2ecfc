"""What a person types for an act becomes typed values: text in, values by the transition's own fields out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from definitions.calendar import WorkCalendar
from definitions.flow import Field, Transition
from definitions.nearest import nearest
from workflow.domain.vietnamese import nfc

_DECISION = {"number": "integer", "issued_on": "date"}
_TALLY_TEXT = {"minutes"}
_TALLY_DATE = {"held_on"}
_TALLY_FLAG = {"chair_agrees"}


class NotTyped(ValueError):
    """A value cannot be read as what the field takes. `code` and `params` name the sentence."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


def typed(transition: Transition, given: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Values by field name. `a.b` gives part b of a decision or tally; a list field may be named several times.

    Raises NotTyped with the nearest name for an unknown one.
    """
    fields = {each.name: each for each in transition.fields}
    values: dict[str, Any] = {}
    for name, text in given:
        head, _, part = name.partition(".")
        field = fields.get(head)
        if field is None:
            raise NotTyped("field_unknown", field=head, transition=transition.id, nearest=nearest(head, fields) or "…")
        text = nfc(text)
        if field.type == "list":
            values.setdefault(head, []).append(text)
        elif field.type in ("decision", "tally"):
            if not part:
                raise NotTyped("field_parts", field=head, example=f"{head}.{_example(field)}")
            values.setdefault(head, {})[part] = _part(field, part, text)
        else:
            values[head] = _value(field.type, head, text)
    return values


def usual_days(transition: Transition, calendar: WorkCalendar, on: date) -> dict[str, date]:
    """The day that each date field of this act mostly is, done on `on`, where its flow says: an offer, no rule."""
    return {each.name: calendar.add(on, each.usual) for each in transition.fields if each.usual is not None}


def _example(field: Field) -> str:
    return "number=12" if field.type == "decision" else "yes=12"


def _part(field: Field, part: str, text: str) -> Any:
    if field.type == "decision":
        return _value(_DECISION.get(part, "text"), f"{field.name}.{part}", text)
    if part in _TALLY_TEXT:
        return text
    kind = "date" if part in _TALLY_DATE else "flag" if part in _TALLY_FLAG else "integer"
    return _value(kind, f"{field.name}.{part}", text)


def _value(kind: str, name: str, text: str) -> Any:
    if kind == "date":
        return day(text, name)
    if kind == "integer":
        if not text.strip().lstrip("-").isdecimal():
            raise NotTyped("not_a_number", field=name, text=text)
        return int(text)
    if kind == "flag":
        flags: Mapping[str, bool] = {"yes": True, "có": True, "true": True, "1": True,
                                     "no": False, "không": False, "false": False, "0": False}  # fmt: skip
        if text.strip().lower() not in flags:
            raise NotTyped("not_yes_or_no", field=name, text=text)
        return flags[text.strip().lower()]
    return text


def day(text: str, name: str = "") -> date:
    """02/12/2026 or 2026-12-02. Raises NotTyped."""
    for shape in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text.strip(), shape).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise NotTyped("not_a_day", field=name, text=text)
