"""Acts as somebody who sees only some dossiers asks for them at once, without a draft: what a program does.

A dossier that is not his to see is for him one that is not there: its line is refused as unknown, nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from definitions.flow import Flow, Transition
from workflow.domain.reasons import Reason
from workflow.services import acts
from workflow.services.desk import Desk
from workflow.services.dossier import seen_of
from workflow.services.drafting import told_to, withhold
from workflow.services.requests import ActReport, ActRequest
from workflow.services.resting import collector_at_rest
from workflow.services.viewing import Viewer
from workflow.storage import nominations
from workflow.storage.database import read, write

_UNSEEN = "~"
"""Put before a code that is not his to see: no code begins so, so that it is looked for in vain."""


def transition_of(desk: Desk, viewer: Viewer, codes: Sequence[str], name: str) -> Transition | None:
    """The act of this name under the flow of the first of these dossiers, that he may see, whose flow has it."""
    for flow in flows_of(desk, viewer, codes).values():
        if name in flow.transitions:
            return flow.transitions[name]
    return None


def flows_of(desk: Desk, viewer: Viewer, codes: Sequence[str]) -> dict[str, Flow]:
    """The flow of each of these dossiers that he may see, by code."""
    with read(desk.engine) as connection:
        lines = nominations.lines_by_code(connection, tuple(seen_of(connection, viewer, codes)))
        compiled = desk.flows.get_all(connection, {line.flow_version_id for line in lines.values()})
    return {code: compiled[lines[code].flow_version_id].flow for code in codes if code in lines}


def foresee(desk: Desk, viewer: Viewer, request: ActRequest, now: datetime) -> ActReport:
    """What the act would do, as he may know it. Writes nothing."""
    with collector_at_rest(len(request.codes)), read(desk.engine) as connection:
        hidden = _hidden(request, seen_of(connection, viewer, request.codes))
        kept, pending = withhold(connection, desk, viewer, hidden)
        report = acts.foresee_in(connection, desk, kept, now).report
        return _named(told_to(connection, desk, viewer, hidden, report, pending))


def perform(desk: Desk, viewer: Viewer, request: ActRequest, now: datetime, *, confirmed: bool) -> ActReport:
    """Do it; the answer as he may know it. Raises what `acts.perform` raises."""
    with collector_at_rest(len(request.codes)), write(desk.engine) as connection:
        hidden = _hidden(request, seen_of(connection, viewer, request.codes))
        kept, pending = withhold(connection, desk, viewer, hidden)
        report = acts.perform_in(connection, desk, kept, now, confirmed=confirmed)
        return _named(told_to(connection, desk, viewer, hidden, report, pending))


def _hidden(request: ActRequest, seen: dict[str, int]) -> ActRequest:
    return replace(request, codes=tuple(code if code in seen else _UNSEEN + code for code in request.codes))


def _named(report: ActReport) -> ActReport:
    """The codes as they were asked for."""
    return replace(
        report,
        results=tuple(
            replace(
                each,
                code=each.code.removeprefix(_UNSEEN),
                reasons=tuple(
                    Reason("unknown_code", {"code": each.code.removeprefix(_UNSEEN)})
                    if reason.code == "unknown_code" else reason
                    for reason in each.reasons
                ),
            )
            if each.code.startswith(_UNSEEN) else each
            for each in report.results
        ),
    )  # fmt: skip
