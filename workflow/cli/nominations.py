"""`khen nomination …`: list, show, why, do, history, attach, repair."""

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
    group,
    help_,
    language,
    open_app,
    os_user,
    parse_day,
    print_json,
    say,
    table,
)

app = group("nomination")
Code = Annotated[str, typer.Argument(help=help_("nomination_code"))]
Unit = Annotated[str, typer.Option("--unit", help=help_("unit_code"))]
Round = Annotated[str, typer.Option("--round", help=help_("round_code"))]
State = Annotated[str, typer.Option("--state", help=help_("state"))]
Flow = Annotated[str, typer.Option("--flow", help=help_("flow_name"))]
Text = Annotated[str, typer.Option("--search", help=help_("search"))]
Overrides = Annotated[list[str] | None, typer.Option("--override", metavar="RULE=REASON", help=help_("override"))]
Submission = Annotated[int | None, typer.Option("--submission", help=help_("submission_id"))]


def _filter(unit: str, round_: str, state: str, flow: str, text: str, submission: int | None) -> Any:
    from workflow.services.looking import Filter

    return Filter(unit=unit, round=round_, state=state, flow=flow, text=text, submission=submission)


@app.command("list", help=help_("nomination_list"))
@command
def list_(
    unit: Unit = "", round_: Round = "", state: State = "", flow: Flow = "", text: Text = "",
    submission: Submission = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help=help_("limit"))] = 50,
    after: Annotated[int, typer.Option("--after", help=help_("after"))] = 0,
    as_json: Json = False,
) -> None:  # fmt: skip
    from workflow.services.looking import count, nominations_page

    found = open_app()
    wanted = _filter(unit, round_, state, flow, text, submission)
    page = nominations_page(found.desk, wanted, after=after, limit=limit)
    if as_json:
        print_json({"rows": page.rows, "next_after": page.next_after})
        return
    print_rows(found, page.rows)
    echo("nomination.count", shown=len(page.rows), all=count(found.desk, wanted))
    if page.next_after:
        echo("nomination.more", after=page.next_after)


def print_rows(found: Any, rows: Any) -> None:
    """Nominations as a table, states and awards in words."""
    from workflow.services.looking import flow_words

    words = flow_words(found.desk, {row.flow_version_id for row in rows}, language())
    table(
        ("code", "name", "award", "unit", "state", "since"),
        [
            (
                r.code, r.name, words[r.flow_version_id].title,
                r.unit, words[r.flow_version_id].states.get(r.state, r.state), r.entered_on,
            )
            for r in rows
        ],
    )  # fmt: skip


@app.command("show", help=help_("nomination_show"))
@command
def show(code: Code, as_json: Json = False) -> None:
    from definitions.calendar import local_day
    from workflow.services.looking import show as look

    found = open_app()
    seen = look(found.desk, code, local_day(found.now()))
    if as_json:
        print_json(
            {"nomination": seen.row, "unit": seen.unit.code, "round": seen.round.code, "decision": seen.decision,
             "deadlines": seen.deadlines, "documents": seen.documents}
        )  # fmt: skip
        return
    for label, value in _facts(seen):
        if value:
            typer.echo(f"{label}: {value}")
    if seen.deadlines:
        table(
            ("deadline", "run", "opened", "due", "closed", "cause"),
            [
                (
                    _deadline_name(seen.flow, d.name),
                    d.run,
                    d.opened_on,
                    d.due_on,
                    d.closed_on,
                    _cause(seen.flow, d.close_cause),
                )
                for d in seen.deadlines
            ],
        )
    if seen.documents:
        table(
            ("document", "number", "file", "sha256", "added"),
            [(_document(seen.flow, d.code), d.number, d.file_name, d.sha256[:12], d.added_at) for d in seen.documents],
        )


def _facts(seen: Any) -> list[tuple[str, Any]]:
    from workflow.wording import role_label

    row, flow, lang = seen.row, seen.flow, language()
    state = flow.states.get(row.state)
    decision = seen.decision
    return [
        (say("column.code"), row.code),
        (say("column.name"), row.name),
        (say("column.award"), flow.title.in_(lang)),
        (say("column.unit"), seen.unit.name),
        (say("column.round"), seen.round.title),
        (say("column.letter"), seen.submission.letter_number),
        (say("column.workplace"), "; ".join(each for each in (row.position, row.workplace) if each)),
        (say("column.achievement"), row.achievement),
        (say("column.state"), state.label.in_(lang) if state else say("nomination.unknown_state", state=row.state)),
        (say("column.turn"), role_label(state.owner, lang) if state and state.owner else ""),
        (
            say("column.unit_sees"),
            flow.states[row.shown_state].unit.in_(lang) if row.shown_state in flow.states else "",
        ),
        (say("column.complete"), row.complete_on.strftime("%d/%m/%Y") if row.complete_on else ""),
        (say("column.decision"), f"{decision.full_number} ({decision.issued_on:%d/%m/%Y})" if decision else ""),
        (say("column.version"), f"{flow.id} {flow.version}"),
    ]


