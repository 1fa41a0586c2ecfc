"""Sessions to look at: the front page, one session as its desk sees it, the published list and how anybody recounts."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from definitions.flow import Transition
from workflow.domain import ballots
from workflow.services import accessing, closing, drafting, session_mails, session_papers, session_views
from workflow.services.councils import CouncilError
from workflow.services.session_views import Card, DeskLine, Group, SessionView
from workflow.web import scored
from workflow.web.answering import PAPER_FORMS, download, page, paper as made, see_other
from workflow.web.asking import Ask
from workflow.web.council import telling
from workflow.web.frame import NotHere
from workflow.wording import lines, ranges

FEW = 20
"""Past sessions on the front page; the address with `tat-ca` shows all that are kept in view."""
COUNTS = ("yes", "no", "blank", "invalid")


# ── all of them ──────────────────────────────────────────────────────────────────────────────────


def front(ask: Ask) -> Response:
    found = session_views.cards(ask.desk, ask.me, ask.now)
    running = [each for each in found if each.row.state == "open"]
    planned = sorted((each for each in found if each.row.state == "planned"), key=lambda each: each.row.held_on)
    past = [each for each in found if each.row.state in ("closed", "cancelled")]
    everything = bool(ask.query.get("tat-ca"))
    return page(
        ask, "council/front.html", running=[_card(ask, each) for each in running],
        planned=[_card(ask, each) for each in planned],
        past=[_card(ask, each) for each in (past if everything else past[:FEW])], more=len(past) - FEW,
        everything=everything, owed=sum(each.owed for each in running),
        plans=ask.me.may("council.run") and bool(session_views.plans_for(ask.desk, ask.me, ask.today)),
        bodies=ask.me.may("council.bodies"),
    )  # fmt: skip


def _card(ask: Ask, card: Card) -> dict[str, Any]:
    row = card.row
    due = row.answers_due_on
    return {
        "row": row, "card": card, "state": telling.state(ask, row), "when": telling.when(ask, row),
        "href": ask.path("council.session" if card.desk else "council.ballot", code=row.code),
        "ballot": ask.path("council.ballot", code=row.code) if card.sits else None,
        "owed": ask.say("council.card.owed_until", lines=card.owed, on=f"{due:%d/%m/%Y}") if due
        else ask.say("council.card.owed", lines=card.owed),
    }  # fmt: skip


# ── one ──────────────────────────────────────────────────────────────────────────────────────────


def show(ask: Ask) -> Response:
    """The session for its desk; whoever only sits in it is led to his ballot."""
    code = ask.part("code")
    try:
        view = session_views.for_desk(ask.desk, ask.me, code, ask.now)
    except CouncilError:
        return _to_ballot(ask, code)
    members = len(view.members)
    return page(
        ask, "council/session.html", view=view, row=view.row, state=telling.state(ask, view.row),
        when=telling.when(ask, view.row), members=members, step=_step(ask, view), acts=_acts(ask, view),
        later=sum(bool(each["reasons"]) for each in _acts(ask, view)),
        groups=[_group(ask, view, each, members) for each in view.groups], presence=_presence(ask, view),
        owing=len(view.owing), taken_off=[{**telling.line(ask, each), "note": each.note} for each in view.taken_off],
        before=telling.before_vote(ask, view.before), remarks=view.before.remarks(ask.language),
        listed=view.row.state == "closed" and bool(view.row.list_sha256),
        minutes=bool(view.row.minutes_sha256) and ask.me.may("council"), papers=_papers(ask, view),
        watches=not view.prepares, release=_release(ask, view),
    )  # fmt: skip


def _release(ask: Ask, view: SessionView) -> dict[str, Any] | None:
    """What a closed session decided and no unit knows yet, with the act that tells it for whoever may do that."""
    codes = session_views.unreleased(ask.desk, view.row.id) if view.row.state == "closed" else ()
    if not codes:
        return None
    may = ask.me.may("nomination.act") and "act.choose" in ask.house.entries
    offered = drafting.offers(ask.desk, ask.me, codes, ask.now).possible if may else ()
    tells = [each for each in offered if each.transition.releases and _stays(each.transition)]
    return {
        "codes": codes, "act": tells[0].transition.id if tells else "",
        "button": tells[0].transition.label.in_(ask.language) if tells else "",
        "text": ask.say("council.step.unreleased", lines=len(codes)),
    }  # fmt: skip


def _stays(transition: Transition) -> bool:
    """Whether it does nothing but tell: what it moves besides is for whoever signs."""
    return all(branch.to == "same" for branch in transition.branches)


def _to_ballot(ask: Ask, code: str) -> Response:
    try:
        session_views.for_member(ask.desk, ask.me, code, ask.now)
    except CouncilError:
        raise NotHere from None
    return see_other(ask.path("council.ballot", code=code))


WHERE = {"put": "council.agenda", "invite": "council.invite", "open": "council.open", "open_more": "council.open",
         "attend": "council.attend", "count": "council.count", "recount": "council.count",
         "minutes": "council.minutes", "chair": "council.chair", "close": "council.close",
         "no_members": "council.body"}  # fmt: skip
"""Where each next step is done; a step without a place only waits."""
NEEDS_RUNNING = frozenset({"open", "open_more", "attend", "count", "recount", "minutes", "chair", "close"})


def _step(ask: Ask, view: SessionView) -> dict[str, Any]:
    """What to do next, in a sentence, with the way there for whoever may go it."""
    code = view.step.code
    name = WHERE.get(code)
    may = view.runs if code in NEEDS_RUNNING else view.prepares
    part = view.row.council if code == "no_members" else view.row.code
    params = dict(_figures(ask, view))
    return {
        "text": ask.say(f"council.step.{code}", **params),
        "href": ask.path(name, code=part) if name and may and ask.me.may(ask.house.entries[name].action) else None,
        "button": ask.say(f"council.go.{code}") if name else "",
    }


def _figures(ask: Ask, view: SessionView) -> dict[str, Any]:
    row = view.row
    due = row.answers_due_on or row.held_on
    return {**view.step.params, "held_on": f"{row.held_on:%d/%m/%Y}", "due_on": f"{due:%d/%m/%Y}",
            "reason": row.cancel_reason,
            "names": ", ".join(each.member.name for each in view.owing[:5])
            + (" …" if len(view.owing) > 5 else "")}  # fmt: skip


def _acts(ask: Ask, view: SessionView) -> list[dict[str, Any]]:
    """What can be done with a session, each with its reasons where it cannot be done now."""
    row = view.row
    open_, planned = row.state == "open", row.state == "planned"
    tabled = view.count("tabled")
    wants_paper = row.ballots == "paper" or any(
        group.rule is not None and group.rule.ballot == "show_of_hands" for group in view.groups
    )
    found: list[dict[str, Any]] = []

    def offer(name: str, may: bool, *unless: tuple[bool, str], kind: str = "secondary") -> None:
        reasons = [] if may else [{"text": ask.say("council.act.not_yours")}]
        reasons += [{"text": ask.say(f"council.act.why.{code}")} for wrong, code in unless if wrong]
        found.append(
            {"title": ask.say(f"council.act.{name}"), "note": ask.say(f"council.act.note.{name}"), "kind": kind,
             "href": ask.path(f"council.{name}", code=row.code), "reasons": reasons}
        )  # fmt: skip

    over = (not (open_ or planned), "over")
    not_open = (not open_, "not_open")
    offer("agenda", view.prepares, over)
    offer("arrange", view.prepares, over, (not view.lines, "empty"))
    past = session_mails.last_day(row) < ask.today
    offer("invite", view.prepares, over, (past, "day_past"), (not view.members, "no_members"))
    offer("open", view.runs, over, (not tabled, "nothing_waits"), (not view.members, "no_members"))
    stopped = (open_ and row.polls_closed_at is not None, "polls_closed")
    offer("attend", view.runs, not_open, stopped)
    offer("recuse", view.runs, not_open, stopped)
    offer("chair", view.runs, not_open)
    if row.kind == "cluster":
        offer("rank", view.runs, not_open)
    offer("count", view.runs, not_open, stopped, (not wants_paper, "online"))
    offer("minutes", view.runs, (not open_ and row.state != "closed", "not_open"))
    offer("close", view.runs, not_open, (open_ and not view.count("open"), "nothing_open"), kind="primary")
    offer("change", view.prepares, over)
    offer("cancel", view.runs, (not planned, "opened_already"))
    return found


def _group(ask: Ask, view: SessionView, group: Group[DeskLine], members: int) -> dict[str, Any]:
    return {
        "title": telling.title(ask, group), "rule": telling.rule(ask, group.rule, members),
        "standings": [
            {"lines": ranges(each.numbers), "told": lines(each.told, ask.language)} for each in group.standings
        ],
        "lines": [_line(ask, view, each) for each in group.lines], "ranks": telling.ranks(ask, group),
        "lines_count": len(group.lines),
    }  # fmt: skip


def _line(ask: Ask, view: SessionView, found: DeskLine) -> dict[str, Any]:
    row = found.line
    leads_on = row.code in view.codes_seen
    return {
        **telling.line(ask, row), "href": telling.dossier(ask, row.code) if leads_on else None, "state": row.state,
        "found": telling.found(ask, view.before, row.number), "answered": found.stand.answered, "asked": found.asked,
        "lost": found.stand.lost, "sure": found.stand.sure,
        "aside": [ask.say(f"council.aside.{each.cause}", name=each.name) for each in found.aside],
        "held": [telling.result(ask, each) for each in found.held], "points": scored.summary(ask, found.points),
        "chair": row.chair_agrees,
        "counted": row.number in view.counted, "differ": row.number in view.differ, "rank": row.rank,
    }  # fmt: skip


def _presence(ask: Ask, view: SessionView) -> list[dict[str, Any]]:
    """Members with their marks, and what each still owes."""
    return [
        {
            "name": each.name, "post": ask.say(f"council.post.{each.post}"), "email": each.email,
            "mark": ask.say(f"council.mark.{each.attendance}") if each.attendance else "", "note": each.note,
            "owed": each.owed,
        }
        for each in view.members
    ]  # fmt: skip


# ── papers ───────────────────────────────────────────────────────────────────────────────────────


def _papers(ask: Ask, view: SessionView) -> list[dict[str, Any]]:
    """What this session gives now, each as a Word document and as PDF; minutes when its vote is closed."""
    names = session_papers.ready(view.row) if view.prepares else ()
    return [
        {
            "name": ask.say(f"council.paper.{name}"),
            "forms": [
                {"text": form.upper(), "href": ask.path("council.paper", code=view.row.code, paper=name, form=form)}
                for form in PAPER_FORMS
            ],
        }
        for name in names
    ]


def paper(ask: Ask) -> Response:
    """One paper made now from what is recorded, in the house's own Word template where it has one."""
    code, name, form = ask.part("code"), ask.part("paper"), ask.part("form")
    if form not in PAPER_FORMS:
        raise NotHere
    try:
        values = session_papers.paper(ask.desk, code, name, ask.me.person, ask.house.app.settings.papers.house, ask.now)
    except CouncilError:
        raise NotHere from None
    answer = made(ask, values, f"{name}-{code}", form)
    accessing.record(ask.desk, ask.me.person, ask.entry_name, f"{name} {code}", ask.machine_now)
    return answer


