"""What will happen, then the press of the button, then what happened: three pages that survive a reload."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import structlog
from starlette.responses import Response

from definitions.flow import Flow
from workflow.explaining import sentences
from workflow.services import drafting, foreseeing, looking
from workflow.services.acts import FloodGuard, Foreseen
from workflow.services.drafting import Draft, Form as ActForm
from workflow.services.requests import ActRequest, LineResult
from workflow.services.result_files import as_csv, as_xlsx
from workflow.web.answering import CSV, XLSX, download, page, see_other
from workflow.web.asking import Ask
from workflow.web.dossier import running, telling
from workflow.web.dossier.acting import status_of, the_draft
from workflow.web.frame import NotHere, Refused

INLINE = 200
"""Acts on so many lines are done while the page waits; larger ones beside it."""
SHOWN = 200
log = structlog.get_logger("khen.web")


# ── what will happen ─────────────────────────────────────────────────────────────────────────────


def preview(ask: Ask) -> Response:
    draft = the_draft(ask)
    if draft.is_done or draft.state == "running":
        return see_other(ask.path("act.result", draft=draft.id))
    if not draft.transition:
        return see_other(ask.path("act.pick", draft=draft.id))
    return _preview(ask, draft)


def _preview(ask: Ask, draft: Draft, status: int = 200, trouble: Sequence[str] = ()) -> Response:
    form, request = _asked(ask, draft)
    seen = drafting.foresee(ask.desk, ask.me, request, ask.now)
    effects = foreseeing.effects(ask.desk, seen.foreseen, ask.me, ask.language)
    results = seen.report.results
    guard = ask.desk.flood_guard
    done = 0 if seen.foreseen.stuck else seen.report.done
    return page(
        ask, "dossier/preview.html", status, draft=draft, act=form.transition, flow=form.flow, request=request,
        moves=[each for each in results if each.done][:SHOWN], stays=_stays(ask, form.flow, results),
        done=done, refused=seen.report.refused, amount=len(results), effects=effects,
        ways=[(telling.state_label(ask, form.flow, a), telling.state_label(ask, form.flow, b), number)
              for (a, b), number in effects.moves.items()],
        all_same=all(a == b for a, b in effects.moves),
        stuck=_stuck(ask, seen.foreseen),
        flood=len(seen.foreseen.letters.requests) > guard, guard=guard,
        brought=telling.brought(ask, form.transition, _all_fields(request)),
        tell=telling, trouble=list(trouble or draft.answer.get("sentences", ())), printing=bool(ask.query.get("in")),
        edit=_edit_path(ask, draft), shown=SHOWN, single=draft.codes[0] if len(draft.codes) == 1 else "",
    )  # fmt: skip


def _all_fields(request: ActRequest) -> dict[str, Any]:
    """What the act brings; of a single dossier its own values too."""
    own = request.line_fields.get(request.codes[0], {}) if len(request.codes) == 1 else {}
    return {**request.fields, **own}


def _stuck(ask: Ask, foreseen: Foreseen) -> list[dict[str, Any]]:
    """What stands in the way of an act inside this one, without which nothing is written."""
    return _stays(ask, None, foreseen.also.report.results) if foreseen.also is not None and foreseen.stuck else []


def _edit_path(ask: Ask, draft: Draft) -> str:
    return ask.path("act.form", draft=draft.id, transition=draft.transition)


def _asked(ask: Ask, draft: Draft) -> tuple[ActForm, ActRequest]:
    try:
        form = drafting.form(ask.desk, ask.me, draft.codes, draft.transition, ask.now)
    except drafting.NotAsked:
        raise Refused(422, "dossier.refused.unknown_act", name=draft.transition[:60]) from None
    request, _ = drafting.request_of(ask.desk, draft, form.transition)
    return form, request


def _stays(ask: Ask, flow: Flow | None, results: Iterable[LineResult]) -> list[dict[str, Any]]:
    """Lines that do not move, those with the same reasons together."""
    piles: dict[tuple[str, ...], dict[str, Any]] = {}
    for each in results:
        if each.done:
            continue
        told = telling.reasons(each.reasons, ask, flow)
        key = tuple(reason.text for reason in told)
        pile = piles.setdefault(key, {"reasons": told, "lines": [], "overridable": False, "from_on": None})
        pile["lines"].append(each)
        pile["overridable"] = all(reason.overridable for reason in each.reasons)
        pile["from_on"] = telling.first_day(each.reasons)
    return sorted(piles.values(), key=lambda pile: -len(pile["lines"]))


# ── pressing ─────────────────────────────────────────────────────────────────────────────────────


def press(ask: Ask) -> Response:
    """Do it. Twice is once: the draft's key is the act's."""
    draft = the_draft(ask)
    where = ask.path("act.result", draft=draft.id)
    if draft.is_done:
        return see_other(where)
    form, request = _asked(ask, draft)
    try:
        over = running.is_over(draft.id, draft.started_at, ask.machine_now)
        drafting.start(ask.desk, ask.me, draft.id, ask.machine_now, takeover=over)
    except drafting.AlreadyRunning:
        return see_other(where)
    confirmed = ask.typed.get("flood") == "yes"
    work = _Work(ask, draft, request, confirmed)
    if len(draft.codes) > INLINE:
        running.begin(draft.id, work)
        return see_other(where)
    work()
    draft = the_draft(ask)
    if draft.state == "failed":
        return _preview(ask, draft, work.status)
    results = drafting.results_of(draft)
    if not any(each.done for each in results):
        codes = [reason.code for each in results for reason in each.reasons]
        return _result(ask, draft, form, status_of(codes))
    if len(results) == 1:
        return see_other(
            ask.path("nomination", code=results[0].code), notice="dossier.notice.done",
            mails=draft.answer.get("mail_count", 0),
        )  # fmt: skip
    return see_other(where)


class _Work:
    """The act itself: here, or in a thread beside the pages. What goes wrong is written into the draft."""

    def __init__(self, ask: Ask, draft: Draft, request: ActRequest, confirmed: bool) -> None:
        self._ask, self._draft, self._request, self._confirmed = ask, draft, request, confirmed
        self.status = 422

    def __call__(self) -> None:
        ask, id_ = self._ask, self._draft.id
        try:
            drafting.perform(
                ask.desk, ask.me, id_, self._request, ask.now, ask.house.clock(), confirmed=self._confirmed
            )
        except Exception as error:
            drafting.failed(ask.desk, ask.me, id_, self._sentences(error), ask.house.clock())

    def _sentences(self, error: Exception) -> list[str]:
        if isinstance(error, FloodGuard):
            return [self._ask.say("dossier.flood", mails=error.mails, limit=error.limit)]
        told = sentences(error, self._ask.language)
        if told is not None:
            return told[1]
        self.status = 500
        log.error("act failed", draft=self._draft.id, exc_info=error)
        return [self._ask.say("dossier.fault", draft=self._draft.id[:8])]


def renew(ask: Ask) -> Response:
    """The lines that did not move, once more on what stands now; or the whole act after somebody was faster."""
    draft = the_draft(ask)
    left = [each.code for each in drafting.results_of(draft) if not each.done] or list(draft.codes)
    same = ask.typed.get("transition") == draft.transition
    try:
        id_ = drafting.begin(
            ask.desk, ask.me, left, ask.now, back=draft.back, transition=draft.transition if same else "",
            filled=draft.filled if same else drafting.Filled(),
        )  # fmt: skip
    except drafting.NothingChosen:
        return see_other(draft.back or "/", notice="dossier.notice.nothing_chosen", kind="warning")
    name = "act.preview" if same else "act.pick"
    return see_other(ask.path(name, draft=id_))


# ── what happened ────────────────────────────────────────────────────────────────────────────────


def result(ask: Ask) -> Response:
    draft = the_draft(ask)
    if draft.state == "running":
        form, _ = _asked(ask, draft)
        waited = ask.machine_now - draft.started_at if draft.started_at else timedelta()
        return page(
            ask, "dossier/progress.html", draft=draft, act=form.transition, amount=len(draft.codes),
            seconds=max(0, int(waited.total_seconds())),
            over=running.is_over(draft.id, draft.started_at, ask.machine_now),
        )  # fmt: skip
    if draft.state != "done":
        return see_other(ask.path("act.preview", draft=draft.id))
    form, _ = _asked(ask, draft)
    return _result(ask, draft, form)


def _result(ask: Ask, draft: Draft, form: ActForm, status: int = 200) -> Response:
    results = drafting.results_of(draft)
    moved = [each for each in results if each.done]
    return page(
        ask, "dossier/result.html", status, draft=draft, act=form.transition, flow=form.flow, tell=telling,
        moved=moved, all_same=bool(moved) and all(each.from_state == each.to_state for each in moved),
        stays=_stays(ask, form.flow, results), shown=SHOWN,
        mails=draft.answer.get("mails", ())[:SHOWN], mail_count=draft.answer.get("mail_count", 0),
        unaddressed=draft.answer.get("unaddressed", ()), deadlines=draft.answer.get("deadlines", 0),
        zalo=_zalo(ask, results) if ask.me.is_desk else [], printing=bool(ask.query.get("in")),
    )  # fmt: skip


def _zalo(ask: Ask, results: Sequence[LineResult]) -> list[dict[str, str]]:
    """For each unit three lines ready to paste: where its dossiers stand in its own words, which, where to look."""
    found = looking.for_units(ask.desk, [each.code for each in results if each.done], ask.language)
    return [
        {"unit": each.unit, "text": "\n".join((
            ask.say("dossier.zalo.many", amount=len(each.lines), unit=each.unit, state=each.words),
            ask.say("dossier.zalo.names", names=", ".join(name for _, name in each.lines[:5]),
                    more=f" (+{len(each.lines) - 5})" if len(each.lines) > 5 else ""),
            ask.say("dossier.zalo.link", link=ask.house.outside(
                ask.path("nomination", code=each.lines[0][0]) if len(each.lines) == 1 else "/")),
        ))}
        for each in found
    ]  # fmt: skip


def result_file(ask: Ask) -> Response:
    """The answer line by line, as a table to keep."""
    draft = the_draft(ask)
    if draft.state != "done":
        raise NotHere
    form, _ = _asked(ask, draft)
    heads = [ask.say(f"dossier.result_file.{name}") for name in ("code", "name", "done", "before", "after", "reasons")]
    rows = [
        (each.code, each.name, ask.say("dossier.yes" if each.done else "dossier.no"),
         telling.state_label(ask, form.flow, each.from_state), telling.state_label(ask, form.flow, each.to_state),
         " ".join(told.text for told in telling.reasons(each.reasons or each.hints, ask, form.flow)))
        for each in drafting.results_of(draft)
    ]  # fmt: skip
    name = f"{form.transition.id}-{draft.id[:8]}"
    if ask.part("kind") == "xlsx":
        return download(as_xlsx(heads, rows), f"{name}.xlsx", XLSX)
    if ask.part("kind") == "csv":
        return download(as_csv(heads, rows), f"{name}.csv", CSV)
    raise NotHere


__all__ = ["press", "preview", "renew", "result", "result_file"]
