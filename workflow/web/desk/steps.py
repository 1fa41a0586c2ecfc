"""A step for all lines of a submission at once: what it must bring is asked once, shown with what it will do, done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from definitions.flow import Field, Flow
from workflow.domain.reasons import Reason
from workflow.domain.vietnamese import short_date
from workflow.services import handing_in, unit_acts
from workflow.services.acts import FloodGuard
from workflow.services.brought import NotTyped, usual_days
from workflow.services.handing_in import Step, Work
from workflow.services.requests import ActReport
from workflow.services.unit_acts import Given, Prepared, UnknownStep
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.desk.finding import here, sentence_of
from workflow.web.desk.overview import reasons_of
from workflow.web.forms import Form
from workflow.wording import menders, role_label, sentence, usual_label

OF_ALL = ("members", "present", "held_on", "minutes")
OF_LINES = ("yes", "no", "blank", "invalid", "written")
"""Parts of a tally: those that are the same for all lines of one session, and those counted for each."""
MOST_LINES = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """A field of the form. `kind` is the flow's, or `tally`; `hint` says when it has to be given."""

    name: str
    kind: str
    label: str
    optional: bool
    hint: str
    choices: tuple[str, ...]
    per_line: bool


def ask_for_fields(ask: Ask) -> Response:
    work, step = _found(ask)
    days = usual_days(step.transition, ask.desk.calendar, ask.today)
    values: dict[str, object] = {f"f.{name}": short_date(day) for name, day in days.items()}
    if work.has_letter and handing_in.hands_over(step.flow, step.transition):
        values["f.letter_no"] = work.letter_number
    return _form(ask, work, step, Form.filled(values), 200)


def take(ask: Ask) -> Response:
    """Keep what was typed, then show what it will do."""
    work, step = _found(ask)
    form = Form({name: value.strip() for name, value in ask.typed.pairs if name != "csrf"})
    picked = set(ask.typed.all("code")) or ({*step.ready, *step.stuck} if "all" in ask.typed else set())
    codes = [line.code for line in work.lines if line.code in picked]
    if not codes:
        form.wrong("code", ask.say("desk.step.no_lines"))
    given = Given(
        tuple(_pairs(step, ask, None)),
        {code: tuple(_pairs(step, ask, code)) for code in codes},
        {},
        form["on_behalf_of"] or (step.stand_ins[0] if step.stand_ins else ""),
    )
    if form.is_right:
        try:
            with here():
                kept = unit_acts.prepare(ask.desk, ask.me, work.id, step.transition.id, codes, given, ask.now)
            return see_other(ask.path("submission.prepared", number=work.id, step=step.transition.id, prepared=kept))
        except NotTyped as error:
            form.wrong(_field_named(form, str(error.params.get("field", ""))), sentence_of(ask, error))
    return _form(ask, work, step, form, 422)


def _found(ask: Ask) -> tuple[Work, Step]:
    with here():
        work = handing_in.find(ask.desk, ask.me, int(ask.part("number")), ask.now)
        step = work.step(ask.part("step"))
        if step is None or not step.mine:
            raise UnknownStep(ask.part("step"))
    return work, step


def _form(ask: Ask, work: Work, step: Step, form: Form, status: int) -> Response:
    lines = [line for line in work.lines if line.code in step.ready or line.code in step.stuck]
    asked = [_asked(ask, each) for each in step.transition.fields]
    per_line = any(each.per_line for each in asked)
    return page(
        ask, "desk/step.html", status, work=work, step=step, form=form, lines=lines[:MOST_LINES],
        more=max(0, len(lines) - MOST_LINES), asked=asked, per_line=per_line, of_all=OF_ALL, of_lines=OF_LINES,
        reasons=reasons_of(ask, step), roles=", ".join(role_label(role, ask.language) for role in step.roles),
    )  # fmt: skip


def _asked(ask: Ask, field: Field) -> Asked:
    label = field.label.in_(ask.language) if field.label else field.name
    late = field.required.startswith("after:")
    hint = ask.say("desk.step.when_late") if late else ask.say("desk.step.one_a_line") if field.type == "list" else ""
    if field.usual is not None:
        hint = ask.say("desk.step.usual", usual=usual_label(field.usual, ask.language))
    return Asked(field.name, field.type, label, field.required == "never" or late, hint, field.choices,
                 field.per == "line")  # fmt: skip


def _pairs(step: Step, ask: Ask, code: str | None) -> Iterable[tuple[str, str]]:
    """What was typed for all lines (no code), or for this one: a line's own value, else the one typed for all."""
    for field in step.transition.fields:
        if (field.per == "line") == (code is not None):
            names = [f".{part}" for part in (*OF_ALL, *OF_LINES)] if field.type == "tally" else [""]
            for part in names:
                name = f"{field.name}{part}"
                text = (ask.typed.get(f"l.{code}.{name}") if code else "") or ask.typed.get(f"f.{name}")
                values = text.splitlines() if field.type == "list" else [text]
                yield from ((name, value.strip()) for value in values if value.strip())


def _field_named(form: Form, name: str) -> str:
    """The box on the page for what could not be read."""
    return next((each for each in form.values if each == f"f.{name}" or each.endswith(f".{name}")), f"f.{name}")


