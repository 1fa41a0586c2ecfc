"""A merged, well-formed mapping → a Flow: short forms written out, `open` and tasks expanded.

Trusts the form (`schema` has looked at it) and asks nothing about sense (`checking` does).
Transitions are read in `parsing_acts`, scenarios in `parsing_stories`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from definitions import flow as f
from definitions.parsing_acts import transition_of
from definitions.parsing_stories import WhereIs, nowhere, scenario_of
from definitions.parsing_tasks import transitions_in
from definitions.parsing_values import many, maybe_span, maybe_words, notices, words


def flow_of(data: Mapping[str, Any], where: WhereIs = nowhere) -> f.Flow:
    """The flow in this mapping. `where` gives scenarios the lines that a failing story is reported at."""
    states = {name: _state(name, row) for name, row in data.get("state", {}).items()}
    tasks = {name: _task(name, row) for name, row in data.get("task", {}).items()}
    still_open = tuple(state.id for state in states.values() if state.final is None)
    return f.Flow(
        id=data["id"],
        title=words(data["title"]),
        award=data["award"],
        kind=data["kind"],
        level=data["level"],
        signer=data["signer"],
        nominee=tuple(data["nominee"]),
        version=data["version"],
        valid_from=data["valid"]["from"],
        valid_until=data["valid"].get("until"),
        legal=tuple(data.get("legal", ())),
        from_units=tuple(data["from_units"]),
        aliases=tuple(data.get("aliases", ())),
        initial=data["initial"],
        states=states,
        transitions={name: transition_of(name, row, still_open, tasks) for name, row in transitions_in(data).items()},
        documents={name: _document(name, row) for name, row in data.get("documents", {}).items()},
        votes={name: _vote(name, row) for name, row in data.get("vote", {}).items()},
        tasks=tasks,
        deadlines={name: _deadline(name, row) for name, row in data.get("deadline", {}).items()},
        across=tuple(_across(name, row) for name, row in data.get("across", {}).items()),
        scenarios=tuple(scenario_of(index, row, where) for index, row in enumerate(data.get("scenario", ()))),
        notes=data.get("notes", ""),
        retention=data.get("retention", ""),
        subject=data.get("subject", "nominee"),
        appraisal=_appraisal(data["appraisal"]) if "appraisal" in data else None,
    )


def _state(name: str, row: Mapping[str, Any]) -> f.State:
    label = words(row["label"])
    return f.State(
        id=name,
        label=label,
        unit=words(row["unit"]) if "unit" in row else label,
        owner=row.get("owner"),
        clock=row.get("clock", "runs"),
        final=row.get("final"),
        outcome=row.get("outcome"),
        deadline=_deadline(f"state.{name}", row["deadline"]) if "deadline" in row else None,
    )


def _task(name: str, row: Mapping[str, Any]) -> f.Task:
    return f.Task(
        id=name,
        label=words(row["label"]),
        during=tuple(row["during"]),
        by=tuple(row["by"]),
        within=maybe_span(row, "within"),
        lasts=maybe_span(row, "lasts"),
        silence=row.get("silence", "blocks"),
        required=row.get("required", False),
        per_body=row.get("per_body", False),
        deadline=_deadline(f"task.{name}", row) if "within" in row else None,
        mail=notices(row),
        legal=row.get("legal", ""),
    )


def _deadline(name: str, row: Mapping[str, Any]) -> f.DeadlineRule:
    return f.DeadlineRule(
        name=name,
        start=row.get("from", "entered"),
        within=maybe_span(row, "within"),
        on=row.get("on"),
        fixed=f.YearDay(**row["fixed"]) if "fixed" in row else None,
        until=many(row.get("until", ())),
        stops_in=tuple(row.get("stops_in", ())),
        remind=_ladder(row.get("remind", {})),
        escalate=f.Escalation(row["escalate"]["after"], tuple(row["escalate"]["to"])) if "escalate" in row else None,
        to=tuple(row.get("to", ())),
        roll=row.get("roll", "next"),
        legal=row.get("legal", ""),
        label=maybe_words(row),
    )


def _ladder(row: Mapping[str, Any]) -> f.Ladder:
    before = tuple(sorted(set(row.get("before", ())), reverse=True))
    return f.Ladder(before, row.get("on_day", False), row.get("after_every"))


def _document(name: str, row: Mapping[str, Any]) -> f.Document:
    return f.Document(
        code=name,
        title=words(row["title"]),
        per=row["per"],
        source=row["from"],
        required=row.get("required", True),
        copies=row.get("copies", 1),
        nominee=tuple(row.get("nominee", ("individual", "collective"))),
    )


def _vote(name: str, row: Mapping[str, Any]) -> f.VoteRule:
    rank = row.get("rank", {})
    return f.VoteRule(
        name=name,
        body=row["body"],
        base=row["base"],
        percent=row["pass"].get("percent", 0),
        strict=row["pass"]["strict"],
        share=_fraction(row["pass"].get("share")),
        quorum=_fraction(row.get("quorum")),
        quorum_counts=row.get("quorum_counts", "taking_part"),
        ballot=row.get("ballot", "secret"),
        written=row.get("written", False),
        chair_must_agree=row.get("chair_must_agree", False),
        tie=row.get("tie", "fails"),
        recusal=row.get("recusal", "none"),
        revotes=row.get("revotes", 0),
        rank_by=rank.get("by"),
        top=rank.get("top", 1),
        prefer_women=_fraction(rank.get("prefer_women")),
        legal=row.get("legal", ""),
    )


def _appraisal(row: Mapping[str, Any]) -> f.Appraisal:
    criteria = {
        name: f.Criterion(name, words(each["label"]), each["weight"], each["max"])
        for name, each in row["criteria"].items()
    }
    return f.Appraisal(
        by=tuple(row["by"]),
        during=tuple(row["during"]),
        criteria=criteria,
        who=row.get("who", "all"),
        people=row.get("people"),
        scale=row.get("scale", 100),
        visible=row.get("visible", "after_own"),
        blind=row.get("blind", False),
        to_council=row.get("to_council", True),
        legal=row.get("legal", ""),
    )


def _fraction(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    numerator, _, denominator = text.partition("/")
    return int(numerator), int(denominator)


def _across(name: str, row: Mapping[str, Any]) -> f.Across:
    return f.Across(
        id=name,
        rule=row["rule"],
        effect=row["effect"],
        at=tuple(row["at"]),
        label=maybe_words(row),
        need=need_of(row["needs"]) if "needs" in row else None,
        percent=row.get("percent"),
        of=row.get("of", ""),
        rounding=row.get("rounding", "floor"),
        years=row.get("years"),
        award=row.get("award", ""),
        legal=row.get("legal", ""),
    )


def need_of(row: Mapping[str, Any]) -> f.Need:
    """What the history must hold, and the needs inside it."""
    if "all" in row:
        return f.Need("all", children=tuple(map(need_of, row["all"])))
    if "any" in row:
        return f.Need("any", children=tuple(map(need_of, row["any"])))
    if "not" in row:
        return f.Need("not", children=(need_of(row["not"]),))
    kind: Literal["award", "rating"] = "award" if "award" in row else "rating"
    return f.Need(kind, row[kind], row.get("years", 1), row.get("consecutive", False))
