"""A merged, well-formed mapping → a Flow: short forms written out, `open` and tasks expanded.

Trusts the form (`schema` has looked at it) and asks nothing about sense (`checking` does).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Literal

from definitions import flow as f
from definitions.merging import Data, lay
from definitions.messages import LANGUAGES, package_catalogue
from definitions.problems import Path

REQUIREMENT_KINDS: tuple[f.RequirementKind, ...] = (
    "documents",
    "vote_passed",
    "quorum",
    "round",
    "flag",
    "field",
    "tasks_done",
    "task_lasted",
    "proof",
    "recent",
    "moment",
    "subject",
    "rule",
    "all",
    "any",
    "not",
)

# The file and line in which a path of the merged flow was written.
WhereIs = Callable[[Path], tuple[str, int]]


def nowhere(_: Path) -> tuple[str, int]:
    """For a text that nobody edits."""
    return "", 0


def flow_of(data: Mapping[str, Any], where: WhereIs = nowhere) -> f.Flow:
    """The flow in this mapping. `where` gives scenarios the lines that a failing story is reported at."""
    states = {name: _state(name, row) for name, row in data.get("state", {}).items()}
    tasks = {name: _task(name, row) for name, row in data.get("task", {}).items()}
    still_open = tuple(state.id for state in states.values() if state.final is None)
    return f.Flow(
        id=data["id"],
        title=_words(data["title"]),
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
        transitions={name: _transition(name, row, still_open, tasks) for name, row in transitions_in(data).items()},
        documents={name: _document(name, row) for name, row in data.get("documents", {}).items()},
        votes={name: _vote(name, row) for name, row in data.get("vote", {}).items()},
        tasks=tasks,
        deadlines={name: _deadline(name, row) for name, row in data.get("deadline", {}).items()},
        across=tuple(_across(name, row) for name, row in data.get("across", {}).items()),
        scenarios=tuple(_scenario(index, row, where) for index, row in enumerate(data.get("scenario", ()))),
        notes=data.get("notes", ""),
        retention=data.get("retention", ""),
        subject=data.get("subject", "nominee"),
    )


def task_acts(data: Mapping[str, Any]) -> dict[str, tuple[str, Literal["open", "close"]]]:
    """The transitions that the tasks of a flow bring with them, and what each does to its task."""
    acts: dict[str, tuple[str, Literal["open", "close"]]] = {}
    tasks = data.get("task")
    for name in tasks if isinstance(tasks, Mapping) else ():
        acts[f"open_{name}"] = (name, "open")
        acts[f"close_{name}"] = (name, "close")
    return acts


def transitions_in(data: Mapping[str, Any]) -> Data:
    """The transitions as written, and after them those of the tasks; what is written goes on top of those."""
    written = data.get("transition", {})
    made = dict(written)
    for act, (task, change) in task_acts(data).items():
        made[act] = lay(_task_act(data["task"][task], change), written.get(act, {}), ("transition", act))
    return made


def _task_act(task: Mapping[str, Any], change: Literal["open", "close"]) -> Data:
    return {
        "label": {code: _say(f"task_act.{change}", code, label=task["label"][code]) for code in LANGUAGES},
        "from": task["during"],
        "to": "same",
        "by": task["by"],
        "with": dict(_task_fields(task, change)),
        "mail": task.get("mail", []) if change == "open" else [],
    }


def _task_fields(task: Mapping[str, Any], change: Literal["open", "close"]) -> Iterator[tuple[str, Data]]:
    per_body = task.get("per_body", False)
    if change == "open":
        if per_body:
            yield "bodies", {"type": "list", "min": 1, "label": _label_of("bodies")}
        yield "sent_on", {"type": "date", "required": False, "label": _label_of("sent_on")}
    else:
        if per_body:
            yield "body", {"type": "text", "label": _label_of("body")}
        yield "reply", {"type": "text", "label": _label_of("reply")}


def _label_of(field: str) -> dict[str, str]:
    return {code: _say(f"task_field.{field}", code) for code in LANGUAGES}


def _say(code: str, language: str, **params: object) -> str:
    return package_catalogue("definitions").say(code, language, **params)


def _state(name: str, row: Mapping[str, Any]) -> f.State:
    label = _words(row["label"])
    return f.State(
        id=name,
        label=label,
        unit=_words(row["unit"]) if "unit" in row else label,
        owner=row.get("owner"),
        clock=row.get("clock", "runs"),
        final=row.get("final"),
        outcome=row.get("outcome"),
        deadline=_deadline(f"state.{name}", row["deadline"]) if "deadline" in row else None,
    )


def _task(name: str, row: Mapping[str, Any]) -> f.Task:
    return f.Task(
        id=name,
        label=_words(row["label"]),
        during=tuple(row["during"]),
        by=tuple(row["by"]),
        within=_maybe_span(row, "within"),
        lasts=_maybe_span(row, "lasts"),
        silence=row.get("silence", "blocks"),
        required=row.get("required", False),
        per_body=row.get("per_body", False),
        deadline=_deadline(f"task.{name}", row) if "within" in row else None,
        mail=_notices(row),
        legal=row.get("legal", ""),
    )


def _transition(
    name: str, row: Mapping[str, Any], still_open: tuple[str, ...], tasks: Mapping[str, f.Task]
) -> f.Transition:
    act = _task_tie(name, tasks)
    return f.Transition(
        id=name,
        label=_words(row["label"]),
        sources=_sources(row, still_open),
        branches=tuple(map(_branch, row["branch"])) if "branch" in row else (f.Branch(row["to"]),),
        by=tuple(row["by"]),
        not_by=tuple(row.get("not_by", ())),
        fields=tuple(_field(key, value) for key, value in row.get("with", {}).items()),
        require=_with_least_duration(_requirements(row), act, tasks),
        mail=_notices(row),
        marks=_many(row.get("marks", ())),
        raises=tuple(row.get("raises", ())),
        lowers=tuple(row.get("lowers", ())),
        voids=tuple(row.get("voids", ())),
        vote=row.get("vote"),
        hold=row.get("hold"),
        releases=tuple(row.get("releases", ())),
        exceptional=row.get("exceptional", False),
        effect=row.get("effect"),
        task=act,
        legal=row.get("legal", ""),
    )


def _task_tie(name: str, tasks: Mapping[str, f.Task]) -> tuple[str, Literal["open", "close"]] | None:
    change, _, task = name.partition("_")
    if task not in tasks or change not in ("open", "close"):
        return None
    return task, "open" if change == "open" else "close"


def _with_least_duration(
    require: tuple[f.Requirement, ...],
    act: tuple[str, Literal["open", "close"]] | None,
    tasks: Mapping[str, f.Task],
) -> tuple[f.Requirement, ...]:
    """Closing a task that must run for some time asks for that time, whatever else the file asks for."""
    if act is None or act[1] == "open" or tasks[act[0]].lasts is None:
        return require
    lasted = f.Requirement("task_lasted", (act[0],))
    asked = any((each.kind, each.names) == (lasted.kind, lasted.names) for each in require)
    return require if asked else (*require, lasted)


def _sources(row: Mapping[str, Any], still_open: tuple[str, ...]) -> tuple[str, ...]:
    states = still_open if row["from"] == "open" else tuple(row["from"])
    return tuple(state for state in states if state not in row.get("except", ()))


def _branch(row: Mapping[str, Any]) -> f.Branch:
    return f.Branch(row["to"], _requirements(row), _notices(row))


def _field(name: str, value: str | Mapping[str, Any]) -> f.Field:
    row: Mapping[str, Any] = {"type": value} if isinstance(value, str) else value
    required = row.get("required", True)
    return f.Field(
        name=name,
        type=row["type"],
        required=("always" if required else "never") if isinstance(required, bool) else f"after:{required['after']}",
        per=row.get("per", "act"),
        min=row.get("min"),
        max=row.get("max"),
        choices=tuple(row.get("choices", ())),
        label=_maybe_words(row),
    )


def _requirements(row: Mapping[str, Any]) -> tuple[f.Requirement, ...]:
    return tuple(map(requirement_of, row.get("require", ())))


def requirement_of(row: Mapping[str, Any]) -> f.Requirement:
    """One requirement and those inside it."""
    kind = next(each for each in REQUIREMENT_KINDS if each in row)
    value = row[kind]
    label = _maybe_words(row)
    if kind in ("all", "any"):
        return f.Requirement(kind, children=tuple(map(requirement_of, value)), label=label)
    if kind == "not":
        return f.Requirement(kind, children=(requirement_of(value),), label=label)
    names = () if value is True else _many(value)
    if kind == "field" and "is" in row:
        names = (*names, row["is"])
    return f.Requirement(kind, names, span=_maybe_span(row, "within"), label=label)


def _notices(row: Mapping[str, Any]) -> tuple[f.Notice, ...]:
    return tuple(f.Notice(tuple(each["to"]), each["send"]) for each in row.get("mail", ()))


def _deadline(name: str, row: Mapping[str, Any]) -> f.DeadlineRule:
    return f.DeadlineRule(
        name=name,
        start=row.get("from", "entered"),
        within=_maybe_span(row, "within"),
        on=row.get("on"),
        fixed=f.YearDay(**row["fixed"]) if "fixed" in row else None,
        until=_many(row.get("until", ())),
        stops_in=tuple(row.get("stops_in", ())),
        remind=_ladder(row.get("remind", {})),
        escalate=f.Escalation(row["escalate"]["after"], tuple(row["escalate"]["to"])) if "escalate" in row else None,
        to=tuple(row.get("to", ())),
        roll=row.get("roll", "next"),
        legal=row.get("legal", ""),
        label=_maybe_words(row),
    )


def _ladder(row: Mapping[str, Any]) -> f.Ladder:
    before = tuple(sorted(set(row.get("before", ())), reverse=True))
    return f.Ladder(before, row.get("on_day", False), row.get("after_every"))


def _document(name: str, row: Mapping[str, Any]) -> f.Document:
    return f.Document(
        code=name,
        title=_words(row["title"]),
        per=row["per"],
        source=row["from"],
        required=row.get("required", True),
        copies=row.get("copies", 1),
        nominee=tuple(row.get("nominee", ("individual", "collective"))),
    )


def _vote(name: str, row: Mapping[str, Any]) -> f.VoteRule:
    whole, _, parts = row.get("quorum", "").partition("/")
    return f.VoteRule(
        name=name,
        body=row["body"],
        base=row["base"],
        percent=row["pass"]["percent"],
        strict=row["pass"]["strict"],
        quorum=(int(whole), int(parts)) if whole else None,
        ballot=row.get("ballot", "secret"),
        written=row.get("written", False),
        chair_must_agree=row.get("chair_must_agree", False),
        tie=row.get("tie", "fails"),
        recusal=row.get("recusal", "none"),
        revotes=row.get("revotes", 0),
        legal=row.get("legal", ""),
    )


def _across(name: str, row: Mapping[str, Any]) -> f.Across:
    return f.Across(
        id=name,
        rule=row["rule"],
        effect=row["effect"],
        at=tuple(row["at"]),
        label=_maybe_words(row),
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


def _scenario(index: int, row: Mapping[str, Any], where: WhereIs) -> f.Scenario:
    at: Path = ("scenario", index)
    file, line = where(at)
    steps = tuple(_step(each, where((*at, "step", number))[1]) for number, each in enumerate(row["step"]))
    return f.Scenario(row["title"], row.get("given", {}), steps, line=line, file=file)


def _step(row: Mapping[str, Any], line: int) -> f.ScenarioStep:
    mails = tuple(map(mail_words, row["mails"])) if "mails" in row else None
    on: date | None = row.get("wait", row.get("on"))
    if "do" in row:
        return f.ScenarioStep(
            verb="do",
            line=line,
            name=row["do"],
            by=row["by"],
            as_=row.get("as", ""),
            on=on,
            fields=row.get("with", {}),
            overrides=row.get("override", {}),
            refused=tuple(row["refused"]) if "refused" in row else None,
            mails=mails,
            state=row.get("state"),
        )
    if "attach" in row:
        return f.ScenarioStep(verb="attach", line=line, on=on, documents=tuple(row["attach"]))
    if "wait" in row:
        return f.ScenarioStep(verb="wait", line=line, on=on, mails=mails)
    if "fact" in row:
        return f.ScenarioStep(verb="fact", line=line, on=on, fields=row["fact"])
    return f.ScenarioStep(verb="expect", line=line, state=row["expect"])


def mail_words(text: str) -> tuple[str, str]:
    """`template → recipient`, the arrow also written `->`."""
    template, _, recipient = text.replace("->", "→").partition("→")
    return template.strip(), recipient.strip()


def _words(row: Mapping[str, str]) -> f.Words:
    return f.Words(row["vi"], row["en"])


def _maybe_words(row: Mapping[str, Any]) -> f.Words | None:
    return _words(row["label"]) if "label" in row else None


def _maybe_span(row: Mapping[str, Any], key: str) -> f.Span | None:
    if key not in row:
        return None
    ((unit, amount),) = row[key].items()
    return f.Span(amount, unit)


def _many(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
