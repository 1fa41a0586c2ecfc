"""`khen session …`: a council's sessions from plan to published list. Nothing of a result is shown before closing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.cli.common import (
    REFUSED,
    As,
    Json,
    Yes,
    command,
    complain,
    confirm,
    echo,
    group,
    help_,
    language,
    needed_day,
    open_app,
    parse_day,
    print_json,
    say,
    table,
)

app = group("session")

Code = Annotated[str, typer.Argument(help=help_("session_code"))]
Key = Annotated[str, typer.Option("--request-key", help=help_("request_key"))]
Lines = Annotated[str, typer.Option("--lines", help=help_("session_lines"))]


# ── planning ─────────────────────────────────────────────────────────────────────────────────────


@app.command("list", help=help_("session_list"))
@command
def list_(as_json: Json = False) -> None:
    from workflow.storage import council
    from workflow.storage.database import read

    found = open_app()
    with read(found.desk.engine) as connection:
        rows = council.sessions(connection)
    if as_json:
        print_json([each._asdict() for each in rows])
        return
    table(
        ("session", "title", "council", "held_on", "answers_due_on", "state"),
        [(r.code, r.title, r.council, r.held_on, r.answers_due_on, say(f"session_state.{r.state}")) for r in rows],
    )


@app.command("plan", help=help_("session_plan"))
@command
def plan(
    code: Code,
    council: Annotated[str, typer.Option("--council", help=help_("council_code"))],
    title: Annotated[str, typer.Option("--title", help=help_("session_title"))],
    on: Annotated[str, typer.Option("--on", help=help_("session_on"))],
    body: Annotated[str, typer.Option("--body", help=help_("session_body"))] = "",
    form: Annotated[str, typer.Option("--form", help=help_("session_form"))] = "meeting",
    ballots: Annotated[str, typer.Option("--ballots", help=help_("session_ballots"))] = "online",
    at: Annotated[str, typer.Option("--at", help=help_("session_at"))] = "",
    place: Annotated[str, typer.Option("--place", help=help_("session_place"))] = "",
    due: Annotated[str, typer.Option("--answers-due", help=help_("session_due"))] = "",
    as_: As = "",
) -> None:
    from workflow.services import council_sessions
    from workflow.services.councils import council as show_council

    found = open_app()
    kind = show_council(found.desk, council, needed_day(on)).row.kind
    entry = council_sessions.SessionEntry(
        code, council, title, needed_day(on), body or kind, form, ballots, at, place, parse_day(due)
    )
    council_sessions.plan(found.desk, entry, as_, found.now())
    echo("session.planned", session=code)


@app.command("change", help=help_("session_change"))
@command
def change(
    code: Code,
    title: Annotated[str, typer.Option("--title", help=help_("session_title"))] = "",
    on: Annotated[str, typer.Option("--on", help=help_("session_on"))] = "",
    at: Annotated[str, typer.Option("--at", help=help_("session_at"))] = "",
    place: Annotated[str, typer.Option("--place", help=help_("session_place"))] = "",
    form: Annotated[str, typer.Option("--form", help=help_("session_form"))] = "",
    due: Annotated[str, typer.Option("--answers-due", help=help_("session_due"))] = "",
    as_: As = "",
) -> None:
    from workflow.services import council_sessions

    given = {
        "title": title, "held_on": parse_day(on), "held_time": at, "place": place, "form": form,
        "answers_due_on": parse_day(due),
    }  # fmt: skip
    found = open_app()
    changes = {name: value for name, value in given.items() if value}
    council_sessions.change(found.desk, code, changes, as_, found.now())
    echo("session.changed", session=code)


@app.command("cancel", help=help_("session_cancel"))
@command
def cancel(
    code: Code,
    reason: Annotated[str, typer.Option("--reason", help=help_("session_reason"))],
    as_: As = "",
) -> None:
    from workflow.services import council_sessions, session_mails

    found = open_app()
    council_sessions.cancel(found.desk, code, reason, as_, found.now())
    echo("session.cancelled", session=code, mails=session_mails.tell_cancelled(found.desk, code, found.now()))


@app.command("invite", help=help_("session_invite"))
@command
def invite(
    code: Code,
    words: Annotated[str, typer.Option("--note", help=help_("session_note"))] = "",
    as_: As = "",
) -> None:
    from workflow.services.session_mails import invite as ask

    found = open_app()
    done = ask(found.desk, code, as_, found.now(), words)
    echo("session.invited", mails=done.mails)
    if done.without_mailbox:
        complain(say("session.no_mailbox", names=", ".join(done.without_mailbox)))


# ── agenda and roll ──────────────────────────────────────────────────────────────────────────────


@app.command("table", help=help_("session_table"))
@command
def put_on(
    code: Code,
    codes: Annotated[list[str], typer.Argument(help=help_("nomination_codes"))],
    override: Annotated[list[str] | None, typer.Option("--override", help=help_("override"))] = None,
    key: Key = "",
    as_: As = "",
) -> None:
    from workflow.services import council_sessions

    found = open_app()
    overrides = dict(each.partition("=")[::2] for each in override or [])
    done = council_sessions.table(found.desk, code, codes, as_, _key(found, key), found.now(), overrides)
    _told(found, "session.tabled", done.done, done.refused)


@app.command("take-off", help=help_("session_take_off"))
@command
def take_off(
    code: Code, lines: Lines, reason: Annotated[str, typer.Option("--reason", help=help_("session_reason"))],
    as_: As = "",
) -> None:  # fmt: skip
    from workflow.services import council_sessions

    found = open_app()
    done = council_sessions.take_off(found.desk, code, numbers(lines), reason, as_, found.now())
    echo("session.taken_off", amount=done)


@app.command("open", help=help_("session_open"))
@command
def open_vote(code: Code, key: Key = "", as_: As = "") -> None:
    from workflow.services import council_sessions

    found = open_app()
    done = council_sessions.open_(found.desk, code, as_, _key(found, key), found.now())
    _told(found, "session.opened", done.done, done.refused)


@app.command("attend", help=help_("session_attend"))
@command
def attend(
    code: Code,
    present: Annotated[list[str] | None, typer.Option("--present", help=help_("session_present"))] = None,
    absent: Annotated[list[str] | None, typer.Option("--absent", help=help_("session_absent"))] = None,
    wrote: Annotated[list[str] | None, typer.Option("--wrote", help=help_("session_wrote"))] = None,
    as_: As = "",
) -> None:
    from workflow.services import council_sessions
    from workflow.storage import council
    from workflow.storage.database import read

    found = open_app()
    marks: dict[str, str] = {}
    if present == ["all"]:
        with read(found.desk.engine) as connection:
            row = council.session(connection, code)
            people = council.members(connection, row.id) if row else []
        marks = {each.person: "present" for each in people}
        present = []
    for mark, given in (("present", present), ("absent", absent), ("wrote", wrote)):
        marks |= dict.fromkeys(given or [], mark)
    echo("session.attended", amount=council_sessions.attend(found.desk, code, marks, as_, found.now()))


@app.command("recuse", help=help_("session_recuse"))
@command
def recuse(
    code: Code,
    person: Annotated[str, typer.Argument(help=help_("person"))],
    lines: Lines,
    words: Annotated[str, typer.Option("--reason", help=help_("session_reason"))] = "",
    as_: As = "",
) -> None:
    from workflow.services import council_sessions

    found = open_app()
    done = council_sessions.recuse(found.desk, code, person, numbers(lines), words, as_ or person, found.now())
    echo("session.recused", amount=done)


# ── votes ────────────────────────────────────────────────────────────────────────────────────────


@app.command("vote", help=help_("session_vote"))
@command
def vote(
    code: Code,
    yes: Annotated[str, typer.Option("--agree", help=help_("session_agree"))] = "",
    no: Annotated[str, typer.Option("--against", help=help_("session_against"))] = "",
    blank: Annotated[str, typer.Option("--blank", help=help_("session_blank"))] = "",
    sure: Yes = False,
    as_: As = "",
    as_json: Json = False,
) -> None:
    from workflow.services.balloting import cast

    chosen: dict[int, str] = {}
    for text, choice in ((yes, "yes"), (no, "no"), (blank, "blank")):
        for number in numbers(text):
            if number in chosen:
                raise typer.BadParameter(say("error.line_twice", line=number))
            chosen[number] = choice
    confirm(sure, "session.vote_sure", amount=len(chosen))
    found = open_app()
    done = cast(found.desk, code, as_, chosen, found.now())
    if as_json:
        print_json(done)
        return
    echo("session.voted", amount=done.lines)
    if done.receipts:
        echo("session.receipts")
        table(("line", "receipt"), sorted(done.receipts.items()))


@app.command("count", help=help_("session_count"))
@command
def count(
    code: Code,
    counts: Annotated[list[str], typer.Argument(help=help_("session_counts"))],
    as_: As = "",
) -> None:
    from workflow.services.closing import enter_count

    found = open_app()
    done = enter_count(found.desk, code, dict(_counted(each) for each in counts), as_, found.now())
    echo("session.counted", entry=done.entry)
    if done.differ:
        complain(say("session.differ", lines=", ".join(map(str, done.differ))))
        raise typer.Exit(REFUSED)


@app.command("minutes", help=help_("session_minutes"))
@command
def minutes(
    code: Code,
    file: Annotated[Path, typer.Argument(help=help_("session_file"), exists=True, dir_okay=False)],
    number: Annotated[str, typer.Option("--number", help=help_("session_minutes_number"))],
    as_: As = "",
) -> None:
    from workflow.services.closing import attach_minutes

    found = open_app()
    digest = attach_minutes(found.desk, code, number, file.read_bytes(), file.name, as_, found.now())
    echo("session.minuted", number=number, sha256=digest)


@app.command("chair", help=help_("session_chair"))
@command
def chair(
    code: Code,
    lines: Lines,
    agrees: Annotated[bool, typer.Option("--agrees/--disagrees", help=help_("session_chair_agrees"))],
    words: Annotated[str, typer.Option("--words", help=help_("session_chair_words"))] = "",
    as_: As = "",
) -> None:
    from workflow.services.closing import state_chair

    found = open_app()
    echo("session.chair", amount=state_chair(found.desk, code, numbers(lines), agrees, words, as_, found.now()))


@app.command("close", help=help_("session_close"))
@command
def close(
    code: Code,
    again: Annotated[str, typer.Option("--revote", help=help_("session_revote"))] = "",
    early: Annotated[str, typer.Option("--early", help=help_("session_early"))] = "",
    key: Key = "",
    as_: As = "",
    as_json: Json = False,
) -> None:
    from workflow.services.closing import close as ask

    found = open_app()
    done = ask(found.desk, code, as_, _key(found, key), found.now(), revote=numbers(again), early=early)
    if as_json:
        print_json(done)
        return
    table(
        ("line", "code", "yes", "no", "blank", "invalid", "present", "written", "members", "result"),
        [
            (d.number, d.code, d.tally.yes, d.tally.no, d.tally.blank, d.tally.invalid, d.tally.present,
             d.tally.written, d.tally.members, _verdict(d))
            for d in done.decided
        ],
    )  # fmt: skip
    if done.list_sha256:
        echo("session.list", sha256=done.list_sha256)


def _verdict(each: Any) -> str:
    return say("session.again" if each.again else "session.passed" if each.passed else "session.failed")


# ── looking ──────────────────────────────────────────────────────────────────────────────────────


@app.command("show", help=help_("session_show"))
@command
def show(code: Code, as_json: Json = False, as_: As = "") -> None:
    """Counts of votes by name or by hands only to a person who may open the session's page."""
    from definitions.calendar import local_day
    from workflow.services import session_views
    from workflow.services.councils import CouncilError
    from workflow.services.viewing import viewer
    from workflow.storage import council
    from workflow.storage.database import read
    from workflow.wording import lines as sentences, ranges

    found = open_app()
    with read(found.desk.engine) as connection:
        row = council.session(connection, code)
        if row is None:
            raise CouncilError("session_unknown", session=code)
        lines = council.lines(connection, row.id)
        people = council.members(connection, row.id)
        voted = council.roll(connection, [line.id for line in lines])
        looker = viewer(connection, as_, local_day(found.now())) if as_ else None
    stands = session_views.how_it_stands(found.desk, code, found.now(), looker)
    told = {number: sentences(each.told, language()) for number, each in stands.items()}
    before = session_views.before_its_vote(found.desk, code, found.now())
    if as_json:
        print_json({
            "session": row._asdict(), "members": [each._asdict() for each in people],
            "make_up": [{"title": each.title.in_(language()), "told": sentences(each.told, language())}
                        for each in before.make_up],
            "lines": [
                {**_line(each), "voted": len(voted.get(each.id, ())),
                 "told": told.get(each.number, ()) if each.state == "open" else (),
                 "found": [{"effect": one.effect, "rule": one.reason.rule, "given": one.given,
                            "text": one.text(language())} for one in before.found.get(each.number, ())]}
                for each in lines
            ],
        })  # fmt: skip
        return
    typer.echo(f"{row.code} · {row.title} · {say(f'session_state.{row.state}')}")
    table(
        ("line", "code", "name", "unit", "award", "state", "voted", "result"),
        [
            (each.number if each.attempt == 1 else f"{each.number}/{each.attempt}", each.code, each.name, each.unit,
             each.award, say(f"line_state.{each.state}"), f"{len(voted.get(each.id, ()))}/{len(people)}", _result(each))
            for each in lines
        ],
    )  # fmt: skip
    for award in before.make_up:
        for text in sentences(award.told, language()):
            typer.echo(f"{award.title.in_(language())}: {text}")
    for at, text in before.remarks(language()):
        echo("session.found", lines=at, text=text)
    for standing in session_views.standings((number, each.told) for number, each in stands.items()):
        typer.echo(say("session.stands", lines=ranges(standing.numbers)))
        for each in sentences(standing.told, language()):
            typer.echo(f"  {each}")
    if people:
        table(
            ("person", "person_name", "post", "attendance"),
            [(p.person, p.name, say(f"post.{p.post}"), say(f"attendance.{p.attendance}")) for p in people],
        )


