"""`khen serve`: the pages, with the clock and delivery in the same process or beside a worker of their own."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.cli.common import command, complain, echo, help_, open_app, say


def add_to(app: typer.Typer) -> None:
    """Put this command beside the groups."""
    app.command("serve", help=help_("serve"))(serve)


@command
def serve(
    host: Annotated[str, typer.Option("--host", help=help_("serve_host"))] = "",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help=help_("serve_port"))] = 0,
    web_only: Annotated[bool, typer.Option("--web-only", help=help_("serve_web_only"))] = False,
) -> None:
    from workflow.demo.running import is_demo
    from workflow.web.server import serve as run

    found = open_app()
    web = found.settings.web
    demo = is_demo(found)
    mailbox = found.desk.files.parent / "mailbox"  # a rehearsal's folder has its mails beside its papers
    echo("serve.runs", address=f"http://{host or web.host}:{port or web.port}", base=web.base_url)
    if not run(
        found,
        worker=not web_only,
        host=host,
        port=port,
        demo=demo,
        mailbox=mailbox if demo and mailbox.is_dir() else None,
        said=typer.echo,
    ):
        complain(say("worker.unfinished"))


def stay(app: Any, mailbox: Path) -> None:
    """After the rehearsal: its season in the browser, clock and delivery beside, until somebody stops it."""
    from workflow.web.server import serve as run

    web = app.settings.web
    echo("demo.stays", address=web.base_url, mail=app.settings.mail.effective_port)
    run(app, worker=True, demo=True, mailbox=mailbox)


def free_port(wanted: int) -> int:
    """The port asked for, or when somebody has it already, one that is free."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return wanted
