"""`khen db …`: tables up to date, data proved, copies made and put back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from workflow.cli.common import (
    REFUSED,
    Json,
    Yes,
    command,
    complain,
    confirm,
    echo,
    group,
    help_,
    open_app,
    print_json,
    say,
    settings,
)

app = group("db")


@app.command("upgrade", help=help_("db_upgrade"))
@command
def upgrade() -> None:
    from workflow.bootstrap import bring_up_to_date, engine_for

    echo("db.upgraded", version=bring_up_to_date(engine_for(settings())))


@app.command("check", help=help_("db_check"))
@command
def check(as_json: Json = False) -> None:
    from workflow.services.checking import check as prove

    found = prove(open_app().desk)
    if as_json:
        print_json({"ok": found.ok, "checks": found.checks})
    else:
        for each in found.checks:
            (echo if each.ok else lambda code, **p: complain(say(code, **p)))(
                "db.check_ok" if each.ok else "db.check_bad", name=say(f"db_check.{each.name}"), detail=each.detail
            )
    if not found.ok:
        raise typer.Exit(REFUSED)


@app.command("backup", help=help_("db_backup"))
@command
def backup(
    target: Annotated[Path | None, typer.Argument(help=help_("backup_file"))] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    from workflow.bootstrap import BACKUP, engine_for, put
    from workflow.storage.backup import back_up

    engine, now = engine_for(settings()), datetime.now(UTC)
    made = back_up(engine, target or Path(f"khen-{now:%Y%m%d-%H%M%S}.backup"), overwrite=yes)
    put(engine, BACKUP, now.isoformat())
    if as_json:
        print_json({"file": str(made.file), "version": made.version, "bytes": made.bytes})
        return
    echo("db.backed_up", path=str(made.file), megabytes=f"{made.bytes / 1e6:.1f}", version=made.version)


@app.command("restore", help=help_("db_restore"))
@command
def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=help_("backup_file"))],
    yes: Yes = False,
) -> None:
    import secrets

    from workflow.storage.backup import restore as put_back, verify
    from workflow.storage.errors import Damaged, Unreachable

    url = settings().database.address
    try:
        verify(file)
    except (Damaged, Unreachable) as error:
        complain(say("db.not_a_backup", file=str(file), detail=error.params.get("detail", "")))
        raise typer.Exit(REFUSED) from None
    confirm(yes, "db.restore_sure", file=str(file))
    done = put_back(file, url, now=datetime.now(UTC), instance=secrets.token_hex(8), overwrite=True)
    echo("db.restored", version=done.version, waiting=done.waiting)
    if done.set_aside:
        echo("db.set_aside", path=str(done.set_aside))
