"""Scenarios out of their mapping, each step with the line it was written on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from definitions import flow as f
from definitions.problems import Path

# The file and line in which a path of the merged flow was written.
WhereIs = Callable[[Path], tuple[str, int]]


def nowhere(_: Path) -> tuple[str, int]:
    """For a text that nobody edits."""
    return "", 0


def scenario_of(index: int, row: Mapping[str, Any], where: WhereIs) -> f.Scenario:
    at: Path = ("scenario", index)
    file, line = where(at)
    steps = tuple(_step(each, where((*at, "step", number))[1]) for number, each in enumerate(row["step"]))
    return f.Scenario(row["title"], row.get("given", {}), steps, line=line, file=file)


def _step(row: Mapping[str, Any], line: int) -> f.ScenarioStep:
    mails = tuple(map(mail_words, row["mails"])) if "mails" in row else None
    on: date | None = row.get("wait", row.get("on"))
    if "do" in row:
        return f.ScenarioStep(
            verb="do",
            line=line,
            name=row["do"],
            by=row["by"],
            as_=row.get("as", ""),
            on=on,
            fields=row.get("with", {}),
            overrides=row.get("override", {}),
            refused=tuple(row["refused"]) if "refused" in row else None,
            mails=mails,
            state=row.get("state"),
        )
    if "attach" in row:
        return f.ScenarioStep(verb="attach", line=line, on=on, documents=tuple(row["attach"]))
    if "wait" in row:
        return f.ScenarioStep(verb="wait", line=line, on=on, mails=mails)
    if "fact" in row:
        return f.ScenarioStep(verb="fact", line=line, on=on, fields=row["fact"])
    return f.ScenarioStep(verb="expect", line=line, state=row["expect"])


def mail_words(text: str) -> tuple[str, str]:
    """`template → recipient`, the arrow also written `->`."""
    template, _, recipient = text.replace("->", "→").partition("→")
    return template.strip(), recipient.strip()
