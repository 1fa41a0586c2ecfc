"""`khen flow …`: check, list, show, draw, publish and begin award flows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.cli.common import (
    REFUSED,
    As,
    Json,
    Steps,
    command,
    complain,
    echo,
    group,
    guess,
    help_,
    language,
    open_app,
    print_json,
    say,
    settings,
    table,
)

app = group("flow")
Folder = Annotated[Path | None, typer.Option("--folder", "-f", help=help_("flow_folder"))]
Names = Annotated[list[str] | None, typer.Argument(help=help_("flow_names"))]


def _folder(given: Path | None) -> Path:
    from workflow.services.flows import SHIPPED

    return given or settings().definitions.folder or SHIPPED


@app.command("check", help=help_("flow_check"))
@command
def check(names: Names = None, folder: Folder = None, as_json: Json = False) -> None:
    from workflow.bootstrap import calendar_for
    from workflow.services.flows import check as run

    where, only = _where(names, folder)
    steps = Steps()
    found = run(where, calendar_for(settings()), only=only, progress=steps)
    steps.end()
    if as_json:
        print_json(
            {"flows": [_checked(each) for each in found.flows], "problems": [_problem(p) for p in found.problems]}
        )
    else:
        for problem in (*found.problems, *(p for each in found.flows for p in each.problems)):
            complain(problem.line_of_report(language()))
        rows = [
            (each.id, each.scenarios, f"{each.coverage:.0%}", len(each.problems) or say("word.none"))
            for each in found.flows
        ]
        table(("flow", "scenarios", "coverage", "problems"), rows)
        echo("flow.green" if found.green else "flow.not_green")
    if not found.green:
        raise typer.Exit(REFUSED)


def _where(names: list[str] | None, folder: Path | None) -> tuple[Path, tuple[str, ...]]:
    """The folder and the flows asked for; a path to one file means that flow in its folder."""
    if names and len(names) == 1 and names[0].endswith(".toml") and folder is None:
        path = Path(names[0])
        return path.parent, (path.stem,)
    return _folder(folder), tuple(Path(name).stem if name.endswith(".toml") else name for name in names or ())


def _problem(each: Any) -> dict[str, Any]:
    return {
        "file": each.file, "line": each.line, "column": each.column, "code": each.code,
        "message": each.sentence(language()),
    }  # fmt: skip


def _checked(each: Any) -> dict[str, Any]:
    return {
        "id": each.id, "file": each.file, "problems": [_problem(p) for p in each.problems],
        "scenarios": each.scenarios, "coverage": round(each.coverage, 4),
    }  # fmt: skip


@app.command("list", help=help_("flow_list"))
@command
def list_(
    as_json: Json = False, all_versions: Annotated[bool, typer.Option("--all", help=help_("flow_all"))] = False
) -> None:
    from definitions.calendar import local_day
    from workflow.services.flows import in_force, published

    found = open_app()
    today = local_day(found.now())
    rows = published(found.desk) if all_versions else list(in_force(found.desk, today).values())
    if as_json:
        print_json(rows)
        return
    table(
        ("flow", "number", "label", "title", "award", "kind", "valid_from", "valid_until", "published"),
        [
            (r.flow_id, r.number, r.label, r.title, r.award, r.kind, r.valid_from, r.valid_until, r.published_at)
            for r in rows
        ],
    )
    ended = [r.flow_id for r in rows if not r.valid_on(today)]
    if ended and not all_versions:
        echo("flow.past_its_end", flows=", ".join(ended))


@app.command("show", help=help_("flow_show"))
@command
def show(
    name: Annotated[str, typer.Argument(help=help_("flow_name"))],
    resolved: Annotated[bool, typer.Option("--resolved", help=help_("flow_resolved"))] = False,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    from definitions.diagram import steps

    loaded = _loaded(name, folder)
    if resolved:
        typer.echo(loaded.resolved_text)
        return
    rows = [_step(each) for each in steps(loaded.flow, language())]
    if as_json:
        print_json({"id": name, "title": loaded.flow.title.in_(language()), "steps": rows})
        return
    typer.echo(f"{loaded.flow.title.in_(language())} — {loaded.flow.version}")
    table(("transition", "from", "to", "by", "needs"), [tuple(row.values()) for row in rows])


def _step(each: Any) -> dict[str, str]:
    return {
        "transition": each.label, "from": ", ".join(each.sources), "to": each.target, "by": ", ".join(each.by),
        "needs": "; ".join((*each.requires, *each.brings)),
    }  # fmt: skip


def _loaded(name: str, folder: Path | None) -> Any:
    from definitions.loading import load_folder
    from definitions.problems import FlowsRefused

    where, only = _where([name], folder)
    found = load_folder(where)
    if only[0] not in found.flows:
        mine = tuple(p for p in found.problems if Path(p.file).stem == only[0])
        if mine:
            raise FlowsRefused(mine)
        complain(guess(say("error.flow_unknown", name=only[0]), only[0], found.flows))
        raise typer.Exit(REFUSED)
    return found.flows[only[0]]


@app.command("draw", help=help_("flow_draw"))
@command
def draw(
    name: Annotated[str, typer.Argument(help=help_("flow_name"))],
    dot: Annotated[bool, typer.Option("--dot", help=help_("flow_dot"))] = False,
    folder: Folder = None,
) -> None:
    from definitions import diagram

    flow = _loaded(name, folder).flow
    typer.echo(diagram.dot(flow, language()) if dot else diagram.mermaid(flow, language()))


@app.command("publish", help=help_("flow_publish"))
@command
def publish(names: Names = None, folder: Folder = None, as_: As = "", as_json: Json = False) -> None:
    from workflow.proving import prove_mails
    from workflow.services.flows import publish as run

    where, only = _where(names, folder)
    found = open_app()
    steps = Steps()
    report = run(found.desk, where, as_ or "admin", found.now(), only=only, prove=prove_mails, progress=steps)
    steps.end()
    if as_json:
        print_json({"published": dict(report.published), "unchanged": report.unchanged})
        return
    for name, number in report.published:
        echo("flow.published", name=name, number=number)
    if report.unchanged:
        echo("flow.unchanged", names=", ".join(report.unchanged))


@app.command("new", help=help_("flow_new"))
@command
def new(
    name: Annotated[str, typer.Argument(help=help_("flow_new_name"))],
    source: Annotated[str, typer.Option("--from", help=help_("flow_new_from"))],
    folder: Folder = None,
) -> None:
    """Copy a shipped flow under a new id; the shared parts it extends come along when the folder lacks them."""
    from workflow.services.flows import SHIPPED
    from workflow.services.starting import copy_flow

    target = folder or settings().definitions.folder or Path("flows")
    for path in copy_flow(SHIPPED, target, source, name):
        echo("flow.written", path=str(path))
    echo("flow.new_next", path=str(target / f"{name}.toml"))
