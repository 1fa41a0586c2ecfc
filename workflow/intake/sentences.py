"""Makes sentences of what intake found, in the language asked for. Finds nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from definitions.messages import Catalogue, package_catalogue
from workflow.domain.reasons import Plain
from workflow.intake.values import Problem, Unreadable

# Parameters that are ids: a person reads the catalogue's word for them.
_WORDED = ("column", "ground", "unit_kind", "nominee")


def catalogue() -> Catalogue:
    return package_catalogue("workflow.intake")


def say_problem(problem: Problem, language: str = "vi") -> str:
    """What is wrong and what to do; of a warning, what to look at."""
    code = f"problem.{problem.code}"
    return _say(code if code in catalogue() else f"warning.{problem.code}", problem.params, language)


def say_problems(problems: Iterable[Problem], language: str = "vi") -> str:
    """All problems of a row as one text, numbered where there are several."""
    said = [say_problem(problem, language) for problem in problems]
    return said[0] if len(said) == 1 else "\n".join(f"{place}. {each}" for place, each in enumerate(said, start=1))


def say_unreadable(error: Unreadable, language: str = "vi") -> str:
    """Why a file was not taken in and what to do about it."""
    return _say(f"unreadable.{error.code}", error.params, language)


def word(kind: str, key: str, language: str = "vi") -> str:
    """The word for an id of intake: `word("skipped", "total")`, `word("column", "award")`."""
    code = f"{kind}.{key}"
    return catalogue().say(code, language) if code in catalogue() else key


def _say(code: str, params: Mapping[str, Plain], language: str) -> str:
    worded = {
        key: word(key, value, language) if key in _WORDED and isinstance(value, str) else value
        for key, value in params.items()
    }
    return catalogue().say(code, language, **worded)
