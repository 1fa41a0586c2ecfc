"""What the links in mails lead to: an invitation, a new password; and asking for such a link."""

from __future__ import annotations

from starlette.responses import Response

from workflow.explaining import sentences
from workflow.services import accounts, signing_in
from workflow.services.accounts import AccountError
from workflow.services.throttling import TooMany
from workflow.web.answering import page, see_other, signed_in
from workflow.web.asking import Ask
from workflow.web.forms import Form


def forgotten(ask: Ask) -> Response:
    return page(ask, "doors/forgotten.html", form=Form(), asked=False)


def ask_for_reset(ask: Ask) -> Response:
    """One answer, whether there is such an account or not."""
    form = Form.of(ask.typed, ("login",))
    if not form["login"]:
        form.wrong("login", ask.say("doors.forgotten.empty"))
        return page(ask, "doors/forgotten.html", 422, form=form, asked=False)
    found = accounts.request_reset(ask.desk, form["login"], ask.caller.address, ask.when, ask.house.rules)
    if isinstance(found, TooMany):
        form.wrong("login", ask.say("doors.too_many", minutes=found.minutes))
        return page(ask, "doors/forgotten.html", 429, form=form, asked=False)
    return see_other(ask.path("sign_in"), notice="doors.forgotten.sent", kind="info")


def show_invitation(ask: Ask) -> Response:
    return _show(ask, "invite", Form())


def show_reset(ask: Ask) -> Response:
    return _show(ask, "reset", Form())


def accept(ask: Ask) -> Response:
    """The invitation is taken up: the password counts, and whoever chose it is in."""
    number = _chosen(ask, "invite")
    if isinstance(number, Response):
        return number
    found = signing_in.as_owner(ask.desk, number, ask.caller, ask.when, ask.house.limits)
    return signed_in(ask, see_other("/", notice="doors.invitation.done"), found.token)


def choose(ask: Ask) -> Response:
    """The new password counts. A mailbox is no second factor: whoever has one still signs in with it."""
    number = _chosen(ask, "reset")
    if isinstance(number, Response):
        return number
    return see_other(ask.path("sign_in"), notice="doors.reset.done")


def _chosen(ask: Ask, kind: str) -> int | Response:
    form = Form()
    typed = {name: value for name, value in ask.typed.pairs if name.startswith("password")}
    if typed.get("password", "") != typed.get("password_again", ""):
        form.wrong("password_again", ask.say("doors.password.differ"))
        return _show(ask, kind, form, 422)
    token = ask.part("token")
    try:
        return accounts.choose(ask.desk, kind, token, typed.get("password", ""), ask.when, ask.house.rules)
    except AccountError as error:
        if error.code == "link_over":
            return _show(ask, kind, form)
        form.wrong("password", said(ask, error))
        return _show(ask, kind, form, 422)


def _show(ask: Ask, kind: str, form: Form, status: int = 200) -> Response:
    found = accounts.waiting(ask.desk, kind, ask.part("token"), ask.machine_now)
    if found is None:
        return page(ask, "doors/over.html", 404, kind=kind)
    least = accounts.shortest(ask.desk, found.id, ask.today, ask.house.rules)
    return page(ask, "doors/choose.html", status, form=form, kind=kind, account=found, least=least)


def said(ask: Ask, error: AccountError) -> str:
    """What is wrong, in the words of this request's language."""
    found = sentences(error, ask.language)
    assert found is not None
    return " ".join(found[1])
