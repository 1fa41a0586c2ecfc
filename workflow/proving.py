"""Before a flow goes live: every mail it may send is rendered in every language, in a child process with limits."""

from __future__ import annotations

from collections.abc import Mapping

from definitions.loading import LoadedFolder
from definitions.problems import Problem
from notifications.proving import prove
from notifications.rendering import TemplateSource, read_templates

Sources = Mapping[tuple[str, str], TemplateSource]


def prove_mails(loaded: LoadedFolder, sources: Sources | None = None) -> tuple[Problem, ...]:
    """What is wrong with the mail texts that these flows name, as problems of `<language>/<template>.md`.

    `sources` are the texts in use; without them, those that ship.
    """
    names = {
        notice.send
        for each in loaded.flows.values()
        for transition in each.flow.transitions.values()
        for notice in (*transition.mail, *(notice for branch in transition.branches for notice in branch.mail))
    }
    found = prove(sources if sources is not None else read_templates(), names=names | {"digest", "several"})
    return tuple(
        Problem(
            f"{each.language}/{each.template}.md",
            each.line or 1,
            1,
            "mail_template",
            {"what": each.code, **_detail(each.params)},
        )
        for each in found
    )


def _detail(params: object) -> dict[str, str]:
    return {"detail": ", ".join(f"{name}: {value}" for name, value in dict(params).items())}  # type: ignore[call-overload]
