"""The unit's dossiers at one look, the road of one of them, and what changed between two versions handed in."""

from __future__ import annotations

from starlette.responses import Response

from workflow.services import comparing, dossier, unit_home
from workflow.web.answering import page
from workflow.web.asking import Ask
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
    )  # fmt: skip


def compare(ask: Ask) -> Response:
    code = dossier.code_of(ask.desk, ask.me, ask.part("code"))
    return page(ask, "unit/compare.html", code=code, versions=comparing.compare(ask.desk, ask.me, code))
