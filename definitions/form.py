"""What is wrong with the form of a flow, as issues with our own codes, and a mended copy to check on with.

The shape itself is in `schema`; pydantic's English stays here.
"""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from definitions.merging import MAKING, Data, value_at
from definitions.nearest import named, shown
from definitions.parsing_tasks import task_acts
from definitions.problems import Issue, Path, Plain
from definitions.schema import FlowFile, keys_at
from definitions.shapes import TAG

# Every error that the models can raise. Those of our own validators have our codes already.
CODES = {
    "extra_forbidden": "unknown_key",
    "missing": "missing_key",
    "string_type": "not_text",
    "int_type": "not_number",
    "bool_type": "not_flag",
    "date_type": "not_date",
    "list_type": "not_list",
    "dict_type": "not_table",
    "model_type": "not_table",
    "literal_error": "unknown_word",
    "string_too_short": "empty_text",
    "string_too_long": "text_too_long",
    "too_short": "list_too_short",
    "too_long": "list_too_long",
    "greater_than_equal": "number_too_small",
    "less_than_equal": "number_too_large",
}
OWN_CODES = frozenset(
    {
        "empty_text",
        "plain_value",
        "span_unit",
        "requirement_kind",
        "recent_within",
        "is_without_field",
        "deadline_measure",
        "transition_target",
        "need_kind",
        "pass_measure",
        "step_verb",
        "step_by",
        "bad_name",
        "bad_measure",
        "bad_goal",
        "bad_version",
        "bad_fraction",
        "bad_mail",
    }
)
_LIMITS = ("max_length", "min_length", "ge", "le")
_WORDS = {"vi": "?", "en": "?"}
# A name that nobody gave; in a mended flow it means nothing.
NOT_SAID = "not_said"

# What stands in for a required value that is missing or wrong, so that the rest can still be looked at.
_STAND_INS: Mapping[str, Any] = {
    "id": NOT_SAID,
    "title": _WORDS,
    "label": _WORDS,
    "award": NOT_SAID,
    "kind": "merit",
    "level": "ministry",
    "signer": NOT_SAID,
    "nominee": ["individual"],
    "version": "0",
    "valid": {"from": date.min},
    "from_units": [],
    "initial": NOT_SAID,
    "state": {},
    "transition": {},
    "by": [NOT_SAID],
    "during": [NOT_SAID],
    "until": [NOT_SAID],
    "at": [NOT_SAID],
    "per": "nomination",
    "body": "council",
    "base": "cast",
    "pass": {"percent": 0, "strict": False},
    "rule": "waiting",
    "effect": "hint",
}
_STAND_IN_FROM = {"transition": "open", "documents": NOT_SAID, "deadline": NOT_SAID}


def issues_in(data: Mapping[str, Any], *, complete: bool = True) -> list[Issue]:
    """Everything wrong with the form of this mapping.

    With `complete` false a table may lack what another file will add to it.
    """
    try:
        FlowFile.model_validate(data)
    except ValidationError as error:
        found = [_issue(each, data) for each in error.errors(include_url=False)]
        return [each for each in _without_echoes(found) if not _excused(each, data, complete)]
    return []


def mended(data: Mapping[str, Any], issues: Sequence[Issue]) -> Data:
    """A copy that can be parsed: what is wrong is taken out, what is missing has a stand-in.

    Each round takes something out or puts something valid in, so it ends.
    """
    made = copy.deepcopy(dict(data))
    while issues:
        for issue in issues:
            _mend(made, issue)
        issues = issues_in(made)
    return made


def making_issues(data: Mapping[str, Any]) -> list[Issue]:
    """What is wrong with how a flow says what it is made of. Each name in its lists is for `merging`."""
    made_of = {key: data[key] for key in MAKING if key in data}
    return [each for each in issues_in(made_of, complete=False) if len(each.path) == 1]


def lost_tables(issues: Iterable[Issue]) -> frozenset[str]:
    """The tables that are missing, misspelt, or of which mending takes away a whole entry."""
    return frozenset(filter(None, map(_lost_table, issues)))


