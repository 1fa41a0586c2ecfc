"""`khen mail text …`: the words of every mail, as they ship or as the ministry wants them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    guess,
    help_,
    language,
    open_app,
    print_json,
    say,
    table,
)
from workflow.cli.mails import Out, Words, put_out, read_words

if TYPE_CHECKING:
    from workflow.services.desk import Desk
    from workflow.services.mail_texts import TextDetail


def add_to(mails: typer.Typer) -> None:
    """Put the command beside the others of the outbox."""
    mails.command("text", help=help_("mail_text"))(text)


@command
def text(
    name: Annotated[str | None, typer.Argument(help=help_("mail_text_name"))] = None,
    written_in: Annotated[str, typer.Option("--in", metavar="vi|en", help=help_("mail_text_in"))] = "vi",
    shipped: Annotated[bool, typer.Option("--shipped", help=help_("mail_text_shipped"))] = False,
    out: Out = None,
    file: Words = None,
    check: Annotated[bool, typer.Option("--check", help=help_("mail_text_check"))] = False,
    reset: Annotated[bool, typer.Option("--reset", help=help_("mail_text_reset"))] = False,
    as_: As = "",
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    if name is None:
        _list(as_json)
        return
    if (file and reset) or (check and not file):
        raise typer.BadParameter(say("error.mail_one_of", options="--file [--check], --reset"))
    found = open_app()
    detail = _known(found.desk, name, written_in)
    if file and check:
        _try(found.desk, detail, file)
    elif file:
        _save(found, detail, file, as_)
    elif reset:
        _reset(found, detail, as_, yes)
    elif as_json:
        print_json(detail)
    else:
        put_out(detail.shipped if shipped else detail.text, out)


def _list(as_json: bool) -> None:
    from workflow.services.mail_texts import listed
    from workflow.services.mails import template_names

    heads = listed(open_app().desk)
    if as_json:
        print_json(heads)
        return
    names = template_names(language())
    table(("name", "language", "what", "changed", "who"), [
        (
            each.template, each.language, names.get(each.template) or say("mail.text_frame"),
            each.saved.saved_at if each.saved else None, each.saved.saved_by if each.saved else None,
        )
        for each in heads
    ])  # fmt: skip


def _known(desk: Desk, name: str, written_in: str) -> TextDetail:
    """The text of that name. A name or a language that there is not is said, with the nearest one."""
    from workflow.services.mail_texts import LANGUAGES, UnknownText, listed, show

    if written_in not in LANGUAGES:
        raise typer.BadParameter(say("error.language", lang=written_in))
    try:
        return show(desk, name, written_in)
    except UnknownText:
        complain(guess(say("error.mail_text_unknown", name=name), name, {each.template for each in listed(desk)}))
        raise typer.Exit(REFUSED) from None


def _try(desk: Desk, detail: TextDetail, file: Path) -> None:
    from workflow.services.mail_texts import TextRefused, preview

    try:
        rendered = preview(desk, detail.template, detail.language, read_words(file))
    except TextRefused as refused:
        raise _told(refused, file) from None
    echo("mail.text_tried")
    typer.echo(f"{say('column.subject')}: {rendered.subject}\n")
    typer.echo(rendered.text)


def _save(found: Any, detail: TextDetail, file: Path, as_: str) -> None:
    from workflow.services.mail_texts import TextRefused, save

    try:
        save(found.desk, detail.template, detail.language, read_words(file), as_ or "admin", found.now())
    except TextRefused as refused:
        raise _told(refused, file) from None
    echo("mail.text_saved", name=detail.template, lang=detail.language)


def _reset(found: Any, detail: TextDetail, as_: str, yes: bool) -> None:
    from workflow.services.mail_texts import reset

    confirm(yes, "mail.text_reset_sure", name=detail.template, lang=detail.language)
    reset(found.desk, detail.template, detail.language, as_ or "admin", found.now())
    echo("mail.text_reset", name=detail.template, lang=detail.language)


def _told(refused: Any, file: Path) -> typer.Exit:
    """Every problem with its line in the file; nothing was saved."""
    from definitions.messages import package_catalogue

    words = package_catalogue("notifications")
    for each in refused.problems:
        code = f"template_problem.{each.code}"
        sentence = words.say(code if code in words else f"error.{each.code}", language(), **each.params)
        complain(f"{file}:{each.line or 1}: {sentence}")
    complain(say("mail.text_not_saved", amount=len(refused.problems)))
    return typer.Exit(REFUSED)
