"""The form of an act: from the fields its flow names to boxes on a page, and from what was typed to what is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from definitions.flow import Field, Flow, Transition
from workflow.domain.vietnamese import short_date
from workflow.services.brought import usual_days
from workflow.services.drafting import Fault, Filled, Form as ActForm
from workflow.web.asking import Ask
from workflow.web.dossier.telling import field_label, part_label
from workflow.web.frame import Refused
from workflow.wording import say, usual_label

ACT, LINE, OVERRIDE, COMMON = "f.", "l.", "o.", "a."
PLAIN = frozenset(
    {"csrf", "version", "occurred_on", "backdating_reason", "whole", "on_behalf_of"}
)  # fmt: skip
LONG = 60
"""From so many characters on, or without a bound, a text gets a box of several lines."""
ONE_LINERS = ("_no", "number", "session", "place", "occasion", "document", "body", "certificate", "class", "receipt")


@dataclass(frozen=True, slots=True)
class Box:
    """One box: `name` is that of the form's field, `kind` one of line, text, date, number, yes_no, choice, list."""

    name: str
    label: str
    kind: str
    required: bool
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()


def boxes(ask: Ask, form: ActForm, field: Field, prefix: str) -> list[Box]:
    """The boxes of one field: one, or one for each part of a decision or a tally."""
    label = field_label(ask.language, field)
    required = field.required == "always"
    if field.type in ("decision", "tally"):
        parts = _DECISION if field.type == "decision" else tuple(_tally_parts(form.flow, form.transition))
        return [
            Box(f"{prefix}{field.name}.{part}", part_label(ask, part), kind, required and needed, _hint(ask, part))
            for part, kind, needed in parts
        ]
    kind = _kind(field)
    options: tuple[tuple[str, str], ...] = ()
    hint = ask.say("dossier.form.late_only") if field.required.startswith("after:") else ""
    if field.usual is not None:
        hint = ask.say("dossier.form.usual", usual=usual_label(field.usual, ask.language))
    if field.type == "choice":
        options = tuple((each, _choice_label(ask, each)) for each in field.choices)
    if field.type == "flow":
        kind, options = "choice", tuple(form.targets.items())
    if field.type == "list":
        hint = ask.say("dossier.form.list")
    return [Box(f"{prefix}{field.name}", label, kind, required, hint, options)]


def _hint(ask: Ask, part: str) -> str:
    code = f"dossier.hint.{part}"
    return ask.say(code) if code in ask.house.words else ""


def _kind(field: Field) -> str:
    if field.type in ("date", "choice", "list"):
        return str(field.type)
    if field.type == "integer":
        return "number"
    if field.type == "flag":
        return "yes_no"
    short = any(field.name.endswith(each) or each in field.name for each in ONE_LINERS)
    return "line" if field.type == "unit" or short or (field.max or LONG + 1) <= LONG else "text"


def _choice_label(ask: Ask, choice: str) -> str:
    code = f"dossier.choice.{choice}"
    return ask.say(code) if code in ask.house.words else choice


_DECISION = (
    ("number", "number", True), ("symbol", "line", True), ("issued_on", "date", True), ("signer", "line", False),
    ("capacity", "line", False), ("post", "line", False),
)  # fmt: skip


def _tally_parts(flow: Flow, transition: Transition) -> Iterator[tuple[str, str, bool]]:
    """What the rule of this vote can count by."""
    rule = flow.votes.get(transition.vote or "")
    yield from (("members", "number", True), ("present", "number", True), ("yes", "number", True))
    yield from (("no", "number", False), ("blank", "number", False), ("invalid", "number", False))
    if rule is not None and rule.written:
        yield "written", "number", False
    if rule is not None and rule.recusal != "none":
        yield "recused", "number", False
    if rule is not None and rule.body == "cluster":
        yield "rank", "number", False
    if rule is not None and (rule.chair_must_agree or rule.tie == "chair_decides"):
        yield "chair_agrees", "yes_no", False
    yield from (("held_on", "date", False), ("minutes", "line", False))


def act_boxes(ask: Ask, form: ActForm) -> list[Box]:
    """Boxes for what the act brings for all its lines alike."""
    return [box for field in form.transition.fields if field.per == "act" for box in boxes(ask, form, field, ACT)]


def offered(ask: Ask, form: ActForm) -> Filled:
    """What stands in a form that nobody has filled in yet: the days that the flow calls usual."""
    days = usual_days(form.transition, ask.desk.calendar, ask.today)
    return Filled(pairs=tuple((name, short_date(day)) for name, day in days.items()))


