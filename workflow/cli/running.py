"""`khen worker`, `khen demo`, `khen doctor`: what runs by itself, the rehearsal, and what is wrong here."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.cli.common import (
    NOT_READY,
    REFUSED,
    Json,
    Steps,
    command,
    complain,
    console,
    echo,
    help_,
    language,
    open_app,
    print_json,
    say,
    settings,
    table,
)


def add_to(app: typer.Typer) -> None:
    """Put these commands beside the groups."""
    app.command("worker", help=help_("worker"))(worker)
    app.command("demo", help=help_("demo"))(demo)
    app.command("doctor", help=help_("doctor"))(doctor)


@command
def worker(
    once: Annotated[bool, typer.Option("--once", help=help_("worker_once"))] = False,
    catch_all: Annotated[Path | None, typer.Option("--catch-all", help=help_("catch_all"))] = None,
) -> None:
    from workflow.running import clock_of, delivery
    from workflow.services.reminders import sweep

    found = open_app()
    with ExitStack() as stack:
        if catch_all:
            _catch(catch_all, found.settings.mail.effective_port, stack)
        mails = delivery(found, found.now)
        if once:
            swept = sweep(found.desk, found.now())
            sent = mails.deliver()
            echo("worker.once", reminders=swept.reminders, sent=sent.handed_over, failed=sent.failed)
            return
        echo("worker.runs", mode=found.settings.mail.mode)
        if not clock_of(found, mails, typer.echo).run():
            complain(say("worker.unfinished"))


def _catch(folder: Path, port: int, stack: ExitStack) -> Any:
    from workflow.demo.running import catch_all

    server = catch_all(folder, port, stack)
    echo("worker.catches", port=server.port, folder=str(folder))
    return server


# ── the rehearsal ────────────────────────────────────────────────────────────────────────────────


@command
def demo(
    folder: Annotated[Path, typer.Option("--folder", help=help_("demo_folder"))] = Path("khen-demo"),
    once: Annotated[bool, typer.Option("--once", help=help_("demo_once"))] = False,
    scale: Annotated[int, typer.Option("--scale", min=1, max=200, help=help_("demo_scale"))] = 1,
    seed: Annotated[int, typer.Option("--seed", help=help_("demo_seed"))] = 2026,
    flows: Annotated[
        Path | None, typer.Option("--flows", exists=True, file_okay=False, help=help_("demo_flows"))
    ] = None,
    as_json: Json = False,
) -> None:
    from workflow.demo.running import NotADemo, prepare, rehearse

    with ExitStack() as stack:
        try:
            server = None
            prepare(folder, flows, 1)
            server = _quiet_catch(folder / "mailbox", stack)
            prepared = prepare_again(folder, flows, server.port)
        except NotADemo:
            complain(say("demo.not_empty", folder=str(folder)))
            raise typer.Exit(REFUSED) from None
        story = _Story(quiet=as_json)
        steps = Steps()
        found = rehearse(
            folder,
            scale=scale,
            seed=seed,
            flows_folder=flows,
            server=server,
            say=story,
            progress=steps,
            settings=prepared,
        )
        steps.end()
        if as_json:
            print_json(found.figures)
        else:
            _summary(found, folder)
        if not once:
            _stay(found, folder)
    figures = found.figures
    if figures["audit"] != "ok" or figures["mails"]["failed"]:
        raise typer.Exit(REFUSED)


def prepare_again(folder: Path, flows: Path | None, port: int) -> Any:
    """The settings once the catch-all's port is known."""
    from workflow.demo.running import CONFIG
    from workflow.settings import load_settings

    extra = f'\n[definitions]\nfolder = "{flows.resolve()}"\n' if flows else ""
    (folder / "config.toml").write_text(CONFIG.format(port=port, definitions=extra), encoding="utf-8")
    return load_settings(folder / "config.toml", {})


def _quiet_catch(folder: Path, stack: ExitStack) -> Any:
    from workflow.demo.running import catch_all

    return catch_all(folder, 0, stack)


