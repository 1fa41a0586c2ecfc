"""“Tài khoản của tôi”: who one is here, where one is signed in, the password, the second factor, the language."""

from __future__ import annotations

from datetime import date
from typing import Any

import segno
from starlette.responses import Response

from workflow.services import accounts, second_factor, sessions
from workflow.services.accounts import AccountError
from workflow.services.sessions import SignedIn
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask, SignInNeeded
from workflow.web.doors.links import said
from workflow.web.forms import Form
from workflow.web.frame import LANGUAGE
from workflow.wording import role_label


def mine(ask: Ask) -> SignedIn:
    """The session of whoever asks."""
    if ask.session is None:
        raise SignInNeeded
    return ask.session


def show(ask: Ask) -> Response:
    own = mine(ask)
    return page(
        ask, "doors/account.html", account=accounts.account(ask.desk, own.account_id), roles=_roles(ask),
        sessions=[
            (each, browser_name(each.browser))
            for each in sessions.listed(ask.desk, own.account_id, ask.machine_now, ask.house.limits)
        ],
        this_one=own.token_sha256, needed=_needed(ask), codes_left=second_factor.codes_left(ask.desk, own.account_id),
        proxied=own.way == "proxy",
    )  # fmt: skip


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("coc_coc", "Cốc Cốc"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
            ("Safari/", "Safari"))  # fmt: skip
SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
           ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip


def browser_name(said: str) -> str:
    """What a person recognises of what a browser says of itself: `Chrome, Windows`; the whole when nothing is known."""
    found = [next((name for mark, name in marks if mark in said), "") for marks in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found)) or said[:60]


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _roles(ask: Ask) -> list[dict[str, Any]]:
    today = ask.today
    return [
        {
            "name": capital(role_label(row.role, ask.language)), "scope": row.scope, "from_on": row.from_on,
            "until_on": row.until_on, "now": _holds(row.from_on, row.until_on, today),
            "to_come": row.from_on > today,
        }
        for row in accounts.roles_of(ask.desk, mine(ask).account_id)
    ]  # fmt: skip


def _holds(from_on: date, until_on: date | None, today: date) -> bool:
    return from_on <= today and (until_on is None or until_on > today)


def _needed(ask: Ask) -> bool:
    """Whether one of his roles needs a second factor."""
    return not ask.me.roles.isdisjoint(ask.house.rules.second_factor_roles) and not ask.house.demo


# ── password ─────────────────────────────────────────────────────────────────────────────────────


def show_password(ask: Ask, form: Form | None = None, status: int = 200) -> Response:
    own = mine(ask)
    account = accounts.account(ask.desk, own.account_id)
    least = accounts.shortest(ask.desk, own.account_id, ask.today, ask.house.rules)
    return page(ask, "doors/password.html", status, form=form or Form(), account=account, least=least)


def change_password(ask: Ask) -> Response:
    own = mine(ask)
    form = Form()
    typed = {name: value for name, value in ask.typed.pairs if name.startswith("password")}
    if not accounts.account(ask.desk, own.account_id).has_password:
        ask.fresh_proof()
    if typed.get("password", "") != typed.get("password_again", ""):
        form.wrong("password_again", ask.say("doors.password.differ"))
        return show_password(ask, form, 422)
    try:
        accounts.change_password(
            ask.desk, own.account_id, typed.get("password_old", ""), typed.get("password", ""), ask.when,
            ask.house.rules, keep=own.token_sha256, address=ask.caller.address,
        )  # fmt: skip
    except AccountError as error:
        form.wrong("password_old" if error.code in ("password_wrong", "too_many") else "password", said(ask, error))
        return show_password(ask, form, 429 if error.code == "too_many" else 422)
    sessions.prove(ask.desk, own.token_sha256, ask.machine_now)
    return see_other(ask.path("account"), notice="doors.password.changed")


# ── second factor ────────────────────────────────────────────────────────────────────────────────


