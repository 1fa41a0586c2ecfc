"""Pages about programs: a person's own keys, and the webhooks of the house."""

from __future__ import annotations

from starlette.responses import Response

from workflow.services import api_tokens, hooks
from workflow.services.api_tokens import SCOPES, TokenRefused
from workflow.services.hooks import HookRefused
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.frame import NotHere, Refused

DAYS = (30, 90, 180, 366)


def keys(ask: Ask) -> Response:
    """One's own keys."""
    return _keys(ask, Form.filled({"name": "", "days": "90"}))


def _keys(ask: Ask, form: Form, status: int = 200, made: str = "", chosen: tuple[str, ...] = ("read",)) -> Response:
    return page(
        ask, "programs/keys.html", status, form=form, made=made, scopes=SCOPES, days=DAYS, chosen=chosen,
        machine_now=ask.machine_now, keys=api_tokens.of_account(ask.desk, _account(ask)),
    )  # fmt: skip


def make_key(ask: Ask) -> Response:
    """A new key is shown once, on the answer itself: it is written nowhere from where a reload could bring it back."""
    form = Form.of(ask.typed, ("name", "days"))
    chosen = ask.typed.all("scopes")
    try:
        token = api_tokens.make(
            ask.desk, _account(ask), ask.me.person, form["name"], chosen, int(form["days"] or 0),
            machine_now=ask.machine_now, now=ask.now,
        )  # fmt: skip
    except ValueError as error:
        code, params = (error.code, error.params) if isinstance(error, TokenRefused) else ("token_days", {"most": 366})
        form.wrong(
            {"token_name": "name", "token_scopes": "scopes"}.get(code, "days"), ask.say(f"programs.{code}", **params)
        )
        return _keys(ask, form, 422, chosen=chosen)
    return _keys(ask, Form.filled({"name": "", "days": "90"}), made=token)


def end_key(ask: Ask) -> Response:
    number = ask.typed.get("key")
    ended = number.isdecimal() and api_tokens.revoke(
        ask.desk, _account(ask), int(number), ask.me.person, machine_now=ask.machine_now, now=ask.now
    )
    if not ended:
        raise NotHere
    return see_other(ask.path("keys"), notice="programs.key_ended")


def _account(ask: Ask) -> int:
    """Whoever asks has an account: a session without one cannot be."""
    number = ask.me.account_id
    if number is None:
        raise Refused(403, "refused.no_person")
    return number


def webhooks(ask: Ask) -> Response:
    """Every webhook and how it fares."""
    return _webhooks(ask, Form.filled({"url": "", "transitions": ""}))


def _webhooks(ask: Ask, form: Form, status: int = 200, secret: str = "") -> Response:
    return page(
        ask, "programs/webhooks.html", status, form=form, secret=secret, hooks=hooks.listed(ask.desk),
        hosts=ask.house.app.settings.programs.webhook_hosts,
    )  # fmt: skip


def make_webhook(ask: Ask) -> Response:
    form = Form.of(ask.typed, ("url", "transitions"))
    hosts = ask.house.app.settings.programs.webhook_hosts
    try:
        _, secret = hooks.make(
            ask.desk, form["url"], form["transitions"].replace(",", " ").split(), hosts, ask.me.person,
            machine_now=ask.machine_now, now=ask.now,
        )  # fmt: skip
    except HookRefused as refused:
        form.wrong("url", ask.say(f"programs.{refused.code}", **refused.params))
        return _webhooks(ask, form, 422)
    return _webhooks(ask, Form.filled({"url": "", "transitions": ""}), secret=secret)


def stop_webhook(ask: Ask) -> Response:
    number = ask.typed.get("webhook")
    stopped = number.isdecimal() and hooks.stop(
        ask.desk, int(number), ask.me.person, machine_now=ask.machine_now, now=ask.now
    )
    if not stopped:
        raise NotHere
    return see_other(ask.path("webhooks"), notice="programs.webhook_stopped")
