"""The auditor's desk: the end of the chain, its last entries, its proof, its export, and who took what out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from starlette.responses import Response

from workflow.services import accessing, auditing, checking
from workflow.web.answering import page
from workflow.web.asking import Ask
from workflow.web.ministry.telling import taken_out
from workflow.wording import role_label

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
    return {
        "number": each.number, "at": datetime.fromisoformat(each.recorded_at),
        "kind": ask.say(code) if code in ask.house.words else each.kind,
        "who": each.who or ask.say("ministry.audit.erased"), "title": _title(ask, each), "codes": each.subject.codes,
        "more": max(0, each.subject.amount - len(each.subject.codes)), "about": _parts(ask, each),
    }  # fmt: skip


# ── an entry in words ────────────────────────────────────────────────────────────────────────────

TOLD = (
    "code", "codes", "session", "council", "account", "unit", "person", "principal", "substitute", "role", "scope",
    "decision", "submission", "token", "webhook", "mailbox", "mail", "new", "mails", "template", "language", "entry",
    "lines", "differ", "mended", "members", "marks", "ballots", "seats", "persons", "grants", "flows", "counts",
    "source", "moved", "sessions", "occurred_on", "on", "until", "changed", "what", "how", "cause", "wants", "scopes",
    "hold", "number", "from", "to", "comment", "audience", "fields", "early", "list_sha256", "sha256",
)  # fmt: skip
"""Parts of a payload that say something to a person, in the order they are told in."""
UNTOLD = frozenset({
    "act", "transition", "done", "document", "owners", "nomination", "list", "calendar", "tallies", "over", "kind",
    "mailed", "paused", "resumed", "commitments", "version",
})  # fmt: skip
"""Parts that the words of the kind or of the subject say already, and digests that only a verifier reads."""


def _title(ask: Ask, each: auditing.Listed) -> str:
    """The act or the paper by its name; for every other kind the kind says it."""
    subject = each.subject
    if each.kind == "act":
        name = subject.act.in_(ask.language) if subject.act else str(each.payload.get("transition", ""))
        return f"{name} – {subject.flow.in_(ask.language)}" if subject.flow else name
    if each.kind == "paper":
        return subject.document.in_(ask.language) if subject.document else str(each.payload.get("document", ""))
    return ""


def _parts(ask: Ask, each: auditing.Listed) -> list[str]:
    """The parts of the payload by name, in words."""
    told = [] if each.subject.codes or not each.payload.get("owners") else [ask.say("ministry.audit.whole_list")]
    for part in TOLD:
        value = each.payload.get(part)
        if value in (None, "", [], {}, False) or (each.kind == "act" and part == "lines"):
            continue
        said = each.subject.others.get(part) or _said(ask, part, value)
        told.append(ask.say("ministry.audit.part", name=ask.say(f"ministry.audit.part.{part}"), said=said))
    return told


def _said(ask: Ask, part: str, value: Any) -> str:
    """A value of a payload as people read it. A digest by its beginning: the export has it whole."""
    if isinstance(value, bool):
        return ask.say("ministry.audit.yes")
    if part == "language":
        return _word(ask, f"in_{value}")
    if part == "role":
        return role_label(str(value), ask.language)
    if part in ("sha256", "list_sha256"):
        return f"{str(value)[:12]}…"
    if part in ("flows", "persons"):
        return str(len(value))
    if part == "lines" and isinstance(value, str):
        return f"{value[:12]}…"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {amount}" for name, amount in value.items())
    if isinstance(value, list):
        shown = [_word(ask, str(one)) for one in value[:MOST_NAMED]]
        more = len(value) - len(shown)
        return ", ".join(shown) + (ask.say("ministry.audit.more", more=more) if more else "")
    return _word(ask, str(value))


MOST_NAMED = 12
"""Names of one part that are told; of more, how many."""


def _word(ask: Ask, text: str) -> str:
    """A day turned round, a known word in words, anything else as it is."""
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}"
    except ValueError:
        code = f"ministry.audit.word.{'any' if text == '*' else text}"
        return ask.say(code) if code in ask.house.words else text


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
