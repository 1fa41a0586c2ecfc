"""The way of a request: who is it, may he, is what he sent whole, then the page; and what becomes of an error.

A page is a plain function. It runs in one of few threads, since a database that has one writer gains nothing by many;
slow work waits in a queue of its own. No page sees a half-read body.
"""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import anyio.to_thread
import structlog
from anyio import CapacityLimiter
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.types import Message, Receive

from definitions.calendar import local_day
from definitions.flow import Language
from workflow.domain.vietnamese import legible
from workflow.explaining import sentences
from workflow.services import api_tokens, kept_forms, signing_in, viewing
from workflow.services.access import action
from workflow.services.judging import UnknownActor
from workflow.services.looking import UnknownNomination
from workflow.services.sessions import SignedIn, end, find, timed_out
from workflow.storage.database import read
from workflow.storage.errors import StorageError, Unfit
from workflow.web import guarding
from workflow.web.answering import as_json, page
from workflow.web.asking import Ask, ProofNeeded, SignInNeeded, Typed
from workflow.web.house import House
from workflow.web.routing import MEGABYTE, Entry

VISITOR = "khen_visitor"
LANGUAGE = "khen_language"
LONGEST_ADDRESS = 8_000
LONGEST_KEPT = 400
TOO_MANY_FILES = "Too many files"
"""How the reader of forms begins to say it; there is no other sign."""
SECOND_FACTOR = "account.second_factor"
KEPT = "khen_kept"
"""The field with which a kept form says which one it is."""
SILENCE = 30
"""Seconds a client may be silent in the middle of what it sends."""
THROWN_AWAY = 5
"""Times the bound: so much is read of a body that is too large, to tell its sender."""
LARGEST_NUMBER = 2**31 - 1
"""Of anything that is counted in a table: no address names a larger one."""
MOST_FIELDS = 20_000
"""Ticks and cells of one form: a list of ten thousand lines, each with its version."""
ROOM_FOR_FIELDS = 64 * 1024
"""Bytes beside the file of an upload: names, boundaries, the other fields."""
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


class SecondFactorNeeded(Exception):
    """His role needs a second factor, and he has set up none yet."""


class NotHere(Exception):
    """There is no such thing, or not for this person: one answer for both."""


