"""`khen council …`: councils and who sits on them. `khen session …` is in `sessions`."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from workflow.cli.common import (
    As,
    Json,
    command,
    echo,
    group,
    help_,
    needed_day,
    open_app,
    parse_day,
    print_json,
    say,
    table,
)

app = group("council")

Council = Annotated[str, typer.Argument(help=help_("council_code"))]


@app.command("list", help=help_("council_list"))
@command
def list_(as_json: Json = False) -> None:
    from workflow.services.councils import councils

    found = open_app()
    views = councils(found.desk, _today(found))
    if as_json:
        print_json(views)
        return
    rows = [(v.row.code, v.row.title, v.row.unit or v.row.cluster, sum(s.votes for s in v.seats)) for v in views]
    table(("council", "title", "unit", "members"), rows)


@app.command("show", help=help_("council_show"))
@command
def show(code: Council, as_json: Json = False) -> None:
    from workflow.services.councils import council

    found = open_app()
    view = council(found.desk, code, _today(found))
    if as_json:
        print_json(view)
        return
    typer.echo(f"{view.row.code} · {view.row.title}")
    table(
        ("person", "person_name", "post", "standing", "votes", "from_on", "until_on"),
        [
            (each.person, each.name, say(f"post.{each.post}"), each.standing, each.votes, each.from_on, each.until_on)
            for each in view.seats
        ],
    )


@app.command("add", help=help_("council_add"))
@command
def add(
    code: Council,
    title: Annotated[str, typer.Option("--title", help=help_("council_title"))],
    kind: Annotated[str, typer.Option("--kind", help=help_("council_kind"))] = "council",
    unit: Annotated[str, typer.Option("--unit", help=help_("unit_code"))] = "",
    cluster: Annotated[str, typer.Option("--cluster", help=help_("council_cluster"))] = "",
    since: Annotated[str, typer.Option("--from", help=help_("council_from"))] = "",
    as_: As = "",
) -> None:
    from workflow.services.councils import CouncilEntry, add_council

    found = open_app()
    begins = parse_day(since) or _today(found)
    add_council(found.desk, CouncilEntry(code, title, kind, begins, unit=unit, cluster=cluster), as_, found.now())
    echo("council.added", council=code)


@app.command("seat", help=help_("council_seat"))
@command
def seat(
    code: Council,
    people: Annotated[list[str], typer.Argument(help=help_("person"))],
    post: Annotated[str, typer.Option("--post", help=help_("council_post"))] = "member",
    standing: Annotated[bool, typer.Option("--standing", help=help_("council_standing"))] = False,
    votes: Annotated[bool | None, typer.Option("--votes/--no-vote", help=help_("council_votes"))] = None,
    since: Annotated[str, typer.Option("--from", help=help_("council_from"))] = "",
    until: Annotated[str, typer.Option("--until", help=help_("council_until"))] = "",
    document: Annotated[str, typer.Option("--document", help=help_("council_document"))] = "",
    as_: As = "",
) -> None:
    from workflow.services import councils

    found = open_app()
    begins, ends = parse_day(since) or _today(found), parse_day(until)
    entries = [councils.SeatEntry(each, post, begins, ends, standing, votes, document) for each in people]  # type: ignore[arg-type]
    echo("council.seated", amount=councils.seat(found.desk, code, entries, as_, found.now()), council=code)


@app.command("unseat", help=help_("council_unseat"))
@command
def unseat(
    code: Council,
    person: Annotated[str, typer.Argument(help=help_("person"))],
    until: Annotated[str, typer.Option("--until", help=help_("council_unseat_until"))],
    as_: As = "",
) -> None:
    from workflow.services.councils import end_seat

    found = open_app()
    end_seat(found.desk, code, person, needed_day(until), as_, found.now())
    echo("council.unseated", person=person, council=code, on=f"{needed_day(until):%d/%m/%Y}")


def _today(found: object) -> date:
    from definitions.calendar import local_day

    return local_day(found.now())  # type: ignore[attr-defined]
