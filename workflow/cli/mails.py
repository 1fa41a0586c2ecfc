"""`khen mail …`: the outbox."""

from __future__ import annotations

from collections.abc import Mapping
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
    guess,
    help_,
    language,
    moment,
    open_app,
    print_json,
    say,
    table,
)

app = group("mail")
Number = Annotated[int, typer.Argument(help=help_("mail_id"))]
Words = Annotated[Path | None, typer.Option("--file", exists=True, dir_okay=False, help=help_("mail_file"))]
Out = Annotated[Path | None, typer.Option("--out", dir_okay=False, help=help_("mail_out"))]


def _state(name: str) -> str:
    return _notified(f"mail_state.{name}")


def _notified(code: str) -> str:
    """Words of the outbox; the code itself where it has none."""
    from definitions.messages import package_catalogue

    words = package_catalogue("notifications")
    return words.say(code, language()) if code in words else code.rpartition(".")[2]


def _names() -> Mapping[str, str]:
    """What each mail is about, as its template says it."""
    from workflow.services.mails import template_names

    return template_names(language())


def _named(template: str) -> str:
    """What a mail that has not been written yet is about."""
    return say("mail.not_rendered", template=_names().get(template, template))


def _known_state(state: str | None) -> None:
    from notifications.mail import STATES

    if state and state not in STATES:
        complain(guess(say("error.mail_state_unknown", state=state, known=", ".join(STATES)), state, STATES))
        raise typer.Exit(REFUSED)


@app.command("list", help=help_("mail_list"))
@command
def list_(
    state: Annotated[str | None, typer.Option("--state", help=help_("mail_state"))] = None,
    to: Annotated[str | None, typer.Option("--to", help=help_("mail_to"))] = None,
    nomination: Annotated[str, typer.Option("--nomination", help=help_("nomination_code"))] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help=help_("limit"))] = 50,
    before: Annotated[int | None, typer.Option("--before", help=help_("before"))] = None,
    as_json: Json = False,
) -> None:
    from definitions.calendar import local_day
    from workflow.services import looking, mails

    _known_state(state)
    found = open_app()
    now = found.now()
    reference = None
    if nomination:
        reference = f"nomination:{looking.show(found.desk, nomination, local_day(now)).row.id}"
    rows = mails.listed(found.desk, state=state, address=to, reference=reference, limit=limit, before=before)
    summary = mails.summary(found.desk, now)
    if as_json:
        print_json({"mails": rows, "counts": summary.counts, "paused": summary.queue.paused_at})
        return
    table(
        ("id", "state", "to", "subject", "lines", "attempts", "created", "answer"),
        [
            (r.id, _state(r.state), r.address, r.subject or _named(r.template), r.lines, r.attempts, r.created_at,
             r.last_answer)
            for r in rows
        ],
    )  # fmt: skip
    echo("mail.counts", counts=", ".join(f"{_state(name)}: {amount}" for name, amount in summary.counts.items()))
    if summary.queue.paused_at:
        complain(
            say("mail.paused", reason=_notified(f"queue_reason.{summary.queue.reason}"), detail=summary.queue.detail)
        )
    elif summary.queue.retry_at:
        complain(say("mail.unreachable", detail=summary.queue.lane_detail, at=moment(summary.queue.retry_at)))


@app.command("show", help=help_("mail_show"))
@command
def show(number: Number, as_json: Json = False) -> None:
    from workflow.services import mails

    found = open_app()
    detail = mails.show(found.desk, number)
    if as_json:
        print_json(detail)
        return
    head = detail.head
    typer.echo(f"{say('column.to')}: {head.name} <{head.address}>")
    typer.echo(f"{say('column.state')}: {_state(head.state)}{_because(head.reason)}")
    typer.echo(f"{say('column.subject')}: {head.subject or '–'}")
    typer.echo(f"Message-ID: {detail.message_id}")
    table(("number", "code", "name", "section", "cancelled"), [
        (line.number, line.context.get("code"), line.context.get("name"),
         _names().get(line.section, line.section), line.cancelled_at)
        for line in detail.lines
    ])  # fmt: skip
    if detail.attempts:
        table(("number", "begun", "ended", "outcome", "answer"), [
            (a.number, a.claimed_at, a.ended_at, a.outcome, f"{a.code or ''} {a.answer}") for a in detail.attempts
        ])  # fmt: skip


def _because(reason: str | None) -> str:
    return f" – {_notified(f'mail_reason.{reason}')}" if reason else ""


@app.command("preview", help=help_("mail_preview"))
@command
def preview(
    number: Number,
    html: Annotated[Path | None, typer.Option("--html", help=help_("mail_html"))] = None,
    as_json: Json = False,
) -> None:
    from workflow.services import mails

    found = open_app()
    seen = mails.preview(found.desk, number)
    if html:
        html.write_text(seen.rendered.html, encoding="utf-8")
        echo("flow.written", path=str(html))
        return
    if as_json:
        print_json(
            {
                "sent": seen.sent,
                "subject": seen.rendered.subject,
                "text": seen.rendered.text,
                "html": seen.rendered.html,
            }
        )
        return
    echo("mail.as_sent" if seen.sent else "mail.as_now")
    typer.echo(f"{say('column.to')}: {seen.detail.head.name} <{seen.detail.head.address}>")
    typer.echo(f"{say('column.subject')}: {seen.rendered.subject}\n")
    typer.echo(seen.rendered.text)


