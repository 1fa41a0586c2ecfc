"""Our errors as words: what happened, what it means, what to do. Nothing here decides or repairs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from definitions.calendar_text import CalendarRefused
from definitions.flow import Words
from definitions.problems import FlowsRefused
from notifications.errors import NotificationError
from workflow.domain.ballots import BallotError
from workflow.intake.values import Unreadable
from workflow.papers.errors import PaperFault, TemplateFaults
from workflow.services.accounts import AccountError
from workflow.services.acts import FloodGuard, KeyReused
from workflow.services.appraisers import NotAsked, Refused
from workflow.services.appraising import AppraisalError, CardFaults
from workflow.services.awaiting_signature import UnknownList
from workflow.services.brought import NotTyped
from workflow.services.closing import CloseRefused
from workflow.services.councils import CouncilError
from workflow.services.decision_files import SignedRefused
from workflow.services.decisions_book import UnknownDecision
from workflow.services.effects import SubjectRefused
from workflow.services.handing_in import UnknownSubmission
from workflow.services.judging import NotForUnit, UnknownActor
from workflow.services.looking import UnknownNomination
from workflow.services.register import RegisterError
from workflow.services.requests import LineResult
from workflow.services.submissions import ImportRefused
from workflow.settings import SettingsRefused
from workflow.storage.errors import StorageError
from workflow.storage.papers import PaperRefused
from workflow.wording import ballot_refusals, failure, finding, say, sentence

REFUSED, NOT_READY = 1, 3


def sentences(error: Exception, language: Any) -> tuple[int, list[str]] | None:
    """(exit code, lines) for an error of ours; None for a fault of the program."""
    if isinstance(error, (FlowsRefused, CalendarRefused)):
        return REFUSED, [each.line_of_report(language) for each in error.problems]
    if isinstance(error, SettingsRefused):
        return NOT_READY, [each.sentence(language) for each in error.faults]
    if isinstance(error, StorageError):
        return NOT_READY, [say(f"storage.{error.code}", language, **error.params)]
    if isinstance(error, NotificationError):
        from definitions.messages import package_catalogue

        return REFUSED, [package_catalogue("notifications").say(f"error.{error.code}", language, **error.params)]
    if isinstance(error, Unreadable):
        from definitions.messages import package_catalogue

        words = package_catalogue("workflow.intake")
        return REFUSED, [words.say(f"unreadable.{error.code}", language, **error.params)]
    if isinstance(error, (PaperFault, TemplateFaults)):
        from workflow.papers.sentences import sentence as of_paper

        faults = error.faults if isinstance(error, TemplateFaults) else (error,)
        return REFUSED, [of_paper(each, language) for each in faults]
    if isinstance(error, (AccountError, RegisterError, ImportRefused, PaperRefused, NotTyped)):
        return REFUSED, [_guessed(say(f"error.{error.code}", language, **error.params), error.params, language)]
    if isinstance(error, SignedRefused):
        refused = [finding(each, language) for each in error.verdict.refused]
        return REFUSED, [say("error.signed_refused", language), *refused]
    if isinstance(error, CouncilError):
        return REFUSED, _of_a_council(error, language)
    if isinstance(error, AppraisalError):
        return REFUSED, _of_an_appraisal(error, language)
    if isinstance(error, BallotError):
        return REFUSED, [failure(error.code, error.params, language)]
    if isinstance(error, SubjectRefused):
        return REFUSED, _reasons(error.results, language)
    simple: dict[type[Exception], tuple[str, dict[str, Any]]] = {
        NotForUnit: ("not_for_unit", {"person": str(error)}),
        UnknownList: ("unknown_list", {"list": str(error).strip("'")}),
        UnknownDecision: ("unknown_decision", {"number": str(error).strip("'")}),
        UnknownActor: ("unknown_actor", {"person": str(error)}),
        UnknownNomination: ("unknown_nomination", {"code": str(error).strip("'")}),
        UnknownSubmission: ("unknown_submission", {"number": str(error).strip("'")}),
        KeyReused: ("key_reused", {"key": str(error)}),
    }
    if type(error) in simple:
        code, params = simple[type(error)]
        return REFUSED, [say(f"error.{code}", language, **params)]
    if isinstance(error, FloodGuard):
        return REFUSED, [say("error.flood_guard", language, mails=error.mails, limit=error.limit)]
    return None


def _of_a_council(error: CouncilError, language: Any) -> list[str]:
    """What cannot be, and under it each line with its own reasons where it is about several."""
    told = [failure(error.code, error.params, language)]
    if error.code == "ballot_refused":
        told += ballot_refusals(error.params["lines"], language)
    if error.code == "nothing_opened":
        told += _reasons(error.params["reasons"], language)
    if isinstance(error, CloseRefused):
        told += _reasons(error.refused, language)
    return told


def _of_an_appraisal(error: AppraisalError, language: Any) -> list[str]:
    """What cannot be, and under it each criterion or each line of a file with what is the matter."""
    params = {name: each.in_(language) if isinstance(each, Words) else each for name, each in error.params.items()}
    told = [failure(error.code, params, language)]
    if isinstance(error, CardFaults):
        told += [
            say(f"card_fault.{each.code}", language, label=each.label.in_(language), max=each.max)
            for each in error.faults
        ]
    if isinstance(error, NotAsked):
        told += [why_not_asked(each, language) for each in error.refused]
    return told


def why_not_asked(refused: Refused, language: Any) -> str:
    """Why somebody cannot be asked about a dossier, with where that stood in the file."""
    told = failure(refused.code, refused.params, language)
    wanted = refused.wanted
    if wanted.place:
        return say("appraiser_line", language, place=wanted.place, why=told)
    return f"{wanted.code}: {told}"


def _reasons(refused: Iterable[LineResult], language: Any) -> list[str]:
    return [f"{each.code}: {sentence(reason, language)}" for each in refused for reason in each.reasons]


def _guessed(text: str, params: dict[str, Any], language: Any) -> str:
    """The sentence, and the name that was most likely meant where one is close."""
    close = params.get("nearest")
    return f"{text} {say('error.nearest', language, nearest=close)}" if close and close != "…" else text
