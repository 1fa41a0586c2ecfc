"""What can be proved about a flow before anybody acts on it: the order of the proofs.

`checking_words` looks each name up; `checking_ways`, `checking_limits` and `checking_promises`
follow what states, deadlines and acts do to each other; `checking_together` compares flows;
`checking_warnings` says what may be right and deserves a second look.
Nothing here opens a file or knows where a value was written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from definitions import (
    checking_limits,
    checking_promises,
    checking_together,
    checking_warnings,
    checking_ways,
    checking_words,
)
from definitions.checking_look import Look
from definitions.flow import Flow
from definitions.form import NOT_SAID
from definitions.merging import value_at
from definitions.parsing_tasks import task_acts
from definitions.problems import Issue
from definitions.vocabulary import Vocabulary

# What was looked for when a name was not found.
_TABLES = {
    "unknown_state": {"state"},
    "unknown_transition": {"transition"},
    "unknown_goal": {"state", "transition"},
    "unknown_vote": {"vote"},
    "unknown_document": {"documents"},
    "unknown_task": {"task"},
    "unknown_across": {"across"},
}


def check(
    flow: Flow, data: Mapping[str, Any], vocabulary: Vocabulary, *, mended: bool = False, lost: Collection[str] = ()
) -> list[Issue]:
    """Everything wrong with the sense of a flow.

    `data` is the mapping the flow was parsed from. When it was `mended`, names are still looked
    up, except in tables that `lost` an entry, but nothing is concluded from what is not there.
    """
    look = Look(flow, data, vocabulary)
    issues = list(checking_words.issues(look))
    if not mended:
        issues += checking_ways.issues(look)
        issues += checking_limits.issues(look)
        issues += checking_promises.issues(look)
    else:
        issues = [each for each in issues if not _follows_from_mending(each, lost)]
    return [_where_people_wrote_it(each, data) for each in issues]


def warnings(flow: Flow) -> Iterator[Issue]:
    """What is not wrong in a flow that passed `check`, and deserves a second look by somebody who knows the rules."""
    return checking_warnings.issues(flow)


def check_together(flows: Sequence[Flow]) -> Iterator[tuple[str, Issue]]:
    """What is wrong between flows that are each right alone, with the id of the flow to mend."""
    return checking_together.issues(flows)


def _follows_from_mending(issue: Issue, lost: Collection[str]) -> bool:
    return issue.params.get("name") == NOT_SAID or not _TABLES.get(issue.code, set()).isdisjoint(lost)


def _where_people_wrote_it(issue: Issue, data: Mapping[str, Any]) -> Issue:
    """An act that a task brought with it stands in no file; its task does."""
    if issue.path[:1] != ("transition",) or value_at(data, issue.path) is not None:
        return issue
    task, _ = task_acts(data).get(str(issue.path[1]), (None, None))
    if task is None:
        return issue
    key = {"from": "during"}.get(str(issue.path[2])) or issue.path[2] if len(issue.path) > 2 else "label"
    return replace(issue, path=("task", task, key, *issue.path[3:]))
