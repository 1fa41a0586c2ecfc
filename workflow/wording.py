"""Codes and parameters become sentences: the one place where faces get their words about reasons and states.

Pure rooms give codes; the flow gives labels; the catalogue gives sentences. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from definitions.flow import Flow, Language, Requirement, Span
from definitions.messages import package_catalogue
from definitions.naming import Kind, called, names_of
from workflow.domain import letters
from workflow.domain.points import hundredths
from workflow.domain.reasons import Line, Reason
from workflow.domain.signed_copy import Finding
from workflow.domain.vietnamese import fold


def say(code: str, language: Language, /, **params: Any) -> str:
    """A sentence of the workflow's catalogue."""
    return package_catalogue("workflow").say(code, language, **params)


def letter_label(number: str, language: Language) -> str:
    """A letter's number; in words where it has none yet, since what stands for it says nothing to people."""
    return number if letters.has_number(number) else say("letter.none", language)


def role_label(role: str, language: Language) -> str:
    """How people call a role; the id itself for one the catalogue does not know."""
    catalogue = package_catalogue("workflow")
    return catalogue.say(f"role.{role}", language) if f"role.{role}" in catalogue else role


def usual_label(usual: Span, language: Language) -> str:
    """How long after its act a date mostly is."""
    return package_catalogue("workflow").say(f"usual.{usual.unit}", language, amount=usual.amount)


# The flow's own sentence says all there is to say: the rest would name a mark, or be about entries in general.
_SAID_BY_LABEL = frozenset({"flag", "not", "moment", "any", "rule"})
# The label of these is that of the field or act they are about, and stands in the sentence already.
_LABEL_WITHIN = frozenset({"not_by", "field_missing", "late_reason", "field_invalid"})


def sentence(reason: Reason, language: Language, flow: Flow | None = None) -> str:
    """The reason as a person reads it: the flow's own sentence first, then what exactly is the matter.

    Ids of states, transitions, documents, tasks, marks and roles are replaced by their labels.
    """
    if reason.label is not None and reason.code in _SAID_BY_LABEL:
        parts = [say("reason.labelled", language, label=reason.label.in_(language))]
    else:
        parts = _parts(reason, language, flow)
    if reason.from_on is not None:
        parts.append(say("from_on", language, on=f"{reason.from_on:%d/%m/%Y}"))
    return " ".join(part[:1].upper() + part[1:] for part in parts)


def _parts(reason: Reason, language: Language, flow: Flow | None) -> list[str]:
    named = _named(reason, language, flow)
    parts = [say(f"reason.{_sentence_of(reason)}", language, **named)]
    if "who" in reason.params:
        parts.append(say("moved_last", language, **named))
    if reason.label is not None and reason.code not in _LABEL_WITHIN:
        parts.insert(0, f"{reason.label.in_(language)}.")
    return parts


def _sentence_of(reason: Reason) -> str:
    """What is not known has its own sentence, where there is one: it is mended in another way."""
    if reason.code == "tasks_open" and not reason.params.get("bodies"):
        return "tasks_open_alone" if reason.params.get("opened") else "task_not_open"
    unknown = f"{reason.code}_unknown"
    is_unknown = reason.params.get("known") is False and f"reason.{unknown}" in package_catalogue("workflow")
    return unknown if is_unknown else reason.code


def lines(told: Iterable[Line], language: Language) -> tuple[str, ...]:
    """Sentences that a pure room gave as codes (an outlook, a ranking), in their order."""
    return tuple(
        say(each.code, language, **{name: _word(name, value, language, None) for name, value in each.params.items()})
        for each in told
    )


def failure(code: str, params: Mapping[str, Any], language: Language) -> str:
    """The sentence for an error of a service, with words for the ids and the days among its parameters."""
    return say(f"error.{code}", language, **{name: _word(name, each, language, None) for name, each in params.items()})


def ballot_refusals(refused: Iterable[tuple[int, str]], language: Language) -> list[str]:
    """Why a member may not vote on lines, (number, code): one sentence for all lines with the same cause."""
    numbers: dict[str, list[int]] = {}
    for number, code in refused:
        numbers.setdefault(code, []).append(number)
    return [
        say("ballot_line", language, lines=lines, why=say(f"ballot_why.{code}", language))
        for code, lines in numbers.items()
    ]


def ranges(found: Iterable[int]) -> str:
    """Numbers of lines as people write them: `1–4, 7`."""
    parts: list[tuple[int, int]] = []
    for number in sorted(found):
        if parts and number == parts[-1][1] + 1:
            parts[-1] = (parts[-1][0], number)
        else:
            parts.append((number, number))
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in parts)


def shared(told: Iterable[tuple[int, str]]) -> list[tuple[str, str]]:
    """Each text once, after the numbers of the lines that it is about, in the order in which texts come."""
    found: dict[str, list[int]] = {}
    for number, text in told:
        found.setdefault(text, []).append(number)
    return [(ranges(numbers), text) for text, numbers in found.items()]


def points(value: Fraction, language: Language) -> str:
    """Points as people read them, to two digits: `85,67`, in English `85.67`."""
    whole, rest = divmod(hundredths(value), 100)
    return f"{whole}{'.' if language == 'en' else ','}{rest:02}"


