"""`khen flow …`: check, list, show, draw, publish and begin award flows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.cli.common import (
    NOT_READY,
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
Folder = Annotated[Path | None, typer.Option("--folder", "-f", exists=True, file_okay=False, help=help_("flow_folder"))]
Target = Annotated[Path | None, typer.Option("--folder", "-f", file_okay=False, help=help_("flow_target"))]
Names = Annotated[list[str] | None, typer.Argument(help=help_("flow_names"))]
Place = tuple[Path, tuple[str, ...]]


def _rooms(folder: Path | None) -> list[Path]:
    """The folders there are flows in: the one asked for, or the installation's own before those that ship."""
    from workflow.flow_checks import SHIPPED

    own = settings().definitions.folder
    if own and not Path(own).is_dir():
        complain(say("error.folder_missing", path=str(own)))
        raise typer.Exit(NOT_READY)
    return [folder] if folder else [*([Path(own)] if own else []), SHIPPED]


def _places(names: list[str] | None, folder: Path | None) -> list[Place]:
    """Where to look for which flows; no names means all of that folder. A path to a file is that flow in its folder."""
    if names and len(names) == 1 and names[0].endswith(".toml") and folder is None and Path(names[0]).exists():
        path = Path(names[0])
        return [(path.parent, (path.stem,))]
    rooms = _rooms(folder)
    there = {room: {path.stem for path in room.glob("*.toml")} for room in rooms}
    if not names:
        seen: set[str] = set()
        places = []
        for room in rooms:
            places.append((room, tuple(sorted(there[room] - seen)) if seen else ()))
            seen |= there[room]
        return places
    found: dict[Path, list[str]] = {}
    for name in (Path(each).stem if each.endswith(".toml") else each for each in names):
        holds = [each for each in rooms if name in there[each]]
        if not holds:
            complain(guess(say("error.flow_unknown", name=name), name, set().union(*there.values())))
            raise typer.Exit(REFUSED)
        found.setdefault(holds[0], []).append(name)
    return [(room, tuple(each)) for room, each in found.items()]


@app.command("check", help=help_("flow_check"))
@command
def check(names: Names = None, folder: Folder = None, as_json: Json = False) -> None:
    from definitions.problems import in_order
    from workflow.bootstrap import calendar_for
    from workflow.flow_checks import check as run

    steps = Steps()
    calendar = calendar_for(settings())
    folders = [run(where, calendar, only=only, progress=steps) for where, only in _places(names, folder)]
    steps.end()
    flows = sorted((each for one in folders for each in one.flows), key=lambda each: each.id)
    problems = [each for one in folders for each in one.problems]
    green = bool(flows) and all(each.green for each in folders)
    if as_json:
        print_json({"flows": [_checked(each) for each in flows], "problems": [_problem(each) for each in problems]})
    else:
        for problem in (*problems, *(p for each in flows for p in each.problems)):
            complain(problem.line_of_report(language()))
        for warning in in_order(p for each in flows for p in each.warnings):
            complain(warning.line_of_warning(language()))
        rows = [
            (each.id, each.scenarios, f"{each.coverage:.0%}", len(each.problems) or say("word.none")) for each in flows
        ]
        table(("flow", "scenarios", "coverage", "problems"), rows)
        echo("flow.green" if green else "flow.not_green" if flows else "flow.no_flows")
    if not green:
        raise typer.Exit(REFUSED)


def _problem(each: Any) -> dict[str, Any]:
    return {
        "file": each.file, "line": each.line, "column": each.column, "code": each.code,
        "message": each.sentence(language()),
    }  # fmt: skip


def _checked(each: Any) -> dict[str, Any]:
    return {
        "id": each.id, "file": each.file, "problems": [_problem(p) for p in each.problems],
        "warnings": [_problem(p) for p in each.warnings],
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
            (
                r.flow_id,
                r.number,
                r.label,
                r.title,
                r.award,
                say(f"award_kind.{r.kind}"),
                r.valid_from,
                r.valid_until,
                r.published_at,
            )
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
    from workflow.wording import role_label

    by = ", ".join(role_label(role, language()) for role in each.by)
    return {
        "transition": f"{each.label} [{each.transition}]", "from": ", ".join(each.sources), "to": each.target, "by": by,
        "needs": "; ".join((*each.requires, *each.brings)),
    }  # fmt: skip


def _loaded(name: str, folder: Path | None) -> Any:
    from definitions.loading import load_folder
    from definitions.problems import FlowsRefused

    ((where, only),) = _places([name], folder)
    found = load_folder(where)
    if only[0] not in found.flows:
        mine = tuple(p for p in found.problems if Path(p.file).stem == only[0])
        if mine:
            raise FlowsRefused(mine)
        complain(say("error.flow_is_part", name=only[0]))
        raise typer.Exit(REFUSED)
    return found.flows[only[0]]


@app.command("draw", help=help_("flow_draw"))
@command
def draw(
    name: Annotated[str, typer.Argument(help=help_("flow_name"))],
    dot: Annotated[bool, typer.Option("--dot", help=help_("flow_dot"))] = False,
    svg: Annotated[bool, typer.Option("--svg", help=help_("flow_svg"))] = False,
    folder: Folder = None,
) -> None:
    from definitions import diagram

    flow = _loaded(name, folder).flow
    if svg:
        from definitions.picture import svg as painted

        typer.echo(painted(flow, language()), nl=False)
        return
    typer.echo(diagram.dot(flow, language()) if dot else diagram.mermaid(flow, language()))


@app.command("publish", help=help_("flow_publish"))
@command
def publish(names: Names = None, folder: Folder = None, as_: As = "", as_json: Json = False) -> None:
    from workflow.proving import prove_mails
    from workflow.services.flows import publish as run
    from workflow.services.mail_texts import in_use

    places = _places(names, folder)
    found = open_app()
    texts = in_use(found.desk)
    steps = Steps()
    published: dict[str, int] = {}
    unchanged: list[str] = []
    for where, only in places:  # each folder whole or not at all; what is published already has been said
        report = run(
            found.desk,
            where,
            as_ or "admin",
            found.now(),
            only=only,
            prove=lambda loaded: prove_mails(loaded, texts),
            progress=steps,
        )
        steps.end()
        published |= dict(report.published)
        unchanged += report.unchanged
        for name, number in report.published if not as_json else ():
            echo("flow.published", name=name, number=number)
    if as_json:
        print_json({"published": published, "unchanged": sorted(unchanged)})
    elif unchanged:
        echo("flow.unchanged", names=", ".join(sorted(unchanged)))
    elif not published:
        echo("flow.no_flows")
    if not published and not unchanged:
        raise typer.Exit(REFUSED)


@app.command("new", help=help_("flow_new"))
@command
def new(
    name: Annotated[str, typer.Argument(help=help_("flow_new_name"))],
    source: Annotated[str, typer.Option("--from", help=help_("flow_new_from"))],
    folder: Target = None,
) -> None:
    """Copy a shipped flow under a new id; the shared parts it extends come along when the folder lacks them."""
    from workflow.flow_checks import SHIPPED
    from workflow.services.starting import copy_flow

    target = folder or settings().definitions.folder or Path("flows")
    for path in copy_flow(SHIPPED, target, source, name):
        echo("flow.written", path=str(path))
    echo("flow.new_next", path=str(target / f"{name}.toml"), folder=str(target))
