"""Answers: a page, the way on after a POST, a file to keep. What every page shares is put in here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse

from workflow.papers import making
from workflow.papers.shapes import Paper
from workflow.services import sessions
from workflow.web import guarding
from workflow.web.asking import Ask
from workflow.wording import letter_label

NOTICE = "khen_notice"


@dataclass(frozen=True, slots=True)
class NavLink:
    """A line of the navigation as a template shows it."""

    href: str
    text: str
    current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to be told at the top of the next page: `success`, `info` or `warning`."""

    kind: str
    text: str


def page(ask: Ask, template: str, status: int = 200, /, **context: Any) -> Response:
    """A page in full. Its template gets `context` and what `shared` gives to all."""
    text = ask.house.templates.get_template(template).render({**shared(ask), **context})
    response = HTMLResponse(text, status)
    if NOTICE in ask.request.cookies:
        response.delete_cookie(NOTICE)
    return response


def shared(ask: Ask) -> dict[str, Any]:
    """What every template may use."""
    return {
        "ask": ask,
        "t": ask.say,
        "language": ask.language,
        "viewer": ask.viewer,
        "nav": _nav(ask),
        "path": ask.request.url.path,
        "switch_language": _switch(ask),
        "csrf": ask.csrf,
        "static": ask.house.static.address,
        "link": ask.path,
        "demo": ask.house.demo,
        "demo_people_href": "/dien-tap" if ask.house.demo else "",
        "notice": _notice(ask),
        "letter_words": lambda number: letter_label(number, ask.language),
        "form": None,
        "today": ask.today,
        "now": ask.now,
    }


def _nav(ask: Ask) -> list[NavLink]:
    if ask.viewer is None:
        return []
    here = ask.request.url.path
    return [
        NavLink(path, ask.say(each.words), here == path or (path != "/" and here.startswith(path + "/")))
        for each in ask.house.nav
        if ask.viewer.may(each.action)
        for path in (ask.path(each.name),)
    ]


def _switch(ask: Ask) -> str:
    other = "en" if ask.language == "vi" else "vi"
    back = ask.request.url.path + (f"?{ask.request.url.query}" if ask.request.url.query else "")
    return f"/ngon-ngu/{other}?ve={quote(back, safe='')}"


def _notice(ask: Ask) -> Notice | None:
    kind, code, *pairs = (*map(unquote, ask.request.cookies.get(NOTICE, "").split("|")), "")
    if kind not in ("success", "info", "warning") or code not in ask.house.words:
        return None
    params = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    places = ask.house.words.places(code, ask.language)
    return Notice(kind, ask.say(code, **{name: params.get(name, "") for name in places}))


def see_other(path: str, *, notice: str = "", kind: str = "success", **params: object) -> Response:
    """After a POST: on to a page that can be reloaded. `notice` is a code whose words that page shows once."""
    response = RedirectResponse(path, 303)
    if notice:
        parts = [kind, notice, *(f"{name}={value}" for name, value in params.items())]
        # Only codes and figures travel in the cookie, so that nothing a person typed comes back as our words.
        kept = "|".join(quote(part, safe="=.-_") for part in parts)
        response.set_cookie(NOTICE, kept, max_age=60, httponly=True, samesite="lax")
    return response


def signed_in(ask: Ask, response: Response, token: str) -> Response:
    """The browser holds this session from now on; the one it held before ends."""
    if ask.session is not None:
        sessions.end(ask.desk, ask.session.token_sha256, ask.machine_now)
    secure = ask.house.secure
    name = guarding.cookie_name(secure)
    response.set_cookie(name, token, httponly=True, samesite="lax", secure=secure, path="/")
    return response


def download(content: bytes | Iterator[bytes], file_name: str, media_type: str) -> Response:
    """A file to keep, never to be shown in place: whatever is in it, it runs nowhere."""
    plain = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._- ") else "_" for letter in file_name
    )
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    if isinstance(content, bytes):
        return Response(content, 200, headers, media_type)
    return StreamingResponse(content, 200, headers, media_type)


XLSX, CSV = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/csv; charset=utf-8"
PAPER_FORMS = {"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
               "pdf": "application/pdf"}  # fmt: skip


def paper(ask: Ask, values: Paper, name: str, form: str) -> Response:
    """A paper as a file, its Word form in the house's own template where it has one."""
    own = ask.house.app.settings.papers.templates
    content = making.pdf(values) if form == "pdf" else making.docx(values, own)
    return download(content, f"{name}.{form}", PAPER_FORMS[form])


def as_json(value: Any, status: int = 200) -> Response:
    return JSONResponse(value, status)
