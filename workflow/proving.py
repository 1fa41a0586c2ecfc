"""Before a flow goes live: every mail it may send is rendered in every language, in a child process with limits."""

from __future__ import annotations

from definitions.loading import LoadedFolder
from definitions.problems import Problem
from notifications.proving import prove
from notifications.rendering import read_templates


def prove_mails(loaded: LoadedFolder) -> tuple[Problem, ...]:
    """What is wrong with the mail texts that these flows name, as problems of `<language>/<template>.md`."""
    names = {
        notice.send
        for each in loaded.flows.values()
        for transition in each.flow.transitions.values()
        for notice in (*transition.mail, *(notice for branch in transition.branches for notice in branch.mail))
    }
    found = prove(read_templates(), names=names | {"digest", "several"})
    return tuple(
        Problem(
            f"{each.language}/{each.template}.md", 1, 1, "mail_template", {"what": each.code, **_detail(each.params)}
        )
        for each in found
    )


def _detail(params: object) -> dict[str, str]:
    return {"detail": ", ".join(f"{name}: {value}" for name, value in dict(params).items())}  # type: ignore[call-overload]