# ── after closing ────────────────────────────────────────────────────────────────────────────────


def _listed(ask: Ask) -> tuple[Any, str]:
    """The session and its published list, for whoever may have it. Raises NotHere, CouncilError before closing."""
    code = ask.part("code")
    try:
        row = session_views.may_read_list(ask.desk, ask.me, code, ask.now)
    except CouncilError:
        raise NotHere from None
    return row, closing.published_list(ask.desk, code)


def list_of_ballots(ask: Ask) -> Response:
    """The list to keep, byte for byte as its digest was taken."""
    row, text = _listed(ask)
    accessing.record(ask.desk, ask.me.person, ask.entry_name, row.code, ask.machine_now)
    return download(text.encode(), f"danh-sach-phieu-{row.code}.txt", "text/plain; charset=utf-8")


def recount(ask: Ask) -> Response:
    """How anybody adds it up again, and, once there is a list, the sums beside what was recorded."""
    code = ask.part("code")
    try:
        row = session_views.may_read_list(ask.desk, ask.me, code, ask.now)
    except CouncilError:
        raise NotHere from None
    try:
        text = closing.published_list(ask.desk, code)
    except CouncilError as error:
        return page(ask, "council/recount.html", row=row, sums=[], why=telling.told(ask, error)[0], digest="")
    return page(ask, "council/recount.html", row=row, sums=_sums(ask, text, code), why="", digest=ballots.digest(text))


def _sums(ask: Ask, text: str, code: str) -> list[dict[str, Any]]:
    """Each line's counts out of the list alone, beside those that were recorded when it was closed."""
    found = ballots.recount(text)
    kept = session_views.recorded(ask.desk, code)
    told = []
    for label, counts in kept.items():
        listed = found.counts.get(label)
        merged = found.merged.get(label, 0)
        told.append(
            {"label": label, "merged": merged, "listed": listed, "recorded": counts,
             "agrees": listed is not None and not merged and
             all(getattr(listed, name) == getattr(counts, name) for name in COUNTS)}
        )  # fmt: skip
    return told