def line_boxes(ask: Ask, form: ActForm, code: str) -> list[Box]:
    """Boxes for what the act brings for this line alone."""
    prefix = f"{LINE}{code}."
    return [box for field in form.transition.fields if field.per == "line" for box in boxes(ask, form, field, prefix)]


def common_boxes(ask: Ask, form: ActForm) -> list[Box]:
    """Boxes for what is typed once for all lines."""
    found = [box for each in form.transition.fields if each.per == "line" for box in boxes(ask, form, each, COMMON)]
    return [replace(box, required=False) for box in found]


# ── what was typed ───────────────────────────────────────────────────────────────────────────────


def read(ask: Ask, form: ActForm) -> Filled:
    """What was typed, in the shape that is kept. Raises Refused (422) for an entry that this act does not take."""
    heads = {each.name: each for each in form.transition.fields}
    pairs: list[tuple[str, str]] = []
    common: list[tuple[str, str]] = []
    lines: dict[str, list[tuple[str, str]]] = {}
    overrides: dict[str, str] = {}
    for name, text in ask.typed.pairs:
        if name in PLAIN:
            continue
        if name.startswith(OVERRIDE):
            overrides[name.removeprefix(OVERRIDE)] = text
            continue
        if name.startswith(COMMON) and len(form.names) > 1:
            common += _common(heads, name, text)
            continue
        code, field = "", name.removeprefix(ACT)
        if name.startswith(LINE):
            code, _, field = name.removeprefix(LINE).partition(".")
        found = heads.get(field.partition(".")[0])
        known = (name.startswith(ACT) and not code) or code in form.names
        if not known or found is None or (found.per == "line") is not bool(code):
            raise Refused(422, "dossier.refused.unknown_entry", name=name[:60])
        for value in text.splitlines() if found.type == "list" else (text,):
            if value.strip():
                (lines.setdefault(code, []) if code else pairs).append((field, value.strip()))
    for code in form.names if common else ():
        own = lines.setdefault(code, [])
        given = {name for name, _ in own}
        own += [(name, text) for name, text in common if name not in given]
    return Filled(
        pairs=tuple(pairs),
        lines={code: tuple(each) for code, each in lines.items()},
        occurred_on=ask.typed.get("occurred_on"),
        backdating_reason=ask.typed.get("backdating_reason"),
        overrides=overrides,
        whole=ask.typed.get("whole") == "yes",
        on_behalf_of=ask.typed.get("on_behalf_of"),
    )


def _common(heads: Mapping[str, Field], name: str, text: str) -> list[tuple[str, str]]:
    """What was typed once for every line that has nothing of its own there. Raises Refused."""
    field = name.removeprefix(COMMON)
    found = heads.get(field.partition(".")[0])
    if found is None or found.per != "line":
        raise Refused(422, "dossier.refused.unknown_entry", name=name[:60])
    texts = text.splitlines() if found.type == "list" else [text]
    return [(field, each.strip()) for each in texts if each.strip()]


def values(filled: Filled) -> dict[str, str]:
    """What stands in the boxes, by their names."""
    found: dict[str, str] = {}
    for prefix, pairs in ((ACT, filled.pairs), *((f"{LINE}{code}.", each) for code, each in filled.lines.items())):
        for name, text in pairs:
            found[prefix + name] = f"{found[prefix + name]}\n{text}" if prefix + name in found else text
    found.update((f"{OVERRIDE}{rule}", text) for rule, text in filled.overrides.items())
    found.update(occurred_on=filled.occurred_on, backdating_reason=filled.backdating_reason,
                 on_behalf_of=filled.on_behalf_of, whole="yes" if filled.whole else "")  # fmt: skip
    return found


def faults(ask: Ask, found: tuple[Fault, ...]) -> Mapping[str, str]:
    """What cannot be read, as a sentence at its box."""
    told = {}
    for each in found:
        prefix = f"{LINE}{each.code}." if each.code else "" if each.name == "occurred_on" else ACT
        name = prefix + each.name
        told[name] = say(f"error.{each.error.code}", ask.language, **each.error.params)
    return told


def missing(ask: Ask, wanted: list[Box], given: Mapping[str, str]) -> Mapping[str, str]:
    """What must be given and is not."""
    return {
        box.name: ask.say("dossier.form.missing", name=box.label)
        for box in wanted
        if box.required and not given.get(box.name, "").strip()
    }
