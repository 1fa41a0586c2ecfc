"""The working calendar: days off and make-up days of a year, what is not confirmed yet, what a change would move."""

from __future__ import annotations

from starlette.responses import Response

from definitions.calendar_text import CalendarRefused
from workflow.bootstrap import calendar_for
from workflow.services import calendar_days, recomputing
from workflow.services.recomputing import Recomputed
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.frame import NotHere
from workflow.web.ministry.telling import area, day_of, pointed, uploaded

SHOWN = 300


def show(ask: Ask) -> Response:
    return _page(ask, Form.filled({"loi": calendar_days.entered(ask.desk)}))


def change(ask: Ask) -> Response:
    """Check days that are typed or uploaded and try them on the open deadlines; save them when that was asked for."""
    form = Form({"loi": area(ask, "loi")})
    file = uploaded(ask, "tep")
    if file is not None:
        form.values["loi"] = file[1].decode("utf-8-sig", "replace").replace("\r\n", "\n")
    base = calendar_for(ask.house.app.settings)
    try:
        if len(form["loi"]) > calendar_days.LONGEST:
            form.wrong("loi", ask.say("ministry.calendar.long"))
            return _page(ask, form, status=422)
        if ask.typed.get("viec") == "save":
            calendar_days.save(ask.desk, base, form["loi"], ask.me.person, ask.now)
            ask.house.refreshed_at = None
            return see_other(ask.path("calendar.recount"), notice="ministry.calendar.saved")
        return _page(ask, form, tried=calendar_days.tried(ask.desk, base, form["loi"], ask.now))
    except CalendarRefused as refused:
        form.wrong("loi", ask.say("ministry.calendar.refused", amount=len(refused.problems)))
        return _page(ask, form, refused=refused, status=422)


DAY = ("ngay", "loai", "ten", "van_ban")


def add_day(ask: Ask) -> Response:
    """One day off or made up for, without typing its text; or the word that a year is as its document says."""
    form = Form.of(ask.typed, DAY)
    text = form.values["loi"] = calendar_days.entered(ask.desk)
    year = ask.typed.get("xac_nhan")
    if year:
        if not (year.isdecimal() and len(year) == 4):
            raise NotHere
        return _kept(ask, form, calendar_days.with_confirmed(text, int(year)))
    on = day_of(ask, form, "ngay")
    for name in ("ten", "van_ban"):
        if not form[name].strip():
            form.wrong(name, ask.say(f"ministry.calendar.no_{name}"))
    if on is None or not form.is_right:
        return _page(ask, form, status=422)
    worked = form["loai"] == "work"
    return _kept(ask, form, calendar_days.with_day(text, on, form["ten"][:200], form["van_ban"][:200], worked=worked))


def _kept(ask: Ask, form: Form, text: str) -> Response:
    try:
        calendar_days.save(ask.desk, calendar_for(ask.house.app.settings), text, ask.me.person, ask.now)
    except CalendarRefused as refused:
        form.wrong("ngay", " ".join(each.sentence(ask.language) for each in refused.problems))
        return _page(ask, form, status=422)
    ask.house.refreshed_at = None
    return see_other(ask.path("calendar.recount"), notice="ministry.calendar.saved")


def _page(
    ask: Ask, form: Form, *, tried: Recomputed | None = None, refused: CalendarRefused | None = None, status: int = 200
) -> Response:
    calendar = ask.desk.calendar
    asked = ask.query.get("nam")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else ask.today.year
    lines = {
        (problem.file, number): line
        for problem in (refused.problems if refused else ())
        for number, line in enumerate(form["loi"].splitlines(), start=1)
    }
    return page(
        ask, "ministry/calendar.html", status, form=form, year=year, rows=calendar_days.marked(calendar, year),
        years=range(calendar.first_year, calendar.last_year + 1), missing=calendar.to_confirm(ask.today),
        confirmed=year in calendar.confirmed_years, known=calendar.first_year <= year <= calendar.last_year,
        tried=tried, changes=tried.changes[:SHOWN] if tried else (),
        problems=[pointed(ask, each, lines) for each in refused.problems] if refused else [],
    )  # fmt: skip


# ── counting open deadlines again ────────────────────────────────────────────────────────────────


def ask_recount(ask: Ask) -> Response:
    """Which open due days move on the calendar in use, before anything is moved."""
    found = recomputing.preview(ask.desk, ask.now)
    return page(ask, "ministry/recount.html", found=found, changes=found.changes[:SHOWN], form=Form(),
                more=max(0, len(found.changes) - SHOWN))  # fmt: skip


def recount(ask: Ask) -> Response:
    """Move them, as one act."""
    done = recomputing.apply(ask.desk, ask.me.person, ask.now)
    return see_other(ask.path("calendar"), notice="ministry.calendar.recounted", amount=done.moved)
