"""What these pages share: what is not there or not for this person is one answer, and whose list it may be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from workflow.intake.synonyms import Synonyms
from workflow.services.brought import NotTyped
from workflow.services.list_drafts import UnknownDraft
from workflow.services.paper_batches import UnknownBatch
from workflow.services.register import rounds, units
from workflow.services.submissions import own_synonyms
from workflow.services.unit_acts import UnknownStep, UnknownSubmission
from workflow.web.asking import Ask
from workflow.web.frame import NotHere


@contextmanager
def here() -> Iterator[None]:
    """Turns what a service does not find into the page for what is not there."""
    try:
        yield
    except (UnknownBatch, UnknownDraft, UnknownSubmission, UnknownStep):
        raise NotHere from None


def synonyms(ask: Ask) -> Synonyms:
    """The words of this house for headers and awards."""
    return own_synonyms(ask.house.app.settings.intake.synonyms)


def open_rounds(ask: Ask) -> list[Any]:
    """Rounds that take lists, the newest first."""
    return [each for each in rounds(ask.desk) if each.closed_at is None]


def units_for(ask: Ask) -> list[Any]:
    """Units whose list this person may bring in: his own, or at the desk every unit there is today."""
    found = units(ask.desk, ask.today)
    return found if ask.me.is_desk else [each for each in found if each.code in ask.me.own_units]


def sentence_of(ask: Ask, error: NotTyped) -> str:
    """What is wrong with something typed, in words."""
    from workflow.explaining import sentences

    told = sentences(error, ask.language)
    assert told is not None
    return " ".join(told[1])
