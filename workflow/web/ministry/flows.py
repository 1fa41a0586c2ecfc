"""Award flows to look at: what is in force, every version, the steps, the drawing, the text. Changes nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

from starlette.responses import Response

from definitions.diagram import steps
from definitions.flow import Flow
from definitions.picture import svg
from workflow.services import flows, looking
from workflow.storage.flows import Published
from workflow.web.answering import download, page
from workflow.web.asking import Ask
from workflow.web.frame import NotHere
from workflow.wording import award_name, role_label, say


def listed(ask: Ask) -> Response:
    """The version of each flow that acts today, and those that begin later."""
    acting = flows.in_force(ask.desk, ask.today)
    every = flows.published(ask.desk)
    later = [each for each in every if each.valid_from > ask.today]
    return page(
        ask, "ministry/flows.html", acting=[_row(ask, each) for each in acting.values()],
        later=[_row(ask, each) for each in later],
        ended=[each.title for each in acting.values() if not each.valid_on(ask.today)],
    )  # fmt: skip


def _row(ask: Ask, each: Published) -> dict[str, Any]:
    return {
        "id": each.flow_id, "version": each.id, "title": each.title, "award": award_name(each.award, ask.language),
        "kind": say(f"word.kind.{each.kind}", ask.language), "label": each.label, "number": each.number,
        "from_on": each.valid_from, "until_on": each.valid_until, "published_at": each.published_at,
        "published_by": each.published_by, "acts": each.valid_on(ask.today),
    }  # fmt: skip


def show(ask: Ask) -> Response:
    """One flow: the version asked for, else the one in force, else the newest."""
    chosen, flow, versions = _chosen(ask)
    counts = _counts(ask, chosen.flow_id) if ask.me.inner else {}
    return page(
        ask, "ministry/flow.html", row=_row(ask, chosen), flow=flow, counts=counts,
        versions=[_row(ask, each) for each in versions], drawing=svg(flow, ask.language, counts=counts),
        steps=[_step(ask, each) for each in steps(flow, ask.language)],
        states=[
            {
                "label": state.label.in_(ask.language), "unit": state.unit.in_(ask.language),
                "owner": role_label(state.owner, ask.language) if state.owner else "–",
                "kind": state.final or ("stopped" if state.clock == "stopped" else "open"),
                "amount": counts.get(name, 0),
            }
            for name, state in flow.states.items()
        ],
    )  # fmt: skip


def _step(ask: Ask, each: Any) -> dict[str, Any]:
    return {
        "label": each.label, "from": ", ".join(each.sources), "to": each.target,
        "by": ", ".join(role_label(role, ask.language) for role in each.by),
        "not_by": ", ".join(each.not_by), "needs": (*each.requires, *each.brings),
    }  # fmt: skip


def _counts(ask: Ask, flow_id: str) -> dict[str, int]:
    found = Counter[str]()
    for row in looking.counts(ask.desk):
        if row.flow_id == flow_id:
            found[row.state] += row.amount
    return dict(found)


def _chosen(ask: Ask) -> tuple[Published, Flow, list[Published]]:
    versions = flows.published(ask.desk, ask.part("flow"))
    if not versions:
        raise NotHere
    asked = ask.query.get("ban")
    acting = flows.in_force(ask.desk, ask.today).get(ask.part("flow"), versions[0])
    found = next((each for each in versions if str(each.number) == asked), None) if asked else acting
    if found is None:
        raise NotHere
    (flow,) = looking.flows_of(ask.desk, [found.id]).values()
    return found, flow, versions


def drawing(ask: Ask) -> Response:
    """The drawing as a file."""
    chosen, flow, _ = _chosen(ask)
    return download(svg(flow, ask.language).encode(), f"{chosen.flow_id}-{chosen.number}.svg", "image/svg+xml")


def text(ask: Ask) -> Response:
    """The text that acts, as it was published."""
    chosen, _, _ = _chosen(ask)
    content = flows.text(ask.desk, chosen.id).encode()
    return download(content, f"{chosen.flow_id}-{chosen.number}.toml", "application/toml; charset=utf-8")