def show_second_factor(ask: Ask, form: Form | None = None, status: int = 200) -> Response:
    own = mine(ask)
    account = accounts.account(ask.desk, own.account_id)
    waiting = second_factor.pending(ask.desk, own.account_id)
    return page(
        ask, "doors/second_factor.html", status, form=form or Form(), account=account, needed=_needed(ask),
        secret=_in_groups(waiting.secret) if waiting else "", picture=_picture(waiting.uri) if waiting else "",
        codes_left=second_factor.codes_left(ask.desk, own.account_id),
    )  # fmt: skip


def _picture(uri: str) -> str:
    """The QR code as SVG without a style of its own: it may stand in the page under our policy."""
    return str(segno.make(uri, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=False))


def _in_groups(secret: str) -> str:
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def begin_second_factor(ask: Ask) -> Response:
    ask.fresh_proof()
    second_factor.begin(ask.desk, mine(ask).account_id)
    return see_other(ask.path("account.second_factor"))


def confirm_second_factor(ask: Ask) -> Response:
    """The first code is right: from now on it is asked for. The recovery codes are on this page and nowhere else."""
    own = mine(ask)
    try:
        codes = second_factor.confirm(ask.desk, own.account_id, ask.typed.get("otp"), ask.me.person, ask.when)
    except AccountError as error:
        form = Form()
        form.wrong("otp", said(ask, error))
        return show_second_factor(ask, form, 422)
    sessions.prove(ask.desk, own.token_sha256, ask.machine_now, second_factor=True)
    return page(ask, "doors/codes.html", codes=codes, fresh=True)


def renew_codes(ask: Ask) -> Response:
    ask.fresh_proof()
    codes = second_factor.renew_codes(ask.desk, mine(ask).account_id, ask.me.person, ask.when)
    return page(ask, "doors/codes.html", codes=codes, fresh=False)


def remove_second_factor(ask: Ask) -> Response:
    """Gives it up, unless a role of his needs it or his password is too short to stand alone."""
    own = mine(ask)
    ask.fresh_proof()
    form = Form()
    if _needed(ask):
        form.wrong("password_old", ask.say("doors.second_factor.needed_role"))
        return show_second_factor(ask, form, 422)
    typed = next((value for name, value in ask.typed.pairs if name == "password_old"), "")
    try:
        right = accounts.is_password(ask.desk, own.account_id, typed, ask.machine_now, ask.caller.address)
    except AccountError as error:
        form.wrong("password_old", said(ask, error))
        return show_second_factor(ask, form, 429)
    if not right:
        form.wrong("password_old", ask.say("doors.password.wrong"))
    elif len(typed) < ask.house.rules.length:
        form.wrong("password_old", ask.say("doors.second_factor.short", least=ask.house.rules.length))
    if not form.is_right:
        return show_second_factor(ask, form, 422)
    second_factor.remove(ask.desk, own.account_id, ask.me.person, ask.when)
    return see_other(ask.path("account"), notice="doors.second_factor.removed")


# ── sessions, language ───────────────────────────────────────────────────────────────────────────


def end_sessions(ask: Ask) -> Response:
    """One of one's own sessions, or all but this one."""
    own = mine(ask)
    wanted = ask.typed.get("session")
    if wanted == "others":
        accounts.end_others(ask.desk, own.account_id, own.token_sha256, ask.me.person, ask.when)
        return see_other(ask.path("account"), notice="doors.sessions.ended_others")
    sessions.end_own(ask.desk, own.account_id, wanted, ask.machine_now)
    return see_other(ask.path("account"), notice="doors.sessions.ended_one")


def speak(ask: Ask) -> Response:
    """Pages and mails come in this language from now on."""
    language = "en" if ask.typed.get("language") == "en" else "vi"
    own = mine(ask)
    accounts.speak(ask.desk, own.account_id, language, ask.when)
    response = see_other(ask.path("account"), notice="doors.language.changed")
    response.set_cookie(LANGUAGE, language, max_age=365 * 86400, httponly=True, samesite="lax")
    return response
