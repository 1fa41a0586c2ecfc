"""People of the register, the roles they hold and since when, who stands in for whom, and who may sign in."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from definitions.vocabulary import ROLES
from workflow.services import accounts, register, register_book
from workflow.services.accounts import AccountError
from workflow.services.register import MINISTRY, PersonEntry, RegisterError
from workflow.services.register_book import Held, PersonRow
from workflow.storage.directory import key_of
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.frame import NotHere
from workflow.web.ministry.telling import day_of, told
from workflow.wording import role_label

MOST = 200


def listed(ask: Ask) -> Response:
    """People who hold a role, have a mailbox or an account; found by name, role and unit."""
    form = Form.of(ask.query, ["tim", "vai_tro", "don_vi"])
    role = form["vai_tro"] if form["vai_tro"] in ROLES else ""
    rows = register_book.people(
        ask.desk, words=form["tim"][:100], role=role, unit=form["don_vi"], on=ask.today, limit=MOST + 1
    )
    return page(
        ask, "ministry/people.html", form=form, rows=[_row(ask, each) for each in rows[:MOST]], more=len(rows) > MOST,
        roles=_roles(ask), units=_units(ask),
        active=[
            {"text": words, "href": ask.path("people", **{k: v for k, v in form.values.items() if v and k != name})}
            for name, words in (
                ("tim", f"“{form['tim']}”" if form["tim"] else ""), ("vai_tro", role_label(role, ask.language)),
                ("don_vi", form["don_vi"]),
            )
            if words
        ],
    )  # fmt: skip


def _row(ask: Ask, each: PersonRow) -> dict[str, Any]:
    return {
        "key": each.key, "name": each.name, "email": each.email, "account": each.account, "root": each.root_unit,
        "code": each.code, "held": [_said(ask, one) for one in each.held if one.in_force(ask.today)],
    }  # fmt: skip


def _said(ask: Ask, held: Held) -> str:
    return role_label(held.role, ask.language) + (f" ({held.scope})" if held.scope else "")


def _roles(ask: Ask) -> list[dict[str, str]]:
    return [{"value": each, "text": role_label(each, ask.language)} for each in sorted(ROLES)]


def _units(ask: Ask) -> list[dict[str, str]]:
    ministry = {"value": MINISTRY, "text": ask.say("ministry.people.ministry")}
    found = register.units(ask.desk, ask.today)
    return [ministry, *({"value": each.code, "text": f"{each.code} – {each.name}"} for each in found)]


def _scopes(ask: Ask) -> list[dict[str, str]]:
    """What a role's scope may be called: units, and the clusters and fields that the register knows of."""
    units = register.units(ask.desk, ask.today)
    clusters = sorted({each.cluster for each in units if each.cluster})
    fields = register_book.fields_held(ask.desk)
    return [
        *({"value": each.code, "text": each.name} for each in units),
        *({"value": each, "text": ask.say("ministry.people.a_cluster")} for each in clusters),
        *({"value": each, "text": ask.say("ministry.people.a_field")} for each in fields),
    ]  # fmt: skip


# ── a new person ─────────────────────────────────────────────────────────────────────────────────

NEW = ("ma", "ten", "don_vi", "thu", "ngon_ngu", "vai_tro", "pham_vi", "tu_ngay")


def ask_new(ask: Ask) -> Response:
    return _new_page(ask, Form.filled({"don_vi": MINISTRY, "tu_ngay": f"{ask.today:%d/%m/%Y}", "ngon_ngu": "vi"}))


def add(ask: Ask) -> Response:
    form = Form.of(ask.typed, NEW)
    since = day_of(ask, form, "tu_ngay", optional=not form["vai_tro"])
    if not form.is_right:
        return _new_page(ask, form, 422)
    root = form["don_vi"] or MINISTRY
    roles = (register_book.scoped(form["vai_tro"], form["pham_vi"], root, since),) if form["vai_tro"] and since else ()
    language = "en" if form["ngon_ngu"] == "en" else "vi"
    entry = PersonEntry(form["ma"], form["ten"], root, form["thu"], language, roles)  # type: ignore[arg-type]
    try:
        register_book.refuse_unknown_units(ask.desk, [entry])
        register.add_people(ask.desk, [entry], ask.me.person, ask.now)
    except RegisterError as error:
        form.wrong(_field(error), told(ask, error))
        return _new_page(ask, form, 422)
    return see_other(_address(ask, key_of(root, form["ma"])), notice="ministry.register.added", amount=1)


def _field(error: RegisterError) -> str:
    return {
        "person_code": "ma", "person_exists": "ma", "name_missing": "ten", "name_letters": "ten",
        "address": "thu", "role_unknown": "vai_tro",
        "scope": "pham_vi", "scope_missing": "pham_vi", "unit_unknown": "pham_vi", "period": "den_ngay",
    }.get(error.code, "vai_tro")  # fmt: skip


def _new_page(ask: Ask, form: Form, status: int = 200) -> Response:
    return page(ask, "ministry/person_new.html", status, form=form, roles=_roles(ask), units=_units(ask),
                scopes=_scopes(ask))  # fmt: skip


def _address(ask: Ask, key: str) -> str:
    root, _, code = key.partition("/")
    return ask.path("people.show", root=root, code=code)


# ── one person ───────────────────────────────────────────────────────────────────────────────────


def show(ask: Ask) -> Response:
    found = _found(ask)
    form = Form.filled({"ten": found.name, "thu": found.email, "ngon_ngu": found.language})
    return _page(ask, found, form)


