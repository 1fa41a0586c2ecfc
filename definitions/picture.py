"""A flow as a picture: boxes and arrows placed by a layout engine, written as SVG that stands alone or in a page.

The one room that imports graphlay. No style attribute and no script: a page's policy forbids them. A kind of box has a
border of its own beside its colour, and whoever cannot see the picture has the table of steps (`diagram.steps`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

import graphlay

from definitions.diagram import Drawn, Node, drawn
from definitions.flow import Flow, Language
from definitions.messages import package_catalogue

FONT, LINE = 15, 19
LABEL_FONT, LABEL_LINE = 13, 16
BOX, LABEL = 190, 172
MARGIN = 16
INK = "#1f2a36"
ARROW = "#51606f"
KINDS = {
    "open": ("#ffffff", "#1d3f72"), "stopped": ("#f7f1de", "#6f5a1e"), "positive": ("#e3f2e6", "#1c6b34"),
    "negative": ("#fbe9e7", "#9c2b20"), "neutral": ("#ececec", "#4a4f55"), "many": ("#ffffff", "#4a4f55"),
}  # fmt: skip
"""Kind of a box → its fill and its border."""
_OPTIONS: Mapping[str, Any] = {
    "direction": "topbottom",
    "spacing": {"layer_gap": 18.0, "node_gap": 16.0, "dummy_gap": 14.0, "port_gap": 14.0, "stub": 8.0},
    "cycles": {"strategy": "follow_flow"},
}
_START = "*"


@dataclass(frozen=True, slots=True)
class _Text:
    """Words broken into lines that fit, with the room they take in pixels."""

    lines: tuple[str, ...]
    width: float
    height: float


def svg(flow: Flow, language: Language = "vi", *, counts: Mapping[str, int] | None = None, name: str = "flow") -> str:
    """The whole flow. `counts` puts how many dossiers stand in a state into its box; `name` begins every id inside."""
    parts = drawn(flow, language)
    texts = {
        each.id: _broken(_with_count(each, counts or {}), BOX - 24, FONT, LINE, bold=each.id == parts.initial)
        for each in parts.nodes
    }
    labels = [_broken(each.label, LABEL, LABEL_FONT, LABEL_LINE) for each in parts.edges]
    placed = _placed(parts, texts, labels)
    boxes = dict(zip(placed.ids, placed.nodes, strict=True))
    drawing = [
        *(_arrow(edge["points"], name, headed=_is_end(number, parts)) for number, edge in enumerate(placed.edges)),
        _dot(boxes[_START]),
        *(_box(each, texts[each.id], boxes[each.id], first=each.id == parts.initial) for each in parts.nodes),
        *(_words_on_arrow(text, boxes[_way(number)]) for number, text in enumerate(labels)),
    ]
    return _page(flow, language, parts, placed.bounds, "".join(drawing), name)


def _page(flow: Flow, language: Language, parts: Drawn, bounds: Mapping[str, Any], drawing: str, name: str) -> str:
    low, high = bounds["min"], bounds["max"]
    width, height = high["x"] - low["x"] + 2 * MARGIN, high["y"] - low["y"] + 2 * MARGIN
    title = flow.title.in_(language)
    said = package_catalogue("definitions").say(
        "diagram.description", language, title=title, states=len(flow.states), ways=len(parts.edges)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="khen-flow" role="img" lang="{language}" '
        f'aria-labelledby="{name}-title {name}-desc" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{low["x"] - MARGIN:.0f} {low["y"] - MARGIN:.0f} {width:.0f} {height:.0f}" '
        f'font-family="Be Vietnam Pro, Arial, sans-serif" fill="{INK}">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(said)}</desc>'
        f'<defs><marker id="{name}-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 10 5 0 10z" fill="{ARROW}"/></marker></defs>'
        f"{drawing}</svg>\n"
    )


def _with_count(node: Node, counts: Mapping[str, int]) -> str:
    return f"{node.label} ({counts[node.id]})" if counts.get(node.id) else node.label


# ── where everything goes ────────────────────────────────────────────────────────────────────────


def _placed(parts: Drawn, texts: Mapping[str, _Text], labels: Sequence[_Text]) -> graphlay.Layout:
    """The words of an arrow are a box in the middle of it: so they have room of their own, wherever it leads."""
    graph = graphlay.Graph()
    graph.node(_START, width=14, height=14, shape="ellipse")
    for node in parts.nodes:
        graph.node(node.id, width=BOX, height=texts[node.id].height + 16)
    for number, (edge, label) in enumerate(zip(parts.edges, labels, strict=True)):
        graph.node(_way(number), width=label.width + 8, height=label.height + 2)
        graph.edge(edge.source, _way(number))
        graph.edge(_way(number), edge.target)
    graph.edge(_START, parts.initial)
    return graphlay.layout(graph, preset="process_map", options=_OPTIONS)


def _way(number: int) -> str:
    return f"#{number}"


def _is_end(number: int, parts: Drawn) -> bool:
    """Whether this line leads into a state: each way is two lines, the second does; so does the one from the dot."""
    return number % 2 == 1 or number == 2 * len(parts.edges)


_NARROW, _WIDE = frozenset("fijlrtIíìỉĩị|.,;:'!()[] -/"), frozenset("mwMWƠƯÔƯĐ@%")


def _wide(text: str, font: int) -> float:
    """About how wide the words are, a little too much rather than too little: no font is at hand here."""
    units = sum(
        0.36 if letter in _NARROW else 0.9 if letter in _WIDE else 0.66 if letter.isupper() else 0.55 for letter in text
    )
    return units * font


def _broken(text: str, most: float, font: int, line: int, *, bold: bool = False) -> _Text:
    """Words over as many lines as they need; a word longer than a line stands alone."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _wide(longer, font) * (1.07 if bold else 1) <= most:
            lines[-1] = longer
        else:
            lines.append(word)
    return _Text(tuple(lines), min(most, max(_wide(each, font) for each in lines)) if lines else 0, len(lines) * line)


