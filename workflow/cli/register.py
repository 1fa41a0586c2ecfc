"""`khen unit|person|round|history …`: the register, by hand or from a TOML file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.cli.common import (
    REFUSED,
    As,
    Json,
    command,
    complain,
    echo,
    group,
    guess,
    help_,
    language,
    needed_day,
    open_app,
    parse_day,
    print_json,
    say,
    table,
)

OF_UNIT = ("unit_officer", "unit_head", "unit_council")
OF_COUNCIL = ("council_secretary", "council_member", "council_chair", "standing_member")

units = group("unit")
people = group("person")
rounds = group("round")
history = group("history")

Day = Annotated[str, typer.Option("--on", metavar="DD/MM/YYYY", help=help_("on"))]
Code = Annotated[str, typer.Argument(help=help_("code"))]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=help_("register_file"))]


def _today(app: Any, text: str = "") -> Any:
    from definitions.calendar import local_day

    return parse_day(text) or local_day(app.now())


# ── units ────────────────────────────────────────────────────────────────────────────────────────


@units.command("list", help=help_("unit_list"))
@command
def unit_list(
    on: Day = "",
    everything: Annotated[bool, typer.Option("--all", help=help_("unit_all"))] = False,
    as_json: Json = False,
) -> None:
    from workflow.intake.sentences import word
    from workflow.services.register import units as found

    app = open_app()
    rows = found(app.desk, None if everything else _today(app, on))
    if as_json:
        print_json(rows)
        return
    table(
        ("code", "unit", "kind", "valid_from", "valid_until", "successor", "mailbox"),
        [
            (r.code, r.name, word("unit_kind", r.kind, language()), r.from_on, r.until_on, r.successor_code, r.mailbox)
            for r in rows
        ],
    )


@units.command("add", help=help_("unit_add"))
@command
def unit_add(
    code: Code,
    name: Annotated[str, typer.Option("--name", help=help_("unit_name"))],
    kind: Annotated[str, typer.Option("--kind", help=help_("unit_kind"))],
    mailbox: Annotated[str, typer.Option("--mailbox", help=help_("mailbox"))] = "",
    cluster: Annotated[str, typer.Option("--cluster", help=help_("cluster"))] = "",
    since: Annotated[str, typer.Option("--from", metavar="DD/MM/YYYY", help=help_("from"))] = "",
    as_: As = "",
) -> None:
    from workflow.services.register import UnitEntry, add_units

    app = open_app()
    entry = UnitEntry(code, name, kind, _today(app, since), mailbox=mailbox, cluster=cluster)
    add_units(app.desk, [entry], as_ or "admin", app.now())
    echo("register.added_one", code=code)


@units.command("change", help=help_("unit_change"))
@command
def unit_change(
    code: Code,
    name: Annotated[str | None, typer.Option("--name", help=help_("unit_name"))] = None,
    mailbox: Annotated[str | None, typer.Option("--mailbox", help=help_("mailbox"))] = None,
    cluster: Annotated[str | None, typer.Option("--cluster", help=help_("cluster"))] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DD/MM/YYYY", help=help_("until"))] = None,
    successor: Annotated[str | None, typer.Option("--successor", help=help_("successor"))] = None,
    as_: As = "",
) -> None:
    from workflow.services.register import change_unit

    app = open_app()
    given = {
        "name": name,
        "mailbox": mailbox,
        "cluster": cluster,
        "until_on": parse_day(until),
        "successor_code": successor,
    }
    change_unit(app.desk, code, {k: v for k, v in given.items() if v is not None}, as_ or "admin", app.now())
    echo("register.changed", code=code)


@units.command("import", help=help_("unit_import"))
@command
def unit_import(file: File, as_: As = "") -> None:
    from workflow.services.register import add_units
    from workflow.services.register_files import read_units

    app = open_app()
    echo("register.added", amount=add_units(app.desk, read_units(file), as_ or "admin", app.now()))


# ── people ───────────────────────────────────────────────────────────────────────────────────────


@people.command("list", help=help_("person_list"))
@command
def person_list(
    role: Annotated[str, typer.Option("--role", help=help_("role"))] = "", on: Day = "", as_json: Json = False
) -> None:
    from workflow.services.register import people as found
    from workflow.wording import role_label

    app = open_app()
    rows = found(app.desk, _today(app, on), role=role or None)
    if as_json:
        print_json([{"person": f"{p.root_unit}/{p.code}", "name": p.name, "email": p.email,
                     "roles": [{"role": g.role, "scope": g.scope} for g in gs]} for p, gs in rows])  # fmt: skip
        return
    table(
        ("person", "person_name", "roles", "email"),
        [
            (
                f"{p.root_unit}/{p.code}", p.name,
                "; ".join(role_label(g.role, language()) + (f" ({g.scope})" if g.scope else "") for g in gs), p.email,
            )
            for p, gs in rows
        ],
    )  # fmt: skip


@people.command("add", help=help_("person_add"))
@command
def person_add(
    code: Annotated[str, typer.Argument(help=help_("person_code"))],
    name: Annotated[str, typer.Option("--name", help=help_("person_name"))],
    email: Annotated[str, typer.Option("--email", help=help_("email"))] = "",
    root: Annotated[str, typer.Option("--unit", help=help_("person_unit"))] = "BO",
    role: Annotated[list[str] | None, typer.Option("--role", help=help_("role_scope"))] = None,
    as_: As = "",
) -> None:
    from workflow.services.register import PersonEntry, add_people

    app = open_app()
    roles = tuple(_role(each, _today(app), root) for each in role or ())
    entry = PersonEntry(code, name, root, email, roles=roles)
    _refuse_unknown_units(app, [entry])
    add_people(app.desk, [entry], as_ or "admin", app.now())
    echo("register.added_one", code=f"{root}/{code}")


def _role(text: str, since: Any, root: str) -> Any:
    """`secretariat`, or with a scope: `unit_head:unit:CVT`, `field_lead:field:buu_chinh`. Roles of a unit and of the
    council have theirs without saying so: the person's own unit, the council."""
    from workflow.services.register import MINISTRY, RoleEntry

    name, *scope = text.split(":")
    if not scope and name in OF_UNIT and root != MINISTRY:
        return RoleEntry(name, "unit", root, since)
    if len(scope) == 2:
        return RoleEntry(name, scope[0], scope[1], since)
    if scope or name in (*OF_UNIT, "cluster_head", "field_lead"):
        raise typer.BadParameter(say("error.role_shape", text=text))
    return RoleEntry(name, "council" if name in OF_COUNCIL else "all", "", since)


