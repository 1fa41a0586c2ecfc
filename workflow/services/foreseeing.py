"""What an act will do, told in full before it is done: mails with their text, limits with their days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from definitions.flow import Language
from notifications import outbox
from notifications.mail import MailRequest, RenderedMail
from workflow.domain.decision import Decision
from workflow.domain.notices import UNIT_WORDS
from workflow.services import mailing, mails
from workflow.services.acts import Foreseen
from workflow.services.desk import Desk
from workflow.services.dossier import side_of
from workflow.services.looking import deadline_label
from workflow.services.moving import owner_of
from workflow.services.viewing import Viewer
from workflow.storage import limits
from workflow.storage.database import read

WRITTEN_OUT = 20
"""So many mails are shown with their text; the others are counted and named."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that will be owed. `text` is None for one that is only named."""

    address: str
    name: str
    why: str
    template: str
    lines: int
    held: bool
    text: RenderedMail | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A limit that the act opens, for how many of its lines."""

    label: str
    due_on: date
    provisional: bool
    amount: int


@dataclass(frozen=True, slots=True)
class Effects:
    """Everything beside the lines: mails (those written out first), limits opened, how many limits close.

    `moves` counts lines by (state before, state after); `unaddressed` are recipient words that lead to nobody.
    """

    letters: tuple[Letter, ...]
    others: int
    openings: tuple[Opening, ...]
    closing: int
    moves: Mapping[tuple[str, str], int]
    unaddressed: tuple[tuple[str, str], ...]
    let_go: int
    """Mails that were written before, held until results are released, and leave with this act."""

    @property
    def mails(self) -> int:
        return len(self.letters) + self.others


def effects(desk: Desk, foreseen: Foreseen, viewer: Viewer, language: Language) -> Effects:
    """What `foreseen` means in full. Somebody outside the desk reads only the mails that come to his own side."""
    asked = list(_requests(foreseen))
    own = [each for each in asked if viewer.inner or _is_ours(each, viewer)]
    others = [] if viewer.inner else [each for each in asked if not _is_ours(each, viewer)]
    words = mails.renderer(desk)
    letters = [_letter(each, mails.written(each, words)) for each in own[:WRITTEN_OUT]]
    letters += [_letter(each) for each in own[WRITTEN_OUT:]]
    return Effects(
        tuple(letters), len(others), _openings(foreseen, viewer, language),
        _closing(desk, foreseen) if viewer.inner else 0, _moves(foreseen),
        foreseen.letters.unaddressed if viewer.inner else (), _let_go(desk, foreseen) if viewer.inner else 0,
    )  # fmt: skip


def _requests(foreseen: Foreseen) -> list[MailRequest]:
    found = list(foreseen.letters.requests)
    return found + (_requests(foreseen.also) if foreseen.also else [])


def _is_ours(request: MailRequest, viewer: Viewer) -> bool:
    """Whether a mail goes to the reader's own unit or to himself: that he may read before it goes."""
    return request.why == "unit" or (request.address == viewer.email and request.why in UNIT_WORDS)


def _letter(request: MailRequest, text: RenderedMail | None = None) -> Letter:
    return Letter(
        request.address, request.name, request.why, request.template, len(request.lines), request.hold is not None, text
    )


def _openings(foreseen: Foreseen, viewer: Viewer, language: Language) -> tuple[Opening, ...]:
    """Limits that begin; somebody outside the desk learns of those that his own side will owe."""
    side = side_of(viewer)
    counted: dict[tuple[str, date, bool], int] = {}
    for each in foreseen.moved:
        decision, flow = each.outcome, foreseen.gathered.flow(each.line)
        assert isinstance(decision, Decision)  # narrows the type: these lines move
        for opened in decision.deadlines_opened:
            owed_by = opened.rule.to or (owner_of(flow, opened.rule),)
            if not viewer.inner and side.isdisjoint(owed_by):
                continue
            key = (deadline_label(flow, opened.name, language), opened.due_on, opened.provisional)
            counted[key] = counted.get(key, 0) + 1
    ordered = sorted(counted.items(), key=lambda each: each[0][1])
    return tuple(Opening(*key, amount) for key, amount in ordered)


def _let_go(desk: Desk, foreseen: Foreseen) -> int:
    found = mailing.released(foreseen.moved)
    if not found:
        return 0
    with read(desk.engine) as connection:
        return sum(outbox.held_about(connection, hold, references) for hold, references in found.items())


def _closing(desk: Desk, foreseen: Foreseen) -> int:
    """How many limits that run now the act ends: a decision names them whether they run or not."""
    ends = {
        (each.line.id, name)
        for each in foreseen.moved
        if isinstance(each.outcome, Decision)
        for name in each.outcome.deadlines_closed
    }
    if not ends:
        return 0
    with read(desk.engine) as connection:
        running = limits.open_of(connection, {id_ for id_, _ in ends})
    return sum((each.nomination_id, each.name) in ends for each in running)


def _moves(foreseen: Foreseen) -> dict[tuple[str, str], int]:
    """How many go which way; a result that is held back moves nothing that the unit sees."""
    counted: dict[tuple[str, str], int] = {}
    for each in foreseen.moved:
        if isinstance(each.outcome, Decision):
            key = (each.outcome.from_state, each.outcome.to_state)
            counted[key] = counted.get(key, 0) + 1
    return counted