def percent(hundredths: int, language: Language) -> str:
    """Hundredths of a percent as people write them: `79,54 %`; no zeros that say nothing."""
    text = f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".")
    return f"{text if language == 'en' else text.replace('.', ',')} %"


def menders(reason: Reason, language: Language) -> str:
    """Who can mend it, in words; empty when nobody can."""
    return ", ".join(role_label(role, language) for role in reason.menders)


def _named(reason: Reason, language: Language, flow: Flow | None) -> dict[str, Any]:
    params: dict[str, Any] = dict(reason.params)
    if reason.label is not None and reason.code in _LABEL_WITHIN and "field" in params:
        params["field"] = reason.label.in_(language)
    if reason.code == "not":
        params["names"] = _negated(params, language, flow)
    return {name: _word(name, value, language, flow) for name, value in params.items()}


def _negated(params: Mapping[str, Any], language: Language, flow: Flow | None) -> tuple[str, ...]:
    """What a `not` speaks of, in the words for that kind of requirement."""
    kind, names = params.get("kind"), tuple(params.get("names", ()))
    if flow is None or kind is None:
        return names
    return names_of(flow, Requirement(kind, names), language)


def _word(name: str, value: Any, language: Language, flow: Flow | None) -> Any:
    if isinstance(value, (tuple, list)):
        return ", ".join(str(_word(name, each, language, flow)) for each in value)
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if name == "share" and isinstance(value, int):
        return percent(value, language)
    if not isinstance(value, str):
        return value
    kind = _KINDS.get(name)
    if flow is not None and kind is not None and (label := called(flow, kind, value, language)):
        return label
    if name in ("shown", "shown_sources") and flow is not None and value in flow.states:
        return flow.states[value].unit.in_(language)
    if name in ("needed", "role"):
        return role_label(value, language)
    if name in _OF_AWARDS:
        return _OF_AWARDS[name](value, language)
    code = f"word.{name}.{value}"
    return say(code, language) if code in package_catalogue("workflow") else _day(value)


# What the ids in a parameter of this name stand for.
_KINDS: Mapping[str, Kind] = {
    "state": "state", "sources": "state", "transition": "transition", "what": "transition", "missing": "document",
    "task": "task", "tasks": "task", "flag": "flag", "moment": "moment", "name": "moment", "field": "field",
    "body": "body",
}  # fmt: skip


# ── signed copies ────────────────────────────────────────────────────────────────────────────────


def finding(each: Finding, language: Language) -> str:
    """What was asked of a signed file, answered in a sentence."""
    answer = "unknown" if each.holds is None else "yes" if each.holds else "no"
    return say(f"signed.{each.code}.{answer}", language, **each.params)


# ── awards ───────────────────────────────────────────────────────────────────────────────────────


def award_name(award: str, language: Language) -> str:
    """A title, commendation or rating as people call it; the id itself for one the catalogue does not know."""
    code = f"award_name.{award}"
    return say(code, language) if code in package_catalogue("workflow") else award


def post_of_head(body: str) -> str:
    """The post of whoever leads a body, by what the body is called: `Vụ trưởng` of a Vụ, `Chánh Văn phòng`."""
    words = fold(body).split()
    codes = [f"paper_post.{'_'.join(words[:many])}" for many in (2, 1)]
    known = package_catalogue("workflow")
    return say(next((code for code in codes if code in known), "paper_post.other"), "vi")


def _award_of_kind(value: str, language: Language) -> str:
    """`bang_khen_bo/ad_hoc/minister`: the award and its kind."""
    award, _, rest = value.partition("/")
    code = f"word.kind.{rest.partition('/')[0]}"
    known = code in package_catalogue("workflow")
    return f"{award_name(award, language)} ({say(code, language)})" if known else award_name(award, language)


def _counted(value: str, language: Language) -> str:
    """What a share is taken of: a figure of the round, or how many hold an award."""
    code = f"word.of.{value}"
    if code in package_catalogue("workflow"):
        return say(code, language)
    name = award_name(value, language)
    return value if name == value else say("word.of_award", language, award=name)


def _proposed_or_given(value: str, language: Language) -> str:
    """The code of a dossier, or `bang_khen_bo 2025` for an award given already."""
    award, _, year = value.rpartition(" ")
    return say("word.given", language, award=award_name(award, language), year=year) if award else value


def _missing(value: str, language: Language) -> str:
    return _shortfall(value, language) if "/" in value else value


_OF_AWARDS: Mapping[str, Callable[[str, Language], str]] = {
    "award": award_name, "flow": award_name, "awards": _award_of_kind, "of": _counted, "codes": _proposed_or_given,
    "missing": _missing,
}  # fmt: skip


def _shortfall(value: str, language: Language) -> str:
    """`cstd_co_so 1/2` as people say it: the title's name, what there is, what is needed."""
    head, _, figures = value.rpartition(" ")
    found, _, wanted = figures.partition("/")
    return say("word.shortfall", language, name=award_name(head, language), found=found, wanted=wanted)


def _day(value: str) -> str:
    """An ISO day among the parameters, as people write it; anything else as it is."""
    if len(value) == 10 and value[4] == value[7] == "-":
        try:
            return date.fromisoformat(value).strftime("%d/%m/%Y")
        except ValueError:
            return value
    return value
