"""`khen signing …`: the lists that await a signature, and the papers that lay one of them before the signer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workflow.cli.common import As, Json, command, group, help_, language, open_app, print_json, table

app = group("signing")


@app.command("list", help=help_("signing_list"))
@command
def list_(as_json: Json = False) -> None:
    from definitions.calendar import local_day
    from workflow.services.awaiting_signature import lists
    from workflow.services.viewing import overseer
    from workflow.wording import award_name

    found = open_app()
    rows = lists(found.desk, overseer(language()), local_day(found.now()))
    if as_json:
        print_json([each._asdict() for each in rows])
        return
    table(
        ("round", "award_id", "kind", "award", "lines", "units", "since", "due"),
        [
            (each.round, each.award, each.kind, award_name(each.award, language()), each.amount, each.units,
             each.since, each.due_on)
            for each in rows
        ],
    )  # fmt: skip


@app.command("paper", help=help_("signing_paper"))
@command
def paper(
    round_: Annotated[str, typer.Argument(metavar="ROUND", help=help_("signing_round"))],
    award: Annotated[str, typer.Argument(help=help_("signing_award"))],
    which: Annotated[str, typer.Argument(help=help_("signing_which"))],
    to: Annotated[Path, typer.Option("--to", dir_okay=False, help=help_("decision_to"))],
    as_: As,
    kind: Annotated[str, typer.Option("--kind", help=help_("signing_kind"))] = "merit",
) -> None:
    from definitions.calendar import local_day
    from workflow.cli.papers import write
    from workflow.running import machine_now
    from workflow.services.signing_letters import paper as values
    from workflow.services.viewing import person_viewer

    found = open_app()
    viewer = person_viewer(found.desk, as_, local_day(found.now()), language())
    house = found.settings.papers.house
    write(values(found.desk, viewer, round_, award, kind, which, house, found.now(), machine_now()), to)
