"""A flow as boxes and arrows, as a drawing in text (Mermaid, Graphviz DOT) and as a table of its steps.

Text only: laying out and painting is for `picture`, a browser or Graphviz. The table says everything the
drawing says, and is what somebody reads who cannot see the drawing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from definitions.flow import Branch, Flow, Language, Requirement, Span, Transition
from definitions.messages import package_catalogue
from definitions.naming import names_of

# An act that can start nearly everywhere is drawn once, or nothing else would be seen.
_MANY = 5


@dataclass(frozen=True, slots=True)
class StepRow:
    """One way of one transition, in words. Roles and mails stay codes: their words are other rooms' affair."""

    transition: str
    label: str
    sources: tuple[str, ...]
    target: str
    by: tuple[str, ...]
    not_by: tuple[str, ...]
    requires: tuple[str, ...]
    brings: tuple[str, ...]
    mails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A state, or the many states in which one act can start. `kind` is one of `picture.KINDS`; `ends` marks a final
    state."""

    id: str
    label: str
    kind: str
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """One arrow, with the labels of all acts that lead that way."""

    source: str
    target: str
    label: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A flow as boxes and arrows, nowhere placed yet."""

    initial: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def steps(flow: Flow, language: Language = "vi") -> tuple[StepRow, ...]:
    """Every way of every transition in the order of the flow; a branching one has a row for each branch."""
    return tuple(
        StepRow(
            transition=each.id,
            label=each.label.in_(language),
            sources=tuple(flow.states[name].label.in_(language) for name in each.sources),
            target=_target(flow, branch.to, language),
            by=each.by,
            not_by=tuple(flow.transitions[name].label.in_(language) for name in each.not_by),
            requires=tuple(requirement_words(one, language, flow) for one in (*each.require, *branch.require)),
            brings=tuple(field.label.in_(language) if field.label else field.name for field in each.fields),
            mails=tuple(f"{one.send} → {to}" for one in (*each.mail, *branch.mail) for to in one.to),
        )
        for each in flow.transitions.values()
        for branch in each.branches
    )


def requirement_words(requirement: Requirement, language: Language = "vi", flow: Flow | None = None) -> str:
    """What must hold, as the flow says it, or else as this house says it for the kind of requirement.

    With `flow`, what a requirement names (papers, votes, tasks, marks) is named as people call it there.
    """
    if requirement.label:
        return requirement.label.in_(language)
    inner = [requirement_words(each, language, flow) for each in requirement.children]
    joint = _say("requirement.or" if requirement.kind == "any" else "requirement.and", language)
    return _say(
        "requirement.tasks_all_done"
        if requirement.kind == "tasks_done" and not requirement.names
        else f"requirement.{requirement.kind}",
        language,
        names=", ".join(names_of(flow, requirement, language) if flow else requirement.names),
        inner=f" {joint} ".join(inner),
        span=span_words(requirement.span, language) if requirement.span else "",
    )


def span_words(span: Span, language: Language = "vi") -> str:
    return _say(f"span.{span.unit}", language, amount=span.amount)


def mermaid(flow: Flow, language: Language = "vi", current: str | None = None) -> str:
    """A `stateDiagram-v2`. `current` is the state to mark, by its border and not by colour alone."""
    lines = ["stateDiagram-v2"]
    names = {name: state.label.in_(language) for name, state in flow.states.items()}
    nodes = {**names, **_gathered(flow, language)}
    lines += [f'    state "{_for_mermaid(label)}" as s_{name}' for name, label in nodes.items()]
    lines.append(f"    [*] --> s_{flow.initial}")
    lines += [
        f"    s_{edge.source} --> s_{edge.target} : {_for_mermaid(edge.label)}" for edge in _edges(flow, language)
    ]
    lines += [f"    s_{name} --> [*]" for name, state in flow.states.items() if state.final]
    if current in flow.states:
        lines += ["    classDef current stroke-width:4px", f"    class s_{current} current"]
    return "\n".join(lines) + "\n"