class _Story:
    """Prints the rehearsal as a person would tell it; the many small acts of one day are one line."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._day: date | None = None
        self._told: set[str] = set()

    def __call__(self, day: date, kind: str, facts: Any) -> None:
        if self._quiet:
            return
        text = self._line(kind, facts)
        if not text or text in self._told:
            return
        self._told.add(text)
        typer.echo(f"{day:%d/%m/%Y}  {text}")

    def _line(self, kind: str, facts: Any) -> str:
        if kind == "list":
            code = "demo.list_bad" if facts["bad"] else "demo.list"
            return say(code, unit=facts["unit"], good=facts["good"], bad=facts["bad"])
        if kind == "reminders":
            return (
                say("demo.reminders", amount=facts["amount"], escalations=facts["escalations"], mails=facts["mails"])
                if facts["amount"] >= 20
                else ""
            )
        flow, transition = facts["flow"], facts["transition"]
        words = flow.transitions[transition]
        to = ", ".join(f"{flow.states[state].label.in_(language())} ({amount})" if state in flow.states else state
                       for state, amount in sorted(facts["states"].items()))  # fmt: skip
        if not (
            words.exceptional
            or len(words.branches) > 1
            or any(f.type == "decision" for f in words.fields)
            or facts["done"] >= 5
        ):
            return ""
        units = facts["units"]
        where = units[0] if len(units) == 1 else say("demo.units", amount=len(units))
        return say("demo.act", act=words.label.in_(language()), flow=flow.title.in_(language()), done=facts["done"],
                   units=where, to=to, mails=facts["mails"])  # fmt: skip


def _summary(found: Any, folder: Path) -> None:
    from workflow.services.flows import in_force
    from workflow.services.looking import flow_words

    versions = in_force(found.app.desk, date(2026, 12, 1))
    words = {name: flow_words(found.app.desk, {each.id}, language())[each.id] for name, each in versions.items()}
    typer.echo("")
    table(
        ("award", "state", "amount"),
        [(words[flow].title, words[flow].states.get(state, state), amount) for flow, state, amount in found.rows],
        title=say("demo.summary"),
    )
    for file, good, bad in found.lists:
        echo("demo.sample", file=file, good=good, bad=bad)
    figures = found.figures
    echo("demo.figures", units=figures["units"], nominations=figures["nominations"], acts=figures["acts"],
         events=figures["events"], sent=figures["mails"]["handed_over"], failed=figures["mails"]["failed"],
         reminders=figures["reminders"], decisions=figures["decisions"], seconds=figures["seconds"])  # fmt: skip
    echo("audit.ok" if figures["audit"] == "ok" else "demo.audit_broken", entries="", short=figures["audit_head"])
    for each in found.surprises[:10]:
        complain(say("demo.surprise", what=each))
    code = _example(found)
    echo("demo.next", config=str(found.config), mailbox=str(folder / "mailbox"), code=code)


def _example(found: Any) -> str:
    from workflow.services.looking import Filter, nominations_page

    for state in ("appraising", "draft", "decided", "awarded"):
        rows = nominations_page(found.app.desk, Filter(state=state), limit=1).rows
        if rows:
            return str(rows[0].code)
    return "…"


def _stay(found: Any, folder: Path) -> None:
    from workflow.running import clock_of, delivery

    echo("demo.stays", port=found.app.settings.mail.effective_port)
    clock_of(found.app, delivery(found.app, found.app.now)).run()


# ── doctor ───────────────────────────────────────────────────────────────────────────────────────


@command
def doctor(as_json: Json = False) -> None:
    from workflow.doctor import examine

    findings = examine(settings)
    if as_json:
        print_json([{"name": f.name, "level": f.level, "detail": f.detail, "mend": _mend(f)} for f in findings])
    else:
        marks = {"ok": "✓", "warn": "!", "bad": "✗"}
        for each in findings:
            console().print(f"{marks[each.level]} {say(f'doctor.{each.name}')}: {each.detail}", markup=False)
            if each.level != "ok":
                console().print(f"    → {_mend(each)}", markup=False)
    if any(each.level == "bad" for each in findings):
        raise typer.Exit(NOT_READY)


def _mend(finding: Any) -> str:
    return say(f"doctor_mend.{finding.name}") if finding.level != "ok" else ""