def _deadline_name(flow: Any, name: str) -> str:
    from workflow.services.looking import deadline_label

    return deadline_label(flow, name, language())


def _cause(flow: Any, cause: str | None) -> str:
    found = flow.transitions.get(cause) if cause else None
    return found.label.in_(language()) if found else cause or ""


def _document(flow: Any, code: str) -> str:
    found = flow.documents.get(code)
    return found.title.in_(language()) if found else code


@app.command("why", help=help_("nomination_why"))
@command
def why(code: Code, as_: As, as_json: Json = False) -> None:
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
    for option in sorted(answer.options, key=lambda each: bool(each.reasons)):
        _print_option(option, answer.flow)


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


def _print_option(option: Any, flow: Any) -> None:
    from workflow.wording import menders, sentence

    mark = "✗" if option.reasons else "✓"
    typer.echo(f"{mark} {option.transition.label.in_(language())}  [{option.transition.id}]")
    if not option.reasons and option.fields:
        needed = ", ".join(
            f"{f.name} ({f.label.in_(language())})" if f.label else f.name
            for f in option.fields
            if f.required != "never"
        )
        if needed:
            typer.echo("    " + say("nomination.brings", fields=needed))
    for reason in option.reasons:
        who = menders(reason, language())
        typer.echo(
            f"    – {sentence(reason, language(), flow)}" + (f" {say('nomination.mender', who=who)}" if who else "")
        )
        if reason.overridable:
            typer.echo("      " + say("nomination.overridable", rule=reason.rule))


