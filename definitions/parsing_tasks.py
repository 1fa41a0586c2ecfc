"""A task brings two transitions with it, one that opens and one that closes it. Here they are written out.

Mapping in, mapping out: `parsing_acts` reads them as if a person had written them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from definitions.merging import Data, lay
from definitions.messages import LANGUAGES, package_catalogue


def task_acts(data: Mapping[str, Any]) -> dict[str, tuple[str, Literal["open", "close"]]]:
    """The transitions that the tasks of a flow bring with them, and what each does to its task."""
    acts: dict[str, tuple[str, Literal["open", "close"]]] = {}
    tasks = data.get("task")
    for name in tasks if isinstance(tasks, Mapping) else ():
        acts[f"open_{name}"] = (name, "open")
        acts[f"close_{name}"] = (name, "close")
    return acts


def transitions_in(data: Mapping[str, Any]) -> Data:
    """The transitions as written, and after them those of the tasks; what is written goes on top of those."""
    written = data.get("transition", {})
    made = dict(written)
    for act, (task, change) in task_acts(data).items():
        made[act] = lay(_task_act(data["task"][task], change), written.get(act, {}), ("transition", act))
    return made


def _task_act(task: Mapping[str, Any], change: Literal["open", "close"]) -> Data:
    return {
        "label": {code: _say(f"task_act.{change}", code, label=task["label"][code]) for code in LANGUAGES},
        "from": task["during"],
        "to": "same",
        "by": task["by"],
        "with": dict(_task_fields(task, change)),
        "mail": task.get("mail", []) if change == "open" else [],
    }


def _task_fields(task: Mapping[str, Any], change: Literal["open", "close"]) -> Iterator[tuple[str, Data]]:
    per_body = task.get("per_body", False)
    if change == "open":
        if per_body:
            yield "bodies", {"type": "list", "min": 1, "label": _label_of("bodies")}
        yield "sent_on", {"type": "date", "required": False, "label": _label_of("sent_on")}
    else:
        if per_body:
            yield "body", {"type": "text", "label": _label_of("body")}
        yield "reply", {"type": "text", "label": _label_of("reply")}


def _label_of(field: str) -> dict[str, str]:
    return {code: _say(f"task_field.{field}", code) for code in LANGUAGES}


def _say(code: str, language: str, **params: object) -> str:
    return package_catalogue("definitions").say(code, language, **params)
