"""`khen appraisal …`: who scores which dossier before the council, one's own cards, what they come to."""

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
    open_app,
    print_json,
    say,
    table,
)

app = group("appraisal")

Card = Annotated[int, typer.Argument(help=help_("appraisal_card"))]
Code = Annotated[str, typer.Argument(help=help_("nomination_code"))]
Reason = Annotated[str, typer.Option("--reason", help=help_("appraisal_reason"))]
Key = Annotated[str, typer.Option("--request-key", help=help_("request_key"))]
Seen = Annotated[int | None, typer.Option("--expected", help=help_("appraisal_expected"))]


# ── one's own cards ──────────────────────────────────────────────────────────────────────────────


@app.command("mine", help=help_("appraisal_mine"))
@command
def mine(as_: As = "", as_json: Json = False) -> None:
    from workflow.services.appraisal_views import mine as tasks

    found = open_app()
    rows = tasks(found.desk, _viewer(found, as_), found.now())
    if as_json:
        print_json(rows)
        return
    table(
        ("card", "code", "name", "title", "card_kind", "score"),
        [
            (each.id, each.dossier.code if each.dossier else "–", each.dossier.name if each.dossier else "–",
             each.title.in_(language()), _kind(each.kind, each.open), _points(each.score))
            for each in rows
        ],
    )  # fmt: skip


@app.command("card", help=help_("appraisal_show_card"))
@command
def card(number: Card, as_: As = "", as_json: Json = False) -> None:
    from workflow.services.appraisal_views import card as one

    found = open_app()
    view = one(found.desk, _viewer(found, as_), number, found.now())
    if as_json:
        print_json({"task": view.task, "achievement": view.achievement, "card": view.card and view.card._asdict(),
                    "others": view.others, "summary": _summary(view.summary)})  # fmt: skip
        return
    dossier = view.task.dossier
    head = f"{dossier.code} · {dossier.name} · {dossier.unit_name}" if dossier else say("appraisal.blind")
    typer.echo(f"{head}\n{view.task.title.in_(language())}\n{view.achievement}")
    appraisal = view.flow.appraisal
    assert appraisal is not None  # narrows the type; a card has an appraisal
    held = view.card.points if view.card and view.task.kind == "given" else {}
    table(
        ("criterion", "title", "weight", "most", "points"),
        [
            (name, each.label.in_(language()), each.weight, each.max, held.get(name))
            for name, each in appraisal.criteria.items()
        ],
    )
    if view.card and view.card.opinion:
        typer.echo(view.card.opinion)
    _tell_summary(view.summary)


@app.command("score", help=help_("appraisal_score"))
@command
def score(
    number: Card,
    points: Annotated[list[str] | None, typer.Argument(help=help_("appraisal_points"))] = None,
    opinion: Annotated[str, typer.Option("--opinion", help=help_("appraisal_opinion"))] = "",
    abstain: Annotated[bool, typer.Option("--abstain", help=help_("appraisal_abstain"))] = False,
    expected: Seen = None,
    key: Key = "",
    as_: As = "",
) -> None:
    from workflow.services.appraising import CardEntry, give

    entry = CardEntry(dict(_pair(each) for each in points or []), opinion, abstain, expected, key)
    found = open_app()
    done = give(found.desk, number, entry, as_, found.now())
    echo("appraisal.kept", version=done.version)


@app.command("take-back", help=help_("appraisal_take_back"))
@command
def take_back(number: Card, expected: Seen = None, key: Key = "", as_: As = "") -> None:
    from workflow.services.appraising import take_back as back

    found = open_app()
    back(found.desk, number, as_, found.now(), expected=expected, request_key=key)
    echo("appraisal.taken_back")


@app.command("aside", help=help_("appraisal_aside"))
@command
def aside(number: Card, reason: Reason, as_: As = "") -> None:
    from workflow.services.appraising import stand_aside

    found = open_app()
    stand_aside(found.desk, number, reason, as_, found.now())
    echo("appraisal.aside")


# ── a dossier ────────────────────────────────────────────────────────────────────────────────────