def _refuse_unknown_units(app: Any, entries: Any) -> None:
    """Say which units these people are said to be of, or to act for, that there are not; and leave."""
    from workflow.services.register import MINISTRY, units as all_units

    codes = {each.code for each in all_units(app.desk)}
    named = [each.root_unit for each in entries if each.root_unit != MINISTRY]
    named += [role.scope for each in entries for role in each.roles if role.scope_kind == "unit"]
    unknown = [each for each in dict.fromkeys(named) if each not in codes]
    for each in unknown:
        complain(guess(say("error.unit_unknown", code=each), each, codes))
    if unknown:
        complain(say("error.nothing_added"))
        raise typer.Exit(REFUSED)


@people.command("grant", help=help_("person_grant"))
@command
def person_grant(
    person: Annotated[str, typer.Argument(help=help_("person"))],
    role: Annotated[str, typer.Argument(help=help_("role_scope"))],
    since: Annotated[str, typer.Option("--from", metavar="DD/MM/YYYY", help=help_("from"))] = "",
    as_: As = "",
) -> None:
    from workflow.services.register import PersonEntry, grant

    app = open_app()
    entry = _role(role, _today(app, since), person.partition("/")[0])
    _refuse_unknown_units(app, [PersonEntry("", "", roles=(entry,))])
    grant(app.desk, person, entry, as_ or "admin", app.now())
    echo("register.changed", code=person)


@people.command("end", help=help_("person_end"))
@command
def person_end(
    person: Annotated[str, typer.Argument(help=help_("person"))],
    role: Annotated[str, typer.Argument(help=help_("role"))],
    until: Annotated[str, typer.Option("--until", metavar="DD/MM/YYYY", help=help_("until"))] = "",
    as_: As = "",
) -> None:
    from workflow.services.register import revoke_grant

    app = open_app()
    revoke_grant(app.desk, person, role, _today(app, until), as_ or "admin", app.now())
    echo("register.changed", code=person)


@people.command("substitute", help=help_("person_substitute"))
@command
def person_substitute(
    principal: Annotated[str, typer.Argument(help=help_("principal"))],
    stand_in: Annotated[str, typer.Argument(help=help_("stand_in"))],
    since: Annotated[str, typer.Option("--from", metavar="DD/MM/YYYY", help=help_("from"))],
    until: Annotated[str, typer.Option("--until", metavar="DD/MM/YYYY", help=help_("until_last"))],
    document: Annotated[str, typer.Option("--document", help=help_("document_no"))],
    as_: As = "",
) -> None:
    from workflow.services.register import substitute

    app = open_app()
    first, last = needed_day(since), needed_day(until)
    substitute(app.desk, principal, stand_in, first, last, document, as_ or "admin", app.now())
    echo("register.changed", code=principal)


@people.command("import", help=help_("person_import"))
@command
def person_import(file: File, as_: As = "") -> None:
    from workflow.services.register import add_people
    from workflow.services.register_files import read_people

    app = open_app()
    entries = read_people(file)
    _refuse_unknown_units(app, entries)
    echo("register.added", amount=add_people(app.desk, entries, as_ or "admin", app.now()))


# ── rounds ───────────────────────────────────────────────────────────────────────────────────────


