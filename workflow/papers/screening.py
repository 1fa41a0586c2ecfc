"""Reads a template's tags before they run: every field is known, nothing is called, nothing can grow without end.

A template may print fields, choose and repeat. What it may not: call, calculate with what multiplies, set, include.
A loop inside a loop goes through something of the outer one, so that work grows with the data and not with its powers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

from jinja2 import TemplateSyntaxError, nodes
from jinja2.environment import Environment

from definitions.nearest import nearest
from workflow.papers.errors import PaperFault
from workflow.papers.fields import fields
from workflow.papers.samples import whole
from workflow.papers.scanning import Place, Source

Shape: TypeAlias = "Mapping[str, Shape] | tuple[Shape, ...] | None"
"""A mapping of fields, a list (of one shape), or a text, number or flag."""

FILTERS = ("capitalize", "default", "first", "join", "last", "length", "lower", "title", "trim", "upper")
TESTS = ("defined", "even", "none", "odd")
_LOOP: Mapping[str, Shape] = dict.fromkeys(("index", "index0", "first", "last", "length", "revindex"))
_STRUCTURE = (nodes.Output, nodes.TemplateData, nodes.If, nodes.Template)
_EXPRESSIONS = (
    nodes.Const, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat,
    nodes.Add, nodes.Sub, nodes.Neg,
)  # fmt: skip


@cache
def shape_of(code: str) -> Mapping[str, Shape]:
    """What a template of this paper may name."""
    shape = _shape(fields(whole(code)))
    assert isinstance(shape, Mapping)
    return shape


def _shape(value: Any) -> Shape:
    if isinstance(value, dict):
        return {name: _shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return (_shape(value[0]),)
    return None


def screen(environment: Environment, source: Source, shape: Mapping[str, Shape]) -> tuple[PaperFault, ...]:
    """Everything that is wrong with one part's tags."""
    try:
        tree = environment.parse(source.text)
    except TemplateSyntaxError as error:
        place = source.at(error.lineno)
        return (PaperFault("template_syntax", detail=error.message or "", **place.params),)
    return tuple(_Screen(source).block(tree.body, {**shape}, ()))


class _Screen:
    """Walks one part. `scope` knows the names that may be said, `loops` those that stand for one of a list."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def block(
        self, body: Iterable[nodes.Node], scope: dict[str, Shape], loops: tuple[str, ...]
    ) -> Iterator[PaperFault]:
        for node in body:
            if isinstance(node, nodes.For):
                yield from self._loop(node, scope, loops)
            elif isinstance(node, nodes.If):
                yield from self._expression(node.test, scope)[1]
                yield from self.block((*node.body, *node.elif_, *node.else_), scope, loops)
            elif isinstance(node, nodes.Output):
                for each in node.nodes:
                    if not isinstance(each, nodes.TemplateData):
                        yield from self._printed(each, scope)
            else:
                yield self._refused(node)

    def _loop(self, node: nodes.For, scope: dict[str, Shape], loops: tuple[str, ...]) -> Iterator[PaperFault]:
        found, faults = self._expression(node.iter, scope)
        yield from faults
        if not isinstance(node.target, nodes.Name) or node.recursive or node.test is not None:
            yield self._refused(node)
            return
        if not faults and not isinstance(found, tuple):
            yield self._fault("not_a_list", node, field=_written(node.iter))
        elif not faults and loops and _root(node.iter) not in loops:
            yield self._fault("loop_in_loop", node, field=_written(node.iter))
        inner = {**scope, node.target.name: found[0] if isinstance(found, tuple) else None, "loop": _LOOP}
        if isinstance(found, tuple):
            yield from self.block((*node.body, *node.else_), inner, (*loops, node.target.name))

    def _printed(self, node: nodes.Node, scope: dict[str, Shape]) -> Iterator[PaperFault]:
        found, faults = self._expression(node, scope)
        yield from faults
        if not faults and found is not None:
            yield self._fault("not_a_text", node, field=_written(node))

    def _expression(self, node: nodes.Node, scope: dict[str, Shape]) -> tuple[Shape, list[PaperFault]]:
        """(what it is, what is wrong with it)."""
        if isinstance(node, nodes.Name):
            if node.name in scope:
                return scope[node.name], []
            return None, [self._unknown(node, node.name, scope)]
        if isinstance(node, nodes.Getattr) or (isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const)):
            return self._member(node, scope)
        if isinstance(node, nodes.Filter):
            return self._filtered(node, scope)
        if isinstance(node, nodes.Test) and node.name in TESTS:
            return None, self._expression(node.node, scope)[1]
        if isinstance(node, _EXPRESSIONS):
            faults = [fault for each in node.iter_child_nodes() for fault in self._expression(each, scope)[1]]
            return None, faults
        return None, [self._refused(node)]

    def _member(self, node: nodes.Getattr | nodes.Getitem, scope: dict[str, Shape]) -> tuple[Shape, list[PaperFault]]:
        owner, faults = self._expression(node.node, scope)
        if faults:
            return None, faults
        name = node.attr if isinstance(node, nodes.Getattr) else node.arg.as_const()
        if isinstance(owner, Mapping) and name in owner:
            return owner[name], []
        if isinstance(owner, tuple) and isinstance(name, int):
            return owner[0], []
        known = owner if isinstance(owner, Mapping) else {}
        return None, [self._unknown(node, f"{_written(node.node)}.{name}", known, str(name), f"{_written(node.node)}.")]

    def _filtered(self, node: nodes.Filter, scope: dict[str, Shape]) -> tuple[Shape, list[PaperFault]]:
        if node.name not in FILTERS or node.node is None:
            close = nearest(node.name, FILTERS) or ""
            return None, [self._fault("unknown_filter", node, name=node.name, nearest=close, known=", ".join(FILTERS))]
        found, faults = self._expression(node.node, scope)
        faults += [fault for each in (*node.args, *node.kwargs) for fault in self._argument(each, scope)]
        if node.name in {"first", "last"} and isinstance(found, tuple):
            return found[0], faults
        return (found if node.name == "default" else None), faults

    def _argument(self, node: nodes.Node, scope: dict[str, Shape]) -> list[PaperFault]:
        return self._expression(node.value if isinstance(node, nodes.Keyword) else node, scope)[1]

    def _unknown(
        self, node: nodes.Node, written: str, known: Iterable[str], name: str = "", before: str = ""
    ) -> PaperFault:
        close = nearest(name or written, known)
        return self._fault("unknown_field", node, field=written, nearest=f"{before}{close}" if close else "")

    def _refused(self, node: nodes.Node) -> PaperFault:
        return self._fault("not_allowed", node, what=type(node).__name__.lower())

    def _fault(self, code: str, node: nodes.Node, **params: Any) -> PaperFault:
        place: Place = self._source.at(node.lineno)
        return PaperFault(code, **params, **place.params)


def _written(node: nodes.Node) -> str:
    """A field as it was typed, as far as it is one."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{_written(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return f"{_written(node.node)}.{node.arg.value}"
    if isinstance(node, nodes.Filter) and node.node is not None:
        return f"{_written(node.node)}|{node.name}"
    return "…"


def _root(node: nodes.Node) -> str:
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        node = node.node
    return node.name if isinstance(node, nodes.Name) else ""
