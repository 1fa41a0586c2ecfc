"""The unit's dossiers at one look, the road of one of them, and what changed between two versions handed in."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from workflow.services import comparing, decision_papers, dossier, unit_home
from workflow.services.looking import UnknownNomination
from workflow.web import answering
from workflow.web.answering import PAPER_FORMS, page
from workflow.web.asking import Ask
from workflow.web.frame import NotHere
from workflow.wording import role_label


def show(ask: Ask) -> Response:
    found = unit_home.look(ask.desk, ask.me, ask.now)
    going = [each for each in found.standing if each.final is None]
    return page(
        ask, "unit/home.html", home=found, going=going, ended=[each for each in found.standing if each.final],
        late=sum(each.due_on is not None and each.due_on < ask.today for each in found.owed),
        role=lambda name: role_label(name, ask.language) if name else "",
    )  # fmt: skip


def road(ask: Ask) -> Response:
    """The steps of one dossier as a list: taken, where it stands and whose turn it is, still ahead."""
    found = dossier.show(ask.desk, ask.me, ask.part("code"), ask.now)
    return page(
        ask, "unit/road.html", found=found, stages=unit_home.road(found, ask.language),
        role=lambda name: role_label(name, ask.language) if name else "",
        due=[each for each in found.due if each.due_on is not None and each.stopped_on is None],
        asked=unit_home.asked(ask.desk, ask.me, found.row.code), unit_side=not ask.me.inner,
        papers=_papers(ask, found.row.code),
    )  # fmt: skip


def _papers(ask: Ask, code: str) -> list[dict[str, Any]]:
    """What can be taken about the result, each as a Word document and as PDF."""
    return [
        {"name": ask.say(f"unit.paper.{name}"),
         "forms": [{"text": form.upper(), "href": ask.path("unit.paper", code=code, paper=name, form=form)}
                   for form in PAPER_FORMS]}
        for name in decision_papers.ready(ask.desk, ask.me, code)
    ]  # fmt: skip


def paper(ask: Ask) -> Response:
    """One paper about the result of a dossier: none of others' dossiers, none before the result is released."""
    code, which, form = ask.part("code"), ask.part("paper"), ask.part("form")
    if form not in PAPER_FORMS:
        raise NotHere
    house = ask.house.app.settings.papers.house
    try:
        values = decision_papers.of_dossier(ask.desk, ask.me, code, which, house, ask.now, ask.machine_now)
    except UnknownNomination:
        raise NotHere from None
    return answering.paper(ask, values, f"{ask.say(f'unit.paper.file.{which}')}-{code}", form)


def compare(ask: Ask) -> Response:
    code = dossier.code_of(ask.desk, ask.me, ask.part("code"))
    return page(ask, "unit/compare.html", code=code, versions=comparing.compare(ask.desk, ask.me, code))
