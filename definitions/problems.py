"""What is wrong with a definition file: a code, its parameters and a place, and the sentence for people.

Nothing here finds problems; `reading`, `schema`, `merging` and `checking` do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from definitions.messages import package_catalogue

Path = tuple[str | int, ...]
Plain = str | int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """Something wrong at a path of the merged flow, not yet located in a file.

    `key` points at the name instead of its value; `word` at that element of the list at `path`.
    """

    path: Path
    code: str
    params: Mapping[str, Plain] = field(default_factory=dict)
    key: bool = False
    word: str | int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a place in a file. Lines and columns count from 1, columns in characters.

    A parameter `nearest` is the valid name that was probably meant; `amount` and `unit` are a span
    of time, said as `length`.
    """

    file: str
    line: int
    column: int
    code: str
    params: Mapping[str, Plain] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def sentence(self, language: str = "vi") -> str:
        """What is wrong and what to do, in that language."""
        catalogue = package_catalogue("definitions")
        params = dict(self.params)
        if "unit" in params:
            params["length"] = catalogue.say(f"span.{params['unit']}", language, **params)
        said = catalogue.say(f"problem.{self.code}", language, **params)
        if "nearest" in self.params:
            said += " " + catalogue.say("hint.nearest", language, **self.params)
        return said

    def line_of_report(self, language: str = "vi") -> str:
        return f"{self.place} – {self.sentence(language)}"

    def line_of_warning(self, language: str = "vi") -> str:
        """As above, marked as something that only deserves a second look."""
        said = package_catalogue("definitions").say("warning", language, sentence=self.sentence(language))
        return f"{self.place} – {said}"


class FlowsRefused(Exception):
    """These definitions may not act. Carries every problem found, never the first alone."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__("\n".join(each.line_of_report("en") for each in self.problems))


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """By file and place, each once: a fault in a part shows in every flow that takes it."""
    once = {
        (each.file, each.line, each.column, each.code, repr(sorted(each.params.items()))): each for each in problems
    }
    return tuple(once[key] for key in sorted(once))
