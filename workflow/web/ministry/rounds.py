"""Award rounds: opened by copying last year's with every day looked at, mended while open, closed."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.responses import Response

from workflow.services import flows, register, register_book
from workflow.services.register import RegisterError, RoundEntry
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.frame import NotHere
from workflow.web.ministry.telling import day_of, told

FIELDS = ("ma", "ten", "nam", "mo", "dong", "chung")
ALL = "*"


def listed(ask: Ask) -> Response:
    amounts = register_book.dossiers_in(ask.desk)
    rows = [
        {
            "code": each.code, "title": each.title, "year": each.year, "opens_on": each.opens_on,
            "closes_on": each.closes_on, "closed_at": each.closed_at, "amount": amounts.get(each.code, (0, 0)),
            "cutoffs": _said(ask, each.cutoffs),
            "open": each.closed_at is None and each.opens_on <= ask.today <= each.closes_on,
        }
        for each in register.rounds(ask.desk)
    ]  # fmt: skip
    return page(ask, "ministry/rounds.html", rows=rows)


def _said(ask: Ask, cutoffs: Any) -> list[str]:
    titles = {**_titles(ask), ALL: ask.say("ministry.round.all")}
    return [f"{titles.get(name, name)}: {date.fromisoformat(day):%d/%m/%Y}" for name, day in cutoffs.items()]


def _titles(ask: Ask) -> dict[str, str]:
    return {each.flow_id: each.title for each in flows.published(ask.desk)}


def ask_new(ask: Ask) -> Response:
    """A round to enter: last year's, a year on, when `tu` names one."""
    source = ask.query.get("tu")
    entry = register_book.next_round(_found(ask, source)) if source else None
    return _page(ask, _filled(entry) if entry else Form.filled({"nam": ask.today.year}), source=source)


def ask_change(ask: Ask) -> Response:
    row = _found(ask, ask.part("code"))
    entry = RoundEntry(
        row.code, row.title, row.year, row.opens_on, row.closes_on, tuple(row.flows),
        {name: date.fromisoformat(day) for name, day in row.cutoffs.items()},
    )  # fmt: skip
    return _page(ask, _filled(entry), row=row)


def _found(ask: Ask, code: str) -> Any:
    try:
        return register_book.round_of(ask.desk, code)
    except RegisterError:
        raise NotHere from None


def _filled(entry: RoundEntry) -> Form:
    form = Form.filled(
        {"ma": entry.code, "ten": entry.title, "nam": entry.year, "mo": f"{entry.opens_on:%d/%m/%Y}",
         "dong": f"{entry.closes_on:%d/%m/%Y}", "chung": ""}
    )  # fmt: skip
    for name, day in entry.cutoffs.items():
        form.values["chung" if name == ALL else f"han_{name}"] = f"{day:%d/%m/%Y}"
    form.values |= {f"qt_{name}": "yes" for name in entry.flows}
    return form


def add(ask: Ask) -> Response:
    form, entry = _read(ask)
    if entry is not None:
        try:
            register_book.check_round(ask.desk, entry)
            register.add_round(ask.desk, entry, ask.me.person, ask.now)
            return see_other(ask.path("rounds"), notice="ministry.round.added", code=entry.code)
        except RegisterError as error:
            form.wrong("ma" if error.code == "round_exists" else "dong", told(ask, error))
    return _page(ask, form, status=422)


def change(ask: Ask) -> Response:
    """Mend it, enter the figures that rules count on, or close it: `viec` says which."""
    row = _found(ask, ask.part("code"))
    by, here = ask.me.person, ask.path("rounds")
    if ask.typed.get("viec") == "close":
        register.close_round(ask.desk, row.code, by, ask.now)
        return see_other(here, notice="ministry.round.closed", code=row.code)
    if ask.typed.get("viec") == "counts":
        return _counts(ask, row)
    form, entry = _read(ask, row.code)
    if entry is not None:
        try:
            register_book.change_round(ask.desk, row.code, entry, by, ask.now)
            return see_other(here, notice="ministry.round.changed", code=row.code)
        except RegisterError as error:
            form.wrong("dong", told(ask, error))
    return _page(ask, form, row=row, status=422)


def _counts(ask: Ask, row: Any) -> Response:
    name, typed = ask.typed.get("con_so"), ask.typed.get("so_luong")
    if name and typed.isdecimal() and len(typed) < 9:
        register.set_counts(ask.desk, row.code, {name[:60]: int(typed)}, ask.me.person, ask.now)
        return see_other(ask.path("rounds.show", code=row.code), notice="ministry.round.changed", code=row.code)
    form = Form.of(ask.typed, ["con_so", "so_luong"])
    form.wrong("so_luong", ask.say("ministry.round.no_number"))
    filled = _filled(RoundEntry(row.code, row.title, row.year, row.opens_on, row.closes_on))
    form.values = {**filled.values, **form.values}
    return _page(ask, form, row=row, status=422)


def _read(ask: Ask, code: str = "") -> tuple[Form, RoundEntry | None]:
    form = Form({name: value.strip() for name, value in ask.typed.pairs})
    opens, closes = day_of(ask, form, "mo"), day_of(ask, form, "dong")
    cutoffs = {}
    for name in [ALL, *(key.removeprefix("han_") for key in form.values if key.startswith("han_"))]:
        day = day_of(ask, form, "chung" if name == ALL else f"han_{name}", optional=True)
        if day is not None:
            cutoffs[name] = day
    if not form["ten"]:
        form.wrong("ten", ask.say("ministry.register.name_missing"))
    if not (code or form["ma"]):
        form.wrong("ma", ask.say("ministry.round.no_code"))
    if not (form["nam"].isdecimal() and len(form["nam"]) == 4):
        form.wrong("nam", ask.say("ministry.round.no_year"))
    if opens is None or closes is None or not form.is_right:
        return form, None
    chosen = tuple(key.removeprefix("qt_") for key in form.values if key.startswith("qt_"))
    return form, RoundEntry(
        code or form["ma"][:40], form["ten"][:300], int(form["nam"]), opens, closes, chosen, cutoffs
    )


def _page(ask: Ask, form: Form, *, row: Any = None, source: str = "", status: int = 200) -> Response:
    return page(
        ask, "ministry/round.html", status, form=form, row=row, source=source, titles=sorted(_titles(ask).items()),
        counts=dict(row.counts) if row is not None else {},
    )  # fmt: skip
