"""What every answer carries and every request must pass: headers, hosts, where a POST came from."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from workflow.settings.model import WebSettings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def headers(secure: bool) -> dict[str, str]:
    """Headers of every answer. Pages are private: nothing between us and the browser may keep them."""
    found = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "X-Frame-Options": "DENY",
    }
    return {**found, "Strict-Transport-Security": "max-age=31536000"} if secure else found


def hosts(web: WebSettings) -> list[str]:
    """Names under which the pages answer: that of the address people use, and this machine's own."""
    return [urlsplit(web.base_url).hostname or "", "localhost", "127.0.0.1", "[::1]"]


def cookie_name(secure: bool) -> str:
    """With TLS the name itself binds the cookie to this host and to TLS."""
    return "__Host-khen" if secure else "khen"


def visitor_token(visitor: str) -> str:
    """What a form of somebody not signed in must bring: it belongs to a cookie that only we can have set."""
    return sha256(f"form {visitor}".encode()).hexdigest()


def same_token(given: str, expected: str) -> bool:
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def from_elsewhere(request: Request) -> bool:
    """Whether the browser says that another site made this request. Browsers on plain HTTP may not say."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")


def client(request: Request, web: WebSettings) -> str:
    """The address of whoever asks; what a header says counts only when a trusted proxy says it."""
    direct = request.client.host if request.client else ""
    if direct in web.trusted_proxies:
        said = request.headers.get("x-forwarded-for", "").split(",")[-1].strip()
        return said or direct
    return direct


def proxied_person(request: Request, web: WebSettings) -> str:
    """Who the proxy says has signed in there; nobody, unless a proxy is trusted and a header is agreed on."""
    direct = request.client.host if request.client else ""
    if not web.person_header or direct not in web.trusted_proxies:
        return ""
    return request.headers.get(web.person_header, "").strip()


class Headed:
    """Puts the headers of every answer on every answer, those too that no page made: a wrong host, a wrong method.

    An answer's own headers stay.
    """

    def __init__(self, app: ASGIApp, every: Mapping[str, str]) -> None:
        self._app = app
        self._every = dict(every)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = MutableHeaders(scope=message)
                for name, value in self._every.items():
                    own.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, headed if scope["type"] == "http" else send)