@app.command("edit", help=help_("mail_edit"))
@command
def edit(
    number: Number,
    file: Words = None,
    out: Out = None,
    undo: Annotated[bool, typer.Option("--undo", help=help_("mail_undo"))] = False,
    as_: As = "",
) -> None:
    from workflow.services import mails

    if sum(map(bool, (file, out, undo))) > 1:
        raise typer.BadParameter(say("error.mail_one_of", options="--file, --out, --undo"))
    found = open_app()
    if undo:
        mails.unedit(found.desk, number, as_ or "admin", found.now())
        echo("mail.unedited", number=number)
    elif file:
        subject, source = _typed(file)
        rendered = mails.edit(found.desk, number, subject, source, as_ or "admin", found.now())
        echo("mail.edited", number=number)
        typer.echo(f"{say('column.subject')}: {rendered.subject}\n")
        typer.echo(rendered.text)
    else:
        _, subject, source = mails.to_edit(found.desk, number)
        put_out(f"Subject: {subject}\n\n{source.rstrip()}\n", out)


def _typed(file: Path) -> tuple[str, str]:
    """Subject and words of a file in the shape that `mail edit` writes."""
    from notifications.rendering import split

    source = split("", file.name, read_words(file))
    return source.subject, source.body


def read_words(file: Path) -> str:
    """What somebody typed into a file."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        complain(say("error.not_utf8", file=str(file)))
        raise typer.Exit(REFUSED) from None


def put_out(text: str, out: Path | None) -> None:
    """Words to be edited: into the file that is named, or shown."""
    if out is None:
        typer.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8")
    echo("flow.written", path=str(out))


@app.command("discard", help=help_("mail_discard"))
@command
def discard(
    number: Number,
    reason: Annotated[str, typer.Option("--reason", help=help_("reason"))],
    as_: As = "",
    yes: Yes = False,
) -> None:
    from workflow.services import mails

    found = open_app()
    confirm(yes, "mail.discard_sure", number=number)
    mails.discard(found.desk, number, reason, as_ or "admin", found.now())
    echo("mail.discarded", number=number)


@app.command("resend", help=help_("mail_resend"))
@command
def resend(number: Number, as_: As = "", yes: Yes = False) -> None:
    from workflow.services import mails

    found = open_app()
    confirm(yes, "mail.resend_sure", number=number)
    echo("mail.resent", number=mails.resend(found.desk, number, as_ or "admin", found.now()))


@app.command("release", help=help_("mail_release"))
@command
def release(
    numbers: Annotated[list[int] | None, typer.Argument(help=help_("mail_ids"))] = None,
    hold: Annotated[str, typer.Option("--hold", help=help_("mail_hold"))] = "mode",
    as_: As = "",
    yes: Yes = False,
) -> None:
    from workflow.services import mails

    found = open_app()
    confirm(yes, "mail.release_sure")
    amount = mails.release(found.desk, as_ or "admin", found.now(), hold=hold, ids=numbers or None)
    echo("mail.released_but" if found.settings.mail.mode == "hold" else "mail.released", amount=amount)


@app.command("pause", help=help_("mail_pause"))
@command
def pause(reason: Annotated[str, typer.Option("--reason", help=help_("reason"))], as_: As = "") -> None:
    from workflow.services import mails

    found = open_app()
    echo("mail.is_paused" if mails.pause(found.desk, as_ or "admin", reason, found.now()) else "mail.was_paused")


@app.command("resume", help=help_("mail_resume"))
@command
def resume(as_: As = "", yes: Yes = False) -> None:
    from workflow.services import mails

    found = open_app()
    summary = mails.summary(found.desk, found.now())
    confirm(yes, "mail.resume_sure", due=summary.counts.get("queued", 0))
    echo("mail.goes_on" if mails.go_on(found.desk, as_ or "admin", found.now()) else "mail.was_running")


@app.command("test", help=help_("mail_test"))
@command
def send_test(
    address: Annotated[str, typer.Argument(help=help_("mail_address"))],
    as_: As = "",
    as_json: Json = False,
) -> None:
    from workflow.running import deliver_once
    from workflow.services import mails

    found = open_app()
    number = mails.test_mail(found.desk, address, language(), as_ or "admin", found.now())
    deliver_once(found)
    head: Any = mails.show(found.desk, number).head
    if as_json:
        print_json({"mail": number, "state": head.state, "code": head.last_code, "answer": head.last_answer})
    else:
        echo("mail.tested", number=number, state=_state(head.state), answer=head.last_answer or "–")
    if head.state != "handed_over":
        complain(say("mail.test_help"))
        raise typer.Exit(REFUSED)
