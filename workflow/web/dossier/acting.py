"""From a choice of dossiers to an act on them: which acts there are, and the form of the one that is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from starlette.responses import Response

from workflow.services import dossier, drafting, listing
from workflow.services.drafting import Draft, Filled, Form as ActForm
from workflow.services.line_files import read_content, template_of
from workflow.services.looking import canonical
from workflow.services.register import RegisterError
from workflow.web.answering import XLSX, download, page, see_other
from workflow.web.asking import Ask
from workflow.web.dossier import fields, telling
from workflow.web.forms import Form
from workflow.web.frame import NotHere, Refused
from workflow.web.front import inside
from workflow.wording import say

MOST_BOXES = 60
"""Lines whose own values are typed on the page; more are brought in a file."""
SHOWN = 200


# ── choosing ─────────────────────────────────────────────────────────────────────────────────────


def choose(ask: Ask) -> Response:
    """A list sends its ticks, or `all=1` with its filter: kept as a selection, then on to the acts."""
    back = inside(ask.typed.get("back", "/"))
    try:
        codes = _all_of(ask) if ask.typed.get("all") else ask.typed.all("code")
    except listing.ListRefused:
        return see_other(back, notice="dossier.notice.nothing_chosen", kind="warning")
    transition = ask.typed.get("transition")
    try:
        id_ = drafting.begin(ask.desk, ask.me, codes, ask.now, back=back, transition=transition)
    except drafting.NothingChosen as error:
        code = "dossier.notice.too_many" if error.amount else "dossier.notice.nothing_chosen"
        return see_other(back, notice=code, kind="warning", most=drafting.MOST_LINES)
    if transition:
        return see_other(ask.path("act.form", draft=id_, transition=transition))
    return see_other(ask.path("act.pick", draft=id_))


def _all_of(ask: Ask) -> Sequence[str]:
    """Every dossier that the filter of a list matches, as far as this person may see it. Raises ListRefused."""
    query = listing.parse(ask.me, parse_qsl(ask.typed.get("filter").lstrip("?"), keep_blank_values=True))
    return listing.codes_of(ask.desk, ask.me, query, ask.today, drafting.MOST_LINES)


def the_draft(ask: Ask) -> Draft:
    try:
        return drafting.find(ask.desk, ask.me, ask.part("draft"))
    except drafting.UnknownDraft:
        raise NotHere from None


def pick(ask: Ask) -> Response:
    """Which acts are possible, for how many of the dossiers chosen."""
    draft = the_draft(ask)
    if draft.is_done or draft.state == "running":
        return see_other(ask.path("act.result", draft=draft.id))
    offers = drafting.offers(ask.desk, ask.me, draft.codes, ask.now)
    return page(
        ask, "dossier/pick.html", draft=draft, amount=offers.lines,
        possible=[_offer(ask, draft, each, offers.lines) for each in offers.possible],
        others=[_offer(ask, draft, each, offers.lines) for each in offers.others],
    )  # fmt: skip


def _offer(ask: Ask, draft: Draft, offer: drafting.Offer, amount: int) -> dict[str, object]:
    counted = sorted(offer.reasons.items(), key=lambda each: -each[1])
    told = [
        {"text": each.text, "who": each.who, "amount": number}
        for reason, number in counted[:6]
        for each in telling.reasons([reason], ask, offer.flow)
    ]
    return {
        "title": offer.transition.label.in_(ask.language), "possible": offer.possible, "amount": amount,
        "href": ask.path("act.form", draft=draft.id, transition=offer.transition.id), "reasons": told,
        # An act that asks for nothing is shown at once; another day or a name to act for is given from there.
        "asks": bool(offer.transition.fields) or any(reason.overridable for reason in offer.reasons),
    }  # fmt: skip


# ── the form, for one ────────────────────────────────────────────────────────────────────────────

_FORBIDDEN = frozenset({"role", "other_unit", "own_case", "not_by"})
_CONFLICT = frozenset({"wrong_state", "stale", "not_from_here", "stale_elsewhere", "result_pending", "archived"})


def status_of(codes: Sequence[str]) -> int:
    """403 for who may not, 409 for a dossier that stands elsewhere, 422 for what is still missing; 200 for nothing."""
    found = set(codes)
    return 403 if found & _FORBIDDEN else 409 if found & _CONFLICT else 422 if found else 200


def one(ask: Ask) -> Response:
    """The form of an act on one dossier; one that may not happen is told with every reason."""
    shown, choice = _choice(ask)
    refused = _refused(ask, shown, choice)
    if refused is not None:
        return refused
    code = shown.row.code
    form = _form(ask, (code,), choice.transition.id)
    return _form_page(ask, form, {code: shown.version}, fields.offered(ask, form), one=shown)


def _choice(ask: Ask) -> tuple[dossier.Dossier, dossier.Choice]:
    shown = dossier.show(ask.desk, ask.me, ask.part("code"), ask.now)
    wanted = ask.part("transition")
    choice = next((each for each in shown.choices if each.transition.id == wanted), None)
    if choice is None:
        raise Refused(422, "dossier.refused.unknown_act", name=wanted[:60])
    if choice.others:
        raise Refused(403, "refused.not_yours")
    return shown, choice


def _refused(ask: Ask, shown: dossier.Dossier, choice: dossier.Choice) -> Response | None:
    """The page that says why not, where no form helps: who asks may not, or the dossier stands elsewhere."""
    status = status_of([each.code for each in choice.reasons])
    if status not in (403, 409):
        return None
    told = telling.reasons(choice.reasons, ask, shown.flow)
    own = [
        ask.say(code)
        for reason in choice.reasons
        if (code := f"dossier.refused.{reason.code}.{choice.transition.id}") in ask.house.words
    ]
    return page(
        ask, "dossier/refused.html", status, shown=shown, title=choice.transition.label.in_(ask.language),
        reasons=told, first=own[0] if own else "", status=status,
    )  # fmt: skip


def one_filled(ask: Ask) -> Response:
    """What was typed for one dossier becomes a draft of one line, and is shown before it is done."""
    shown, choice = _choice(ask)
    refused = _refused(ask, shown, choice)
    if refused is not None:
        return refused
    code = shown.row.code
    form = _form(ask, (code,), choice.transition.id)
    filled = fields.read(ask, form)
    version = ask.typed.get("version")
    versions = {code: int(version) if version.isdecimal() and len(version) < 9 else shown.version}
    wrong = _wrong(ask, form, filled, versions)
    if wrong:
        return _form_page(ask, form, versions, filled, one=shown, wrong=wrong)
    back = ask.path("nomination", code=code)
    id_ = drafting.begin(
        ask.desk, ask.me, (code,), ask.now, back=back, transition=form.transition.id, filled=filled, versions=versions
    )
    return see_other(ask.path("act.preview", draft=id_))


# ── the form, for many ───────────────────────────────────────────────────────────────────────────


def many(ask: Ask) -> Response:
    draft = the_draft(ask)
    if draft.is_done or draft.state == "running":
        return see_other(ask.path("act.result", draft=draft.id))
    form = _form(ask, draft.codes, ask.part("transition"))
    kept = draft.filled if draft.transition == form.transition.id else Filled()
    filled = fields.offered(ask, form) if kept == Filled() else kept
    return _form_page(ask, form, draft.lines, filled, draft=draft)


def many_filled(ask: Ask) -> Response:
    draft = the_draft(ask)
    form = _form(ask, draft.codes, ask.part("transition"))
    filled = fields.read(ask, form)
    earlier = draft.filled.lines if draft.transition == form.transition.id and len(draft.codes) > MOST_BOXES else {}
    try:
        brought = _from_file(ask, form)
    except RegisterError as error:
        wrong = {"lines": say(f"error.{error.code}", ask.language, **error.params)}
        return _form_page(ask, form, draft.lines, filled, draft=draft, wrong=wrong)
    lines = {**earlier, **brought, **filled.lines}
    filled = Filled(
        filled.pairs, lines, filled.occurred_on, filled.backdating_reason, filled.overrides, filled.whole,
        filled.on_behalf_of,
    )  # fmt: skip
    wrong = _wrong(ask, form, filled, draft.lines)
    if wrong:
        return _form_page(ask, form, draft.lines, filled, draft=draft, wrong=wrong)
    try:
        drafting.fill(ask.desk, ask.me, draft.id, form.transition.id, filled)
    except drafting.AlreadyRunning:
        return see_other(ask.path("act.result", draft=draft.id))
    return see_other(ask.path("act.preview", draft=draft.id))


def _from_file(ask: Ask, form: ActForm) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Values by code out of a file that came with the form. Raises RegisterError."""
    upload = ask.typed.files.get("lines")
    if upload is None:
        return {}
    read = read_content(upload.file.read(), upload.filename or "")
    found = {canonical(code): tuple(pairs) for code, pairs in read.items()}
    unknown = [code for code in found if code not in form.names]
    if unknown:
        raise RegisterError("lines_unknown", codes=tuple(unknown[:5]), number=len(unknown))
    own = {each.name for each in form.transition.fields if each.per == "line"}
    for pairs in found.values():
        for name, _ in pairs:
            if name.partition(".")[0] not in own:
                raise RegisterError("lines_column", name=name)
    return found