@app.command("do", help=help_("nomination_do"))
@command
def do(
    transition: Annotated[str, typer.Argument(help=help_("transition"))],
    codes: Annotated[list[str] | None, typer.Argument(help=help_("nomination_codes"))] = None,
    as_: As = "",
    with_: Annotated[list[str] | None, typer.Option("--with", "-w", metavar="NAME=VALUE", help=help_("with"))] = None,
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
    from workflow.services.looking import canonical, codes_of

    if not as_:
        raise typer.BadParameter(say("error.needs_as"))
    found = open_app()
    wanted = tuple(canonical(each) for each in codes or ())
    if not wanted and any((unit, round_, state, flow, submission)):
        wanted = codes_of(found.desk, _filter(unit, round_, state, flow, "", submission))
    if not wanted:
        complain(say("error.no_nominations"))
        raise typer.Exit(USAGE)
    if run_act(
        found, as_, transition, wanted, with_ or [], override or [], on, all_or_nothing, preview, key, yes, as_json,
        backdating_reason=backdating_reason, behalf=behalf,
    ):  # fmt: skip
        raise typer.Exit(REFUSED)


def run_act(
    found: Any, as_: str, transition: str, codes: tuple[str, ...], with_: list[str], override: list[str] | None = None,
    on: str = "", all_or_nothing: bool = False, preview: bool = False, key: str = "", yes: bool = False,
    as_json: bool = False, *, backdating_reason: str = "", behalf: str = "",
) -> int:  # fmt: skip
    """Preview or perform; prints the report. Returns how many lines were refused."""
    from workflow.services import acts
    from workflow.services.requests import ActRequest

    request = ActRequest(
        actor=as_,
        transition=transition,
        codes=codes,
        request_key=key or uuid.uuid4().hex,
        fields=_fields(found, transition, codes, with_),
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


def _fields(found: Any, transition: str, codes: tuple[str, ...], with_: list[str]) -> dict[str, Any]:
    from workflow.services.brought import typed
    from workflow.services.looking import flow_of_code

    flow = flow_of_code(found.desk, codes[0])
    known = flow.transitions.get(transition)
    if known is None:
        from definitions.nearest import nearest

        complain(say("error.transition_unknown", name=transition, nearest=nearest(transition, flow.transitions) or "…"))
        raise typer.Exit(USAGE)
    return typed(known, _pairs(with_))


def _flow_or_none(found: Any, code: str) -> Any:
    """The flow whose words a report is told in; a code that is unknown has none."""
    from workflow.services.looking import UnknownNomination, flow_of_code

    try:
        return flow_of_code(found.desk, code)
    except UnknownNomination:
        return None


def act_as_json(found: Any, report: Any) -> dict[str, Any]:
    """The report of an act, its reasons in words."""
    from workflow.wording import sentence

    flow = _flow_or_none(found, report.results[0].code)
    return {
        "act": report.act_id, "transition": report.transition, "done": report.done, "refused": report.refused,
        "replayed": report.replayed, "mails": report.mails, "unaddressed": report.unaddressed,
        "results": [{"code": r.code, "done": r.done, "from": r.from_state, "to": r.to_state, "version": r.version,
                     "reasons": [{"code": x.code, "message": sentence(x, language(), flow)} for x in r.reasons]}
                    for r in report.results],
    }  # fmt: skip


def _print_report(found: Any, report: Any, *, as_json: bool, done: bool) -> None:
    if as_json:
        print_json(act_as_json(found, report))
    else:
        print_act(found, report, done=done)


def print_act(found: Any, report: Any, *, done: bool = True) -> None:
    """The report of an act as sentences; `done` is False for what would happen."""
    from workflow.wording import sentence

    flow = _flow_or_none(found, report.results[0].code)
    for result in report.results:
        if result.done:
            to = (
                flow.states[result.to_state].label.in_(language())
                if flow and result.to_state in flow.states
                else result.to_state
            )
            echo(
                "nomination.line_done" if done else "nomination.line_would",
                code=result.code,
                name=result.name,
                state=to,
            )
            for hint in result.hints:
                typer.echo(f"    {sentence(hint, language(), flow)}")
        else:
            echo("nomination.line_refused", code=result.code, name=result.name)
            for reason in result.reasons:
                typer.echo(f"    – {sentence(reason, language(), flow)}")
    for mail in report.mails:
        echo(
            "nomination.mail_held" if mail.held else "nomination.mail",
            name=mail.name,
            address=mail.address,
            lines=mail.lines,
        )
    for word, code in report.unaddressed[:20]:
        echo("nomination.unaddressed", word=word, code=code)
    echo("nomination.report_done" if done else "nomination.report_would", done=report.done, refused=report.refused,
         mails=len(report.mails), act=report.act_id or "–")  # fmt: skip


@app.command("history", help=help_("nomination_history"))
@command
def history(code: Code, as_json: Json = False) -> None:
    from workflow.services.looking import flow_of_code, history as look

    found = open_app()
    rows = look(found.desk, code)
    if as_json:
        print_json(rows)
        return
    flow = flow_of_code(found.desk, code)
    table(
        ("number", "on", "what", "to", "who", "recorded"),
        [
            (
                r.version, r.occurred_on, flow.transitions[r.transition].label.in_(language())
                if r.transition in flow.transitions else r.transition,
                flow.states[r.to_state].label.in_(language()) if r.to_state in flow.states else r.to_state,
                _who(r), r.recorded_at,
            )
            for r in rows
        ],
    )  # fmt: skip


def _who(row: Any) -> str:
    """Who acted, and for whom."""
    name = str(row.actor_name or row.actor)
    return f"{name} ({say('nomination.for', who=row.on_behalf_of)})" if row.on_behalf_of else name


@app.command("attach", help=help_("nomination_attach"))
@command
def attach(
    document: Annotated[str, typer.Argument(help=help_("document_code"))],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=help_("paper_file"))],
    codes: Annotated[list[str], typer.Argument(help=help_("nomination_codes"))],
    as_: As,
    as_json: Json = False,
) -> None:
    from workflow.services.looking import canonical
    from workflow.services.papers import attach as put

    found = open_app()
    done = put(
        found.desk, as_, [canonical(each) for each in codes], document, file.read_bytes(), file.name, found.now()
    )
    if as_json:
        print_json(done)
        return
    echo("nomination.attached", document=done.code, number=done.number, sha256=done.sha256[:12], owners=done.owners)


@app.command("repair", help=help_("nomination_repair"))
@command
def repair(
    code: Code,
    to: Annotated[str, typer.Option("--to", help=help_("repair_to"))],
    reason: Annotated[str, typer.Option("--reason", help=help_("repair_reason"))],
    as_: As,
    yes: Yes = False,
) -> None:
    from workflow.services.repairing import repair as mend

    found = open_app()
    confirm(yes, "nomination.repair", code=code, state=to)
    mend(found.desk, as_, code, to, reason, found.now())
    echo("nomination.repaired", code=code, state=to)