@app.command("show", help=help_("appraisal_show"))
@command
def show(code: Code, as_: As = "", as_json: Json = False) -> None:
    from workflow.services.appraisal_views import of_dossier

    found = open_app()
    view = of_dossier(found.desk, _viewer(found, as_), code, found.now())
    if view is None:
        complain(say("appraisal.nothing", code=code))
        raise typer.Exit(REFUSED)
    if as_json:
        members = [{"person": each.row.person, "name": each.row.name, "how": each.row.how, "kind": each.kind}
                   for each in view.members]  # fmt: skip
        away = [{"person": each.person, "name": each.name, "cause": each.cause, "words": each.words}
                for each in view.aside]  # fmt: skip
        print_json({"open": view.open, "members": members, "aside": away, "summary": _summary(view.summary)})
        return
    scores = {each.person: each.score for each in view.cards}
    if view.members:
        table(
            ("person", "person_name", "card_kind", "score", "why"),
            [
                (each.row.person, each.row.name, _kind(each.kind, view.open), _points(scores.get(each.row.person)),
                 _why(each))
                for each in view.members
            ],
        )  # fmt: skip
    for row in view.aside:
        echo("appraisal.stands_aside", name=row.name, why=say(f"word.why.{row.cause}"), words=row.words or "–")
    _tell_summary(view.summary)


# ── who appraises what ───────────────────────────────────────────────────────────────────────────


@app.command("ask", help=help_("appraisal_ask"))
@command
def ask(
    code: Code, people: Annotated[list[str], typer.Argument(help=help_("person"))], as_: As = ""
) -> None:  # fmt: skip
    from workflow.services import appraisers

    found = open_app()
    wanted = [appraisers.Wanted(code, each) for each in people]
    echo("appraisal.asked", amount=appraisers.ask(found.desk, wanted, as_, found.now()))
    _tell_unreached(found, people)


@app.command("let-go", help=help_("appraisal_let_go"))
@command
def let_go(
    code: Code, person: Annotated[str, typer.Argument(help=help_("person"))], reason: Reason, as_: As = ""
) -> None:  # fmt: skip
    from workflow.services import appraisers

    found = open_app()
    appraisers.let_go(found.desk, code, person, reason, as_, found.now())
    echo("appraisal.let_go", person=person)


@app.command("candidates", help=help_("appraisal_candidates"))
@command
def candidates(code: Code, as_: As = "", as_json: Json = False) -> None:
    from workflow.services import appraisers

    found = open_app()
    _, people = appraisers.candidates(found.desk, code, as_, found.now())
    if as_json:
        print_json(people)
        return
    kept_out = {"": "", "asked": say("appraisal.asked_already")}
    table(
        ("person", "person_name", "load", "why"),
        [
            (each.person, each.name, each.load,
             kept_out[each.kept_out] if each.kept_out in kept_out else say(f"word.why.{each.kept_out}"))
            for each in people
        ],
    )  # fmt: skip


@app.command("assign", help=help_("appraisal_assign"))
@command
def assign(
    codes: Annotated[list[str] | None, typer.Argument(help=help_("nomination_codes"))] = None,
    sure: Yes = False,
    as_: As = "",
    as_json: Json = False,
) -> None:
    from workflow.services import appraisers

    found = open_app()
    foreseen = [each for each in appraisers.propose(found.desk, as_, found.now(), codes or ()) if each.changes]
    people = sum(len(each.chosen) for each in foreseen)
    if not as_json:
        _tell_proposals(foreseen)
    if not foreseen:
        echo("appraisal.nothing_to_assign")
        return
    confirm(sure, "appraisal.assign_sure", dossiers=len(foreseen), people=people)
    done = appraisers.by_rule(found.desk, as_, found.now(), codes or ())
    if as_json:
        print_json([{"code": each.code, "chosen": [one for one, _ in each.chosen],
                     "aside": [one for one, _ in each.aside], "short": each.short} for each in done])  # fmt: skip
        return
    echo("appraisal.asked", amount=sum(len(each.chosen) for each in done))
    _tell_unreached(found, [one.person for each in done for one, _ in each.chosen])