class Frame:
    """Turns entries into what Starlette calls."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._quick = CapacityLimiter(2)
        self._slow = CapacityLimiter(2)

    def bounded(self, entry: Entry) -> Entry:
        """The entry with the bound of its body: what the settings let people send, where it takes files."""
        if not entry.upload:
            return entry
        return replace(entry, max_body=self.house.app.settings.web.upload_megabytes * MEGABYTE + ROOM_FOR_FIELDS)

    def endpoint(self, entry: Entry) -> Callable[[Request], Awaitable[Response]]:
        """The coroutine for this entry."""

        async def answer(request: Request) -> Response:
            request = Request(request.scope, bounded(request, entry.max_body))
            typed, raw, trouble = await self._body(request, entry)
            limiter = self._slow if entry.slow else self._quick
            try:
                return await anyio.to_thread.run_sync(
                    self._answer, request, entry, typed, raw, trouble, limiter=limiter
                )
            finally:
                await request.close()  # files that came with the form

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
            form = await request.form(max_files=entry.max_files, max_fields=MOST_FIELDS, max_part_size=entry.max_body)
        except HTTPException as error:
            if error.status_code == 413:
                return Typed(), b"", Refused(413, "refused.too_large", most=max(1, entry.max_body // MEGABYTE))
            if error.detail.startswith(TOO_MANY_FILES):
                return Typed(), b"", Refused(413, "refused.too_many_files", most=entry.max_files)
            return Typed(), b"", Refused(400, "refused.body")
        except ClientDisconnect:
            return Typed(), b"", Refused(400, "refused.body")
        pairs = tuple((key, legible(value)) for key, value in form.multi_items() if isinstance(value, str))
        uploads = tuple(
            (key, value) for key, value in form.multi_items() if isinstance(value, UploadFile) and value.filename
        )
        return Typed(pairs, dict(uploads), uploads), b"", None

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
            self._is_legible(ask)
            self._admit(ask, entry)
            method = "get" if request.method == "HEAD" else request.method.lower()
            handler = getattr(entry, method)
            if method != "get" and not entry.machine:
                self._came_from_here(ask)
            response: Response = self._handled(ask, handler)
        except Exception as error:
            response = self._trouble(ask, entry, error)
        return self._finish(ask, response)

    def _handled(self, ask: Ask, handler: Callable[[Ask], Response]) -> Response:
        """The page's answer. A kept form that was sent after all is kept no longer."""
        kept = ask.typed.get(KEPT)
        if kept:
            ask.typed = replace(ask.typed, pairs=tuple(pair for pair in ask.typed.pairs if pair[0] != KEPT))
        response = handler(ask)
        if kept and ask.session is not None and response.status_code < 400:
            kept_forms.discard(ask.desk, ask.session.account_id, kept)
        return response

    def _stranger(self, request: Request, entry: Entry, typed: Typed, raw: bytes) -> Ask:
        self.house.refresh()
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
        token = ask.request.cookies.get(guarding.cookie_name(self.house.secure), "")
        session = self._proxied(ask, find(ask.desk, token, ask.machine_now, self.house.limits) if token else None)
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

    def _proxied(self, ask: Ask, session: SignedIn | None) -> SignedIn | None:
        """The session of whom a trusted proxy vouches for; begun silently when it is another than before."""
        name = guarding.proxied_person(ask.request, self.house.app.settings.web)
        if session is not None and (session.way != "proxy" or name.lower() in (session.login, session.person.lower())):
            return session
        came = signing_in.by_proxy(ask.desk, name, ask.caller, ask.when, self.house.limits) if name else None
        if session is not None:
            end(ask.desk, session.token_sha256, ask.machine_now)
        if came is None:
            return None
        ask.request.state.began = came.token
        return find(ask.desk, came.token, ask.machine_now, self.house.limits)

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
        if entry.action != "account" and self._lacks_second_factor(ask, ask.viewer.roles):
            raise SecondFactorNeeded

    def _lacks_second_factor(self, ask: Ask, roles: frozenset[str]) -> bool:
        session = ask.session
        if session is None or session.way != "password" or session.second_factor or self.house.demo:
            return False
        return not roles.isdisjoint(self.house.rules.second_factor_roles) and SECOND_FACTOR in self.house.entries

    def _is_legible(self, ask: Ask) -> None:
        """An address names nothing by letters that cannot be written down, and nobody types them."""
        numbers = [each for each in ask.request.path_params.values() if isinstance(each, int)]
        if not is_legible(ask.request.scope["path"]) or any(each > LARGEST_NUMBER for each in numbers):
            raise NotHere
        if not all(is_legible(text) for pair in ask.request.query_params.multi_items() for text in pair):
            raise Refused(422, "refused.letters")

    def _came_from_here(self, ask: Ask) -> None:
        if guarding.from_elsewhere(ask.request) or not guarding.same_token(ask.typed.get("csrf"), ask.csrf):
            raise Refused(403, "refused.from_elsewhere")

    # ── errors ──

    def _trouble(self, ask: Ask, entry: Entry, error: Exception) -> Response:
        if isinstance(error, SignInNeeded):
            return self._to_sign_in(ask, entry)
        if isinstance(error, ProofNeeded):
            return self._to_proof(ask, entry)
        if isinstance(error, SecondFactorNeeded):
            return RedirectResponse(self.house.path(SECOND_FACTOR), 303)
        if isinstance(error, Refused):
            return self._refuse(ask, entry, error.status, ask.say(error.code, **error.params), error.details)
        if isinstance(error, (NotHere, UnknownNomination)):
            return self._refuse(ask, entry, 404, ask.say("refused.not_here"))
        if isinstance(error, UnknownActor):
            return self._refuse(ask, entry, 403, ask.say("refused.no_person"))
        if isinstance(error, Unfit):
            return self._refuse(ask, entry, 422, ask.say("refused.unfit"))
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
        if entry.machine or "sign_in" not in self.house.entries:
            return self._refuse(ask, entry, 401, ask.say("refused.sign_in"))
        return RedirectResponse(self.house.path("sign_in", ve=self._way_back(ask, entry)), 303)

    def _to_proof(self, ask: Ask, entry: Entry) -> Response:
        """On to the page where one shows again who one is, and from there back."""
        assert ask.session is not None
        back = self._here(ask) if self._only_looks(ask) else self._kept(ask, entry, ask.session.account_id)
        return RedirectResponse(self.house.path("prove", ve=back or "/"), 303)

    def _way_back(self, ask: Ask, entry: Entry) -> str:
        """Where to go after signing in: here, or to what was being sent when the session ran out."""
        if self._only_looks(ask):
            return self._here(ask)
        over = timed_out(ask.desk, ask.request.cookies.get(guarding.cookie_name(self.house.secure), ""))
        theirs = over is not None and guarding.same_token(ask.typed.get("csrf"), over.csrf)
        if over is None or not theirs or guarding.from_elsewhere(ask.request):
            return "/"
        return self._kept(ask, entry, over.account_id) or "/"

    def _kept(self, ask: Ask, entry: Entry, account_id: int) -> str:
        """Keep what was being sent for this account, and say where it will be shown; "" when there is nothing.

        What is sent in secret is not kept: back to its empty form.
        """
        if entry.secret:
            return self._here(ask) if entry.get is not None else ""
        pairs = [pair for pair in ask.typed.pairs if pair[0] not in ("csrf", KEPT)]
        if "kept" not in self.house.entries or not (pairs or ask.typed.files):
            return ""
        files = [each.filename or "" for _, each in ask.typed.uploads]
        where = self._here(ask)
        path = where if len(where) <= LONGEST_KEPT else ask.request.url.path
        return self.house.path("kept", token=kept_forms.keep(ask.desk, account_id, path, pairs, files, ask.machine_now))

    def _only_looks(self, ask: Ask) -> bool:
        return ask.request.method in ("GET", "HEAD")

    def _here(self, ask: Ask) -> str:
        return ask.request.url.path + (f"?{ask.request.url.query}" if ask.request.url.query else "")

    def _refuse(self, ask: Ask, entry: Entry, status: int, sentence: str, details: list[Any] | None = None) -> Response:
        if entry.machine:
            return as_json({"error": {"status": status, "message": sentence, "details": details or []}}, status)
        return page(ask, "refused.html", status, status=status, sentence=sentence)

    def _finish(self, ask: Ask, response: Response) -> Response:
        began = getattr(ask.request.state, "began", "")
        name = guarding.cookie_name(self.house.secure)
        if began and not any(each.startswith(f"{name}=") for each in response.headers.getlist("set-cookie")):
            response.set_cookie(name, began, httponly=True, samesite="lax", secure=self.house.secure, path="/")
        visitor = getattr(ask.request.state, "visitor", "")
        if visitor and response.headers.get("content-type", "").startswith("text/html"):
            response.set_cookie(VISITOR, visitor, httponly=True, samesite="lax", secure=self.house.secure, path="/")
        return response


