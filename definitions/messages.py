"""Loads a catalogue of people's words (TOML, `vi` and `en`) and fills in their parameters.

Knows no code by heart and prints nothing: each package brings its own `messages.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import tomli

LANGUAGES = ("vi", "en")

# Only a plain name in braces is a place: no attribute, no index, no conversion can be asked for.
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class MissingWordsError(LookupError):
    """The catalogue has no such code or language, or a sentence names a parameter that was not given."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Sentences by dotted code (`reason.wrong_state`) and language."""

    sentences: Mapping[str, Mapping[str, str]]

    def __contains__(self, code: object) -> bool:
        return code in self.sentences

    def __iter__(self) -> Iterator[str]:
        return iter(self.sentences)

    def places(self, code: str, language: str) -> frozenset[str]:
        """The parameters that a sentence names."""
        return frozenset(_PLACE.findall(self._sentence(code, language)))

    def say(self, code: str, language: str, /, **params: object) -> str:
        """The sentence with its places filled; several values are joined with commas.

        Raises MissingWordsError rather than printing half a sentence.
        """

        def fill(place: re.Match[str]) -> str:
            if place[1] not in params:
                raise MissingWordsError(f"{code} ({language}) needs the parameter {place[1]}")
            return _text(params[place[1]])

        return _PLACE.sub(fill, self._sentence(code, language))

    def _sentence(self, code: str, language: str) -> str:
        try:
            return self.sentences[code][language]
        except KeyError:
            raise MissingWordsError(f"no words for {code} ({language})") from None


@cache
def load_catalogue(path: Path) -> Catalogue:
    """The catalogue in this file. Raises MissingWordsError when an entry lacks a language."""
    return catalogue_of(path.read_text(encoding="utf-8"))


@cache
def package_catalogue(package: str) -> Catalogue:
    """The `messages.toml` that stands beside the modules of a package."""
    return catalogue_of(resources.files(package).joinpath("messages.toml").read_text(encoding="utf-8"))


def catalogue_of(text: str) -> Catalogue:
    """The catalogue in this text: `[a.b]` tables whose `vi` and `en` are the words for the code `a.b`."""
    return Catalogue(dict(_entries(tomli.loads(text), ())))


def _entries(table: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[tuple[str, Mapping[str, str]]]:
    words = {key: value for key, value in table.items() if isinstance(value, str)}
    if words:
        if set(words) != set(LANGUAGES):
            raise MissingWordsError(f"{'.'.join(at)} must have exactly the languages {', '.join(LANGUAGES)}")
        yield ".".join(at), words
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _entries(value, (*at, key))


def _text(value: object) -> str:
    if isinstance(value, (tuple, list, frozenset, set)):
        return ", ".join(str(each) for each in value)
    return str(value)
