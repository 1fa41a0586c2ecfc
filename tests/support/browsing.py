"""Pages in a test: the whole application in this process, a client that keeps cookies, people signed in by name."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import anyio
import httpx2
import structlog
from anyio.from_thread import BlockingPortal
from sqlalchemy import insert, select
from starlette.testclient import TestClient

from tests.support.ministry import Ministry
from workflow.bootstrap import App
from workflow.services import accounts, sessions
from workflow.settings import load_settings
from workflow.storage import directory
from workflow.storage.database import read, write
from workflow.storage.tables_access import Account
from workflow.web.app import build

PASSWORD = "cây bàng trước cổng trường"
"""A password that anybody in a test may have."""
# A fault in a test is told in seconds: the pretty form prints every local variable, whole flows among them.
structlog.configure(
    processors=[structlog.processors.add_log_level,
                structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
)  # fmt: skip
_CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')


@dataclass(frozen=True, slots=True)
class _At(App):
    """An application whose business clock is the test's."""

    ministry: Ministry

    def now(self) -> datetime:
        return self.ministry.now


@dataclass
class Pages:
    """The pages over a small ministry. `machine` is the machine's clock, which a test moves by itself."""

    ministry: Ministry
    folder: Path
    settings_text: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)
    demo: bool = False
    machine: datetime = field(default_factory=lambda: datetime(2026, 12, 1, 2, tzinfo=UTC))
    app: Any = field(init=False)

    def __post_init__(self) -> None:
        path = self.folder / "config.toml"
        path.write_text(self.settings_text, encoding="utf-8")
        settings = load_settings(path, self.environ)
        largest = settings.web.upload_megabytes * 1024 * 1024
        application = _At(settings, replace(self.ministry.desk, largest_file=largest), self.ministry)
        self.app = build(application, demo=self.demo)
        self.app.state.house.clock = lambda: self.machine

    def stranger(self) -> TestClient:
        """A browser in which nobody is signed in; redirects are not followed, faults answer 500."""
        return _Browser(
            self.app, base_url="http://127.0.0.1:8080", follow_redirects=False, raise_server_exceptions=False
        )

    def account(self, person: str) -> int:
        """The account of this person; made if there is none. It has no password."""
        with write(self.ministry.engine) as connection:
            row = directory.find(connection, person)
            assert row is not None, person
            table = Account.__table__  # type: ignore[attr-defined]
            found = connection.execute(select(table.c.id).where(table.c.person_id == row.id)).scalar()
            if found is None:
                made = connection.execute(
                    insert(table).values(
                        person_id=row.id, login=person.lower(), recovery=[], created_at=self.machine, created_by="test",
                        totp_last_step=0,
                    )
                )  # fmt: skip
                assert made.inserted_primary_key is not None
                found = made.inserted_primary_key[0]
            return int(found)

    def password(self, person: str, password: str = PASSWORD) -> str:
        """Give this person an account with a password, as an invitation does; his login."""
        row = self._row(person)
        login = row.email or person.lower()
        rules = accounts.Rules(length=8)
        invited = accounts.invite(self.ministry.desk, person, login, "test", self.when, rules, mail=False)
        accounts.choose(self.ministry.desk, "invite", invited.link.rpartition("/")[2], password, self.when, rules)
        return login

    @property
    def when(self) -> accounts.When:
        return accounts.When(self.ministry.now, self.machine)

    def login(self, person: str) -> str:
        """The login that `password` gave this person."""
        return self._row(person).email or person.lower()

    def _row(self, person: str) -> Any:
        with read(self.ministry.engine) as connection:
            row = directory.find(connection, person)
        assert row is not None, person
        return row

    def sign_in(self, person: str, password: str = PASSWORD, client: TestClient | None = None) -> TestClient:
        """Sign in on the page, as people do."""
        client = client or self.stranger()
        answer = client.post("/dang-nhap", data={
            "csrf": csrf(client.get("/dang-nhap")), "login": self._row(person).email, "password": password,
        })  # fmt: skip
        assert answer.status_code == 303, answer.text
        return client

    def holding(self, token: str) -> TestClient:
        """A browser that holds this session's cookie."""
        client = self.stranger()
        client.cookies.set("khen", token)
        return client

    def browser(self, person: str, **session: Any) -> TestClient:
        """A browser in which `person` (`CVT/CB`, `BO/TT1`) is signed in, with a second factor unless a test says no."""
        client = self.stranger()
        account = self.account(person)
        desk = self.ministry.desk
        limits = sessions.Limits(timedelta(minutes=30), timedelta(hours=12))
        with write(desk.engine) as connection:
            token = sessions.begin(
                connection, desk, account, self.machine, limits, **{"way": "password", "second_factor": True, **session}
            )
        client.cookies.set("khen", token)
        return client


class _Browser(TestClient):
    """As published, but a request goes to the loop and back once: there and back eight times it took longer than most
    pages do. An answer is there when it is whole."""

    def __init__(self, app: Any, **how: Any) -> None:
        super().__init__(app, **how)
        self.portal = event_loop()
        self._transport = _Way(app, self.portal)


class _Way(httpx2.BaseTransport):
    def __init__(self, app: Any, portal: BlockingPortal) -> None:
        self._inner = httpx2.ASGITransport(app, raise_app_exceptions=False, client=("testclient", 50000))
        self._portal = portal

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        return self._portal.call(self._answer, request)

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._inner.handle_async_request(request)
        assert isinstance(answer.stream, httpx2.AsyncByteStream)
        whole = b"".join([part async for part in answer.stream])
        return httpx2.Response(answer.status_code, headers=answer.headers, stream=httpx2.ByteStream(whole))


@cache
def event_loop() -> BlockingPortal:
    """One loop for the pages of all tests, as a server has one: otherwise each request starts its own.

    Its thread ends with the process.
    """
    started: Future[BlockingPortal] = Future()

    async def serve() -> None:
        async with BlockingPortal() as portal:
            started.set_result(portal)
            await portal.sleep_until_stopped()

    threading.Thread(target=anyio.run, args=(serve,), name="pages", daemon=True).start()
    return started.result(10)


def csrf(page: Any) -> str:
    """The token of the first form on a page."""
    found = _CSRF.search(page.text)
    assert found, page.text[:2000]
    return found[1]
