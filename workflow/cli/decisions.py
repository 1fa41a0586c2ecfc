"""`khen decision …`: the book of decisions, one with its annex, and the copies of it that were signed."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from workflow.cli.common import (
    REFUSED,
    As,
    Json,
    command,
    echo,
    group,
    help_,
    language,
    moment,
    open_app,
    print_json,
    say,
    table,
)

app = group("decision")
Number = Annotated[str, typer.Argument(help=help_("decision_number"))]
Year = Annotated[int | None, typer.Option("--year", min=1990, max=2200, help=help_("decision_year"))]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=help_("decision_file"))]


def _overseer() -> Any:
    from workflow.services.viewing import overseer

    return overseer(language())


def _named(found: Any, number: str, year: int | None) -> int:
    from workflow.services.decisions_book import find

    return find(found.desk, _overseer(), number, year)


@app.command("list", help=help_("decision_list"))
@command
def list_(
    year: Year = None,
    award: Annotated[str, typer.Option("--award", help=help_("decision_award"))] = "",
    text: Annotated[str, typer.Option("--search", help=help_("decision_search"))] = "",
    lacking: Annotated[bool, typer.Option("--lacking", help=help_("decision_lacking"))] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help=help_("limit"))] = 50,
    after: Annotated[int | None, typer.Option("--after", help=help_("after"))] = None,
    as_json: Json = False,
) -> None:
    from workflow.services.decisions_book import Filter, page
    from workflow.wording import award_name

    asked = Filter(year, award, text, lacking)
    shown = page(open_app().desk, _overseer(), asked, after=after, limit=limit)
    if as_json:
        print_json({"rows": shown.rows, "next_after": shown.next})
        return
    table(
        ("decision", "issued_on", "award", "signer", "lines", "lacks"),
        [
            (each.full_number, each.issued_on, award_name(each.award, language()), each.signer, each.lines,
             "; ".join(_lack(lack) for lack in each.lacks))
            for each in shown.rows
        ],
    )  # fmt: skip
    if shown.next:
        echo("decision.more", after=shown.next)


def _lack(each: Any) -> str:
    return say(f"decision.lack.{each.code}", amount=each.amount)


@app.command("show", help=help_("decision_show"))
@command
def show(number: Number, year: Year = None, as_json: Json = False) -> None:
    from workflow.services.decisions_book import show as look

    found = open_app()
    shown = look(found.desk, _overseer(), _named(found, number, year), limit=None)
    if as_json:
        print_json({**_plain(shown), "annex": shown.annex, "later": shown.later})
        return
    for label, value in _facts(shown):
        if value:
            typer.echo(f"{label}: {value}")
    table(
        ("place", "code", "name", "unit", "state", "remark"),
        [(each.place, each.code, each.name, each.unit, each.state.in_(language()), _remark(each))
         for each in shown.annex],
    )  # fmt: skip
    for each in shown.later:
        day = f"{each.on:%d/%m/%Y}"
        echo("decision.later", on=day, what=each.title.in_(language()), document=each.document, lines=len(each.changes))
    for each in shown.files:
        echo("decision.file", kind=say(f"decision.kind.{each.kind}"), file=each.file_name, number=each.number)
    for lack in shown.issued.lacks:
        echo("decision.lacks", what=_lack(lack))


def _plain(shown: Any) -> dict[str, Any]:
    files = [{name: getattr(each, name) for name in ("kind", "number", "file_name", "sha256", "added_at", "verdict")}
             for each in shown.files]  # fmt: skip
    return {"decision": shown.issued, "post": shown.post, "legal": shown.legal, "recorded_at": shown.recorded_at,
            "recorded_by": shown.recorded_by, "files": files}  # fmt: skip


def _facts(shown: Any) -> list[tuple[str, Any]]:
    issued = shown.issued
    capacity = " / ".join(each for each in (issued.capacity, shown.post) if each)
    return [
        (say("column.decision"), issued.full_number),
        (say("column.issued_on"), f"{issued.issued_on:%d/%m/%Y}"),
        (say("column.award"), shown.title.in_(language())),
        (say("column.capacity"), capacity),
        (say("column.signer"), issued.signer),
        (say("column.lines"), issued.lines),
        (say("column.who"), shown.recorded_by),
        (say("column.legal"), "; ".join(shown.legal)),
    ]


def _remark(line: Any) -> str:
    said = []
    if line.printed:
        said.append(say("decision.corrected", by=", ".join(line.corrected_by), was="; ".join(line.printed.values())))
    if line.revoked:
        said.append(say("decision.revoked", by=", ".join(line.revoked_by)))
    return " ".join(said)


@app.command("check", help=help_("decision_check"))
@command
def check(number: Number, file: File, year: Year = None, as_json: Json = False) -> None:
    from workflow.running import machine_now
    from workflow.services.decision_files import check as judge

    found = open_app()
    id_ = _named(found, number, year)
    verdict = judge(found.desk, _overseer(), id_, file.read_bytes(), machine_now())
    if as_json:
        print_json(verdict)
    else:
        _tell(verdict)
    if not verdict.accepted:
        raise typer.Exit(REFUSED)


def _tell(verdict: Any) -> None:
    from workflow.wording import finding

    for each in verdict.findings:
        mark = "?" if each.holds is None else "✓" if each.holds else "✗"
        typer.echo(f"{mark} {finding(each, language())}")
    for each in verdict.signatures:
        echo("decision.signature", who=each.signer or each.name, organisation=each.organisation or "–",
             issuer=each.issuer or "–", at=_signed_on(each.signed_at))  # fmt: skip


def _signed_on(at: str) -> str:
    """When a signature was made, by the wall clock; what cannot be read as an instant is left out."""
    try:
        return moment(datetime.fromisoformat(at))
    except ValueError:
        return "–"


@app.command("attach", help=help_("decision_attach"))
@command
def attach(
    number: Number,
    file: File,
    as_: As,
    year: Year = None,
    scan: Annotated[bool, typer.Option("--scan", help=help_("decision_scan"))] = False,
    as_json: Json = False,
) -> None:
    from workflow.running import machine_now
    from workflow.services.decision_files import attach as put
    from workflow.services.viewing import person_viewer

    found = open_app()
    viewer = person_viewer(found.desk, as_, _today(found), language())
    done = put(
        found.desk, viewer, _named(found, number, year), file.read_bytes(), file.name, found.now(), machine_now(),
        wanted="scan" if scan else "signed",
    )  # fmt: skip
    if as_json:
        print_json(done)
        return
    if done.verdict is not None:
        _tell(done.verdict)
    echo("decision.attached", kind=say(f"decision.kind.{done.kind}"), number=done.number)


@app.command("annex", help=help_("decision_annex"))
@command
def annex(
    number: Number,
    file: Annotated[Path, typer.Argument(dir_okay=False, help=help_("decision_annex_file"))],
    as_: As,
    year: Year = None,
) -> None:
    from workflow.running import machine_now
    from workflow.services.decisions_book import annex_file
    from workflow.services.viewing import person_viewer

    found = open_app()
    viewer = person_viewer(found.desk, as_, _today(found), language())
    heads = [
        say("column.place"), say("column.name"), say("column.post"), say("column.workplace"), say("column.unit"),
        say("column.certificate"), say("column.remark"),
    ]  # fmt: skip
    issued, content = annex_file(
        found.desk, viewer, _named(found, number, year), heads,
        lambda line: (str(line.place), line.name, line.position, line.workplace, line.unit_name, line.certificate,
                      _remark(line)),
        machine_now(),
    )  # fmt: skip
    file.write_bytes(content)
    echo("decision.taken", file=str(file), lines=issued.lines)


@app.command("draft", help=help_("decision_draft"))
@command
def draft(
    number: Number,
    to: Annotated[Path, typer.Option("--to", dir_okay=False, help=help_("decision_to"))],
    as_: As,
    year: Year = None,
) -> None:
    from workflow.cli.papers import own_folder
    from workflow.services.decision_papers import draft as make
    from workflow.services.viewing import person_viewer

    found = open_app()
    viewer = person_viewer(found.desk, as_, _today(found), language())
    form: Literal["pdf", "docx"] = "docx" if to.suffix.lower() == ".docx" else "pdf"
    made = make(
        found.desk, viewer, _named(found, number, year), form, found.settings.papers.house, found.now(), own_folder()
    )
    to.write_bytes(made.content)
    echo("decision.drafted", number=made.full_number, file=str(to))


@app.command("paper", help=help_("decision_paper"))
@command
def paper(
    number: Number,
    which: Annotated[str, typer.Argument(help=help_("decision_paper_which"))],
    to: Annotated[Path, typer.Option("--to", dir_okay=False, help=help_("decision_to"))],
    as_: As,
    unit: Annotated[str, typer.Option("--unit", help=help_("decision_paper_unit"))] = "",
    line: Annotated[str, typer.Option("--line", help=help_("decision_paper_line"))] = "",
    year: Year = None,
) -> None:
    from workflow.cli.papers import write
    from workflow.running import machine_now
    from workflow.services.decision_papers import paper as values
    from workflow.services.decisions_book import UnknownDecision, find
    from workflow.services.viewing import person_viewer

    found = open_app()
    viewer = person_viewer(found.desk, as_, _today(found), language())
    house = found.settings.papers.house
    try:
        id_ = find(found.desk, viewer, number, year)
        made = values(found.desk, viewer, id_, which, house, found.now(), machine_now(), unit=unit, code=line)
    except UnknownDecision:
        raise UnknownDecision(number) from None  # by the number that was typed, whatever is not there
    write(made, to)


def _today(found: Any) -> date:
    from definitions.calendar import local_day

    return local_day(found.now())
