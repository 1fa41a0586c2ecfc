"""Names that somebody typed for something to look for: a list that is empty because of a slip must say so."""

from __future__ import annotations

import re
from typing import Any

import typer

from workflow.cli.common import REFUSED, complain, guess, language, say


def refuse_unknown(found: Any, wanted: Any) -> None:
    """Say which name of this filter nothing goes by, and leave; nothing happens when all of them exist."""
    from workflow.services.register import rounds, units

    faults = []
    if wanted.unit and wanted.unit not in (codes := {each.code for each in units(found.desk)}):
        faults.append(guess(say("error.unit_unknown", code=wanted.unit), wanted.unit, codes))
    if wanted.round and wanted.round not in (codes := {each.code for each in rounds(found.desk)}):
        faults.append(guess(say("error.round_unknown", code=wanted.round), wanted.round, codes))
    if wanted.flow and wanted.flow not in (codes := {each.flow_id for each in _published(found)}):
        faults.append(guess(say("error.flow_unknown", name=wanted.flow), wanted.flow, codes))
    if wanted.state and wanted.state not in (labels := _states(found)):
        faults.append(guess(say("error.state_unknown", state=wanted.state), wanted.state, labels))
    if wanted.submission is not None and not _is_submission(found, wanted.submission):
        faults.append(say("error.submission_unknown", number=wanted.submission))
    for fault in faults:
        complain(fault)
    if faults:
        raise typer.Exit(REFUSED)


def state_named(found: Any, text: str) -> str:
    """The id of a state that was given by its label, with or without accents; anything else as it is."""
    from workflow.domain.vietnamese import fold

    if not text or re.fullmatch("[a-z][a-z0-9_]*", text):
        return text
    return next((name for name, label in _states(found).items() if fold(label) == fold(text)), text)


def _states(found: Any) -> dict[str, str]:
    """Id and label of each state of the flows there are."""
    from workflow.services.looking import flow_words

    words = flow_words(found.desk, {each.id for each in _published(found)}, language())
    return {name: label for each in words.values() for name, label in each.states.items()}


def _published(found: Any) -> Any:
    from workflow.services.flows import published

    return published(found.desk)


def _is_submission(found: Any, number: int) -> bool:
    from workflow.services.looking import submissions

    return any(each.id == number for each in submissions(found.desk))
