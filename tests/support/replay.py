"""An independent interpreter of events: what the state columns must be, told from events, acts and flow texts alone.

It shares no code with the engine: flow texts are read with the TOML reader alone, and every rule is written again.
"""

from __future__ import annotations

import json
from typing import Any

import tomli
from sqlalchemy import Engine

from workflow.storage.database import read

COLUMNS = ("state", "previous_state", "version", "outcome", "complete_on", "flow_version_id", "archived", "shown_state")
DERIVED = ("moments", "visits", "flags", "tallies", "holds", "proof", "fields")


def differences(engine: Engine) -> list[str]:
    """Where a nomination's row is not what its events say."""
    found = []
    with read(engine) as connection:
        flows = {
            row.id: (row.flow_id, tomli.loads(row.text))
            for row in connection.exec_driver_sql("SELECT id, flow_id, text FROM flow_version")
        }
        acts = {row.id: row for row in connection.exec_driver_sql("SELECT id, fields, actor FROM act")}
        history: dict[int, list[Any]] = {}
        for row in connection.exec_driver_sql("SELECT * FROM event ORDER BY nomination_id, version"):
            history.setdefault(row.nomination_id, []).append(row)
        for line in connection.exec_driver_sql("SELECT * FROM nomination").mappings():
            expected = replay(history.get(line["id"], []), acts, flows, line)
            memory = _json(line["memory"])
            actual = {**{name: _plain(line.get(name)) for name in COLUMNS}, "archived": line["archived_at"] is not None}
            actual |= {name: memory.get(name) or _NOTHING[name] for name in DERIVED}
            wrong = {name: (expected[name], actual[name]) for name in expected if expected[name] != actual[name]}
            if wrong:
                found.append(f"{line['code']}: {wrong}")
    return found


_NOTHING: dict[str, Any] = {
    "moments": {},
    "visits": {},
    "flags": [],
    "tallies": {},
    "holds": [],
    "proof": "none",
    "fields": {},
}


def replay(rows: list[Any], acts: Any, flows: Any, line: Any) -> dict[str, Any]:
    first = rows[0].flow_version_id if rows else line["flow_version_id"]
    state = flows[first][1]["initial"]
    now: dict[str, Any] = {
        "state": state,
        "previous_state": None,
        "version": 0,
        "outcome": None,
        "complete_on": None,
        "flow_version_id": first,
        "archived": False,
        "shown_state": state,
        **json.loads(json.dumps(_NOTHING)),
    }
    for row in rows:
        flow = flows[row.flow_version_id][1]
        rule = flow["transition"].get(row.transition, {})
        data, brought = _json(row.data), _json(acts[row.act_id].fields)
        if row.transition == "repair":
            now |= {
                "state": row.to_state,
                "shown_state": row.to_state,
                "previous_state": None,
                "version": now["version"] + 1,
            }
            continue
        assert row.from_state == now["state"], (line["code"], row.version, row.from_state, now["state"])
        assert row.version == now["version"] + 1
        day = str(row.occurred_on)
        fields = {**brought, **data.get("fields", {})}
        fields.pop("backdating_reason", None)
        moved = row.to_state != row.from_state
        before, after = flow["state"][row.from_state], flow["state"][row.to_state]
        marks = rule.get("marks", [])
        counted = rule.get("marks_on", [])
        came = [str(fields[name]) for name in ([counted] if isinstance(counted, str) else counted) if name in fields]
        for mark in [marks] if isinstance(marks, str) else marks:
            now["moments"][mark] = max(came, default=day)
        now["complete_on"] = now["moments"].get("complete")
        if moved:
            now["previous_state"] = row.from_state
            now["visits"][row.to_state] = now["visits"].get(row.to_state, 0) + 1
        now["flags"] = sorted((set(now["flags"]) | set(rule.get("raises", []))) - set(rule.get("lowers", [])))
        now["fields"] |= fields
        for body in rule.get("voids", []):
            now["tallies"].pop(body, None)
        if "vote" in rule:
            brings = next(name for name, kind in rule["with"].items() if kind["type"] == "tally")
            now["tallies"][rule["vote"]] = _tally(fields[brings])
        held = {rule["hold"]} if "hold" in rule else set()
        now["holds"] = sorted((set(now["holds"]) | held) - set(rule.get("releases", [])))
        effect = rule.get("effect")
        now["proof"] = {"send_proof": "sent", "confirm_proof": "confirmed"}.get(effect, now["proof"])
        now["archived"] = effect == "archive" or (now["archived"] and not (moved and "final" in before))
        now["outcome"] = None if "final" in before and "final" not in after else now["outcome"] or after.get("outcome")
        now |= {"state": row.to_state, "version": row.version}
        now["shown_state"] = now["shown_state"] if now["holds"] else row.to_state
        now["flow_version_id"] = data.get("flow_version", row.flow_version_id)
    return now


def _tally(given: dict[str, Any]) -> dict[str, Any]:
    zero = dict.fromkeys(("no", "blank", "invalid", "written", "recused"), 0) | {
        "chair_agrees": None,
        "rank": None,
        "held_on": None,
        "minutes": "",
    }
    return {**zero, **given}


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
