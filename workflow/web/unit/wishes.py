"""How mail comes to somebody and to his unit, and the further mailboxes of a unit."""

from __future__ import annotations

from starlette.responses import Response

from notifications.errors import AddressRefused
from workflow.services import mail_wishes
from workflow.services.mail_wishes import WISHES, WishRefused
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.frame import NotHere


def show(ask: Ask) -> Response:
    return _page(ask, Form(), 200)


def _page(ask: Ask, form: Form, status: int) -> Response:
    return page(
        ask, "unit/wishes.html", status, form=form, boxes=mail_wishes.boxes(ask.desk, ask.me), wishes=WISHES,
        units=ask.me.own_units if ask.me.may("unit.settings") else (),
    )  # fmt: skip


def choose(ask: Ask) -> Response:
    try:
        mail_wishes.choose(ask.desk, ask.me, ask.typed.get("address"), ask.typed.get("wants"), ask.now)
    except WishRefused:
        raise NotHere from None
    return see_other(ask.path("unit.wishes"), notice="unit.wishes.kept")


def add(ask: Ask) -> Response:
    """A further mailbox: it is sent a link, and receives nothing else before that was followed."""
    form = Form.of(ask.typed, ("unit", "address", "label"))
    way = ask.path("unit.wishes.confirm", token="")
    try:
        mail_wishes.add(ask.desk, ask.me, form["unit"], form["address"], form["label"], way, ask.now, ask.machine_now)
    except AddressRefused:
        form.wrong("address", ask.say("unit.wishes.wrong_address"))
    except WishRefused as error:
        if error.code == "not_yours":
            raise NotHere from None
        form.wrong("address", ask.say("unit.wishes.known"))
    if not form.is_right:
        return _page(ask, form, 422)
    return see_other(ask.path("unit.wishes"), notice="unit.wishes.added", kind="info")


def drop(ask: Ask) -> Response:
    try:
        mail_wishes.drop(ask.desk, ask.me, int(ask.part("number")), ask.now)
    except WishRefused:
        raise NotHere from None
    return see_other(ask.path("unit.wishes"), notice="unit.wishes.dropped", kind="info")


def ask_to_confirm(ask: Ask) -> Response:
    """What the link would do. Nothing is done yet: mail programs open links by themselves."""
    found = mail_wishes.waiting(ask.desk, ask.part("token"), ask.machine_now)
    return page(ask, "unit/confirm.html", 200 if found else 410, found=found, done=False, token=ask.part("token"))


def confirm(ask: Ask) -> Response:
    found = mail_wishes.waiting(ask.desk, ask.part("token"), ask.machine_now)
    try:
        mail_wishes.confirm(ask.desk, ask.part("token"), ask.now, ask.machine_now)
    except WishRefused:
        return page(ask, "unit/confirm.html", 410, found=None, done=False, token="")
    return page(ask, "unit/confirm.html", found=found, done=True, token="")
