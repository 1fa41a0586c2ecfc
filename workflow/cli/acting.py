"""`khen nomination why` and `khen nomination do`: what may happen to a dossier, what would, and doing it."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.cli.common import (
    REFUSED,
    USAGE,
    As,
    Json,
    Yes,
    command,
    complain,
    confirm,
    echo,
    guess,
    help_,
    language,
    open_app,
    os_user,
    parse_day,
    print_json,
    say,
)
from workflow.cli.nominations import Code, Flow, Round, State, Submission, Unit, filter_for

Overrides = Annotated[list[str] | None, typer.Option("--override", metavar="RULE=REASON", help=help_("override"))]
Lines = Annotated[Path | None, typer.Option("--lines", exists=True, dir_okay=False, help=help_("lines"))]
PARTS = {
    "tally": ("members", "present", "yes"),
    "decision": ("number", "symbol", "issued_on", "signer", "capacity", "post"),
}
"""Parts of a field that people are told of; a tally may have more."""


def add_to(app: typer.Typer) -> None:
    """Put these commands among those of nominations."""
    app.command("why", help=help_("nomination_why"))(why)
    app.command("do", help=help_("nomination_do"))(do)


# ── why ──────────────────────────────────────────────────────────────────────────────────────────


@command
def why(
    code: Code,
    as_: As,
    everything: Annotated[bool, typer.Option("--all", help=help_("why_all"))] = False,
    as_json: Json = False,
) -> None:
    from workflow.services.looking import why as ask

    found = open_app()
    answer = ask(found.desk, code, as_, found.now())
    if as_json:
        print_json({"code": answer.facts.code, "state": answer.facts.state, "actor": answer.actor.person,
                    "transitions": [_option(each, answer.flow) for each in answer.options]})  # fmt: skip
        return
    state = answer.flow.states.get(answer.facts.state)
    echo("nomination.why", code=answer.facts.code, name=answer.facts.name,
         state=state.label.in_(language()) if state else answer.facts.state, actor=answer.actor.name)  # fmt: skip
    elsewhere = [] if everything else [each for each in answer.options if _is_elsewhere(each)]
    for option in sorted(answer.options, key=lambda each: bool(each.reasons)):
        if option not in elsewhere:
            _print_option(found, option, answer.flow)
    if elsewhere:
        echo("nomination.elsewhere", acts=", ".join(each.transition.label.in_(language()) for each in elsewhere))


def _is_elsewhere(option: Any) -> bool:
    """Whether the dossier would have to stand somewhere else first."""
    return any(reason.code == "wrong_state" for reason in option.reasons)


def _option(option: Any, flow: Any) -> dict[str, Any]:
    from workflow.wording import menders, sentence

    return {
        "transition": option.transition.id, "label": option.transition.label.in_(language()),
        "possible": not option.reasons, "to": option.to_states, "brings": [f.name for f in option.fields],
        "reasons": [
            {"code": r.code, "message": sentence(r, language(), flow), "menders": r.menders,
             "mended_by": menders(r, language()), "from": r.from_on, "override": r.rule if r.overridable else None}
            for r in option.reasons
        ],
    }  # fmt: skip


def _print_option(found: Any, option: Any, flow: Any) -> None:
    from definitions.calendar import local_day
    from workflow.services.brought import usual_days

    days = usual_days(option.transition, found.desk.calendar, local_day(found.now()))
    mark = "✗" if option.reasons else "✓"
    typer.echo(f"{mark} {option.transition.label.in_(language())}  [{option.transition.id}]")
    if not option.reasons:
        for code, needed in (("nomination.brings", True), ("nomination.may_bring", False)):
            fields = ", ".join(_brought(each, days) for each in option.fields if (each.required == "always") is needed)
            if fields:
                typer.echo("    " + say(code, fields=fields))
    _print_reasons(option.reasons, flow, menders=True)


def _brought(field: Any, days: Any) -> str:
    from workflow.wording import usual_label

    names = ", ".join(f"{field.name}.{part}" for part in PARTS[field.type]) if field.type in PARTS else field.name
    about = [field.label.in_(language())] if field.label else []
    if field.name in days:
        about.append(f"{usual_label(field.usual, language())}: {days[field.name]:%d/%m/%Y}")
    return f"{names} ({'; '.join(about)})" if about else names


def _print_reasons(reasons: Any, flow: Any, *, menders: bool = False) -> None:
    """Every reason once, with who can mend it where that is not the sentence itself, and the way past a warning."""
    from workflow.wording import menders as who_can, sentence

    told = set()
    for reason in reasons:
        text = sentence(reason, language(), flow)
        if text in told:
            continue
        told.add(text)
        who = who_can(reason, language()) if menders and reason.code not in ("role", "other_unit") else ""
        typer.echo(f"    – {text}" + (f" {say('nomination.mender', who=who)}" if who else ""))
        if reason.overridable:
            typer.echo("      " + say("nomination.overridable", rule=reason.rule))
        if reason.code in ("field_missing", "late_reason") and "field" in reason.params:
            typer.echo("      " + say("nomination.give", options=_as_options(flow, str(reason.params["field"]))))


def _as_options(flow: Any, name: str) -> str:
    types = {f.name: f.type for each in flow.transitions.values() for f in each.fields} if flow else {}
    parts = PARTS.get(types.get(name, ""), ())
    return " ".join(f"--with {name}.{part}=…" for part in parts) if parts else f"--with {name}=…"


# ── do ───────────────────────────────────────────────────────────────────────────────────────────


@command
def do(
    transition: Annotated[str, typer.Argument(help=help_("transition"))],
    codes: Annotated[list[str] | None, typer.Argument(help=help_("nomination_codes"))] = None,
    as_: As = "",
    with_: Annotated[list[str] | None, typer.Option("--with", "-w", metavar="NAME=VALUE", help=help_("with"))] = None,
    lines: Lines = None,
    override: Overrides = None,
    on: Annotated[str, typer.Option("--on", metavar="DD/MM/YYYY", help=help_("occurred_on"))] = "",
    backdating_reason: Annotated[str, typer.Option("--backdating-reason", help=help_("backdating_reason"))] = "",
    behalf: Annotated[str, typer.Option("--for", metavar="PERSON", help=help_("act_for"))] = "",
    unit: Unit = "", round_: Round = "", state: State = "", flow: Flow = "", submission: Submission = None,
    all_or_nothing: Annotated[bool, typer.Option("--all-or-nothing", help=help_("all_or_nothing"))] = False,
    preview: Annotated[bool, typer.Option("--preview", help=help_("preview"))] = False,
    key: Annotated[str, typer.Option("--key", help=help_("request_key"))] = "",
    yes: Yes = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    from workflow.cli.knowing import refuse_unknown
    from workflow.services.line_files import read_lines
    from workflow.services.looking import canonical, codes_of

    if not as_:
        raise typer.BadParameter(say("error.needs_as"))
    found = open_app()
    by_line = {canonical(code): pairs for code, pairs in read_lines(lines).items()} if lines else {}
    wanted = tuple(canonical(each) for each in codes or ()) or tuple(by_line)
    if not wanted and any((unit, round_, state, flow, submission)):
        asked = filter_for(found, unit, round_, state, flow, "", submission)
        wanted = codes_of(found.desk, asked)
        if not wanted:
            refuse_unknown(found, asked)
    if not wanted:
        complain(say("error.no_nominations"))
        raise typer.Exit(USAGE)
    if run_act(
        found, as_, transition, wanted, with_ or [], override or [], on, all_or_nothing, preview, key, yes, as_json,
        backdating_reason=backdating_reason, behalf=behalf, by_line=by_line,
    ):  # fmt: skip
        raise typer.Exit(REFUSED)


def run_act(
    found: Any, as_: str, transition: str, codes: tuple[str, ...], with_: list[str], override: list[str] | None = None,
    on: str = "", all_or_nothing: bool = False, preview: bool = False, key: str = "", yes: bool = False,
    as_json: bool = False, *, backdating_reason: str = "", behalf: str = "",
    by_line: dict[str, list[tuple[str, str]]] | None = None,
) -> int:  # fmt: skip
    """Preview or perform; prints the report. Returns how many lines were refused."""
    from workflow.services import acts
    from workflow.services.requests import ActRequest

    request = ActRequest(
        actor=as_,
        transition=transition,
        codes=codes,
        request_key=key or uuid.uuid4().hex,
        fields=_typed(found, transition, codes[0], _pairs(with_)),
        line_fields={code: _typed(found, transition, code, pairs) for code, pairs in (by_line or {}).items()},
        overrides=dict(_pairs(override or [])),
        occurred_on=parse_day(on),
        all_or_nothing=all_or_nothing,
        os_user=os_user(),
        backdating_reason=backdating_reason,
        on_behalf_of=behalf or None,
    )
    now = found.now()
    if preview or (len(codes) > 1 and not yes and not as_json):
        report = acts.preview(found.desk, request, now)
        _print_report(found, report, as_json=as_json, done=False)
        if preview or not report.done:
            return report.refused
        confirm(yes, "nomination.go_on", amount=report.done, mails=len(report.mails))
    report = acts.perform(found.desk, request, now, confirmed=yes or not as_json)
    _print_report(found, report, as_json=as_json, done=True)
    return report.refused


def _pairs(given: list[str]) -> list[tuple[str, str]]:
    pairs = [each.partition("=") for each in given]
    for name, equals, _ in pairs:
        if not equals:
            raise typer.BadParameter(say("error.pair_shape", text=name))
    return [(name.strip(), value) for name, _, value in pairs]


def _typed(found: Any, transition: str, code: str, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    from workflow.services.brought import typed
    from workflow.services.looking import flow_of_code

    flow = flow_of_code(found.desk, code)
    known = flow.transitions.get(transition)
    if known is None:
        complain(guess(say("error.transition_unknown", name=transition), transition, flow.transitions))
        raise typer.Exit(USAGE)
    return typed(known, pairs)


def _flow_or_none(found: Any, code: str) -> Any:
    """The flow whose words a report is told in; a code that is unknown has none."""
    from workflow.services.looking import UnknownNomination, flow_of_code

    try:
        return flow_of_code(found.desk, code)
    except UnknownNomination:
        return None


# ── the report ───────────────────────────────────────────────────────────────────────────────────


def _print_report(found: Any, report: Any, *, as_json: bool, done: bool) -> None:
    if as_json:
        print_json(act_as_json(found, report))
    else:
        print_act(found, report, done=done)


def print_act(found: Any, report: Any, *, done: bool = True) -> None:
    """The report of an act as sentences; `done` is False for what would happen."""
    flow = _flow_or_none(found, report.results[0].code)
    for result in report.results:
        _print_line(result, flow, done=done)
    for mail in report.mails:
        echo(
            "nomination.mail_held" if mail.held else "nomination.mail",
            name=mail.name,
            address=mail.address,
            lines=mail.lines,
        )
    for word, code in report.unaddressed[:20]:
        echo("nomination.unaddressed", word=role_of(word), code=code)
    counts = {"done": report.done, "refused": report.refused, "mails": len(report.mails)}
    if report.act_id is not None:
        echo("nomination.report_done", **counts, act=report.act_id)
    else:
        echo("nomination.report_nothing" if done else "nomination.report_would", **counts)


def act_as_json(found: Any, report: Any) -> dict[str, Any]:
    """The report of an act, its reasons in words."""
    from workflow.wording import sentence

    flow = _flow_or_none(found, report.results[0].code)
    return {
        "act": report.act_id, "transition": report.transition, "done": report.done, "refused": report.refused,
        "replayed": report.replayed, "mails": report.mails, "unaddressed": report.unaddressed,
        "results": [
            {"code": r.code, "done": r.done, "from": r.from_state, "to": r.to_state, "version": r.version,
             "reasons": [{"code": x.code, "message": sentence(x, language(), flow)} for x in r.reasons]}
            for r in report.results
        ],
    }  # fmt: skip


def _print_line(result: Any, flow: Any, *, done: bool) -> None:
    from workflow.wording import sentence

    if not result.done:
        echo("nomination.line_refused", code=result.code, name=result.name)
        _print_reasons(result.reasons, flow)
        return
    known = flow.states.get(result.to_state) if flow else None
    state = known.label.in_(language()) if known else result.to_state
    echo("nomination.line_done" if done else "nomination.line_would", code=result.code, name=result.name, state=state)
    for hint in result.hints:
        typer.echo(f"    {sentence(hint, language(), flow)}")


def role_of(word: str) -> str:
    from workflow.wording import role_label

    return role_label(word, language())
