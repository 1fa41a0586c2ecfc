"""Units of the register: who exists when, who follows whom, where their mail goes."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from notifications.errors import NotificationError
from workflow.intake.sentences import word
from workflow.services import register, register_files
from workflow.services.register import UNIT_KINDS, RegisterError, UnitEntry
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.frame import NotHere
from workflow.web.ministry.telling import day_of, told, uploaded

FIELDS = ("ma", "ten", "loai", "tu_ngay", "den_ngay", "ke_thua", "khoi", "hop_thu", "ngon_ngu")


def listed(ask: Ask) -> Response:
    """Units of today; with `tat_ca`, those that are no more and those to come too."""
    everything = bool(ask.query.get("tat_ca"))
    rows = register.units(ask.desk, None if everything else ask.today)
    return page(ask, "ministry/units.html", rows=[_row(ask, each) for each in rows], everything=everything)


def _row(ask: Ask, each: Any) -> dict[str, Any]:
    return {
        "code": each.code, "name": each.name, "kind": word("unit_kind", each.kind, ask.language),
        "from_on": each.from_on, "until_on": each.until_on, "successor": each.successor_code or "",
        "cluster": each.cluster, "mailbox": each.mailbox,
        "over": each.until_on is not None and each.until_on <= ask.today,
    }  # fmt: skip


def ask_new(ask: Ask) -> Response:
    return _page(ask, Form.filled({"loai": "cuc", "tu_ngay": f"{ask.today:%d/%m/%Y}", "ngon_ngu": "vi"}), "")


def add(ask: Ask) -> Response:
    form = Form.of(ask.typed, FIELDS)
    since, until = day_of(ask, form, "tu_ngay"), day_of(ask, form, "den_ngay", optional=True)
    if since is None or not form.is_right:
        return _page(ask, form, "", 422)
    entry = UnitEntry(
        form["ma"].upper(), form["ten"], form["loai"], since, until, form["ke_thua"] or None, form["khoi"],
        form["hop_thu"], "en" if form["ngon_ngu"] == "en" else "vi",
    )  # fmt: skip
    try:
        register.add_units(ask.desk, [entry], ask.me.person, ask.now)
    except (RegisterError, NotificationError) as error:
        form.wrong(_field(error), told(ask, error))
        return _page(ask, form, "", 422)
    return see_other(ask.path("units"), notice="ministry.register.added", amount=1)


def _field(error: Exception) -> str:
    """Where a mistake stands that the register found."""
    code = getattr(error, "code", "")
    return {
        "unit_code": "ma", "unit_exists": "ma", "name_missing": "ten", "name_letters": "ten", "unit_kind": "loai",
        "period": "den_ngay", "address": "hop_thu", "unit_unknown": "ke_thua",
    }.get(code, "ma")  # fmt: skip


def ask_change(ask: Ask) -> Response:
    row = _found(ask)
    form = Form.filled(
        {
            "ma": row.code, "ten": row.name, "den_ngay": f"{row.until_on:%d/%m/%Y}" if row.until_on else "",
            "ke_thua": row.successor_code, "khoi": row.cluster, "hop_thu": row.mailbox, "ngon_ngu": row.language,
        }
    )  # fmt: skip
    return _page(ask, form, row.code)


def change(ask: Ask) -> Response:
    row = _found(ask)
    form = Form.of(ask.typed, FIELDS)
    until = day_of(ask, form, "den_ngay", optional=True)
    if not form["ten"]:
        form.wrong("ten", ask.say("ministry.register.name_missing"))
    if until is not None and until <= row.from_on:
        form.wrong("den_ngay", ask.say("ministry.register.period"))
    known = {each.code for each in register.units(ask.desk)}
    if form["ke_thua"] and form["ke_thua"] not in known:
        form.wrong("ke_thua", ask.say("ministry.register.no_unit", code=form["ke_thua"]))
    if not form.is_right:
        return _page(ask, form, row.code, 422)
    changes = {
        "name": form["ten"], "until_on": until, "successor_code": form["ke_thua"] or None, "cluster": form["khoi"],
        "mailbox": form["hop_thu"], "language": "en" if form["ngon_ngu"] == "en" else "vi",
    }  # fmt: skip
    changed = {name: value for name, value in changes.items() if value != getattr(row, name)}
    try:
        if changed:
            register.change_unit(ask.desk, row.code, changed, ask.me.person, ask.now)
    except RegisterError as error:
        form.wrong(_field(error), told(ask, error))
        return _page(ask, form, row.code, 422)
    return see_other(ask.path("units"), notice="ministry.register.changed", code=row.code)


def _found(ask: Ask) -> Any:
    row = next((each for each in register.units(ask.desk) if each.code == ask.part("code")), None)
    if row is None:
        raise NotHere
    return row


def _page(ask: Ask, form: Form, code: str, status: int = 200) -> Response:
    kinds = [{"value": each, "text": word("unit_kind", each, ask.language)} for each in UNIT_KINDS]
    others = [{"value": each.code, "text": f"{each.code} – {each.name}"} for each in register.units(ask.desk)]
    return page(ask, "ministry/unit.html", status, form=form, code=code, kinds=kinds,
                others=[each for each in others if each["value"] != code])  # fmt: skip


# ── a file ───────────────────────────────────────────────────────────────────────────────────────


def ask_file(ask: Ask) -> Response:
    """One page for the three files that the register takes."""
    return _file_page(ask, Form())


def take_file(ask: Ask) -> Response:
    """All of it or none: every mistake is told with its line, then nothing was entered."""
    form = Form.of(ask.typed, ["loai"])
    file = uploaded(ask, "tep")
    if file is None:
        form.wrong("tep", ask.say("ministry.register.no_file"))
        return _file_page(ask, form, 422)
    try:
        amount = register_files.take(ask.desk, form["loai"], *file, ask.me.person, ask.now)
    except Exception as error:
        form.wrong("tep", told(ask, error))
        return _file_page(ask, form, 422)
    back = "people" if form["loai"] == "person" else "units"
    return see_other(ask.path(back), notice="ministry.register.added", amount=amount)


def _file_page(ask: Ask, form: Form, status: int = 200) -> Response:
    kinds = [{"value": each, "text": ask.say(f"ministry.register.file.{each}")} for each in register_files.KINDS]
    columns = {each: register_files.columns(each, ask.language) for each in register_files.KINDS}
    return page(ask, "ministry/register_file.html", status, form=form, kinds=kinds, columns=columns)
