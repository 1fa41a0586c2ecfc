"""The small values of a flow out of their TOML: words in two languages, spans, notices, one or many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from definitions import flow as f


def words(row: Mapping[str, str]) -> f.Words:
    return f.Words(row["vi"], row["en"])


def maybe_words(row: Mapping[str, Any]) -> f.Words | None:
    return words(row["label"]) if "label" in row else None


def maybe_span(row: Mapping[str, Any], key: str) -> f.Span | None:
    if key not in row:
        return None
    ((unit, amount),) = row[key].items()
    return f.Span(amount, unit)


def many(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def notices(row: Mapping[str, Any]) -> tuple[f.Notice, ...]:
    return tuple(f.Notice(tuple(each["to"]), each["send"]) for each in row.get("mail", ()))
