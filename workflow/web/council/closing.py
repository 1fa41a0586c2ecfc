"""Closing a vote: what is still missing first, then the results, all in one act."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from workflow.services import closing, session_previews, session_views
from workflow.services.closing import CloseRefused
from workflow.services.councils import CouncilError
from workflow.storage.council import SessionRow
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.council import telling
from workflow.web.forms import Form
from workflow.wording import ranges


def ask_close(ask: Ask) -> Response:
    return _page(ask, telling.desk_row(ask), Form(), [])


def _page(
    ask: Ask, row: SessionRow, form: Form, trouble: list[str], why: list[dict[str, Any]] | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    check = None
    try:
        check = session_previews.closing(ask.desk, row.code, ask.now)
    except CouncilError as error:
        trouble = trouble or telling.told(ask, error)
    view = session_views.for_desk(ask.desk, ask.me, row.code, ask.now)
    again = [
        telling.line(ask, each)
        for each in (check.lines if check else ())
        if each.number in check.again  # type: ignore[union-attr]
    ]
    return page(
        ask, "council/close.html", status, row=row, view=view, check=check, form=form, trouble=trouble, why=why or [],
        key=telling.key_of(ask), ranges=ranges, again=again, picked=telling.numbers(ask, "lai"),
        tabled=view.count("tabled"),
    )  # fmt: skip


def close(ask: Ask) -> Response:
    row = telling.desk_row(ask)
    form = Form.of(ask.typed, ["ly_do"])
    try:
        done = closing.close(
            ask.desk, row.code, ask.me.person, telling.key_of(ask), ask.now, revote=telling.numbers(ask, "lai"),
            early=form["ly_do"][:1000],
        )  # fmt: skip
    except CloseRefused as error:
        flows = session_previews.flows_of(ask.desk, row.code)
        return _page(ask, row, form, telling.told(ask, error)[:1], telling.why(ask, error.refused, flows), 422)
    except CouncilError as error:
        trouble = telling.told(ask, error)
        if error.code == "members_to_answer":
            form.wrong("ly_do", trouble[0])
        return _page(ask, row, form, trouble, status=422)
    passed = sum(each.passed for each in done.decided)
    name = "council.done.closed" if done.over else "council.done.closed_some"
    return see_other(
        telling.session_path(ask, row), notice=name, lines=len(done.decided), passed=passed,
        failed=len(done.decided) - passed,
    )  # fmt: skip
