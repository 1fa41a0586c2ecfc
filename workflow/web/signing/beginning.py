"""From lines of a list or of a decision to the form of an act on them."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from workflow.services import drafting
from workflow.web.answering import see_other
from workflow.web.asking import Ask


def begin(ask: Ask, codes: Sequence[str], back: str, transition: str) -> Response:
    """These lines become a selection; then on to the form of the act, or to the choice of one where none is named."""
    try:
        draft = drafting.begin(ask.desk, ask.me, codes, ask.now, back=back, transition=transition)
    except drafting.NothingChosen as error:
        code = "signing.notice.too_many" if error.amount else "signing.notice.nothing_chosen"
        return see_other(back, notice=code, kind="warning", most=drafting.MOST_LINES)
    if transition:
        return see_other(ask.path("act.form", draft=draft, transition=transition))
    return see_other(ask.path("act.pick", draft=draft))