def _line(each: Any) -> dict[str, Any]:
    kept = ("number", "attempt", "code", "name", "unit", "award", "state", "tally", "passed", "statement", "rank")
    return {name: getattr(each, name) for name in kept}


def _result(each: Any) -> str:
    if each.passed is None:
        return ""
    return f"{each.tally['yes']}/{each.tally['members']} {say('session.passed' if each.passed else 'session.failed')}"


@app.command("ballots", help=help_("session_ballots_list"))
@command
def ballots_(
    code: Code, to: Annotated[Path | None, typer.Option("--to", help=help_("session_to"), dir_okay=False)] = None
) -> None:
    from workflow.services.closing import published_list

    text = published_list(open_app().desk, code)
    if to is None:
        typer.echo(text, nl=False)
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(text, encoding="utf-8")
    echo("session.written", file=to)


@app.command("paper", help=help_("session_paper"))
@command
def paper(
    code: Code,
    which: Annotated[str, typer.Argument(help=help_("session_paper_which"))],
    to: Annotated[Path, typer.Option("--to", help=help_("session_paper_to"), dir_okay=False)],
    as_: As = "",
) -> None:
    from workflow.cli.papers import own_folder
    from workflow.papers import making
    from workflow.running import machine_now
    from workflow.services import accessing
    from workflow.services.session_papers import paper as values

    if to.suffix.lower() not in (".docx", ".pdf"):
        raise typer.BadParameter(say("error.paper_suffix", file=to.name))
    found = open_app()
    made = values(found.desk, code, which, as_, found.settings.papers.house, found.now())
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(making.pdf(made) if to.suffix.lower() == ".pdf" else making.docx(made, own_folder()))
    accessing.record(found.desk, as_, "council.paper", f"{which} {code}", machine_now())
    echo("session.written", file=to)


