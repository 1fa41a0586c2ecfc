"""Why an act may not happen: one unmet requirement, as a code and its parameters, never as words.

Faces make sentences of it through the message catalogue (`reason.<code>`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from definitions.flow import Words

Plain = str | int | bool | None | tuple["Plain", ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that stands in the way.

    `code` is a key of the catalogue; `params` are plain values for its sentence. `menders` are
    the roles that can mend it (empty: nobody can, or time does). `from_on` is the first day on
    which it no longer holds, where that is known. `overridable` marks a warning that the act may
    pass by giving a reason under `rule`. `label` is the flow's own sentence, where it has one.
    """

    code: str
    params: Mapping[str, Plain] = field(default_factory=dict)
    menders: tuple[str, ...] = ()
    from_on: date | None = None
    overridable: bool = False
    rule: str = ""
    label: Words | None = None


class Line(NamedTuple):
    """Something to say that stands in nobody's way: a code of the catalogue and its parameters."""

    code: str
    params: Mapping[str, Plain] = {}


@dataclass(frozen=True, slots=True)
class Refused:
    """The command is understood but may not happen now. Nothing was changed.

    Carries every reason, never the first alone.
    """

    transition: str
    reasons: tuple[Reason, ...]
