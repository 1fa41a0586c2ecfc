"""The way of a request: who is it, may he, is what he sent whole, then the page; and what becomes of an error.

A page is a plain function. It runs in one of few threads, since a database that has one writer gains nothing by many;
slow work waits in a queue of its own. No page sees a half-read body.
"""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import anyio.to_thread
import structlog
from anyio import CapacityLimiter
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from definitions.calendar import local_day
from definitions.flow import Language
from workflow.explaining import sentences
from workflow.services import api_tokens, viewing
from workflow.services.access import action
from workflow.services.judging import UnknownActor
from workflow.services.looking import UnknownNomination
from workflow.services.sessions import SignedIn, find
from workflow.storage.database import read
from workflow.storage.errors import StorageError
from workflow.web import guarding
from workflow.web.answering import as_json, page
from workflow.web.asking import Ask, SignInNeeded, Typed
from workflow.web.house import House
from workflow.web.routing import Entry

VISITOR = "khen_visitor"
LANGUAGE = "khen_language"
LONGEST_ADDRESS = 8_000
MOST_FIELDS = 20_000
"""Ticks and cells of one form: a list of ten thousand lines, each with its version."""
log = structlog.get_logger("khen.web")

Refusal = tuple[int, str]


class Refused(Exception):
    """The frame answers this instead of the page: a status, and the code of its sentence."""

    def __init__(self, status: int, code: str, details: list[Any] | None = None, **params: Any) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code
        self.params = params
        self.details = details or []


class NotHere(Exception):
    """There is no such thing, or not for this person: one answer for both."""


