"""Signing in by the ministry's identity provider: away to it, and back."""

from __future__ import annotations

import secrets
from importlib.util import find_spec

import structlog
from starlette.responses import RedirectResponse, Response

from workflow.services import signing_in
from workflow.web.answering import page, see_other, signed_in
from workflow.web.asking import Ask
from workflow.web.doors.provider import Provider, ProviderRefused, Question, is_open
from workflow.web.doors.signing import back_of
from workflow.web.frame import NotHere, Refused
from workflow.web.front import inside

ASKED = "khen_sso"
WAITS = 10 * 60
log = structlog.get_logger("khen.web")


def leave(ask: Ask) -> Response:
    """Off to the provider. Nothing is written here: the question travels in a cookie of this browser."""
    provider = _provider(ask)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    question = Question(state, nonce, verifier, back_of(ask))
    try:
        address = provider.address(question, again="lai" in ask.query)
    except ProviderRefused as error:
        return _refused(ask, error)
    response = RedirectResponse(address, 303)
    response.set_cookie(
        ASKED, question.in_cookie(), max_age=WAITS, httponly=True, samesite="lax", secure=ask.house.secure,
        path="/dang-nhap",
    )  # fmt: skip
    return response


def come_back(ask: Ask) -> Response:
    """Back with an answer: a session, if it answers this browser's question and the person has an account here."""
    provider = _provider(ask)
    try:
        question = Question.from_cookie(ask.request.cookies.get(ASKED, ""))
        if question is None:
            raise ProviderRefused("nothing was asked")
        identity = provider.identity(question, dict(ask.query.pairs), ask.machine_now)
    except ProviderRefused as error:
        return _refused(ask, error)
    found = signing_in.by_subject(
        ask.desk, identity.subject, identity.email, ask.caller, ask.when, ask.house.limits,
        link=ask.house.app.settings.oidc.link_by_email == "yes",
    )  # fmt: skip
    if found is None:
        return _over(page(ask, "doors/sso.html", 403, code="doors.sso.no_account"))
    return _over(signed_in(ask, see_other(inside(question.back)), found.token))


def _provider(ask: Ask) -> Provider:
    settings = ask.house.app.settings.oidc
    if not is_open(settings):
        raise NotHere
    if find_spec("authlib") is None:
        raise Refused(503, "doors.sso.not_installed")
    return Provider(settings, ask.house.outside(ask.path("sign_in.sso.back")))


def _refused(ask: Ask, error: ProviderRefused) -> Response:
    log.warning("sso", reason=error.reason)
    return _over(page(ask, "doors/sso.html", 401, code="doors.sso.refused"))


def _over(response: Response) -> Response:
    """A question is asked once."""
    response.delete_cookie(ASKED, path="/dang-nhap")
    return response
