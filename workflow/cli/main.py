"""`khen <noun> <verb>`: the command line's front door. Commands load what they need when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workflow.cli import (
    accounts,
    acting,
    appraisal,
    audit,
    common,
    councils,
    database,
    deadlines,
    decisions,
    flows,
    mail_texts,
    mails,
    nominations,
    papers,
    register,
    running,
    serving,
    sessions,
    signing,
    submissions,
)
from workflow.cli.common import help_
from workflow.cli.usage import Commands, leave

app = Commands(
    name="khen",
    help=help_("khen"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (
    flows.app, register.units, register.people, accounts.app, register.rounds, register.history, submissions.app,
    nominations.app, appraisal.app, papers.app, councils.app, sessions.app, signing.app, decisions.app, deadlines.app,
    mails.app, audit.app, database.app,
):  # fmt: skip
    app.add_typer(group)
acting.add_to(nominations.app)
mail_texts.add_to(mails.app)
running.add_to(app)
serving.add_to(app)


@app.callback()
def options(
    lang: Annotated[str | None, typer.Option("--lang", help=help_("lang"), metavar="vi|en")] = None,
    config: Annotated[Path | None, typer.Option("--config", envvar="KHEN_CONFIG", help=help_("config"))] = None,
) -> None:
    if lang not in (None, "vi", "en"):
        raise typer.BadParameter(common.say("error.language", lang=lang or ""))
    common.choose(lang, config)


def main() -> None:
    """The `khen` command."""
    leave(app)
