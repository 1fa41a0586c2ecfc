"""What is said about a dossier, and who has it in hand."""

from __future__ import annotations

from starlette.responses import Response

from workflow.services import assigning, commenting, dossier
from workflow.services.judging import UnknownActor
from workflow.web.answering import see_other
from workflow.web.asking import Ask


def comment(ask: Ask) -> Response:
    """Say it to whoever it is for; the other side is told by mail."""
    code = dossier.code_of(ask.desk, ask.me, ask.part("code"))
    where = ask.path("nomination", code=code)
    audience, _, body = ask.typed.get("audience").partition(":")
    try:
        told = commenting.say(
            ask.desk, ask.me, code, audience, ask.typed.get("words"), ask.now, body=body,
            link=ask.house.outside(where),
        )  # fmt: skip
    except commenting.NotSaid as error:
        return see_other(f"{where}#trao-doi", notice=f"dossier.notice.not_said_{error.code}", kind="warning")
    return see_other(f"{where}#trao-doi", notice="dossier.notice.said", mails=told)


def assign(ask: Ask) -> Response:
    """Claim it, give it to another, hand it back."""
    code = dossier.code_of(ask.desk, ask.me, ask.part("code"))
    where = ask.path("nomination", code=code)
    what = ask.typed.get("what")
    try:
        if what == "claim":
            assigning.claim(ask.desk, ask.me, code, ask.now)
        elif what == "give":
            assigning.reassign(ask.desk, ask.me, code, ask.typed.get("person"), ask.now)
        elif what == "back":
            assigning.hand_back(ask.desk, ask.me, code, ask.now)
        else:
            return see_other(where)
    except assigning.InHand:
        # Who has it stands on the page itself.
        return see_other(where, notice="dossier.notice.in_hand", kind="warning")
    except (assigning.NotForDesk, UnknownActor):
        return see_other(where, notice="dossier.notice.not_for_desk", kind="warning")
    return see_other(where, notice=f"dossier.notice.{what}")
