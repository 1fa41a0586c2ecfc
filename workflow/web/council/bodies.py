"""Who sits: councils with their members, posts and terms. An admin gives seats and ends them."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from workflow.domain.councils import POSTS
from workflow.services import councils
from workflow.services.councils import KINDS, CouncilEntry, CouncilError, CouncilView, SeatEntry
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.council import telling
from workflow.web.forms import Form
from workflow.web.frame import NotHere

_AT = {"council_entry": "ma", "council_exists": "ma", "council_of_whom": "don_vi", "council_unit": "don_vi",
       "person_unknown": "nguoi", "seat_post": "cuong_vi", "seat_term": "den", "seat_twice": "nguoi",
       "second_chair": "cuong_vi", "seat_none": "tu"}  # fmt: skip


def listed(ask: Ask) -> Response:
    found = councils.councils(ask.desk, ask.today)
    rows = [
        {"row": each.row, "kind": ask.say(f"council.kind.{each.row.kind}"), "votes": sum(s.votes for s in each.seats),
         "standing": sum(seat.standing and seat.votes for seat in each.seats),
         "chair": next((seat.name for seat in each.seats if seat.post == "chair"), "")}
        for each in found
    ]  # fmt: skip
    return page(ask, "council/bodies.html", rows=rows, changes=ask.me.may("council.register"))


def ask_new(ask: Ask) -> Response:
    return _new(ask, Form.filled({"loai": "council", "tu": f"{ask.today:%d/%m/%Y}"}))


def _new(ask: Ask, form: Form, status: int = 200) -> Response:
    kinds = [{"value": each, "text": ask.say(f"council.kind.{each}")} for each in KINDS]
    return page(ask, "council/body_new.html", status, form=form, kinds=kinds)


def add(ask: Ask) -> Response:
    form = Form.of(ask.typed, ("ma", "ten", "loai", "don_vi", "khoi", "tu", "den"))
    since, until = telling.day_of(ask, form, "tu"), telling.day_of(ask, form, "den", optional=True)
    if form["ma"] == "moi" or "/" in form["ma"]:
        form.wrong("ma", ask.say("council.plan.reserved", code=form["ma"][:40]))
    if since is not None and form.is_right:
        entry = CouncilEntry(
            form["ma"][:40], form["ten"][:300], form["loai"], since, until, form["don_vi"][:20], form["khoi"][:40]
        )
        try:
            councils.add_council(ask.desk, entry, ask.me.person, ask.now)
            return see_other(ask.path("council.body", code=entry.code), notice="council.done.council")
        except CouncilError as error:
            telling.wrong(ask, form, error, _AT.get(error.code, "ma"))
    return _new(ask, form, 422)


def _council(ask: Ask) -> CouncilView:
    try:
        return councils.council(ask.desk, ask.part("code"), ask.today)
    except CouncilError:
        raise NotHere from None


def show(ask: Ask) -> Response:
    """Everybody who sits today; those who come or went below."""
    found = _council(ask)
    seats = councils.seats(ask.desk, found.row.code)
    return page(
        ask, "council/body.html", row=found.row, kind=ask.say(f"council.kind.{found.row.kind}"),
        seats=[_seat(ask, each) for each in found.seats],
        others=[_seat(ask, each) for each in seats if not each.held_on(ask.today)],
        votes=sum(each.votes for each in found.seats),
        standing=sum(each.standing and each.votes for each in found.seats),
        changes=ask.me.may("council.register"),
    )  # fmt: skip


def _seat(ask: Ask, seat: Any) -> dict[str, Any]:
    return {"seat": seat, "post": ask.say(f"council.post.{seat.post}"), "ends": seat.until_on is None}


def ask_seat(ask: Ask) -> Response:
    return _give(ask, _council(ask), Form.filled({"cuong_vi": "member", "tu": f"{ask.today:%d/%m/%Y}"}))


def _give(ask: Ask, found: CouncilView, form: Form, status: int = 200) -> Response:
    posts = [{"value": each, "text": ask.say(f"council.post.{each}")} for each in POSTS]
    return page(ask, "council/seat.html", status, row=found.row, form=form, posts=posts)


def give_seat(ask: Ask) -> Response:
    found = _council(ask)
    form = Form.of(ask.typed, ("nguoi", "cuong_vi", "thuong_truc", "co_phieu", "tu", "den", "van_ban"))
    since, until = telling.day_of(ask, form, "tu"), telling.day_of(ask, form, "den", optional=True)
    if not form["nguoi"]:
        form.wrong("nguoi", ask.say("council.seat.who"))
    if since is not None and form.is_right:
        votes = True if form["cuong_vi"] == "secretary" and form["co_phieu"] else None
        entry = SeatEntry(
            form["nguoi"][:80], form["cuong_vi"], since, until, bool(form["thuong_truc"]), votes,  # type: ignore[arg-type]
            form["van_ban"],
        )  # fmt: skip
        try:
            new = councils.seat(ask.desk, found.row.code, [entry], ask.me.person, ask.now)
            notice = "council.done.seated" if new else "council.done.seated_already"
            return see_other(ask.path("council.body", code=found.row.code), notice=notice)
        except CouncilError as error:
            telling.wrong(ask, form, error, _AT.get(error.code, "nguoi"))
    return _give(ask, found, form, 422)


def ask_end(ask: Ask) -> Response:
    form = Form.filled({"nguoi": ask.query.get("nguoi")[:80], "tu": f"{ask.today:%d/%m/%Y}"})
    return _end(ask, _council(ask), form)


def _end(ask: Ask, found: CouncilView, form: Form, status: int = 200) -> Response:
    people = [{"value": each.person, "text": f"{each.name} – {ask.say(f'council.post.{each.post}')}"}
              for each in found.seats]  # fmt: skip
    return page(ask, "council/seat_end.html", status, row=found.row, form=form, people=people)


def end(ask: Ask) -> Response:
    found = _council(ask)
    form = Form.of(ask.typed, ("nguoi", "tu"))
    day = telling.day_of(ask, form, "tu")
    if not form["nguoi"]:
        form.wrong("nguoi", ask.say("council.seat.who"))
    if day is not None and form.is_right:
        try:
            councils.end_seat(ask.desk, found.row.code, form["nguoi"], day, ask.me.person, ask.now)
            return see_other(ask.path("council.body", code=found.row.code), notice="council.done.seat_ended")
        except CouncilError as error:
            telling.wrong(ask, form, error, _AT.get(error.code, "nguoi"))
    return _end(ask, found, form, 422)
