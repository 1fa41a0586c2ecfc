"""Showing again who one is before a dangerous act; and getting back what was typed when a session ran out."""

from __future__ import annotations

from starlette.responses import Response

from workflow.services import accounts, kept_forms, sessions, signing_in
from workflow.services.accounts import AccountError
from workflow.services.throttling import TooMany
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.doors.account import mine
from workflow.web.doors.links import said
from workflow.web.doors.provider import is_open
from workflow.web.doors.signing import back_of
from workflow.web.forms import Form
from workflow.web.frame import NotHere
from workflow.web.front import inside


def show(ask: Ask) -> Response:
    return _page(ask, Form(), back_of(ask))


def check(ask: Ask) -> Response:
    """The password again, or a code of the second factor where there is one."""
    own = mine(ask)
    back = inside(ask.typed.get("ve", "/"))
    form = Form()
    account = accounts.account(ask.desk, own.account_id)
    if account.has_second_factor:
        right = signing_in.is_code(ask.desk, own.account_id, ask.typed.get("otp"), ask.caller, ask.machine_now)
        if isinstance(right, TooMany):
            form.wrong("otp", ask.say("doors.too_many", minutes=right.minutes))
            return _page(ask, form, back, 429)
        if not right:
            form.wrong("otp", ask.say("doors.code.wrong"))
    elif not account.has_password:
        form.wrong("password", ask.say("doors.prove.nothing"))
    else:
        typed = next((value for name, value in ask.typed.pairs if name == "password"), "")
        try:
            right = accounts.is_password(ask.desk, own.account_id, typed, ask.machine_now, ask.caller.address)
        except AccountError as error:
            form.wrong("password", said(ask, error))
            return _page(ask, form, back, 429)
        if not right:
            form.wrong("password", ask.say("doors.password.wrong"))
    if not form.is_right:
        return _page(ask, form, back, 401)
    sessions.prove(ask.desk, own.token_sha256, ask.machine_now, second_factor=account.has_second_factor)
    return see_other(back)


def _page(ask: Ask, form: Form, back: str, status: int = 200) -> Response:
    account = accounts.account(ask.desk, mine(ask).account_id)
    sso = ask.path("sign_in.sso", ve=back, lai=1) if is_open(ask.house.app.settings.oidc) and account.linked else ""
    return page(ask, "doors/prove.html", status, form=form, back=back, account=account, sso=sso)


# ── a form that was kept ─────────────────────────────────────────────────────────────────────────


def show_kept(ask: Ask) -> Response:
    """“Nội dung bạn vừa nhập”: for the account it was kept for; for everybody else there is no such page."""
    kept = kept_forms.find(ask.desk, mine(ask).account_id, ask.part("token"), ask.machine_now)
    if kept is None:
        raise NotHere
    shown = [(name, value) for name, value in kept.fields if value.strip() and not _is_technical(name)]
    return page(ask, "doors/kept.html", kept=kept, shown=shown, token=ask.part("token"))


def _is_technical(name: str) -> bool:
    """Fields that a person never filled in: keys, versions, marks of a page."""
    return name.startswith(("_", "khen_")) or name in ("request_key", "key", "version", "expected", "ve")


def discard_kept(ask: Ask) -> Response:
    kept_forms.discard(ask.desk, mine(ask).account_id, ask.part("token"))
    return see_other("/", notice="doors.kept.discarded")
