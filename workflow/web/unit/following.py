"""The page behind a link of a mail: what it would do and where it stands. Nothing is done before it is pressed."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from workflow.domain.reasons import Reason
from workflow.services import following
from workflow.services.following import Followed, NotOpen, UnknownLink
from workflow.services.requests import LineResult
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.frame import NotHere
from workflow.wording import menders, sentence


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that could not go, with its reasons in words."""

    code: str
    name: str
    reasons: tuple[dict[str, str], ...]


def show(ask: Ask) -> Response:
    """What the link is for. A stranger learns only that there is something, and where to sign in."""
    token = ask.part("token")
    if ask.viewer is None:
        if not following.exists(ask.desk, token):
            raise NotHere
        return page(ask, "unit/link.html", found=None, token=token, way="", refusals=())
    return _page(ask, _look(ask, token), token, 200, ())


def press(ask: Ask) -> Response:
    """Do it, once; what needs more than a press has a form of its own."""
    token = ask.part("token")
    found = _look(ask, token)
    if found.state == "open" and not found.at_once:
        return see_other(_way(ask, found))
    try:
        report = following.press(ask.desk, ask.me, token, ask.now)
    except UnknownLink:
        raise NotHere from None
    except NotOpen:
        return _page(ask, _look(ask, token), token, 409, ())
    if report.act_id is None:
        return _page(ask, found, token, 409, tuple(_refusal(ask, found, each) for each in report.results))
    return see_other(
        ask.path("link.open", token=token), notice="unit.link.done", lines=report.done, refused=report.refused
    )


def _look(ask: Ask, token: str) -> Followed:
    try:
        return following.look(ask.desk, ask.me, token, ask.now)
    except UnknownLink:
        raise NotHere from None


def _page(ask: Ask, found: Followed, token: str, status: int, refusals: tuple[Refusal, ...]) -> Response:
    return page(ask, "unit/link.html", status, found=found, token=token, way=_way(ask, found), refusals=refusals)


def _way(ask: Ask, found: Followed) -> str:
    """Where the thing itself is done: the dossier's own form for one, the submission's for several."""
    if len(found.lines) == 1:
        return ask.path("unit.supplement" if not found.at_once else "nomination", code=found.lines[0].code)
    if len({each.submission_id for each in found.lines}) == 1:
        return ask.path("submission.show", number=found.lines[0].submission_id)
    return ask.path("submissions")


def _refusal(ask: Ask, found: Followed, result: LineResult) -> Refusal:
    return Refusal(result.code, result.name, tuple(_said(ask, found, each) for each in result.reasons))


def _said(ask: Ask, found: Followed, reason: Reason) -> dict[str, str]:
    return {"text": sentence(reason, ask.language, found.flow), "who": menders(reason, ask.language)}