def template(ask: Ask) -> Response:
    """The file to fill in: a line for each dossier, a column for each value that is its own."""
    draft = the_draft(ask)
    form = _form(ask, draft.codes, ask.part("transition"))
    some = next(iter(form.names))
    prefix = f"{fields.LINE}{some}."
    columns = [(box.name.removeprefix(prefix), box.label) for box in fields.line_boxes(ask, form, some)]
    content = template_of(columns, form.names, ask.say("dossier.lines.code"), ask.say("dossier.lines.name"))
    return download(content, f"{form.transition.id}.xlsx", XLSX)


def _form(ask: Ask, codes: Sequence[str], transition: str) -> ActForm:
    try:
        return drafting.form(ask.desk, ask.me, codes, transition, ask.now)
    except drafting.NotAsked:
        raise Refused(422, "dossier.refused.unknown_act", name=transition[:60]) from None


def _wrong(ask: Ask, form: ActForm, filled: Filled, versions: Mapping[str, int]) -> dict[str, str]:
    """Every value that is missing or cannot be read, at its box."""
    given = fields.values(filled)
    wanted = fields.act_boxes(ask, form)
    if len(form.names) <= MOST_BOXES:
        for code in form.names:
            own = fields.line_boxes(ask, form, code)
            # A line left empty altogether is one that the preview shows as not moving.
            if len(form.names) == 1 or any(given.get(box.name, "").strip() for box in own):
                wanted += own
    _, faults = drafting.request_of(ask.desk, _as_draft(ask, form, filled, versions), form.transition)
    return {**fields.missing(ask, wanted, given), **fields.faults(ask, faults)}