def is_legible(text: str) -> bool:
    return legible(text) == text


def bounded(request: Request, most: int, silence: float = SILENCE) -> Receive:
    """What the client sends, until it is more than `most` bytes or comes no more: then HTTPException, 413 or 408.

    A body that says beforehand that it is too large is read to its end and thrown away, where it is not far too large:
    a browser shows our answer only when it has sent all.
    """
    said = request.headers.get("content-length", "")
    declared = int(said) if said.isascii() and said.isdigit() else 0
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        if declared > THROWN_AWAY * most:
            raise HTTPException(413)
        try:
            with anyio.fail_after(silence):
                message = await request.receive()
        except TimeoutError:
            raise HTTPException(408) from None
        taken += len(message.get("body", b""))
        if taken > max(most, declared):
            raise HTTPException(413)
        if declared > most and message["type"] == "http.request":
            if not message.get("more_body"):
                raise HTTPException(413)
            return {**message, "body": b""}
        return message

    return receive


def static_endpoint(house: House) -> Callable[[Request], Awaitable[Response]]:
    """Files that ship: they may be kept for ever, since another content has another address."""

    async def answer(request: Request) -> Response:
        path = house.static.find(request.path_params["version"], request.path_params["name"])
        if path is None:
            return Response(status_code=404)
        return FileResponse(path, headers={"Cache-Control": "public, max-age=31536000, immutable"})

    return answer
