"""Paper: what each teller counted, ranks of a cluster, the signed minutes. Nobody sees another's numbers."""

from __future__ import annotations

from starlette.responses import Response

from workflow.domain.councils import Counts
from workflow.services import accessing, closing, session_views
from workflow.services.councils import CouncilError
from workflow.services.session_views import SessionView
from workflow.storage.papers import PaperRefused, bytes_of, media_type_of
from workflow.web.answering import download, page, see_other
from workflow.web.asking import Ask
from workflow.web.council import telling
from workflow.web.forms import Form
from workflow.web.frame import NotHere
from workflow.wording import ranges

PARTS = ("yes", "no", "blank", "invalid")
_SIZES = {"paper_kind": 415, "paper_macros": 415, "paper_too_large": 413}


def _view(ask: Ask) -> SessionView:
    try:
        return session_views.for_desk(ask.desk, ask.me, ask.part("code"), ask.now)
    except CouncilError:
        raise NotHere from None


# ── counts ───────────────────────────────────────────────────────────────────────────────────────


def ask_counts(ask: Ask) -> Response:
    view = _view(ask)
    own = closing.own_counts(ask.desk, view.row.code, ask.me.person)
    values = {f"k_{number}_{part}": str(getattr(each, part)) for number, each in own.items() for part in PARTS}
    return _counts(ask, view, Form(values), entered=bool(own))


def _counts(ask: Ask, view: SessionView, form: Form, *, entered: bool = False, status: int = 200) -> Response:
    lines = [
        {**telling.line(ask, each.line), "award": telling.title(ask, group), "differ": each.line.number in view.differ,
         "counted": each.line.number in view.counted}
        for group in view.groups for each in group.lines if each.line.state == "open"
    ]  # fmt: skip
    return page(
        ask, "council/count.html", status, view=view, row=view.row, form=form, lines=lines, parts=PARTS,
        entered=entered,
        differ=ranges(each["number"] for each in lines if each["differ"]),
    )  # fmt: skip


def count(ask: Ask) -> Response:
    """Every line for which something was typed; a box left empty in such a line counts as none."""
    view = _view(ask)
    form = Form({name: value.strip() for name, value in ask.typed.pairs if name.startswith("k_")})
    counts: dict[int, Counts] = {}
    for each in view.lines:
        number = each.line.number
        typed = {part: form[f"k_{number}_{part}"] for part in PARTS}
        if each.line.state != "open" or not any(typed.values()):
            continue
        wrong = [part for part, text in typed.items() if text and not (text.isdecimal() and len(text) < 5)]
        for part in wrong:
            form.wrong(f"k_{number}_{part}", ask.say("council.count.no_number", line=number))
        if not wrong:
            counts[number] = Counts(**{part: int(text or 0) for part, text in typed.items()})
    if not counts and form.is_right:
        form.wrong("k_1_yes", ask.say("council.count.nothing"))
    if form.is_right:
        try:
            kept = closing.enter_count(ask.desk, view.row.code, counts, ask.me.person, ask.now)
        except CouncilError as error:
            line = error.params.get("line")
            telling.wrong(ask, form, error, f"k_{line}_yes" if line else "k_1_yes")
        else:
            name = "council.done.counts_differ" if kept.differ else "council.done.counted"
            return see_other(
                ask.path("council.count", code=view.row.code), notice=name,
                kind="warning" if kept.differ else "success", lines=len(counts), differ=len(kept.differ),
            )  # fmt: skip
    return _counts(ask, view, form, status=422)


# ── ranks ────────────────────────────────────────────────────────────────────────────────────────


def ask_ranks(ask: Ask) -> Response:
    view = _view(ask)
    values = {f"h_{each.line.number}": str(each.line.rank) for each in view.lines if each.line.rank}
    return _ranks(ask, view, Form(values))


def _ranks(ask: Ask, view: SessionView, form: Form, status: int = 200) -> Response:
    lines = [
        {**telling.line(ask, each.line), "award": telling.title(ask, group)}
        for group in view.groups for each in group.lines if each.line.state == "open"
    ]  # fmt: skip
    return page(ask, "council/rank.html", status, view=view, row=view.row, form=form, lines=lines)


def rank(ask: Ask) -> Response:
    view = _view(ask)
    form = Form({name: value.strip() for name, value in ask.typed.pairs if name.startswith("h_")})
    ranks: dict[int, int] = {}
    for each in view.lines:
        typed = form[f"h_{each.line.number}"]
        if each.line.state != "open" or not typed:
            continue
        if typed.isdecimal() and len(typed) < 5:
            ranks[each.line.number] = int(typed)
        else:
            form.wrong(f"h_{each.line.number}", ask.say("council.count.no_number", line=each.line.number))
    if form.is_right:
        try:
            closing.rank(ask.desk, view.row.code, ranks, ask.me.person, ask.now)
            return see_other(telling.session_path(ask, view.row), notice="council.done.ranked", lines=len(ranks))
        except CouncilError as error:
            telling.wrong(ask, form, error, f"h_{error.params.get('line', 1)}")
    return _ranks(ask, view, form, 422)


# ── minutes ──────────────────────────────────────────────────────────────────────────────────────


def ask_minutes(ask: Ask) -> Response:
    row = telling.desk_row(ask)
    return page(ask, "council/minutes.html", row=row, form=Form.filled({"so": row.minutes_number}))


def take_minutes(ask: Ask) -> Response:
    row = telling.desk_row(ask)
    form = Form.of(ask.typed, ["so"])
    upload = ask.typed.files.get("tep")
    status = 422
    if not form["so"]:
        form.wrong("so", ask.say("council.minutes.no_number"))
    if upload is None:
        form.wrong("tep", ask.say("council.minutes.no_file"))
    elif form.is_right:
        with upload.file as file:
            content = file.read(ask.desk.largest_file + 1)
        try:
            closing.attach_minutes(
                ask.desk, row.code, form["so"], content, upload.filename or "", ask.me.person, ask.now
            )
            return see_other(telling.session_path(ask, row), notice="council.done.minutes")
        except PaperRefused as error:
            status = _SIZES.get(error.code, 422)
            telling.wrong(ask, form, error, "tep")
        except CouncilError as error:
            telling.wrong(ask, form, error, "so")
    return page(ask, "council/minutes.html", status, row=row, form=form)


def minutes(ask: Ask) -> Response:
    """The signed minutes as they were uploaded, to keep."""
    row = telling.desk_row(ask)
    if not row.minutes_sha256:
        raise NotHere
    try:
        content = bytes_of(ask.desk.files, row.minutes_sha256)
    except PaperRefused:
        raise NotHere from None
    accessing.record(ask.desk, ask.me.person, ask.entry_name, row.code, ask.machine_now)
    return download(content, row.minutes_name, media_type_of(content, row.minutes_name))