def _as_draft(ask: Ask, form: ActForm, filled: Filled, versions: Mapping[str, int]) -> Draft:
    return Draft(
        "", ask.me.person, form.transition.id, "", versions, filled, "", "preview", None, {}, ask.now, None, None
    )


def _form_page(
    ask: Ask, form: ActForm, versions: Mapping[str, int], filled: Filled, *, one: dossier.Dossier | None = None,
    draft: Draft | None = None, wrong: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    shown = Form({**fields.values(filled)})
    for name, sentence in (wrong or {}).items():
        shown.wrong(name, sentence)
    codes = list(form.names)
    by_file = len(codes) > MOST_BOXES
    own = [] if by_file else [(code, form.names[code], fields.line_boxes(ask, form, code)) for code in codes]
    has_own = any(each.per == "line" for each in form.transition.fields)
    action = (
        ask.path("nomination.act", code=codes[0], transition=form.transition.id)
        if draft is None
        else ask.path("act.form", draft=draft.id, transition=form.transition.id)
    )
    return page(
        ask, "dossier/form.html", 422 if wrong else 200, form=shown, act=form.transition, one=one, draft=draft,
        codes=codes, names=form.names, action=action, version=versions.get(codes[0], 0),
        boxes=fields.act_boxes(ask, form), own=own if has_own else [],
        common=fields.common_boxes(ask, form) if has_own and len(codes) > 1 else [], by_file=by_file and has_own,
        kept_lines=len(filled.lines), warnings=telling_of_warnings(ask, form), has_own=has_own,
        back=draft.back if draft else ask.path("nomination", code=codes[0]), may_behalf=ask.me.is_desk,
        template_href=ask.path("act.template", draft=draft.id, transition=form.transition.id) if draft else "",
    )  # fmt: skip


def telling_of_warnings(ask: Ask, form: ActForm) -> list[dict[str, str]]:
    """What only a reason gets past, each with the box for that reason."""
    return [
        {"name": f"{fields.OVERRIDE}{each.rule}", "text": telling.reasons([each], ask, form.flow)[0].text}
        for each in form.warnings
    ]


__all__ = ["choose", "many", "many_filled", "one", "one_filled", "pick", "template", "the_draft"]
