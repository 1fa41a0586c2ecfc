"""The valid name that a wrong one was most likely meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

# A longer word is not a slip of the finger, and comparing it would cost time.
_LONGEST = 80


def nearest(word: object, known: Iterable[str]) -> str | None:
    """The known name closest to `word`, or None when nothing is close. Never `word` itself."""
    if not isinstance(word, str) or len(word) > _LONGEST:
        return None
    names = sorted(name for name in set(known) if name != word)
    found = get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return found[0] if found else None


def named(word: object, known: Iterable[str]) -> dict[str, str]:
    """The parameters of a problem about a wrong name: the `name` as it may stand in a sentence, and the `nearest`."""
    close = nearest(word, known)
    return {"name": shown(word), "nearest": close} if close else {"name": shown(word)}


def shown(value: object) -> str:
    """A value as it may stand in a sentence: never long, flags as TOML writes them."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
