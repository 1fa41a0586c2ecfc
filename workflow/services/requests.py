"""An act as it is asked for and as it is answered: plain values for every face."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from definitions.flow import Words
from notifications.columns import to_json
from workflow.domain.memory import plain
from workflow.domain.reasons import Reason


@dataclass(frozen=True, slots=True)
class ActRequest:
    """One transition on one or many nominations.

    `fields` are brought for all of them, `line_fields` for single ones by code. `expected` maps a
    code to the version the person saw. `overrides` gives a reason for each warning, by rule id.
    The same `request_key` of the same actor is the same act. `occurred_on` None means today; an earlier
    day needs a `backdating_reason`. With `on_behalf_of` the desk enters what a unit did on paper: the actor
    stands for that person of the unit, and both names are kept.
    """

    actor: str
    transition: str
    codes: tuple[str, ...]
    request_key: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    line_fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    overrides: Mapping[str, str] = field(default_factory=dict)
    expected: Mapping[str, int] = field(default_factory=dict)
    occurred_on: date | None = None
    all_or_nothing: bool = False
    os_user: str = ""
    on_behalf_of: str | None = None
    backdating_reason: str = ""

    @property
    def key(self) -> str:
        """The request key as it is kept: one that is longer than its column stands there as its SHA-256."""
        return (
            self.request_key if len(self.request_key) <= 80 else hashlib.sha256(self.request_key.encode()).hexdigest()
        )

    def digest(self) -> str:
        """SHA-256 of what is asked: the same key with another content is not the same act."""
        asked = plain(
            {
                "transition": self.transition, "codes": self.codes, "fields": self.fields,
                "line_fields": self.line_fields, "overrides": self.overrides, "expected": self.expected,
                "occurred_on": self.occurred_on, "all_or_nothing": self.all_or_nothing,
                **({"on_behalf_of": self.on_behalf_of} if self.on_behalf_of else {}),
            }
        )  # fmt: skip
        return hashlib.sha256(to_json(asked).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of one nomination: done (with its new state), or refused with every reason."""

    code: str
    done: bool
    from_state: str = ""
    to_state: str = ""
    version: int = 0
    name: str = ""
    reasons: tuple[Reason, ...] = ()
    hints: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class MailPreview:
    """A mail that goes (or would go) out: to whom, which text, about how many nominations."""

    address: str
    name: str
    template: str
    lines: int
    held: bool


@dataclass(frozen=True, slots=True)
class ActReport:
    """The answer to an act. `act_id` is None when nothing was written (preview, wholly refused)."""

    act_id: int | None
    transition: str
    results: tuple[LineResult, ...]
    mails: tuple[MailPreview, ...] = ()
    unaddressed: tuple[tuple[str, str], ...] = ()
    deadlines_opened: int = 0
    replayed: bool = False

    @property
    def done(self) -> int:
        return sum(each.done for each in self.results)

    @property
    def refused(self) -> int:
        return len(self.results) - self.done


def reason_to(reason: Reason) -> dict[str, Any]:
    """A reason as JSON can keep it; `reason_from` gives it back."""
    label = {"vi": reason.label.vi, "en": reason.label.en} if reason.label else None
    values = {"code": reason.code, "params": reason.params, "menders": reason.menders, "from_on": reason.from_on,
              "overridable": reason.overridable, "rule": reason.rule, "label": label}  # fmt: skip
    return {name: plain(value) for name, value in values.items() if value}


def reason_from(kept: Mapping[str, Any]) -> Reason:
    values = dict(kept)
    values["params"] = {name: _frozen(value) for name, value in values.get("params", {}).items()}
    values["menders"] = tuple(values.get("menders", ()))
    if values.get("from_on"):
        values["from_on"] = date.fromisoformat(values["from_on"])
    if values.get("label"):
        values["label"] = Words(**values["label"])
    return Reason(**values)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value
