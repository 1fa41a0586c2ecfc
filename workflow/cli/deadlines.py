"""`khen deadline …`: open limits, how a day came about, the clock's pass by hand, a new calendar's effect."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from workflow.cli.common import (
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
    print_json,
    say,
    table,
)

app = group("deadline")
Code = Annotated[str, typer.Argument(help=help_("nomination_code"))]


@app.command("list", help=help_("deadline_list"))
@command
def list_(
    unit: Annotated[str, typer.Option("--unit", help=help_("unit_code"))] = "",
    late: Annotated[bool, typer.Option("--late", help=help_("late"))] = False,
    days: Annotated[int | None, typer.Option("--within", min=0, help=help_("within"))] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help=help_("limit"))] = 50,
    as_json: Json = False,
) -> None:
    from datetime import timedelta

    from definitions.calendar import local_day
    from workflow.services.recomputing import OpenFilter, list_open

    found = open_app()
    today = local_day(found.now())
    wanted = OpenFilter(
        unit=unit, late_on=today if late else None, until_on=today + timedelta(days=days) if days is not None else None
    )
    page = list_open(found.desk, wanted, limit=limit)
    if as_json:
        print_json(page.rows)
        return
    table(
        ("code", "name", "unit", "deadline", "opened", "due", "left", "next_reminder"),
        [
            (
                r.code, r.name, r.unit, _label(found, r), r.opened_on, r.due_on,
                say("deadline.stopped") if r.stopped_on else _left(found, today, r.due_on), r.next_reminder_at,
            )
            for r in page.rows
        ],
    )  # fmt: skip
    if page.after:
        echo("deadline.more")


def _label(found: Any, row: Any) -> str:
    from workflow.services.looking import deadline_label
    from workflow.storage.database import read

    with read(found.engine) as connection:
        flow = found.desk.flows.get(connection, row.flow_version_id).flow
    return deadline_label(flow, row.deadline, language())


def _left(found: Any, today: Any, due_on: Any) -> str:
    if due_on is None:
        return ""
    calendar = found.desk.calendar
    if due_on < today:
        return say("deadline.late", days=calendar.working_between(due_on, today))
    return say("deadline.left", days=calendar.working_between(today, due_on))


@app.command("explain", help=help_("deadline_explain"))
@command
def explain(
    code: Code,
    name: Annotated[str | None, typer.Option("--deadline", help=help_("deadline_name"))] = None,
    as_json: Json = False,
) -> None:
    from workflow.services.looking import deadline_label, flow_of_code
    from workflow.services.recomputing import explain as tell

    found = open_app()
    told = tell(found.desk, code, name)
    if as_json:
        print_json(told)
        return
    flow = flow_of_code(found.desk, code)
    assert flow is not None
    for each in told:
        due = each.due_on.strftime("%d/%m/%Y") if each.due_on else "–"
        echo("deadline.explained", name=deadline_label(flow, each.deadline, language()), code=each.code, due=due)
        if each.legal:
            echo("deadline.legal", legal=each.legal)
        for line in each.explanation.lines:
            typer.echo("  " + _sentence(line))
        if each.provisional:
            echo("deadline.provisional")
    if not told:
        echo("deadline.none", code=code)


def _sentence(line: Any) -> str:
    cause = ""
    if line.cause is not None:
        cause = line.cause.name.in_(language()) if getattr(line.cause, "name", None) else ""
        if getattr(line.cause, "document", ""):
            cause = f"{cause} ({line.cause.document})" if cause else line.cause.document
        cause = cause or say("deadline.weekend")
    until = line.until.strftime("%d/%m/%Y") if line.until else ""
    weekday = say(f"weekday.{line.day.weekday()}")
    return say(f"deadline_line.{line.what}", day=f"{weekday} {line.day:%d/%m/%Y}", number=line.number or 0, cause=cause,
               until=until)  # fmt: skip


@app.command("sweep", help=help_("deadline_sweep"))
@command
def sweep(as_json: Json = False) -> None:
    from workflow.services.reminders import sweep as run

    found = open_app()
    report = run(found.desk, found.now())
    if as_json:
        print_json(report)
        return
    echo("deadline.swept", reminders=report.reminders, escalations=report.escalations, mails=report.mails,
         skipped=report.skipped)  # fmt: skip
    for failed in report.failed:
        complain(say("deadline.failed", nomination=failed.nomination_id, deadline=failed.deadline, error=failed.error))


@app.command("forecast", help=help_("deadline_forecast"))
@command
def forecast(
    days: Annotated[int, typer.Option("--days", min=1, max=120, help=help_("days"))] = 30, as_json: Json = False
) -> None:
    from workflow.services.forecasting import forecast as run

    found = open_app()
    rows = run(found.desk, found.now(), days)
    if as_json:
        print_json(rows)
        return
    table(
        ("on", "to", "code", "name", "deadline", "due"),
        [(r.on, r.recipient or r.role, r.code, r.name, r.label or r.deadline, r.due_on) for r in rows],
    )


@app.command("recompute", help=help_("deadline_recompute"))
@command
def recompute(as_: As = "", yes: Yes = False, as_json: Json = False) -> None:
    from workflow.services import recomputing

    found = open_app()
    now = found.now()
    changes = recomputing.preview(found.desk, now)
    if as_json and not yes:
        print_json(changes)
        return
    table(
        ("code", "deadline", "before", "after"),
        [(c.code, c.deadline, c.due_before, c.due_after) for c in changes.changes],
    )
    if not changes.changes:
        echo("deadline.same")
        return
    confirm(yes, "deadline.recompute_sure", amount=changes.moved)
    done = recomputing.apply(found.desk, as_ or "admin", now)
    echo("deadline.recomputed", amount=done.moved)