class Frame:
    """Turns entries into what Starlette calls."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._quick = CapacityLimiter(2)
        self._slow = CapacityLimiter(2)

    def endpoint(self, entry: Entry) -> Callable[[Request], Awaitable[Response]]:
        """The coroutine for this entry."""

        async def answer(request: Request) -> Response:
            typed, raw, trouble = await self._body(request, entry)
            limiter = self._slow if entry.slow else self._quick
            return await anyio.to_thread.run_sync(self._answer, request, entry, typed, raw, trouble, limiter=limiter)

        return answer

    async def _body(self, request: Request, entry: Entry) -> tuple[Typed, bytes, Refused | None]:
        if request.method in ("GET", "HEAD"):
            return Typed(), b"", None
        try:
            if entry.machine:
                return Typed(), *await self._bytes(request)
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
                return Typed(), b"", Refused(415, "refused.not_a_form")
            form = await request.form(max_files=50, max_fields=MOST_FIELDS, max_part_size=entry.max_body)
        except HTTPException as error:
            return Typed(), b"", Refused(413 if error.status_code == 413 else 400, "refused.body")
        pairs = tuple((key, value) for key, value in form.multi_items() if isinstance(value, str))
        files = {key: value for key, value in form.multi_items() if isinstance(value, UploadFile) and value.filename}
        return Typed(pairs, files), b"", None

    async def _bytes(self, request: Request) -> tuple[bytes, Refused | None]:
        raw = await request.body()
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if raw and kind not in ("application/json", "application/octet-stream"):
            # A form's kind would let another site's page send it without asking the browser first.
            return b"", Refused(415, "refused.not_json")
        return raw, None

    # ── in a thread ──

    def _answer(self, request: Request, entry: Entry, typed: Typed, raw: bytes, trouble: Refused | None) -> Response:
        ask = self._stranger(request, entry, typed, raw)
        try:
            self._recognise(ask, entry)
            if trouble is not None:
                raise trouble
            self._admit(ask, entry)
            method = "get" if request.method == "HEAD" else request.method.lower()
            handler = getattr(entry, method)
            if method != "get" and not entry.machine:
                self._came_from_here(ask)
            response: Response = handler(ask)
        except Exception as error:
            response = self._trouble(ask, entry, error)
        return self._finish(ask, response)

    def _stranger(self, request: Request, entry: Entry, typed: Typed, raw: bytes) -> Ask:
        visitor = request.cookies.get(VISITOR, "")
        return Ask(
            house=self.house, request=request, entry_name=entry.name, language=self._language(request, None, ""),
            viewer=None, session=None, typed=typed, csrf=guarding.visitor_token(visitor) if visitor else "",
            now=self.house.app.now(), machine_now=self.house.clock(), raw=raw,
        )  # fmt: skip

    def _recognise(self, ask: Ask, entry: Entry) -> None:
        """Whoever holds the cookie's token; his roles and his sight are those of this very moment."""
        if entry.machine:
            self._recognise_program(ask)
            return
        token = ask.request.cookies.get(guarding.cookie_name(self.secure), "")
        session = find(ask.desk, token, ask.machine_now, self.house.limits) if token else None
        if session is None:
            if not ask.csrf:
                ask.request.state.visitor = secrets.token_hex(16)
                ask.csrf = guarding.visitor_token(ask.request.state.visitor)
            return
        ask.session = session
        ask.csrf = session.csrf
        ask.language = self._language(ask.request, session, session.person_language)
        with read(ask.desk.engine) as connection:
            ask.viewer = viewing.viewer(
                connection, session.person, local_day(ask.now), language=ask.language,
                account_id=session.account_id, email=session.email,
            )  # fmt: skip

    def _recognise_program(self, ask: Ask) -> None:
        """The person whose key a program shows; a cookie says nothing here, so no page can make it act."""
        kind, _, token = ask.request.headers.get("authorization", "").partition(" ")
        holder = api_tokens.find(ask.desk, token.strip(), ask.machine_now) if kind.lower() == "bearer" else None
        said = ask.request.headers.get("accept-language", "")[:2].lower()
        if said in ("vi", "en"):
            ask.language = "en" if said == "en" else "vi"
        if holder is None:
            return
        ask.scopes = holder.scopes
        with read(ask.desk.engine) as connection:
            ask.viewer = viewing.viewer(
                connection, holder.person, local_day(ask.now), language=ask.language, account_id=holder.account_id,
                email=holder.email,
            )  # fmt: skip

    def _language(self, request: Request, session: SignedIn | None, of_person: str) -> Language:
        for said in (session.language if session else "", request.cookies.get(LANGUAGE, ""), of_person):
            if said in ("vi", "en"):
                return "en" if said == "en" else "vi"
        return self.house.app.settings.language.default

    def _admit(self, ask: Ask, entry: Entry) -> None:
        row = action(entry.action)
        if row.open_to_all:
            return
        if ask.viewer is None:
            raise SignInNeeded
        if not row.allows(ask.viewer.roles):
            raise Refused(403, "refused.not_yours")

    def _came_from_here(self, ask: Ask) -> None:
        if guarding.from_elsewhere(ask.request) or not guarding.same_token(ask.typed.get("csrf"), ask.csrf):
            raise Refused(403, "refused.from_elsewhere")

    @property
    def secure(self) -> bool:
        """Whether people come over TLS."""
        return self.house.app.settings.web.base_url.startswith("https://")

    # ── errors ──

    def _trouble(self, ask: Ask, entry: Entry, error: Exception) -> Response:
        if isinstance(error, SignInNeeded):
            return self._to_sign_in(ask, entry)
        if isinstance(error, Refused):
            return self._refuse(ask, entry, error.status, ask.say(error.code, **error.params), error.details)
        if isinstance(error, (NotHere, UnknownNomination)):
            return self._refuse(ask, entry, 404, ask.say("refused.not_here"))
        if isinstance(error, UnknownActor):
            return self._refuse(ask, entry, 403, ask.say("refused.no_person"))
        if isinstance(error, StorageError):
            log.warning("storage", path=ask.request.url.path, error=str(error))
            return self._refuse(ask, entry, 503, ask.say("refused.busy"))
        told = sentences(error, ask.language)
        if told is not None:
            return self._refuse(ask, entry, 422, " ".join(told[1]))
        trace = secrets.token_hex(4)
        where = "".join(traceback.format_exception(error))  # without the values around it: they hold keys and names
        log.error("fault", trace=trace, path=ask.request.url.path, where=where)
        return self._refuse(ask, entry, 500, ask.say("refused.fault", trace=trace))

    def _to_sign_in(self, ask: Ask, entry: Entry) -> Response:
        if entry.machine:
            return self._refuse(ask, entry, 401, ask.say("refused.sign_in"))
        if "sign_in" not in self.house.entries:
            return self._refuse(ask, entry, 401, ask.say("refused.sign_in"))
        return self.house_sign_in(ask)

    def house_sign_in(self, ask: Ask) -> Response:
        """On to the sign-in page, and from there back here. A form that was being sent is the doors' affair."""
        here = ask.request.url.path + (f"?{ask.request.url.query}" if ask.request.url.query else "")
        back = here if ask.request.method in ("GET", "HEAD") else "/"
        return RedirectResponse(self.house.path("sign_in", ve=back), 303)

    def _refuse(self, ask: Ask, entry: Entry, status: int, sentence: str, details: list[Any] | None = None) -> Response:
        if entry.machine:
            return as_json({"error": {"status": status, "message": sentence, "details": details or []}}, status)
        return page(ask, "refused.html", status, status=status, sentence=sentence)

    def _finish(self, ask: Ask, response: Response) -> Response:
        every = guarding.headers(self.secure)
        for name, value in guarding.merged(response.headers, every).items():
            response.headers[name] = value
        visitor = getattr(ask.request.state, "visitor", "")
        if visitor and response.headers.get("content-type", "").startswith("text/html"):
            response.set_cookie(VISITOR, visitor, httponly=True, samesite="lax", secure=self.secure, path="/")
        return response


def static_endpoint(house: House) -> Callable[[Request], Awaitable[Response]]:
    """Files that ship: they may be kept for ever, since another content has another address."""

    async def answer(request: Request) -> Response:
        path = house.static.find(request.path_params["version"], request.path_params["name"])
        if path is None:
            return Response(status_code=404, headers=guarding.headers(secure=False))
        kept = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
        return FileResponse(path, headers=kept)

    return answer
