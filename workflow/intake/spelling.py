"""What is wrong with the letters of a name: old encodings, letters of other scripts, no letters at all."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.domain.vietnamese import strange_letters
from workflow.intake.values import Problem

# A text typed in a .VnTime (TCVN3) or VNI font shows these where Vietnamese letters should be.
_SIGNS = frozenset("µ¸¶·¹¨»¾¼½©ª®¡¢£¤¥¦§¬¯×÷")
_LETTERS = frozenset("ÄÅÆÇËÎÏÑÖØÛÜÞßäåæçëîïñöøûüþÿ")


def looks_legacy(text: str) -> bool:
    """Whether a text is in an old Vietnamese encoding. One foreign letter (Müller) is not enough."""
    return any(sign in text for sign in _SIGNS) or len(_LETTERS & set(text)) >= 2


def problems_of_spelling(name: str) -> Iterator[Problem]:
    """What keeps a name from being kept as it is written."""
    if not any(letter.isalpha() for letter in name):
        yield Problem("name_no_letters", {"name": name}, "name")
    elif looks_legacy(name):
        yield Problem("legacy_font", {"name": name}, "name")
    elif strange := strange_letters(name):
        yield Problem("strange_letters", {"letters": strange}, "name")
