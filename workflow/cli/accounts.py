"""`khen account …`: who may sign in. Makes and stops accounts; never sees or chooses a password."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from workflow.cli.common import (
    As,
    Json,
    Yes,
    command,
    confirm,
    echo,
    group,
    help_,
    moment,
    open_app,
    os_user,
    print_json,
    table,
)

app = group("account")

Person = Annotated[str, typer.Argument(help=help_("person"))]


def _when(found: Any) -> Any:
    from workflow.running import machine_now
    from workflow.services.accounts import When

    return When(found.now(), machine_now())


def _rules(found: Any) -> Any:
    from workflow.services.accounts import Rules

    asked = found.settings.sign_in
    roles = frozenset(asked.require_second_factor_roles)
    return Rules(asked.password_length, roles, found.settings.web.base_url)


def _by(as_: str) -> str:
    """Who did it: the person acted for, and the operating-system user beside him."""
    return f"{as_ or 'admin'} ({os_user()})"


@app.command("invite", help=help_("account_invite"))
@command
def invite(
    person: Person,
    login: Annotated[str, typer.Option("--login", help=help_("account_login"))],
    no_mail: Annotated[bool, typer.Option("--no-mail", help=help_("account_no_mail"))] = False,
    as_: As = "",
) -> None:
    from workflow.services.accounts import invite as ask

    found = open_app()
    made = ask(found.desk, person, login, _by(as_), _when(found), _rules(found), mail=not no_mail)
    if no_mail:
        echo("account.link", login=made.login, link=made.link, until=moment(made.expires_at))
        return
    echo("account.invited", login=made.login, address=made.mailed_to, until=moment(made.expires_at))
    if found.desk.hold_mail:
        echo("account.held", person=person)


@app.command("code", help=help_("account_code"))
@command
def code(person: Person, as_: As = "") -> None:
    from workflow.services.accounts import code as ask

    found = open_app()
    made = ask(found.desk, person, _by(as_), _when(found), _rules(found))
    echo("account.link", login=made.login, link=made.link, until=moment(made.expires_at))


@app.command("list", help=help_("account_list"))
@command
def list_(as_json: Json = False) -> None:
    from workflow.services.accounts import accounts

    rows = accounts(open_app().desk)
    if as_json:
        print_json(rows)
        return
    table(
        ("person", "person_name", "login", "password", "second_factor", "signed_in", "disabled"),
        [(r.person, r.name, r.login, r.has_password, r.has_second_factor, r.signed_in_at, r.disabled_at) for r in rows],
    )


@app.command("disable", help=help_("account_disable"))
@command
def disable(person: Person, as_: As = "") -> None:
    from workflow.services.accounts import disable as ask

    found = open_app()
    ask(found.desk, person, _by(as_), _when(found))
    echo("account.disabled", person=person)


@app.command("enable", help=help_("account_enable"))
@command
def enable(person: Person, as_: As = "") -> None:
    from workflow.services.accounts import enable as ask

    found = open_app()
    ask(found.desk, person, _by(as_), _when(found))
    echo("account.enabled", person=person)


@app.command("end-sessions", help=help_("account_end_sessions"))
@command
def end_sessions(person: Person, as_: As = "") -> None:
    from workflow.services.accounts import end_sessions as ask

    found = open_app()
    ended = ask(found.desk, person, _by(as_), _when(found))
    echo("account.ended", person=person, amount=ended)


@app.command("drop-second-factor", help=help_("account_drop_second_factor"))
@command
def drop_second_factor(person: Person, yes: Yes = False, as_: As = "") -> None:
    from workflow.services.accounts import drop_second_factor as ask

    found = open_app()
    confirm(yes, "account.drop_sure", person=person)
    ask(found.desk, person, _by(as_), _when(found))
    echo("account.dropped", person=person)