def change(ask: Ask) -> Response:
    """Mend name and mailbox, give a role, or end one: `viec` says which."""
    found = _found(ask)
    form = Form.of(ask.typed, ["ten", "thu", "ngon_ngu", "vai_tro", "pham_vi", "tu_ngay", "den_ngay"])
    by, now, what = ask.me.person, ask.now, ask.typed.get("viec")
    try:
        if what == "mend":
            register_book.change_person(ask.desk, found.key, form["ten"], form["thu"], form["ngon_ngu"], by, now)
        elif what == "grant":
            _grant(ask, found, form)
        elif what == "end" and ask.typed.get("quyen").isdecimal():
            last = day_of(ask, form, "den_ngay")
            if last is not None:
                register_book.end_grant(ask.desk, found.key, int(ask.typed.get("quyen")), last, by, now)
    except RegisterError as error:
        form.wrong(_field(error), told(ask, error))
    if not form.is_right:
        form.values = {"ten": found.name, "thu": found.email, "ngon_ngu": found.language, **_typed(form)}
        return _page(ask, found, form, 422)
    return see_other(_address(ask, found.key), notice="ministry.register.changed", code=found.key)


def _typed(form: Form) -> dict[str, str]:
    return {name: value for name, value in form.values.items() if value}


def _grant(ask: Ask, found: PersonRow, form: Form) -> None:
    since = day_of(ask, form, "tu_ngay")
    until = day_of(ask, form, "den_ngay", optional=True)
    if since is None or not form.is_right:
        return
    entry = register_book.scoped(form["vai_tro"], form["pham_vi"], found.root_unit, since, until)
    register_book.refuse_unknown_units(ask.desk, [PersonEntry("", "", roles=(entry,))])
    register.grant(ask.desk, found.key, entry, ask.me.person, ask.now)


def invite(ask: Ask) -> Response:
    """Let a person in: a link goes to his own mailbox, and nobody else ever knows his password."""
    ask.fresh_proof()
    found = _found(ask)
    try:
        login = ask.typed.get("dang_nhap") or found.email
        accounts.invite(ask.desk, found.key, login, ask.me.person, ask.when, ask.house.rules, language=found.language)
    except AccountError as error:
        form = Form.filled({"ten": found.name, "thu": found.email, "ngon_ngu": found.language})
        form.wrong("dang_nhap", told(ask, error))
        return _page(ask, found, form, 422)
    return see_other(_address(ask, found.key), notice="ministry.people.invited", code=found.key)


def _found(ask: Ask) -> PersonRow:
    try:
        return register_book.person(ask.desk, key_of(ask.part("root"), ask.part("code")))
    except RegisterError:
        raise NotHere from None


def _page(ask: Ask, found: PersonRow, form: Form, status: int = 200) -> Response:
    form.values.setdefault("tu_ngay", f"{ask.today:%d/%m/%Y}")
    stand_ins = [each for each in register_book.stand_ins(ask.desk) if found.key in (each.principal, each.substitute)]
    return page(
        ask, "ministry/person.html", status, form=form, person=found, roles=_roles(ask), stand_ins=stand_ins,
        scopes=_scopes(ask),
        held=[{"id": each.id, "said": _said(ask, each), "from_on": each.from_on, "until_on": each.until_on,
               "in_force": each.in_force(ask.today)} for each in found.held],
        here=_address(ask, found.key),
    )  # fmt: skip


# ── substitutes ──────────────────────────────────────────────────────────────────────────────────

STAND_IN = ("nguoi", "thay", "tu_ngay", "den_ngay", "van_ban")


def stand_ins(ask: Ask) -> Response:
    return _stand_in_page(ask, Form.filled({"tu_ngay": f"{ask.today:%d/%m/%Y}"}))


def stand_in(ask: Ask) -> Response:
    """From day to day, both included, the substitute acts with the principal's roles and gets his mails too."""
    form = Form.of(ask.typed, STAND_IN)
    by, now = ask.me.person, ask.now
    if ask.typed.get("viec") == "end" and ask.typed.get("so").isdecimal():
        register_book.end_stand_in(ask.desk, int(ask.typed.get("so")), ask.today, by, now)
        return see_other(ask.path("stand_ins"), notice="ministry.stand_in.ended")
    first, last = day_of(ask, form, "tu_ngay"), day_of(ask, form, "den_ngay")
    if not form["van_ban"]:
        form.wrong("van_ban", ask.say("ministry.stand_in.no_document"))
    if first is not None and last is not None and form.is_right:
        try:
            register.substitute(ask.desk, form["nguoi"], form["thay"], first, last, form["van_ban"][:200], by, now)
        except RegisterError as error:
            field = {"period": "den_ngay", "substitute_self": "thay"}.get(error.code, "nguoi")
            form.wrong(field, told(ask, error))
    if not form.is_right:
        return _stand_in_page(ask, form, 422)
    return see_other(ask.path("stand_ins"), notice="ministry.stand_in.done")


def _stand_in_page(ask: Ask, form: Form, status: int = 200) -> Response:
    everybody = register_book.people(ask.desk, limit=2_000)
    return page(
        ask, "ministry/stand_ins.html", status, form=form,
        people=[{"value": each.key, "text": f"{each.name} ({each.key})"} for each in everybody if each.held],
        rows=[{"row": each, "in_force": each.in_force(ask.today), "over": each.until_on < ask.today}
              for each in register_book.stand_ins(ask.desk)],
    )  # fmt: skip
