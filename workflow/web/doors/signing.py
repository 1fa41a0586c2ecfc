"""Signing in by password and code, and signing out."""

from __future__ import annotations

from starlette.responses import Response

from workflow.services import sessions, signing_in
from workflow.services.throttling import TooMany
from workflow.web import guarding
from workflow.web.answering import page, see_other, signed_in
from workflow.web.asking import Ask
from workflow.web.doors.provider import is_open
from workflow.web.forms import Form
from workflow.web.front import inside

BETWEEN = "khen_step"
"""The cookie that stands for a right password while its code is awaited."""
WAITS = 5 * 60


def show(ask: Ask) -> Response:
    return _page(ask, Form(), back_of(ask))


def check(ask: Ask) -> Response:
    """The password, and with it the way on: in, to the code, or back here with one answer for every mistake."""
    back = inside(ask.typed.get("ve", "/"))
    form = Form.of(ask.typed, ("login",))
    password = next((value for name, value in ask.typed.pairs if name == "password"), "")
    found = signing_in.by_password(ask.desk, form["login"], password, ask.caller, ask.when, ask.house.limits)
    if isinstance(found, signing_in.SignedIn):
        return signed_in(ask, see_other(back), found.token)
    if isinstance(found, signing_in.CodeNeeded):
        return _await_code(ask, found.token, back)
    if isinstance(found, TooMany):
        form.wrong("login", ask.say("doors.too_many", minutes=found.minutes))
        return _page(ask, form, back, 429)
    form.wrong("login", ask.say("doors.sign_in.wrong"))
    return _page(ask, form, back, 401)


def _page(ask: Ask, form: Form, back: str, status: int = 200) -> Response:
    sso = ask.path("sign_in.sso", ve=back) if is_open(ask.house.app.settings.oidc) else ""
    name = ask.house.app.settings.oidc.name or ask.say("doors.sign_in.sso.name")
    return page(
        ask, "doors/sign_in.html", status, form=form, back=back, sso=sso, sso_name=name, returning=back != "/",
        kept=back.startswith("/vua-nhap/"),
    )  # fmt: skip


def back_of(ask: Ask) -> str:
    """The page to go on to, named in the address; only ever one of ours."""
    return inside(ask.query.get("ve", "/"))


def _await_code(ask: Ask, token: str, back: str) -> Response:
    response = see_other(ask.path("sign_in.code", ve=back))
    response.set_cookie(
        BETWEEN, token, max_age=WAITS, httponly=True, samesite="lax", secure=ask.house.secure, path="/dang-nhap"
    )
    return response


# ── the code ─────────────────────────────────────────────────────────────────────────────────────


def show_code(ask: Ask) -> Response:
    if not ask.request.cookies.get(BETWEEN):
        return see_other(ask.path("sign_in", ve=back_of(ask)))
    return page(ask, "doors/code.html", form=Form(), back=back_of(ask))


def check_code(ask: Ask) -> Response:
    back = inside(ask.typed.get("ve", "/"))
    waiting = ask.request.cookies.get(BETWEEN, "")
    found = signing_in.by_code(ask.desk, waiting, ask.typed.get("otp"), ask.caller, ask.when, ask.house.limits)
    if isinstance(found, signing_in.SignedIn):
        response = signed_in(ask, see_other(back), found.token)
        response.delete_cookie(BETWEEN, path="/dang-nhap")
        return response
    if isinstance(found, signing_in.Over):
        return see_other(ask.path("sign_in", ve=back), notice="doors.code.over", kind="warning")
    form = Form()
    if isinstance(found, TooMany):
        form.wrong("otp", ask.say("doors.too_many", minutes=found.minutes))
        return page(ask, "doors/code.html", 429, form=form, back=back)
    form.wrong("otp", ask.say("doors.code.wrong"))
    return page(ask, "doors/code.html", 401, form=form, back=back)


# ── out ──────────────────────────────────────────────────────────────────────────────────────────


def sign_out(ask: Ask) -> Response:
    """The session ends here and for whoever else holds its token."""
    assert ask.session is not None  # the frame lets nobody else in
    sessions.end(ask.desk, ask.session.token_sha256, ask.machine_now)
    response = see_other(ask.path("sign_in"), notice="doors.signed_out")
    response.delete_cookie(guarding.cookie_name(ask.house.secure), path="/", secure=ask.house.secure, httponly=True)
    return response
