"""`khen submission …`: a unit's list in, what was understood of it, and the workbook back with its errors."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.cli.acting import act_as_json, print_act
from workflow.cli.common import (
    REFUSED,
    As,
    Json,
    Steps,
    command,
    complain,
    echo,
    group,
    help_,
    language,
    open_app,
    os_user,
    parse_day,
    print_json,
    say,
    settings,
    table,
)

app = group("submission")


@app.command("import", help=help_("submission_import"))
@command
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=help_("list_file"))],
    unit: Annotated[str, typer.Option("--unit", help=help_("unit_code"))],
    round_: Annotated[str, typer.Option("--round", help=help_("round_code"))],
    as_: As,
    letter: Annotated[str, typer.Option("--letter", help=help_("letter"))] = "",
    letter_on: Annotated[str, typer.Option("--letter-on", metavar="DD/MM/YYYY", help=help_("letter_on"))] = "",
    achievement_to: Annotated[
        str, typer.Option("--achievement-to", metavar="DD/MM/YYYY", help=help_("achievement_to"))
    ] = "",
    field: Annotated[str, typer.Option("--field", help=help_("field"))] = "",
    check_only: Annotated[bool, typer.Option("--check", help=help_("check_only"))] = False,
    errors_to: Annotated[Path | None, typer.Option("--errors", help=help_("errors_to"))] = None,
    submit: Annotated[bool, typer.Option("--submit", help=help_("submit"))] = False,
    behalf: Annotated[str, typer.Option("--for", metavar="PERSON", help=help_("submit_for"))] = "",
    as_json: Json = False,
) -> None:
    from workflow.intake.synonyms import load_synonyms
    from workflow.services.submissions import ImportReport, ImportRequest, bring_in, look, workbook_with_errors

    found = open_app()
    content = file.read_bytes()
    request = ImportRequest(
        as_, unit, round_, content, file.name, letter, parse_day(letter_on), parse_day(achievement_to), field, os_user()
    )
    synonyms = load_synonyms(settings().intake.synonyms)
    now = found.now()
    steps = Steps()
    report = (
        ImportReport(look(found.desk, request, now, synonyms), None)
        if check_only
        else bring_in(found.desk, request, now, synonyms, steps)
    )
    plan, codes = report.plan, report.codes
    steps.end()
    if plan.checked.bad:
        target = errors_to or file.with_name(f"{file.stem}-loi.xlsx")
        target.write_bytes(workbook_with_errors(plan, content, language()))
    else:
        target = None
    if not as_json:
        _tell(plan, codes, target, check_only)
    sent = _submit(found, request, report, behalf) if submit and not check_only else None
    if as_json:
        print_json({**_as_json(report, target), "submit": sent and act_as_json(found, sent)})
    elif sent is not None:
        print_act(found, sent)
    if plan.checked.bad or (sent is not None and sent.refused):
        raise typer.Exit(REFUSED)


def _submit(found: Any, request: Any, report: Any, behalf: str) -> Any:
    """Submit every draft of the list, by the actor or (from the desk) on behalf of the unit; None without drafts."""
    from workflow.services import acts
    from workflow.services.requests import ActRequest
    from workflow.services.submissions import drafts_of, submits_for

    drafts = drafts_of(found.desk, report.submission_id) if report.submission_id else ()
    if not drafts:
        return None
    if not report.plan.letter_found:
        complain(say("submission.not_without_letter"))
        raise typer.Exit(REFUSED)
    now = found.now()
    other = behalf or submits_for(found.desk, request.actor, request.unit, now)
    asked = ActRequest(
        request.actor, "submit", drafts, uuid.uuid4().hex, {"letter_no": report.plan.letter_number},
        os_user=request.os_user, on_behalf_of=other,
    )  # fmt: skip
    return acts.perform(found.desk, asked, now)


def _as_json(report: Any, target: Path | None) -> dict[str, Any]:
    plan, codes = report.plan, report.codes
    return {
        "submission": report.submission_id, "letter": plan.letter_number, "letter_on": plan.letter_on,
        "rows": len(plan.read.rows), "good": len(plan.checked.good), "bad": [_bad(each) for each in plan.checked.bad],
        "new": len(plan.new), "same": len(plan.same), "mended": [each.code for each in plan.mended],
        "fixed": [each.code for each in plan.fixed], "gone": plan.gone, "codes": codes,
        "errors_file": str(target) if target else None,
    }  # fmt: skip


def _bad(each: Any) -> dict[str, Any]:
    from workflow.intake.sentences import say_problem

    return {
        "sheet": each.row.sheet, "row": each.row.number, "name": each.row.name,
        "problems": [{"code": p.code, "message": say_problem(p, language())} for p in each.problems],
    }  # fmt: skip


def _tell(plan: Any, codes: Any, target: Path | None, check_only: bool) -> None:
    from workflow.intake.sentences import say_problem, word

    for one in plan.read.understood.tables:
        columns = ", ".join(f"{c.letter} = {word('column', c.role, language())}" for c in one.columns if c.role)
        echo("submission.understood", sheet=one.sheet, header=one.header_row, rows=one.rows, columns=columns)
        for section in one.sections:
            echo("submission.section", row=section.number, text=section.text, rows=section.rows)
    for sheet in plan.read.understood.ignored_sheets:
        echo("submission.ignored_sheet", sheet=sheet.name)
    for skipped in plan.read.skipped:
        if skipped.cause not in ("empty", "title", "header", "section"):  # said above, or nothing to say
            cause = word("skipped", skipped.cause, language())
            echo("submission.skipped", row=skipped.number, cause=cause, text=skipped.text)
    echo("submission.letter" if plan.letter_found else "submission.no_letter", letter=plan.letter_number)
    for row in plan.checked.bad:
        for problem in row.problems:
            complain(say("submission.bad_row", row=row.row.number, name=row.row.name or "—",
                         problem=say_problem(problem, language())))  # fmt: skip
    for warning in plan.checked.warnings:
        complain(say("submission.warning", row=warning.number, problem=say_problem(warning.problem, language())))
    for each in plan.fixed:
        complain(say("submission.fixed", code=each.code, changed=", ".join(each.changed)))
    for code in plan.gone:
        complain(say("submission.gone", code=code))
    counts = dict(good=len(plan.checked.good), bad=len(plan.checked.bad), new=len(plan.new), same=len(plan.same),
                  mended=len(plan.mended))  # fmt: skip
    echo("submission.would" if check_only else "submission.done", **counts)
    for first, last, amount in _ranges(codes):
        echo("submission.codes" if amount > 1 else "submission.code", first=first, last=last, amount=amount)
    if target:
        echo("submission.errors_file", path=str(target))


def _ranges(codes: Any) -> list[tuple[str, str, int]]:
    """(first, last, how many) for each award: codes count within one."""
    by_award: dict[str, list[str]] = {}
    for code in codes:
        by_award.setdefault(code.partition("-")[0], []).append(code)
    return [(each[0], each[-1], len(each)) for each in by_award.values()]


@app.command("list", help=help_("submission_list"))
@command
def list_(
    round_: Annotated[str, typer.Option("--round", help=help_("round_code"))] = "", as_json: Json = False
) -> None:
    from workflow.services.looking import submissions

    found = open_app()
    rows = submissions(found.desk, round_)
    if as_json:
        print_json(rows)
        return
    table(
        ("id", "unit", "round", "letter", "letter_on", "lines", "made"),
        [(r.id, r.unit, r.round, r.letter_number, r.letter_on, r.lines, r.created_at) for r in rows],
    )


@app.command("show", help=help_("submission_show"))
@command
def show(
    number: Annotated[int, typer.Argument(help=help_("submission_id"))],
    as_json: Json = False,
) -> None:
    from workflow.cli.knowing import refuse_unknown
    from workflow.cli.nominations import print_rows
    from workflow.services.looking import Filter, nominations_page

    found = open_app()
    page = nominations_page(found.desk, Filter(submission=number), limit=20_000)
    refuse_unknown(found, Filter(submission=number))
    if as_json:
        print_json(page.rows)
        return
    print_rows(found, page.rows)


@app.command("papers", help=help_("submission_papers"))
@command
def papers(
    number: Annotated[int, typer.Argument(help=help_("submission_id"))],
    document: Annotated[str, typer.Argument(help=help_("document_code"))],
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help=help_("papers_folder"))],
    as_: As,
    check_only: Annotated[bool, typer.Option("--check", help=help_("papers_check"))] = False,
    as_json: Json = False,
) -> None:
    """Put on file what is certain; the rest is listed with why not, and the exit code says that there is some."""
    from definitions.calendar import local_day
    from workflow.services import paper_batches
    from workflow.services.viewing import viewer
    from workflow.storage.database import read

    found = open_app()
    now = found.now()
    with read(found.desk.engine) as connection:
        person = viewer(connection, as_, local_day(now), language=language())
    paths = sorted(each for each in folder.iterdir() if each.is_file() and not each.name.startswith("."))
    files = ((each.name, each.read_bytes()) for each in paths)
    id_ = paper_batches.keep(found.desk, person, number, document, files, now)
    batch = paper_batches.find(found.desk, person, number, id_, now)
    sure = batch.in_state("matched")
    filed = paper_batches.put(found.desk, person, number, id_, {}, now) if sure and not check_only else None
    if as_json:
        rows = [{"file": each.file_name, "state": each.state, "code": each.code, "choices": each.choices,
                 "version": each.version} for each in batch.rows]  # fmt: skip
        print_json({"files": rows, "new": filed and filed.new, "known": filed and filed.known})
    else:
        table(
            ("file", "code", "name", "paper_of"),
            [(each.file_name, each.code, batch.names.get(each.code, ""), _paper_of(each)) for each in batch.rows],
        )
        if filed is not None:
            echo("submission.papers", document=batch.document.title.in_(language()), new=filed.new, known=filed.known)
        else:
            echo("submission.papers_none")
    if len(sure) < len(batch.rows):
        raise typer.Exit(REFUSED)


def _paper_of(row: Any) -> str:
    """What a file's name says, or why the file is not taken."""
    from workflow.explaining import sentences

    if row.refusal is not None:
        return " ".join((sentences(row.refusal, language()) or (0, []))[1])
    return say(f"paper_of.{row.state}", choices=", ".join(row.choices[:5]), number=row.version)


@app.command("template", help=help_("submission_template"))
@command
def template(
    target: Annotated[Path, typer.Argument(help=help_("template_file"))],
    round_: Annotated[str, typer.Option("--round", help=help_("round_code"))],
) -> None:
    from definitions.calendar import local_day
    from workflow.intake.templates import write_template
    from workflow.services.submissions import award_choices

    found = open_app()
    target.write_bytes(write_template(award_choices(found.desk, round_, local_day(found.now())), language=language()))
    echo("flow.written", path=str(target))
