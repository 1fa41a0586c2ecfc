"""`khen nomination …`: list, show, history, attach, repair. What moves them is in `acting`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.cli.common import (
    As,
    Json,
    Yes,
    command,
    confirm,
    echo,
    group,
    help_,
    language,
    open_app,
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
Submission = Annotated[int | None, typer.Option("--submission", help=help_("submission_id"))]


def filter_for(
    found: Any, unit: str, round_: str, state: str, flow: str, text: str, submission: int | None
) -> Any:  # fmt: skip
    """The filter these options mean; a state may be given by its label."""
    from workflow.cli.knowing import state_named
    from workflow.services.looking import Filter

    return Filter(unit=unit, round=round_, state=state_named(found, state), flow=flow, text=text, submission=submission)


@app.command("list", help=help_("nomination_list"))
@command
def list_(
    unit: Unit = "", round_: Round = "", state: State = "", flow: Flow = "", text: Text = "",
    submission: Submission = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help=help_("limit"))] = 50,
    after: Annotated[int, typer.Option("--after", help=help_("after"))] = 0,
    as_json: Json = False,
) -> None:  # fmt: skip
    from workflow.cli.knowing import refuse_unknown
    from workflow.services.looking import count, nominations_page

    found = open_app()
    wanted = filter_for(found, unit, round_, state, flow, text, submission)
    page = nominations_page(found.desk, wanted, after=after, limit=limit)
    if not page.rows:
        refuse_unknown(found, wanted)
    if as_json:
        print_json({"rows": page.rows, "next_after": page.next_after})
        return
    print_rows(found, page.rows)
    echo("nomination.count", shown=len(page.rows), all=count(found.desk, wanted))
    if page.next_after:
        echo("nomination.more", after=page.next_after)


@app.command("upper", help=help_("nomination_upper"))
@command
def upper(as_json: Json = False, as_: As = "") -> None:
    from definitions.calendar import local_day
    from workflow.services.before_upper import sent
    from workflow.services.viewing import viewer
    from workflow.storage.database import read
    from workflow.wording import award_name

    found = open_app()
    today = local_day(found.now())
    with read(found.desk.engine) as connection:
        looker = viewer(connection, as_, today)
    rows = sent(found.desk, looker, today)
    if as_json:
        print_json(rows)
        return
    table(
        ("award", "state", "letter", "paper_on", "file_on", "waited", "due_on", "amount", "asked"),
        [
            (award_name(each.award, language()), each.state.in_(language()), each.letter, each.paper_on, each.file_on,
             each.days, each.answer_by or each.due_on, len(each.codes), each.asked or each.ground)
            for each in rows
        ],
    )  # fmt: skip


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
    from workflow.wording import role_label

    found = open_app()
    seen = look(found.desk, code, local_day(found.now()))
    if as_json:
        print_json(
            {"nomination": seen.row, "unit": seen.unit.code, "round": seen.round.code, "decision": seen.decision,
             "deadlines": seen.deadlines, "documents": seen.documents, "checklist": _checklist(seen)}
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
                for d in sorted(seen.deadlines, key=lambda d: (d.opened_on, d.closed_on is None, d.run))
            ],
        )
    table(
        ("document", "code", "per", "source", "required", "copy", "file", "added"),
        [
            (
                d["title"], d["code"], say(f"per.{d['per']}"), role_label(d["source"], language()), d["required"],
                d["number"], d["file"] or say("word.missing" if d["required"] else "word.not_yet"), d["added_at"],
            )
            for d in _checklist(seen)
        ],
    )  # fmt: skip


def _checklist(seen: Any) -> list[dict[str, Any]]:
    """Every paper the flow asks for of this nominee, with its last version if one is on file."""
    last = {paper.code: paper for paper in sorted(seen.documents, key=lambda each: each.number)}
    asked = [each for each in seen.flow.documents.values() if seen.facts.nominee in each.nominee or each.code in last]
    return [{**_asked(each), **_on_file(last.get(each.code))} for each in asked]


def _asked(document: Any) -> dict[str, Any]:
    return {
        "code": document.code, "title": document.title.in_(language()), "per": document.per, "source": document.source,
        "required": document.required,
    }  # fmt: skip


def _on_file(paper: Any) -> dict[str, Any]:
    return {name: getattr(paper, column, None) for name, column in
            (("number", "number"), ("file", "file_name"), ("sha256", "sha256"), ("added_at", "added_at"))}  # fmt: skip


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
    from workflow.services.looking import canonical, flow_of_code
    from workflow.services.papers import attach as put

    found = open_app()
    done = put(
        found.desk, as_, [canonical(each) for each in codes], document, file.read_bytes(), file.name, found.now()
    )
    if as_json:
        print_json(done)
        return
    rule = flow_of_code(found.desk, codes[0]).documents[done.code]
    where = "nomination.attached_submission" if rule.per == "submission" else "nomination.attached"
    echo(where, document=rule.title.in_(language()), number=done.number, owners=done.owners)


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
