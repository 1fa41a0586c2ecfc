"""The front page of everybody: what waits for me, for others, what is late, how much stands where."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from workflow.services import appraisal_views, awaiting_signature, mails, session_views, work
from workflow.services.listing import Query
from workflow.web.answering import page
from workflow.web.asking import Ask
from workflow.web.lists.asking import address
from workflow.web.lists.listed import dossier


def home(ask: Ask) -> Response:
    """“Việc của tôi”. Each part is the beginning of a list and leads to it."""
    may_list = ask.me.may("nomination.list")
    found = work.of(ask.desk, ask.me, ask.today)
    parts = [
        {"key": each.key, "total": each.total, "lines": each.lines, "columns": each.columns,
         "href": address(ask, each.query) if may_list else None}
        for each in found.parts
    ]  # fmt: skip
    others = [
        {"who": each.who, "amount": each.amount, "days": each.days,
         "href": address(ask, each.query) if may_list else None}
        for each in found.others
    ]  # fmt: skip
    todo = [
        {"state": each.state, "acts": each.acts, "amount": each.amount, "days": each.days,
         "href": address(ask, each.query) if may_list else None}
        for each in found.todo
    ]  # fmt: skip
    waiting = [*_ballots(ask), *([] if todo else _signing(ask))]
    return page(
        ask, "lists/home.html", ballots=waiting, mails=_mail_trouble(ask), todo=todo, searched=may_list,
        parts=parts, others=others, figures=_figures(ask, parts), dossier=dossier(ask),
        tallies=_table(ask, found.tallies, may_list),
        start=_start(ask, found),
    )  # fmt: skip


def _start(ask: Ask, found: work.Work) -> str:
    """Where a unit that has nothing here yet begins; "" for everybody else."""
    began = found.tallies.total or any(each.total for each in found.parts)
    if began or ask.me.inner or "list.new" not in ask.house.entries or not ask.me.may("submission.import"):
        return ""
    return ask.path("list.new")


def _signing(ask: Ask) -> list[dict[str, str]]:
    """What awaits a signature, for whoever ends that wait though by its state it is somebody else's turn."""
    if "signing" not in ask.house.entries or not ask.me.may("signing"):
        return []
    amount, late = awaiting_signature.for_me(ask.desk, ask.me, ask.today)
    told = ask.say("lists.home.signing_late" if late else "lists.home.signing", amount=amount, late=late)
    return [{"text": told, "href": ask.path("signing")}] if amount else []


def _ballots(ask: Ask) -> list[dict[str, str]]:
    """What waits for this person's word alone: dossiers to score, sessions of a council to vote in."""
    found = _cards(ask)
    if "council.ballot" not in ask.house.entries:
        return found
    for each in session_views.owed_by(ask.desk, ask.me, ask.now):
        due, title = each.row.answers_due_on, each.row.title
        text = (
            ask.say("lists.home.ballot_until", lines=each.lines, title=title, on=f"{due:%d/%m/%Y}")
            if due
            else ask.say("lists.home.ballot", lines=each.lines, title=title)
        )
        found.append({"text": text, "href": ask.path("council.ballot", code=each.row.code)})
    return found


def _mail_trouble(ask: Ask) -> list[dict[str, str]]:
    """What of the outbox waits for somebody of the desk, each with where it is looked at."""
    if "mails" not in ask.house.entries or not ask.me.may("mail.work"):
        return []
    found = mails.trouble(ask.desk, ask.now)
    told = [("paused", int(found.paused), ""), ("overdue", 0 if found.paused else found.overdue, ""),
            ("failed", found.failed, "failed"), ("expired", found.expired, "expired"),
            ("uncertain", found.uncertain, "unknown"), ("held", found.held, "held")]  # fmt: skip
    return [
        {"text": ask.say(f"lists.home.mail_{name}", amount=amount),
         "href": ask.path("mails", trang_thai=state) if state else ask.path("mails")}
        for name, amount, state in told
        if amount
    ]  # fmt: skip


def _cards(ask: Ask) -> list[dict[str, str]]:
    """Dossiers that wait for this person's scores."""
    if "appraisal" not in ask.house.entries or not ask.me.may("appraisal.card"):
        return []
    amount = appraisal_views.owed(ask.desk, ask.me, ask.now)
    return [{"text": ask.say("appraisal.home", amount=amount), "href": ask.path("appraisal")}] if amount else []


def _figures(ask: Ask, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kinds = {"late": "late", "soon": "soon"}
    return [
        {
            "text": ask.say(f"lists.home.{part['key']}"),
            "value": part["total"] if part["total"] is not None else ask.say("lists.more_than_many"),
            "href": part["href"],
            "kind": kinds.get(part["key"], "") if part["total"] else "",
        }
        for part in parts
    ]


def _table(ask: Ask, tallies: work.Tallies, may_list: bool) -> dict[str, Any]:
    """Awards down, states across; every figure leads to its list."""

    def href(*pairs: tuple[str, str]) -> str | None:
        return address(ask, Query(pairs)) if may_list else None

    return {
        "states": [{"text": words, "href": href(("trang-thai", key))} for key, words in tallies.states],
        "rows": [
            {
                "text": words,
                "href": href(("hinh-thuc", award), ("trang-thai", "dang-xu-ly")),
                "cells": [
                    {"amount": amount, "href": href(("hinh-thuc", award), ("trang-thai", key))}
                    for amount, (key, _) in zip(amounts, tallies.states, strict=True)
                ],
                "total": sum(amounts),
            }
            for award, words, amounts in tallies.rows
        ],
        "total": tallies.total,
    }
