"""`khen serve`: the pages, with the clock and delivery in the same process or beside a worker of their own."""

from __future__ import annotations

from typing import Annotated

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
    from workflow.web.server import serve as run

    found = open_app()
    web = found.settings.web
    echo("serve.runs", address=f"http://{host or web.host}:{port or web.port}", base=web.base_url)
    if not run(found, worker=not web_only, host=host, port=port, said=typer.echo):
        complain(say("worker.unfinished"))
