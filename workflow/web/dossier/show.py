"""A dossier's page, and the exact text of a mail about it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from workflow.services import appraisal_views, assigning, commenting, decision_papers, dossier, mails, unit_home
from workflow.services.dossier import Choice, Dossier, Happened
from workflow.services.unit_home import Asked
from workflow.web import scored
from workflow.web.answering import page
from workflow.web.asking import Ask
from workflow.web.dossier import telling
from workflow.web.frame import NotHere
from workflow.wording import award_name, letter_label


def show(ask: Ask) -> Response:
    shown = dossier.show(ask.desk, ask.me, ask.part("code"), ask.now)
    here = [_act(ask, shown, each) for each in shown.choices if not each.elsewhere and not each.others]
    held = assigning.of_one(ask.desk, ask.me, shown.row.code) if ask.me.is_desk else None
    answers = bool({"unit_officer", "unit_head"} & ask.me.roles)
    return page(
        ask, "dossier/show.html", shown=shown, tell=telling, printing=bool(ask.query.get("in")),
        facts=_facts(ask, shown), due=[telling.due(ask, shown.flow, each) for each in shown.due],
        acts_possible=[each for each in here if each["possible"]],
        acts_blocked=[each for each in here if not each["possible"]],
        elsewhere=[_act(ask, shown, each) for each in shown.choices if each.elsewhere],
        others=[{"title": each.transition.label.in_(ask.language), "who": telling.roles(ask, each.transition.by)}
                for each in shown.choices if each.others],
        timeline=[_happened(ask, each) for each in reversed(shown.timeline)],
        scores=_scores(ask, shown.row.code), assignment=held, megabytes=ask.megabytes,
        comments=commenting.listed(ask.desk, ask.me, shown.row.code),
        audience_items=_audiences(ask, shown), zalo=_zalo(ask, shown),
        award=award_name(shown.row.award, ask.language),
        may_attach=ask.me.may("nomination.attach") and not (shown.state and shown.state.final),
        may_comment=ask.me.may("nomination.comment"), may_assign=ask.me.may("nomination.assign"),
        colleagues=assigning.colleagues(ask.desk, ask.today) if ask.me.may("nomination.assign") else [],
        proof=shown.facts.proof in ("sent", "confirmed") and (ask.me.inner or answers),
        asked=_asked(ask, shown) if ask.me.inner or answers else None, answers=answers,
        papers_at=_papers_at(ask, shown),
    )  # fmt: skip


def _papers_at(ask: Ask, shown: Dossier) -> str:
    """Where papers about the result are taken; empty while there are none for this person."""
    ended = shown.decision is not None or (shown.state is not None and shown.state.final == "negative")
    if not ended or not decision_papers.ready(ask.desk, ask.me, shown.row.code):
        return ""
    road = telling.entry(ask, "unit.road", code=shown.row.code)
    return f"{road}#van-ban" if road else ""


def _asked(ask: Ask, shown: Dossier) -> Asked | None:
    """What a supplement asks for, while it is asked."""
    waits = shown.state is not None and shown.state.clock == "restarts"
    return unit_home.asked(ask.desk, ask.me, shown.row.code) if waits else None


def _scores(ask: Ask, code: str) -> dict[str, Any] | None:
    """The appraisal before the council, as far as this person may know it."""
    found = appraisal_views.of_dossier(ask.desk, ask.me, code, ask.now)
    if found is None:
        return None
    given = {each.person: each for each in found.cards}
    members = [
        {"name": each.row.name, "why": scored.why(ask, each),
         "kind": scored.kind(ask, each.kind, still_open=found.open),
         "score": scored.score(ask, given[each.row.person].score) if each.row.person in given else "",
         "opinion": given[each.row.person].opinion if each.row.person in given else ""}
        for each in found.members
    ]  # fmt: skip
    return {
        "summary": scored.summary(ask, found.summary), "members": members, "leads": found.leads,
        "assign": ask.path("appraisal.people", code=code) if found.assigns and found.open else "",
        "mine": ask.path("appraisal.card", number=found.mine) if found.mine else "",
        "mine_kind": scored.kind(ask, found.mine_kind, still_open=found.open),
        "aside": [
            ask.say("appraisal.stands_aside", name=each.name, why=scored.cause(ask, each.cause))
            + (f" ({each.words})" if each.words else "") for each in found.aside
        ],
    }  # fmt: skip


def _audiences(ask: Ask, shown: Dossier) -> list[dict[str, str]]:
    """To whom this person may speak here, the narrowest first; a body is named where it was asked."""
    found = []
    for each in commenting.audiences(ask.me):
        if each == "body":
            found += [{"value": f"body:{body}", "text": ask.say("dossier.talk.to.body", body=body)}
                      for body in commenting.bodies_asked(ask.desk, ask.me, shown.row.code)]  # fmt: skip
        else:
            found.append({"value": each, "text": ask.say(f"dossier.talk.to.{each}")})
    return found


def _facts(ask: Ask, shown: Dossier) -> list[dict[str, Any]]:
    """What the dossier is about, as label and text."""
    row = shown.row
    period = " – ".join(f"{each:%d/%m/%Y}" for each in (row.achievement_from, row.achievement_to) if each)
    decision = shown.decision
    rows = [
        ("unit", f"{shown.unit.name} ({shown.unit.code})"),
        ("award", f"{shown.flow.title.in_(ask.language)}"),
        ("position", row.position),
        ("workplace", row.workplace),
        ("achievement", row.achievement),
        ("period", period),
        ("round", shown.round.title),
        ("letter", letter_label(shown.submission.letter_number, ask.language)),
        ("complete_on", f"{row.complete_on:%d/%m/%Y}" if row.complete_on else ""),
        ("decision", f"{decision.full_number}, {decision.issued_on:%d/%m/%Y}" if decision else ""),
    ]
    return [{"key": ask.say(f"dossier.fact.{name}"), "value": text} for name, text in rows if text]


def _act(ask: Ask, shown: Dossier, choice: Choice) -> dict[str, Any]:
    """An act as the page shows it. One that only a reason gets past is possible: its form asks for that reason."""
    blocking = [each for each in choice.reasons if not each.overridable]
    passing = telling.reasons([each for each in choice.reasons if each.overridable], ask, shown.flow)
    return {
        "title": choice.transition.label.in_(ask.language),
        "possible": not blocking,
        "exceptional": choice.transition.exceptional,
        "href": ask.path("nomination.act", code=shown.row.code, transition=choice.transition.id),
        "note": " ".join(each.text for each in passing),
        "reasons": telling.reasons(choice.reasons, ask, shown.flow),
        "from_on": telling.first_day(blocking),
        "legal": choice.transition.legal,
    }


def _happened(ask: Ask, each: Happened) -> dict[str, Any]:
    state = (each.state.label if ask.me.inner else each.state.unit).in_(ask.language) if each.state else ""
    lines = telling.brought(ask, each.transition, each.fields)
    lines += [(ask.say("dossier.timeline.before", name=telling.part_label(ask, name)), text)
              for name, text in each.before.items()]  # fmt: skip
    lines += [(ask.say("dossier.timeline.warning"), text) for text in each.warnings if text]
    by = each.by
    if each.on_behalf_of:
        by = ask.say("dossier.timeline.behalf", who=by, person=each.on_behalf_of)
    elif each.stood_for:
        by = ask.say("dossier.timeline.stood_for", who=by, person=", ".join(each.stood_for))
    title = each.transition.label.in_(ask.language) if each.transition else ask.say("dossier.timeline.shown")
    return {"title": title, "state": state, "at": each.at, "on": each.on, "by": by, "lines": lines,
            "together": each.together}  # fmt: skip


def _zalo(ask: Ask, shown: Dossier) -> str:
    """Three lines ready to paste: which dossier, how it stands and what is owed, where to look. Released words only."""
    state = shown.flow.states.get(shown.row.shown_state)
    return "\n".join(
        (
            ask.say("dossier.zalo.dossier", code=shown.row.code, name=shown.row.name,
                    award=award_name(shown.row.award, ask.language)),
            ask.say("dossier.zalo.state", state=state.unit.in_(ask.language) if state else shown.row.shown_state),
            ask.say("dossier.zalo.link", link=ask.house.outside(ask.path("nomination", code=shown.row.code))),
        )
    )  # fmt: skip


def mail(ask: Ask) -> Response:
    """One mail about this dossier, as it went out or as it would now."""
    number = ask.part("mail")
    if not number.isdecimal() or len(number) > 15:
        raise NotHere
    dossier.may_read_mail(ask.desk, ask.me, ask.part("code"), int(number))
    found = mails.preview(ask.desk, int(number))
    return page(ask, "dossier/mail.html", code=ask.part("code"), mail=found.detail.head, text=found.rendered,
                sent=found.sent, attempts=found.detail.attempts if ask.me.is_desk else ())  # fmt: skip