@app.command("take", help=help_("appraisal_take"))
@command
def take(
    file: Annotated[Path, typer.Argument(help=help_("appraisal_file"), exists=True, dir_okay=False)],
    check: Annotated[bool, typer.Option("--check", help=help_("appraisal_check"))] = False,
    as_: As = "",
) -> None:
    from workflow.explaining import why_not_asked
    from workflow.services import appraiser_files

    found = open_app()
    content = file.read_bytes()
    if check:
        seen = appraiser_files.check(found.desk, content, file.name, as_, found.now())
        for each in seen.refused:
            complain(why_not_asked(each, language()))
        echo("appraisal.checked", people=len(seen.wanted), dossiers=seen.dossiers, wrong=len(seen.refused))
        if seen.refused:
            raise typer.Exit(REFUSED)
        return
    echo("appraisal.asked", amount=appraiser_files.take(found.desk, content, file.name, as_, found.now()))
    _tell_unreached(found, [each.person for each in appraiser_files.read(content, file.name)])


# ── shared ───────────────────────────────────────────────────────────────────────────────────────


def _viewer(found: Any, person: str) -> Any:
    from definitions.calendar import local_day
    from workflow.services.viewing import viewer
    from workflow.storage.database import read

    if not person:
        raise typer.BadParameter(say("error.needs_as"))
    with read(found.desk.engine) as connection:
        return viewer(connection, person, local_day(found.now()))


def _pair(text: str) -> tuple[str, int]:
    """`ket_qua=8`: a criterion and its points."""
    name, sign, points = text.partition("=")
    if not sign or not points.removeprefix("-").isdecimal() or len(points) > 9:
        raise typer.BadParameter(say("error.points_shape", text=text))
    return name.strip(), int(points)


def _kind(kind: str, still_open: bool) -> str:
    return say(f"card_kind.{kind or ('owed' if still_open else 'closed')}")


def _points(value: Any) -> str:
    from workflow.wording import points

    return "" if value is None else points(value, language())


def _why(member: Any) -> str:
    row = member.row
    code = row.why.get("code") or row.how
    figures = {"load": row.why.get("load", 0), "least_left": row.why.get("least_left", 0), "by": member.asked_by}
    return say(f"appraiser_why.{code}", **figures)


def _summary(summary: Any) -> Any:
    """Figures as people read them: an exact fraction is no value of JSON."""
    if summary is None:
        return None
    return {
        "scale": summary.scale, "given": summary.given, "abstained": summary.abstained, "missing": summary.missing,
        "mean": _points(summary.mean), "median": _points(summary.median),
        "criteria": {each.label.in_(language()): _points(each.points) for each in summary.criteria},
        "opinions": summary.opinions,
    }  # fmt: skip


def _tell_summary(summary: Any) -> None:
    if summary is None:
        return
    echo("appraisal.turnout", given=summary.given, abstained=summary.abstained, missing=summary.missing)
    if summary.mean is not None:
        mean, median = _points(summary.mean), _points(summary.median)
        echo("appraisal.comes_to", mean=mean, median=median, scale=summary.scale)
        for each in summary.criteria:
            echo("appraisal.criterion", label=each.label.in_(language()), points=_points(each.points), max=each.max)
    for words in summary.opinions:
        typer.echo(f"“{words}”")


def _tell_unreached(found: Any, people: Iterable[str]) -> None:
    from workflow.services.appraisers import without_mailbox

    names = without_mailbox(found.desk, people)
    if names:
        complain(say("appraisal.no_mailbox", names=", ".join(names)))


def _tell_proposals(foreseen: Any) -> None:
    for each in foreseen:
        for chosen, name in each.chosen:
            why = say(f"appraiser_why.{chosen.why}", load=chosen.load, least_left=chosen.least_left)
            typer.echo(f"{each.code}: {name} ({chosen.person}). {why}")
        for recusal, name in each.aside:
            told = say(
                "appraisal.stands_aside",
                name=name,
                why=say(f"word.why.{recusal.cause}"),
                words=recusal.note or "–",
            )
            typer.echo(f"{each.code}: {told}")
        if each.short:
            complain(say("appraisal.short", code=each.code, amount=each.short))