# ── the look in between, and the act ─────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning that may be passed with a reason: said once for all lines it is about."""

    rule: str
    texts: tuple[str, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Lines that stay where they are for the same reasons, as (code, name)."""

    lines: tuple[tuple[str, str], ...]
    reasons: tuple[dict[str, str], ...]


def show(ask: Ask) -> Response:
    prepared = _prepared(ask)
    return _look(ask, prepared, Form(), 200)


def perform(ask: Ask) -> Response:
    """Reasons for warnings are kept and looked at once more; without any that is new, the act is done."""
    prepared = _prepared(ask)
    here_again = ask.path(
        "submission.prepared", number=prepared.submission_id, step=prepared.transition.id, prepared=prepared.id
    )
    reasons = {rule: text.strip() for rule, text in ask.typed.under("override.") if text.strip()}
    new = {rule: text for rule, text in reasons.items() if prepared.given.overrides.get(rule) != text}
    with here():
        if new and not prepared.done:
            unit_acts.give_reasons(ask.desk, ask.me, prepared.id, new)
            return see_other(here_again)
        try:
            report = unit_acts.perform(ask.desk, ask.me, prepared.id, ask.now)
        except FloodGuard as error:
            form = Form(errors={"do": ask.say("desk.step.flood", mails=error.mails, limit=error.limit)})
            return _look(ask, prepared, form, 422)
    if report.act_id is None:
        return see_other(here_again, notice="desk.step.nothing_moved", kind="warning")
    return see_other(here_again, notice="desk.step.done", lines=report.done, refused=report.refused)


def _prepared(ask: Ask) -> Prepared:
    with here():
        prepared = unit_acts.look(ask.desk, ask.me, ask.part("prepared"), ask.now)
        if str(prepared.submission_id) != ask.part("number") or prepared.transition.id != ask.part("step"):
            raise UnknownStep(prepared.id)
    return prepared


def _look(ask: Ask, prepared: Prepared, form: Form, status: int) -> Response:
    report, flow = prepared.report, prepared.flow
    with here():
        work = handing_in.find(ask.desk, ask.me, prepared.submission_id, ask.now)
    form.values.update({f"override.{rule}": text for rule, text in prepared.given.overrides.items()})
    return page(
        ask, "desk/prepared.html", status, work=work, prepared=prepared, form=form, report=report,
        goes=_goes(ask, flow, report), refusals=_refusals(ask, flow, report), warned=_warned(ask, flow, report),
        own_mails=[each for each in report.mails if ask.me.inner], mails=len(report.mails),
        given=list(_said(ask, prepared)), handed=handing_in.hands_over(flow, prepared.transition),
    )  # fmt: skip


def _goes(ask: Ask, flow: Flow, report: ActReport) -> list[tuple[str, int]]:
    """Where lines go, in the reader's words, and how many."""
    found: dict[str, int] = {}
    for each in report.results:
        if each.done and each.to_state in flow.states:
            state = flow.states[each.to_state]
            said = (state.label if ask.me.inner else state.unit).in_(ask.language)
            found[said] = found.get(said, 0) + 1
    return list(found.items())


def _refusals(ask: Ask, flow: Flow, report: ActReport) -> list[Refusal]:
    piles: dict[tuple[str, ...], Refusal] = {}
    for each in report.results:
        if each.done:
            continue
        reasons = tuple(_reason(ask, flow, reason) for reason in each.reasons)
        key = tuple(reason["text"] for reason in reasons)
        known = piles[key].lines if key in piles else ()
        piles[key] = Refusal((*known, (each.code, each.name)), reasons)
    return sorted(piles.values(), key=lambda pile: -len(pile.lines))


def _reason(ask: Ask, flow: Flow, reason: Reason) -> dict[str, str]:
    return {"text": sentence(reason, ask.language, flow), "who": menders(reason, ask.language)}


def _warned(ask: Ask, flow: Flow, report: ActReport) -> list[Warned]:
    found: dict[tuple[str, str], list[str]] = {}
    for each in report.results:
        for reason in each.reasons:
            if reason.overridable:
                found.setdefault((reason.rule, sentence(reason, ask.language, flow)), []).append(each.code)
    by_rule: dict[str, list[tuple[str, Sequence[str]]]] = {}
    for (rule, text), codes in found.items():
        by_rule.setdefault(rule, []).append((text, codes))
    return [
        Warned(rule, tuple(text for text, _ in said), tuple(code for _, codes in said for code in codes))
        for rule, said in by_rule.items()
    ]


def _said(ask: Ask, prepared: Prepared) -> Iterable[tuple[str, str]]:
    """What was typed for all lines, to be read over before it is done."""
    labels = {each.name: each.label for each in prepared.transition.fields}
    lines = list(prepared.given.lines.values())
    shared = [pair for pair in (lines[0] if lines else ()) if all(pair in each for each in lines)]
    for name, text in (*prepared.given.pairs, *shared):
        head, _, part = name.partition(".")
        label = labels.get(head)
        said = ask.say(f"desk.tally.{part}") if part else label.in_(ask.language) if label else head
        yield said, text