def _lost_table(issue: Issue) -> str | None:
    if issue.code == "missing_key":
        return None if issue.path else str(issue.params["name"])
    if len(issue.path) == 1:
        return str(issue.params.get("nearest", issue.path[0]))
    return str(issue.path[0]) if len(issue.path) == 2 else None


def _issue(error: ErrorDetails, data: Mapping[str, Any]) -> Issue:
    path = tuple(each for each in error["loc"] if not str(each).startswith(TAG))
    of_key = path[-1:] == ("[key]",)
    path = path[:-1] if of_key else path
    code = error["type"] if error["type"] in OWN_CODES else CODES[error["type"]]
    if code == "unknown_key":
        return Issue(path, code, named(path[-1], keys_at(path[:-1])), key=True)
    if code == "missing_key":
        missing = "missing_language" if path[-1] in ("vi", "en") else code
        return Issue(path[:-1], missing, {"name": str(path[-1])})
    return Issue(path, code, dict(_params(error, path, value_at(data, path), of_key)), key=of_key)


def _params(error: ErrorDetails, path: Path, value: Any, of_key: bool) -> Iterator[tuple[str, Plain]]:
    """`key` is what the value stands under, `name` the value (or the bad key), `value` the same as TOML has it."""
    context = error.get("ctx", {})
    names = [each for each in path if isinstance(each, str)]
    yield "key", names[-1]
    yield "name", shown(path[-1] if of_key else value)
    yield "value", _in_toml(value)
    for limit in _LIMITS:
        if limit in context:
            yield "limit", context[limit]
    if error["type"] == "literal_error":
        known = re.findall(r"'([^']*)'", context["expected"]) or [context["expected"].lower()]
        yield from named(path[-1] if of_key else value, known).items()
        yield "known", tuple(known)
    elif "known" in context:
        yield "known", context["known"]


def _in_toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]"
    return f'"{shown(value)}"' if isinstance(value, str) else shown(value)


def _without_echoes(issues: Sequence[Issue]) -> Iterator[Issue]:
    """A misspelt required key is one mistake, not an unknown key and a missing one."""
    meant = {(each.path[:-1], each.params.get("nearest")) for each in issues if each.code == "unknown_key"}
    for each in issues:
        if each.code not in ("missing_key", "missing_language") or (each.path, each.params["name"]) not in meant:
            yield each


def _excused(issue: Issue, data: Mapping[str, Any], complete: bool) -> bool:
    if complete and issue.path[:2] not in [("transition", act) for act in task_acts(data)]:
        return False
    if issue.code in ("missing_key", "missing_language"):
        return True
    table = value_at(data, issue.path)
    if issue.code == "transition_target":
        return not {"to", "branch"} & set(table)
    if issue.code == "pass_measure":
        return not {"percent", "share"} & set(table)
    return issue.code == "deadline_measure" and not {"within", "on", "fixed"} & set(table)


def _mend(data: Data, issue: Issue) -> None:
    table = value_at(data, issue.path)
    name = str(issue.params.get("name", ""))
    if not isinstance(table, dict):
        _take_out(data, issue.path)
    elif issue.code == "missing_key" and len(issue.path) in (0, 2) and issue.path[:1] != ("scenario",):
        table[name] = _stand_in(issue.path, name)
    elif issue.code == "missing_language":
        table[name] = NOT_SAID
    elif issue.code == "transition_target":
        table.pop("branch", None)
        table["to"] = "same"
    else:
        _take_out(data, issue.path)


def _stand_in(path: Path, name: str) -> Any:
    return copy.deepcopy(_STAND_IN_FROM[str(path[0])] if name == "from" else _STAND_INS[name])


def _take_out(data: Data, path: Path) -> None:
    """Out of a table only: a shorter list would move the places of what comes after it."""
    keys = list(itertools.takewhile(lambda each: isinstance(each, str), path))
    table = value_at(data, tuple(keys[:-1]))
    if isinstance(table, dict):
        table.pop(keys[-1], None)
