"""The language of this run, and its sentences: the lowest room of the command line, which opens and prints nothing."""

from __future__ import annotations

import os
import sys
from typing import Any

from definitions.messages import package_catalogue


def language() -> Any:
    """`vi`, or `en` when asked for by --lang, KHEN_LANGUAGE_DEFAULT or the settings file."""
    return _LANGUAGE[0]


def speak(lang: str) -> None:
    """From now on, this language."""
    _LANGUAGE[0] = lang


def _first_language() -> str:
    """The language before the options are parsed, so that help speaks it too."""
    words = sys.argv[1:]
    for index, word in enumerate(words):
        if word.startswith("--lang="):
            return "en" if word.endswith("en") else "vi"
        if word == "--lang" and index + 1 < len(words):
            return "en" if words[index + 1] == "en" else "vi"
    return "en" if os.environ.get("KHEN_LANGUAGE_DEFAULT") == "en" else "vi"


_LANGUAGE = [_first_language()]


def say(code: str, /, **params: Any) -> str:
    """A sentence of the command line (or, failing that, of the workflow), in the language of this run."""
    own = package_catalogue("workflow.cli")
    return (own if code in own else package_catalogue("workflow")).say(code, language(), **params)


def help_(code: str) -> str:
    """Words for --help."""
    return say(f"help.{code}")
