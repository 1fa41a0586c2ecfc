"""An appraiser's own pages: what he is still to score, the card, standing aside."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from workflow.explaining import sentences
from workflow.services import appraisal_views, appraising
from workflow.services.acts import KeyReused
from workflow.services.appraisal_views import CardView, Task
from workflow.services.appraising import AppraisalError, CardEntry, CardFaults
from workflow.web import scored
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.frame import NotHere
from workflow.wording import say

OPINION = "y_kien"


def listed(ask: Ask) -> Response:
    """Everything one is asked to score, what is still to do first."""
    tasks = appraisal_views.mine(ask.desk, ask.me, ask.now)
    owed = [each for each in tasks if each.open and not each.kind]
    return page(
        ask, "appraisal/front.html", owed=[_row(ask, each) for each in owed],
        done=[_row(ask, each) for each in tasks if each not in owed], assigns=ask.me.may("appraisal.assign"),
    )  # fmt: skip


def _row(ask: Ask, task: Task) -> dict[str, Any]:
    dossier = task.dossier
    return {
        "href": ask.path("appraisal.card", number=task.id),
        "name": dossier.name if dossier else ask.say("appraisal.blind_name", number=task.id),
        "code": dossier.code if dossier else "", "unit": dossier.unit_name if dossier else "–",
        "title": task.title.in_(ask.language), "since": task.since, "score": scored.score(ask, task.score),
        "kind": scored.kind(ask, task.kind, still_open=task.open), "for_whom": task.for_whom, "open": task.open,
    }  # fmt: skip


# ── a card ───────────────────────────────────────────────────────────────────────────────────────


def _view(ask: Ask) -> CardView:
    try:
        return appraisal_views.card(ask.desk, ask.me, number_of(ask), ask.now)
    except AppraisalError:
        raise NotHere from None


def number_of(ask: Ask) -> int:
    """The number in the path. Raises NotHere for anything else."""
    text = ask.part("number")
    if not text.isdecimal() or not text.isascii() or len(text) > 15:
        raise NotHere
    return int(text)


def show(ask: Ask) -> Response:
    view = _view(ask)
    held = view.card
    form = Form()
    if held is not None and view.task.kind:
        form = Form.filled({**{f"d_{name}": points for name, points in held.points.items()}, OPINION: held.opinion})
        form.values["khong"] = "yes" if view.task.kind == "abstained" else ""
    return _page(ask, view, form, ask.desk.entropy(8))


def _page(ask: Ask, view: CardView, form: Form, key: str, status: int = 200) -> Response:
    appraisal = view.flow.appraisal
    assert appraisal is not None  # narrows the type; a card has an appraisal
    whole = sum(each.weight for each in appraisal.criteria.values())
    criteria = [
        {"name": f"d_{each.id}", "label": each.label.in_(ask.language), "max": each.max,
         "hint": ask.say("appraisal.card.criterion", max=each.max, weight=each.weight, whole=whole)}
        for each in appraisal.criteria.values()
    ]  # fmt: skip
    others = [
        {"name": each.name, "score": scored.score(ask, each.score) or ask.say("appraisal.card.abstained"),
         "opinion": each.opinion, "at": each.at}
        for each in view.others
    ]  # fmt: skip
    return page(
        ask, "appraisal/card.html", status, view=view, task=view.task, dossier=view.task.dossier, form=form, key=key,
        title=view.task.title.in_(ask.language), criteria=criteria, others=others, scale=appraisal.scale,
        state=scored.kind(ask, view.task.kind, still_open=view.task.open), score=scored.score(ask, view.task.score),
        summary=scored.summary(ask, view.summary), visible=ask.say(f"appraisal.visible.{appraisal.visible}"),
        aside=scored.cause(ask, view.aside.cause) if view.aside else "", legal=appraisal.legal,
    )  # fmt: skip


def take(ask: Ask) -> Response:
    """`viec` says what was pressed: hand in, or take back. A card that is not right comes back as it was typed."""
    view = _view(ask)
    appraisal = view.flow.appraisal
    assert appraisal is not None  # narrows the type; a card has an appraisal
    names = [f"d_{name}" for name in appraisal.criteria]
    form = Form.of(ask.typed, [*names, OPINION, "khong"])
    key, seen = ask.typed.get("khoa")[:60] or ask.desk.entropy(8), ask.typed.get("ban")
    expected = int(seen) if seen.isdecimal() and len(seen) < 9 else None
    number, me = number_of(ask), ask.me.person
    try:
        if ask.typed.get("viec") == "rut":
            appraising.take_back(ask.desk, number, me, ask.now, expected=expected, request_key=key)
            return see_other(ask.path("appraisal.card", number=number), notice="appraisal.done.taken_back")
        abstains = bool(form["khong"])
        points = {} if abstains else _points(ask, view, form)
        if not form.is_right:
            return _page(ask, view, form, key, 422)
        appraising.give(
            ask.desk, number, CardEntry(points, form[OPINION], abstains, expected, key), me, ask.now
        )  # fmt: skip
    except CardFaults as error:
        for each in error.faults:
            form.wrong(
                f"d_{each.criterion}",
                say(f"card_fault.{each.code}", ask.language, label=each.label.in_(ask.language), max=each.max),
            )
        return _page(ask, view, form, key, 422)
    except (AppraisalError, KeyReused) as error:
        if isinstance(error, AppraisalError) and error.code in ("appraiser_aside", "not_asked"):
            return see_other(ask.path("appraisal"), notice="appraisal.done.kept_out", kind="warning")
        changed = isinstance(error, KeyReused) or error.code == "card_changed"
        form.wrong("main-content", _told(ask, error))
        # What somebody else handed in meanwhile is what the next press is about.
        return _page(ask, _view(ask), form, ask.desk.entropy(8) if changed else key, 409 if changed else 422)
    return see_other(ask.path("appraisal"), notice="appraisal.done.kept")


def _points(ask: Ask, view: CardView, form: Form) -> dict[str, int]:
    """What was typed as whole numbers; what is none is told at its field."""
    appraisal = view.flow.appraisal
    assert appraisal is not None  # narrows the type; a card has an appraisal
    found = {}
    for name, criterion in appraisal.criteria.items():
        text = form[f"d_{name}"]
        if not text:
            continue
        if text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 10:
            found[name] = int(text)
        else:
            label = criterion.label.in_(ask.language)
            form.wrong(f"d_{name}", say("card_fault.not_a_number", ask.language, label=label, max=criterion.max))
    return found


def _told(ask: Ask, error: Exception) -> str:
    found = sentences(error, ask.language)
    assert found is not None  # narrows the type; these errors are ours
    return " ".join(found[1])


# ── standing aside ───────────────────────────────────────────────────────────────────────────────


def ask_aside(ask: Ask) -> Response:
    return _aside(ask, _view(ask), Form())


def _aside(ask: Ask, view: CardView, form: Form, status: int = 200) -> Response:
    return page(
        ask, "appraisal/aside.html", status, task=view.task, dossier=view.task.dossier, form=form,
        title=view.task.title.in_(ask.language),
    )  # fmt: skip


def aside(ask: Ask) -> Response:
    view = _view(ask)
    form = Form.of(ask.typed, ["ly_do"])
    try:
        appraising.stand_aside(ask.desk, number_of(ask), form["ly_do"], ask.me.person, ask.now)
    except AppraisalError as error:
        form.wrong("ly_do", _told(ask, error))
        return _aside(ask, view, form, 422)
    return see_other(ask.path("appraisal"), notice="appraisal.done.aside")
