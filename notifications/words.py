"""The few sentences that stand in mails outside any template, from this package's message catalogue."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).with_name("messages.toml")


@cache
def _catalogue() -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return found


def sentence(code: str, language: str) -> str:
    """The sentence `[mail.<code>]`, in Vietnamese where the language has none."""
    by_language = _catalogue()["mail"][code]
    return by_language.get(language, by_language["vi"])


def why_sentence(why: str, language: str) -> str:
    """Why somebody gets a mail: the sentence `[why.<word>]` for a known word, else what was given."""
    by_language = _catalogue()["why"].get(why)
    return by_language.get(language, by_language["vi"]) if by_language else why