@rounds.command("list", help=help_("round_list"))
@command
def round_list(as_json: Json = False) -> None:
    from workflow.services.register import rounds as found

    app = open_app()
    rows = found(app.desk)
    if as_json:
        print_json(rows)
        return
    table(
        ("round", "title", "year", "opens", "closes", "closed", "cutoffs", "flows", "counts"),
        [
            (
                r.code, r.title, r.year, r.opens_on, r.closes_on, r.closed_at, _said_cutoffs(r.cutoffs),
                ", ".join(r.flows) or say("word.all"), ", ".join(f"{k}={v}" for k, v in r.counts.items()),
            )
            for r in rows
        ],
    )  # fmt: skip


def _said_cutoffs(cutoffs: Any) -> str:
    days = {name: date.fromisoformat(day).strftime("%d/%m/%Y") for name, day in cutoffs.items()}
    return ", ".join(day if name == "*" else f"{name}: {day}" for name, day in days.items())


@rounds.command("add", help=help_("round_add"))
@command
def round_add(
    code: Code,
    title: Annotated[str, typer.Option("--title", help=help_("round_title"))],
    year: Annotated[int, typer.Option("--year", help=help_("year"))],
    opens: Annotated[str, typer.Option("--opens", metavar="DD/MM/YYYY", help=help_("opens"))],
    closes: Annotated[str, typer.Option("--closes", metavar="DD/MM/YYYY", help=help_("closes"))],
    cutoff: Annotated[list[str] | None, typer.Option("--cutoff", help=help_("cutoff"))] = None,
    flow: Annotated[list[str] | None, typer.Option("--flow", help=help_("round_flow"))] = None,
    as_: As = "",
) -> None:
    from workflow.services.register import RoundEntry, add_round

    app = open_app()
    cutoffs, flows = _cutoffs(cutoff), tuple(flow or ())
    _refuse_unknown_flows(app, [*flows, *(name for name in cutoffs if name != "*")])
    entry = RoundEntry(code, title, year, needed_day(opens), needed_day(closes), flows, cutoffs)
    add_round(app.desk, entry, as_ or "admin", app.now())
    echo("register.added_one", code=code)


def _refuse_unknown_flows(app: Any, names: list[str]) -> None:
    """Say which of these no published flow is called, and leave: a cut-off for nobody would remind nobody."""
    from workflow.services.flows import published

    known = {each.flow_id for each in published(app.desk)}
    unknown = [each for each in dict.fromkeys(names) if each not in known]
    for each in unknown:
        complain(guess(say("error.flow_unknown", name=each), each, known))
    if unknown:
        complain(say("error.nothing_added"))
        raise typer.Exit(REFUSED)


def _cutoffs(given: list[str] | None) -> dict[str, Any]:
    """`05/12/2026` for all flows, `cstd_bo=25/02/2027` for one."""
    found: dict[str, Any] = {}
    for each in given or ():
        name, equals, day = each.rpartition("=")
        found[name if equals else "*"] = parse_day(day)
    return found


@rounds.command("copy", help=help_("round_copy"))
@command
def round_copy(
    source: Annotated[str, typer.Argument(help=help_("round_source"))],
    code: Code,
    year: Annotated[int, typer.Option("--year", help=help_("year"))],
    as_: As = "",
) -> None:
    from workflow.services.register import copy_round, rounds as found

    app = open_app()
    old = next((r for r in found(app.desk) if r.code == source), None)
    shift = year - old.year if old else 0
    copy_round(app.desk, source, code, year, lambda day: _moved(day, shift), as_ or "admin", app.now())
    echo("register.added_one", code=code)


def _moved(day: Any, years: int) -> Any:
    """The same day so many years later; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


@rounds.command("count", help=help_("round_count"))
@command
def round_count(
    code: Code,
    counts: Annotated[list[str], typer.Argument(help=help_("counts"))],
    as_: As = "",
) -> None:
    from workflow.services.register import set_counts

    app = open_app()
    pairs = dict(each.split("=", 1) for each in counts if "=" in each)
    if len(pairs) != len(counts) or not all(value.isdecimal() for value in pairs.values()):
        raise typer.BadParameter(say("error.counts_shape"))
    set_counts(app.desk, code, {name: int(value) for name, value in pairs.items()}, as_ or "admin", app.now())
    echo("register.changed", code=code)


@rounds.command("close", help=help_("round_close"))
@command
def round_close(code: Code, as_: As = "") -> None:
    from workflow.services.register import close_round

    app = open_app()
    close_round(app.desk, code, as_ or "admin", app.now())
    echo("register.changed", code=code)


@history.command("import", help=help_("history_import"))
@command
def history_import(file: File, as_: As = "") -> None:
    from workflow.services.register import add_history
    from workflow.services.register_files import read_history

    app = open_app()
    echo("register.added", amount=add_history(app.desk, read_history(file), file.name, as_ or "admin", app.now()))