def dot(flow: Flow, language: Language = "vi", current: str | None = None) -> str:
    """The same for Graphviz; final states have a double border, the `current` one a thick one."""
    lines = ["digraph flow {", "  rankdir=TB;", '  node [shape=box, style=rounded, fontname="Be Vietnam Pro"];']
    lines.append('  start [shape=circle, label="", width=0.2, style=filled];')
    for name, state in flow.states.items():
        marks = ", peripheries=2" if state.final else ""
        marks += ", penwidth=3" if name == current else ""
        lines.append(f'  "s_{name}" [label="{_for_dot(state.label.in_(language))}"{marks}];')
    for name, label in _gathered(flow, language).items():
        lines.append(f'  "s_{name}" [label="{_for_dot(label)}", style="rounded,dashed"];')
    lines.append(f'  start -> "s_{flow.initial}";')
    lines += [
        f'  "s_{edge.source}" -> "s_{edge.target}" [label="{_for_dot(edge.label)}"];' for edge in _edges(flow, language)
    ]
    return "\n".join([*lines, "}"]) + "\n"


def drawn(flow: Flow, language: Language = "vi") -> Drawn:
    """What every picture of the flow shows."""
    nodes = [
        Node(name, state.label.in_(language), state.final or ("stopped" if state.clock == "stopped" else "open"),
             state.final is not None)
        for name, state in flow.states.items()
    ]  # fmt: skip
    nodes += [Node(name, label, "many") for name, label in _gathered(flow, language).items()]
    return Drawn(flow.initial, tuple(nodes), tuple(_edges(flow, language)))


def _edges(flow: Flow, language: Language) -> Iterator[Edge]:
    """One edge for each pair of states, with the labels of all acts that lead that way."""
    labels: dict[tuple[str, str], list[str]] = {}
    for transition in flow.transitions.values():
        sources = [_many_id(transition)] if _starts_nearly_everywhere(flow, transition) else transition.sources
        for branch in transition.branches:
            for source in sources if branch.to != "same" else ():
                labels.setdefault((source, _end(branch, source)), []).append(_label(flow, transition, branch, language))
    for (source, target), words in labels.items():
        yield Edge(source, target, " / ".join(words))


def _label(flow: Flow, transition: Transition, branch: Branch, language: Language) -> str:
    label = transition.label.in_(language)
    if len(transition.branches) > 1:
        when = [requirement_words(each, language, flow) for each in branch.require]
        label += f" [{', '.join(when) or _say('diagram.otherwise', language)}]"
    if branch.to == "previous":
        label += f" ({_say('diagram.previous', language)})"
    return label


def _end(branch: Branch, source: str) -> str:
    """The way back leads to where one came from, which a drawing cannot know: it turns on itself."""
    return source if branch.to == "previous" else branch.to


def _gathered(flow: Flow, language: Language) -> Mapping[str, str]:
    """A node for the sources of each act that can start nearly everywhere."""
    return {
        _many_id(each): _say("diagram.many", language, count=len(each.sources))
        for each in flow.transitions.values()
        if _starts_nearly_everywhere(flow, each)
    }


def _starts_nearly_everywhere(flow: Flow, transition: Transition) -> bool:
    still_open = [state for state in flow.states.values() if state.final is None]
    moves = any(branch.to != "same" for branch in transition.branches)
    return moves and len(transition.sources) >= _MANY and len(transition.sources) * 2 > len(still_open)


def _many_id(transition: Transition) -> str:
    return f"_{transition.id}"


def _target(flow: Flow, to: str, language: Language) -> str:
    return flow.states[to].label.in_(language) if to in flow.states else _say(f"diagram.{to}", language)


def _say(code: str, language: str, **params: object) -> str:
    return package_catalogue("definitions").say(code, language, **params)


# Mermaid reads these as its own signs even inside a label; it knows them by number.
_SIGNS = {ord(sign): f"#{ord(sign)};" for sign in '"#;:{}<>[]`\\'} | {ord("\n"): " ", ord("\r"): " "}


def _for_mermaid(text: str) -> str:
    return text.translate(_SIGNS)


def _for_dot(text: str) -> str:
    return " ".join(text.replace("\\", "\\\\").replace('"', '\\"').split())