# ── ink ──────────────────────────────────────────────────────────────────────────────────────────


def _box(node: Node, text: _Text, place: Mapping[str, Any], *, first: bool) -> str:
    """A state; one that ends has a second border, one whose clock stands a dotted one, many states a dashed one."""
    fill, border = KINDS[node.kind]
    x, y = place["center"]["x"], place["center"]["y"]
    width, height = place["size"]["width"], place["size"]["height"]
    left, top = x - width / 2, y - height / 2
    dashes = {"many": ' stroke-dasharray="6 4"', "stopped": ' stroke-dasharray="2 3"'}.get(node.kind, "")
    frame = f'fill="{fill}" stroke="{border}" stroke-width="{2.5 if first else 1.5}"{dashes}'
    second = (
        f'<rect x="{left + 3.5:.1f}" y="{top + 3.5:.1f}" width="{width - 7:.1f}" height="{height - 7:.1f}" rx="5" '
        f'fill="none" stroke="{border}"/>'
        if node.ends
        else ""
    )
    words = _lines(text, x, y, FONT, LINE, ' font-weight="700"' if first else "")
    return (
        f'<g class="khen-flow__state khen-flow__state--{node.kind}"><rect x="{left:.1f}" y="{top:.1f}" '
        f'width="{width:.1f}" height="{height:.1f}" rx="8" {frame}/>{second}{words}</g>'
    )


def _lines(text: _Text, x: float, y: float, font: int, line: int, more: str = "") -> str:
    first = y - (len(text.lines) - 1) * line / 2 + font * 0.35
    spans = "".join(
        f'<tspan x="{x:.1f}" y="{first + number * line:.1f}">{escape(words)}</tspan>'
        for number, words in enumerate(text.lines)
    )
    return f'<text text-anchor="middle" font-size="{font}"{more}>{spans}</text>'


def _words_on_arrow(text: _Text, place: Mapping[str, Any]) -> str:
    center = place["center"]
    return f'<g class="khen-flow__way">{_lines(text, center["x"], center["y"], LABEL_FONT, LABEL_LINE)}</g>'


def _arrow(points: Sequence[Mapping[str, float]], name: str, *, headed: bool) -> str:
    head = f' marker-end="url(#{name}-arrow)"' if headed else ""
    return f'<path d="{_rounded(points)}" fill="none" stroke="{ARROW}" stroke-width="1.4"{head}/>'


def _rounded(points: Sequence[Mapping[str, float]], radius: float = 7.0) -> str:
    """The polyline with its corners rounded."""
    at = [(each["x"], each["y"]) for each in points]
    path = [f"M{at[0][0]:.1f} {at[0][1]:.1f}"]
    for (before, corner), (_, after) in pairwise(pairwise(at)):
        entry, leave = _towards(corner, before, radius), _towards(corner, after, radius)
        path.append(f"L{entry[0]:.1f} {entry[1]:.1f}Q{corner[0]:.1f} {corner[1]:.1f} {leave[0]:.1f} {leave[1]:.1f}")
    return "".join([*path, f"L{at[-1][0]:.1f} {at[-1][1]:.1f}"])


def _towards(corner: tuple[float, float], other: tuple[float, float], most: float) -> tuple[float, float]:
    """The point on the way from the corner to the other one, at most half the way."""
    run = (other[0] - corner[0], other[1] - corner[1])
    length = (run[0] ** 2 + run[1] ** 2) ** 0.5 or 1.0
    part = min(most, length / 2) / length
    return corner[0] + run[0] * part, corner[1] + run[1] * part


def _dot(place: Mapping[str, Any]) -> str:
    return f'<circle cx="{place["center"]["x"]:.1f}" cy="{place["center"]["y"]:.1f}" r="7" fill="{INK}"/>'
