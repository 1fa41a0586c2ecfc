"""What a flow may say and people should look at twice. Nothing here keeps a flow from being published."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.flow import Flow
from definitions.problems import Issue


def issues(flow: Flow) -> Iterator[Issue]:
    """Each thing to look at, where it was written."""
    for name, rule in flow.votes.items():
        if rule.recusal == "leaves_base" and rule.base == "all_members" and rule.legal:
            # Where the law counts all members, a smaller base passes what the law does not pass.
            yield Issue(("vote", name, "recusal"), "recusal_leaves_legal_base", {"name": name, "legal": rule.legal})
