"""`khen audit …`: the head to print, the proof, and an export for the stand-alone verifier."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workflow.cli.common import REFUSED, Json, command, complain, echo, group, help_, open_app, print_json, say

app = group("audit")


@app.command("head", help=help_("audit_head"))
@command
def head(as_json: Json = False) -> None:
    from workflow.services.auditing import head as end

    found = end(open_app().desk)
    if as_json:
        print_json(found)
        return
    echo("audit.head", number=found.number, short=found.short, hash=found.hash)


@app.command("verify", help=help_("audit_verify"))
@command
def verify(
    anchor: Annotated[list[str] | None, typer.Option("--anchor", metavar="NUMBER:HASH", help=help_("anchor"))] = None,
    as_json: Json = False,
) -> None:
    from workflow.services.auditing import verify as prove

    anchors = []
    for each in anchor or ():
        number, colon, hash_ = each.partition(":")
        if not colon or not number.isdecimal():
            raise typer.BadParameter(say("error.anchor_shape", text=each))
        anchors.append((int(number), hash_))
    proof = prove(open_app().desk, anchors)
    if as_json:
        print_json({"audit": "ok" if not proof.faults else "broken", "entries": proof.entries, "head": proof.head,
                    "faults": proof.faults})  # fmt: skip
    elif not proof.faults:
        echo("audit.ok", entries=proof.entries, short=proof.head.short)
    for fault in proof.faults if not as_json else ():
        complain(say(f"audit.fault_{fault.code}", number=fault.number))
    if proof.faults:
        raise typer.Exit(REFUSED)


@app.command("export", help=help_("audit_export"))
@command
def export(target: Annotated[Path, typer.Argument(help=help_("audit_file"))]) -> None:
    from workflow.services.auditing import export as write

    echo("audit.exported", entries=write(open_app().desk, target), path=str(target))
