"""Lets people try forms: the made-up paper under their own house's name, and every field with an example."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields as fields_of_shape
from typing import Any

from workflow.papers.fields import fields
from workflow.papers.samples import HOUSE, reworded, whole
from workflow.papers.shapes import House, Paper


def sample(code: str, house: House) -> Paper:
    """The whole made-up paper; names that the house gave for itself stand where the made-up ones stood."""
    named = {
        getattr(HOUSE, each.name): given for each in fields_of_shape(House) if (given := getattr(house, each.name))
    }
    # In one go: a ministry may be called what the made-up office is called.
    return reworded(whole(code), lambda text: _replaced(text, named))


def _replaced(text: str, named: dict[str, str]) -> str:
    for theirs, ours in named.items():
        head, found, tail = text.partition(theirs)
        if found:
            return f"{_replaced(head, named)}{ours}{_replaced(tail, named)}"
    return text


def fields_of(code: str) -> list[tuple[str, object]]:
    """(field, example) in the order in which a paper has them; `[]` stands for each of a list."""
    return list(_named(fields(whole(code)), ""))


def _named(value: Any, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _named(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        yield from _named(value[0], f"{path}[]")
    else:
        yield path, value
