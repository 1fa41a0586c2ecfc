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
from workflow.cli.serving import free_port, stay


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
    from workflow.logs import configure
    from workflow.running import clock_of, delivery
    from workflow.services.reminders import sweep

    configure()
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
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help=help_("demo_port"))] = 8080,
    flows: Annotated[
        Path | None, typer.Option("--flows", exists=True, file_okay=False, help=help_("demo_flows"))
    ] = None,
    as_json: Json = False,
) -> None:
    from workflow.demo.running import NotADemo, prepare, rehearse, write_settings

    with ExitStack() as stack:
        try:
            prepare(folder, flows, 1)
            server = _quiet_catch(folder / "mailbox", stack)
            prepared = write_settings(folder, flows, server.port, free_port(port))
        except NotADemo:
            complain(say("demo.not_empty", folder=str(folder)))
            raise typer.Exit(REFUSED) from None
        steps = Steps()
        story = _Story(steps, quiet=as_json)
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
        story.end()
        if as_json:
            print_json(found.figures)
        else:
            _summary(found, folder)
        if not once:
            stay(found.app, folder / "mailbox")
    figures = found.figures
    if figures["audit"] != "ok" or figures["mails"]["failed"]:
        raise typer.Exit(REFUSED)


def _quiet_catch(folder: Path, stack: ExitStack) -> Any:
    from workflow.demo.running import catch_all

    return catch_all(folder, 0, stack)


class _Story:
    """Prints the rehearsal as a person would tell it: what the acts of a day come to, the telling ones first."""

    MOST = 2
    """Lines a day."""

    def __init__(self, steps: Steps, *, quiet: bool) -> None:
        self._steps = steps
        self._quiet = quiet
        self._day: date | None = None
        self._lists: list[Any] = []
        self._acts: dict[tuple[str, str], list[Any]] = {}
        self._reminded: Any = None
        self._sessions: list[Any] = []

    def __call__(self, day: date, kind: str, facts: Any) -> None:
        if self._quiet:
            return
        if day != self._day:
            self.end()
            self._day = day
        if kind == "list":
            self._lists.append(facts)
        elif kind == "reminders":
            self._reminded = facts
        elif kind == "session":
            self._sessions.append(facts)
        else:
            self._acts.setdefault((facts["flow"].id, facts["transition"]), []).append(facts)

    def end(self) -> None:
        """Tell the day that is over."""
        found = [*self._told_lists(), *(self._told_act(each) for each in self._acts.values())]
        found += [(10, say(f"demo.session_{each['what']}", **each)) for each in self._sessions]
        if self._reminded and self._reminded["amount"] >= 80:  # a few reminders are every day's bread
            found.append((1, say("demo.reminders", **self._reminded)))
        found = [each for each in found if each[0] > 3 or (each[0] and len(found) < 3)]
        if found:
            self._steps.end()
        for _, text in sorted(found, key=lambda each: -each[0])[: self.MOST]:
            typer.echo(f"{self._day:%d/%m/%Y}  {text}")
        self._lists, self._acts, self._reminded, self._sessions = [], {}, None, []

    def _told_lists(self) -> list[tuple[int, str]]:
        bad = [each for each in self._lists if each["bad"]]
        told = [(9, say("demo.list_bad", **each)) for each in bad]
        good = [each for each in self._lists if not each["bad"]]
        if len(good) == 1:
            told.append((5, say("demo.list", **good[0])))
        elif good:
            told.append((5, say("demo.lists", amount=len(good), good=sum(each["good"] for each in good))))
        return told

    def _told_act(self, acts: list[Any]) -> tuple[int, str]:
        flow, transition = acts[0]["flow"], acts[0]["flow"].transitions[acts[0]["transition"]]
        states: dict[str, int] = {}
        for each in acts:
            for state, amount in each["states"].items():
                states[state] = states.get(state, 0) + amount
        done = sum(states.values())
        units = sorted({unit for each in acts for unit in each["units"]})
        to = ", ".join(
            f"{flow.states[state].label.in_(language())} ({amount})"
            for state, amount in sorted(states.items())
            if state in flow.states
        )
        where = units[0] if len(units) == 1 else say("demo.units", amount=len(units))
        text = say("demo.act", act=transition.label.in_(language()), flow=flow.title.in_(language()), done=done,
                   units=where, to=to, mails=sum(each["mails"] for each in acts))  # fmt: skip
        return self._weight(flow, transition, states, done), text

    def _weight(self, flow: Any, transition: Any, states: dict[str, int], done: int) -> int:
        """How telling an act is: decisions and the council first, then whatever goes another way than forward."""
        if any(field.type == "decision" for field in transition.fields):
            return 8
        if transition.vote == "ministry":
            return 7
        if transition.exceptional or any(
            flow.states[state].final == "negative" for state in states if state in flow.states
        ):
            return 6
        if transition.id in ("request_supplement", "suspend", "change_award", "upper_return"):
            return 4
        return 3 if done >= 30 else 0


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
    echo(
        "audit.ok" if figures["audit"] == "ok" else "demo.audit_broken",
        entries=figures["audit_entries"],
        short=figures["audit_head"],
    )
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


# ── doctor ───────────────────────────────────────────────────────────────────────────────────────


@command
def doctor(as_json: Json = False) -> None:
    from workflow.doctor import examine

    findings = examine(_settings_in_words)
    if as_json:
        print_json([{"name": f.name, "level": f.level, "detail": f.detail, "mend": _mend(f)} for f in findings])
    else:
        marks = {"ok": "✓", "warn": "!", "bad": "✗"}
        for each in findings:
            console().print(f"{marks[each.level]} {say(f'doctor.{each.name}')}: {_found(each)}", markup=False)
            if each.level != "ok":
                console().print(f"    → {_mend(each)}", markup=False)
    if any(each.level == "bad" for each in findings):
        raise typer.Exit(NOT_READY)


def _found(finding: Any) -> str:
    """What was found, for reading: mails by the words for their state."""
    if finding.name != "outbox":
        return str(finding.detail)
    from definitions.messages import package_catalogue

    words = package_catalogue("notifications")
    counted = (part.rpartition(" ") for part in finding.detail.split(", "))
    return ", ".join(
        f"{words.say(f'mail_state.{state}', language())}: {amount}" if state else amount for state, _, amount in counted
    )


def _settings_in_words() -> Any:
    """The settings; what is wrong with them is said in the language of this run."""
    from workflow.explaining import sentences

    try:
        return settings()
    except Exception as error:
        _, lines = sentences(error, language()) or (0, [str(error)])
        raise ValueError("; ".join(lines)) from error


def _mend(finding: Any) -> str:
    return say(f"doctor_mend.{finding.name}") if finding.level != "ok" else ""