@app.command("recount", help=help_("session_recount"))
@command
def recount(
    file: Annotated[Path, typer.Argument(help=help_("session_recount_file"), exists=True, dir_okay=False)],
    as_json: Json = False,
) -> None:
    """Needs no database: the list alone tells."""
    from workflow.domain import ballots

    text = file.read_text(encoding="utf-8")
    found = ballots.recount(text)
    if as_json:
        print_json({"sha256": ballots.digest(text), "counts": found.counts, "merged": found.merged})
        return
    rows: list[tuple[Any, ...]] = [(line, each.yes, each.no, each.blank, "") for line, each in found.counts.items()]
    rows += [(line, "", "", "", amount) for line, amount in found.merged.items()]
    table(("line", "yes", "no", "blank", "merged"), rows)
    echo("session.list", sha256=ballots.digest(text))


# ── reading what was typed ───────────────────────────────────────────────────────────────────────


def numbers(text: str) -> list[int]:
    """Lines as people write them: `1-20,22`."""
    found: list[int] = []
    for part in text.replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        if not part:
            continue
        if not first.isdecimal() or (dash and not last.isdecimal()) or len(part) > 12:
            raise typer.BadParameter(say("error.lines", text=text))
        found += range(int(first), int(last if dash else first) + 1)
    return list(dict.fromkeys(found))


def _counted(text: str) -> tuple[int, Any]:
    """One line's count: `12=13/2/0/0`, agreeing, not agreeing, blank, invalid; what is left out is none."""
    from workflow.domain.councils import Counts

    line, sign, given = text.partition("=")
    parts = given.split("/")
    if not sign or not line.isdecimal() or len(parts) > 4 or not all(each.isdecimal() for each in parts):
        raise typer.BadParameter(say("error.counts", text=text))
    return int(line), Counts(*(int(each) for each in parts))


def _key(found: Any, given: str) -> str:
    return given or f"cli:{found.desk.entropy(8)}"


def _told(found: Any, code: str, done: tuple[int, ...], refused: Iterable[Any]) -> None:
    from workflow.wording import sentence

    echo(code, amount=len(done))
    stuck = list(refused)
    for each in stuck:
        for reason in each.reasons:
            complain(f"{each.code} {each.name}: {sentence(reason, language())}")
    if stuck:
        raise typer.Exit(REFUSED)
