"""The auditor's desk: the end of the chain, its last entries, its proof, its export, and who took what out."""

from __future__ import annotations

import json
from datetime import datetime

from starlette.responses import Response

from workflow.services import accessing, auditing, checking
from workflow.web.answering import page
from workflow.web.asking import Ask
from workflow.web.ministry.telling import taken_out

SHOWN = 50


def listed(ask: Ask) -> Response:
    """The head with its short form, and what was entered last."""
    before = ask.query.get("truoc")
    number = int(before) if before.isdecimal() and len(before) < 18 else None
    rows = auditing.last_entries(ask.desk, before=number, limit=SHOWN + 1)
    return page(
        ask, "ministry/audit.html", head=auditing.head(ask.desk), rows=[_row(ask, each) for each in rows[:SHOWN]],
        older=ask.path("audit", truoc=rows[SHOWN - 1].number) if len(rows) > SHOWN else "",
    )  # fmt: skip


def _row(ask: Ask, each: auditing.Listed) -> dict[str, object]:
    code = f"ministry.audit.kind.{each.kind}"
    about = {name: value for name, value in each.payload.items() if name != "commitments"}
    return {
        "number": each.number, "at": datetime.fromisoformat(each.recorded_at),
        "kind": ask.say(code) if code in ask.house.words else each.kind,
        "who": each.who or ask.say("ministry.audit.erased"),
        "about": json.dumps(about, ensure_ascii=False)[:300] if about else "", "hash": each.hash[:12],
    }  # fmt: skip


def verify(ask: Ask) -> Response:
    """Every link counted again. Reads everything, changes nothing."""
    proof = auditing.verify(ask.desk)
    return page(ask, "ministry/audit_proof.html", proof=proof, faults=proof.faults[:100], more=len(proof.faults) - 100)


def promises(ask: Ask) -> Response:
    """Events replayed, counts recounted, mails accounted for: whether history gives what the tables say."""
    report = checking.check(ask.desk)
    return page(ask, "ministry/audit_promises.html", report=report)


def export(ask: Ask) -> Response:
    """The whole chain for the verifier that stands alone; that it was taken out is written down."""
    content = auditing.exported(ask.desk)
    head = auditing.head(ask.desk)
    return taken_out(ask, content, f"nhat-ky-{head.number}.jsonl", "application/x-ndjson", f"1-{head.number}")


def accesses(ask: Ask) -> Response:
    """Who took what out or read something sensitive."""
    before = ask.query.get("truoc")
    rows = accessing.listed(
        ask.desk, person=ask.query.get("nguoi")[:80],
        before=int(before) if before.isdecimal() and len(before) < 18 else None, limit=SHOWN + 1,
    )  # fmt: skip
    older = (
        ask.path("audit.accesses", nguoi=ask.query.get("nguoi") or None, truoc=rows[SHOWN - 1].id)
        if len(rows) > SHOWN
        else ""
    )
    return page(ask, "ministry/accesses.html", rows=rows[:SHOWN], person=ask.query.get("nguoi"), older=older)
