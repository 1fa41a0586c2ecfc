"""A small good flow to change, and the parts that some of the bad files name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from definitions.loading import LoadedFlow, load_text
from definitions.problems import FlowsRefused, Problem
from definitions.reading import Source, read

HERE = Path(__file__).parent
Edit = tuple[str, str]


@pytest.fixture(scope="session")
def good_text() -> str:
    return (HERE / "good.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def parts() -> Mapping[str, Source]:
    return {path.stem: read(path.name, path.read_bytes()) for path in sorted((HERE / "parts").glob("*.toml"))}


@pytest.fixture
def edited(good_text: str) -> Callable[..., str]:
    """The good flow with some words replaced (each must be there) and some tables appended."""

    def edit(*edits: Edit, append: str = "") -> str:
        text = good_text
        for old, new in edits:
            assert old in text
            text = text.replace(old, new, 1)
        return text + append

    return edit


@pytest.fixture
def load(edited: Callable[..., str], parts: Mapping[str, Source]) -> Callable[..., LoadedFlow]:
    return lambda *edits, append="": load_text("good.toml", edited(*edits, append=append), parts)


@pytest.fixture
def problems(load: Callable[..., LoadedFlow]) -> Callable[..., tuple[Problem, ...]]:
    """What is wrong with the good flow after these edits; nothing when it still loads."""

    def found(*edits: Edit, append: str = "") -> tuple[Problem, ...]:
        try:
            load(*edits, append=append)
        except FlowsRefused as refused:
            return refused.problems
        return ()

    return found
