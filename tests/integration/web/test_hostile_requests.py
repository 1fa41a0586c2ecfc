"""Requests that no browser of ours sends: kinds, methods, sizes and letters. Numbers are those of docs/an-toan.md."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
import uvicorn
from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from tests.postgres import BOTH
from tests.support.browsing import Pages, csrf
from tests.support.lived_in import program
from tests.support.ministry import PDF, Ministry
from workflow.web import guarding
from workflow.web.frame import bounded
from workflow.web.server import Impatient

DESK = "BO/SECRETARIAT"


@pytest.fixture(params=BOTH)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each product: what a text may hold and how long it may be, they see differently."""
    engine: Engine = request.getfixturevalue(f"{request.param}_engine")
    return engine


# ── kinds and methods ──


@pytest.mark.attack("S28")
@pytest.mark.parametrize("kind", ["text/plain", "application/json", "text/plain; charset=utf-8", "", "image/png"])
def test_s28_a_body_that_is_not_of_the_kind_asked_for_is_not_read(m: Ministry, pages: Pages, kind: str) -> None:
    """Another site's page can send text/plain without asking first; so can a form of its own."""
    (code,) = m.walk(m.drafts(1), "submitted")
    act = f'{{"key": "key-0001", "transition": "receive", "nominations": [{{"code": "{code}"}}]}}'
    client, api = pages.browser(DESK), program(pages, DESK)
    token = csrf(client.get(f"/ho-so/{code}"))
    before = m.snapshot()
    form = f"csrf={token}&language=en"
    assert client.post("/tai-khoan/ngon-ngu", content=form, headers={"content-type": kind}).status_code == 415
    kinds = [kind] if kind != "application/json" else []
    for each in (*kinds, "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert api.post("/api/v1/acts", content=act, headers={"content-type": each}).status_code == 415
    assert {name for name, rows in m.snapshot().items() if rows != before[name]} <= {"web_session", "api_token"}


@pytest.mark.attack("S33")
@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "CONNECT", "OPTIONS"])
def test_s33_a_method_that_no_page_has_is_told_so(pages: Pages, method: str) -> None:
    client = pages.browser(DESK)
    for path in ("/ho-so", "/song", "/api/v1/me", "/khong-co", "/ho-so/BKB-2026-00001-3"):
        answer = client.request(method, path, headers={"x-secret": "back-at-you"})
        assert answer.status_code == 405
        assert "back-at-you" not in answer.text + str(answer.headers)


@pytest.mark.attack("S36", "S44")
@pytest.mark.parametrize(
    "path",
    [
        "/docs", "/redoc", "/openapi.json", "/api/docs", "/.git/config", "/.env", "/config.toml", "/khen.db",
        "/var/khen.db", "/metrics", "/debug", "/admin", "/static/config.toml", "/static/x/../../config.toml",
        "/static/x/..%2F..%2F..%2Fpyproject.toml", "/static/x/%2e%2e/%2e%2e/pyproject.toml", "/static//etc/passwd",
    ],
)  # fmt: skip
def test_s36_what_is_for_developers_is_not_there(pages: Pages, path: str) -> None:
    for client in (pages.stranger(), pages.browser("BO/ADMIN")):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "Traceback" not in answer.text


@pytest.mark.attack("S31", "S32")
@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8080", "https://khen.bo.example"])
def test_s31_s32_every_answer_carries_the_headers_whoever_made_it(m: Ministry, tmp_path: Path, base_url: str) -> None:
    """The crawl looks at every page; here are the answers that no page makes."""
    pages = Pages(m, tmp_path, f'[web]\nbase_url = "{base_url}"\n')
    client = pages.stranger()
    client.base_url = base_url  # type: ignore[assignment]
    style = client.get("/dang-nhap").text.partition('href="/static/')[2].partition('"')[0]
    answers = {
        "page": client.get("/dang-nhap"), "way on": client.get("/ho-so"), "missing": client.get("/khong-co"),
        "method": client.put("/ho-so"), "host": client.get("/song", headers={"host": "evil.example"}),
        "kind": client.post("/dang-nhap", content="x"), "large": client.post("/dang-nhap", data={"x": "x" * 2_000_000}),
        "program": client.get("/api/v1/me"), "file": client.get(f"/static/{style}"),
        "no file": client.get("/static/x/y"), "alive": client.get("/song"),
    }  # fmt: skip
    assert [answers[name].status_code for name in answers] == [200, 303, 404, 405, 400, 415, 413, 401, 200, 404, 200]
    for name, answer in answers.items():
        for header, value in guarding.headers(base_url.startswith("https")).items():
            kept = name == "file" and header == "Cache-Control"
            assert answer.headers[header] == ("public, max-age=31536000, immutable" if kept else value), (name, header)
        assert ("strict-transport-security" in answer.headers) is base_url.startswith("https")
        assert not {"server", "x-powered-by"} & set(answer.headers)


# ── sizes ──


@pytest.mark.attack("S95")
def test_s95_fifty_megabytes_for_a_program_are_not_kept(m: Ministry, pages: Pages) -> None:
    api = program(pages, DESK)
    answer = api.post("/api/v1/acts", content=b" " * 50_000_000, headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["error"]["message"].startswith("Nội dung gửi lên quá lớn (tối đa 1 MB).")
    pieces = iter([b"[" * 1_000_000] * 50)
    answer = api.post("/api/v1/acts", content=pieces, headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert len(list(pieces)) >= 47 or answer.json()  # the rest was never asked for


@pytest.mark.attack("S62")
def test_s62_a_browser_that_sends_too_much_is_told_in_words_how_much_there_may_be(m: Ministry, tmp_path: Path) -> None:
    pages = Pages(m, tmp_path, "[web]\nupload_megabytes = 1\n")
    client, (code,) = pages.browser("CVT/CB"), m.drafts(1)
    files = {"file": ("bao-cao.pdf", PDF + bytes(3_000_000), "application/pdf")}
    answer = client.post(f"/ho-so/{code}/tep", data={"csrf": csrf(client.get(f"/ho-so/{code}"))}, files=files)
    assert answer.status_code == 413
    assert "quá lớn (tối đa 1 MB)" in answer.text


@pytest.mark.attack("S71")
def test_s71_the_head_of_a_part_has_a_bound_too(m: Ministry, pages: Pages) -> None:
    client = pages.browser("CVT/CB")
    token = csrf(client.get("/to-trinh/moi"))
    start = f'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{token}\r\n--x\r\n'
    heads = [f"X-Long: {'a' * 600_000}", "\r\n".join(f"X-{number}: a" for number in range(20_000))]
    for head in heads:
        body = f'{start}Content-Disposition: form-data; name="file"; filename="a.xlsx"\r\n{head}\r\n\r\nx\r\n--x--\r\n'
        kind = {"content-type": "multipart/form-data; boundary=x"}
        began = time.process_time()
        assert client.post("/to-trinh/moi", content=body, headers=kind).status_code in (400, 413)
        assert time.process_time() - began < 2


@pytest.fixture
def listening(pages: Pages) -> Iterator[int]:
    """The pages behind the server as it really listens, but that it waits for one second only; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    config = uvicorn.Config(
        pages.app, host="127.0.0.1", port=port, http=Impatient, timeout_keep_alive=1, lifespan="off",
        log_level="critical",
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield port
    server.should_exit = True
    thread.join(10)


@pytest.mark.attack("S96")
def test_s96_who_sends_the_head_of_a_request_letter_by_letter_is_hung_up_on(listening: int) -> None:
    silent = socket.create_connection(("127.0.0.1", listening), timeout=20)
    slow = socket.create_connection(("127.0.0.1", listening), timeout=20)
    usual = socket.create_connection(("127.0.0.1", listening), timeout=20)
    request = b"GET /song HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    usual.sendall(request)
    assert answered(usual) == b"HTTP/1.1 200 OK"
    began, hung_up = time.monotonic(), False
    for letter in b"GET /song HTTP/1.1\r\nX-Long: " + b"a" * 200:
        try:
            slow.sendall(bytes((letter,)))
            slow.settimeout(0.1)
            hung_up = slow.recv(1) == b""
        except TimeoutError:
            continue
        except OSError:
            hung_up = True
        if hung_up:
            break
    assert hung_up
    assert time.monotonic() - began < 15
    assert silent.recv(1) == b""
    with socket.create_connection(("127.0.0.1", listening), timeout=20) as another:
        another.sendall(request)
        assert answered(another) == b"HTTP/1.1 200 OK"
        another.sendall(request)  # the same line serves the next request too
        assert answered(another) == b"HTTP/1.1 200 OK"
    for each in (silent, slow, usual):
        each.close()


@pytest.mark.attack("S96")
@pytest.mark.parametrize(
    ("declared", "silent", "status", "asked"),
    [(0, True, 408, 1), (400, False, 413, 4), (600, False, 413, 0), (0, False, 413, 2), (100, False, None, 1)],
)
def test_s96_who_falls_silent_or_never_ends_is_waited_for_no_longer(
    declared: int, silent: bool, status: int | None, asked: int
) -> None:
    """Of a body that says it is somewhat too large the rest is read and thrown away: only then a browser listens."""
    taken: list[int] = []

    async def receive() -> Message:
        taken.append(1)
        if silent:
            await anyio.sleep(5)
        return {"type": "http.request", "body": b"x" * 100, "more_body": not declared or len(taken) * 100 < declared}

    async def read() -> int | None:
        head = [(b"content-length", str(declared).encode())] if declared else []
        next_part = bounded(Request({"type": "http", "headers": head}, receive), 100, silence=0.05)
        try:
            while True:
                part = await next_part()
                assert declared <= 100 or part["body"] == b""
                if not part["more_body"]:
                    return None
        except HTTPException as error:
            return error.status_code

    assert anyio.run(read) == status
    assert len(taken) == asked


def answered(line: socket.socket) -> bytes:
    """The first line of one answer, read to its end."""
    got = b""
    while not got.endswith(b'{"status":"ok"}'):
        got += line.recv(4096)
    return got.partition(b"\r\n")[0]


# ── letters ──


@pytest.mark.attack("S44", "S92")
@pytest.mark.parametrize("path", ["/ho-so/a%00b", "/to-trinh/1%00", "/api/v1/nominations/%1b%5b31m", "/%00"])
def test_s44_s92_an_address_names_nothing_by_letters_that_cannot_be_written(
    engine: Engine, tmp_path: Path, path: str
) -> None:
    pages = Pages(Ministry(engine, tmp_path / "papers"), tmp_path)
    assert pages.browser(DESK).get(path).status_code in (401, 404)
    assert program(pages, DESK).get(path).status_code in (303, 404)


@pytest.mark.attack("S92")
def test_s92_letters_that_cannot_be_written_are_left_out_of_forms_and_refused_to_programs(
    engine: Engine, tmp_path: Path
) -> None:
    """PostgreSQL takes no NUL at all; a paper or a mail takes no control character."""
    m = Ministry(engine, tmp_path / "papers")
    pages = Pages(m, tmp_path)
    (code,) = m.walk(m.drafts(1), "submitted")
    client, api = pages.browser(DESK), program(pages, DESK)
    page = client.get(f"/ho-so/{code}")
    words = {"csrf": csrf(page), "words": "Thiếu\0 dấu\x1b[31m và\x0bchữ ký", "audience": "desk"}
    assert client.post(f"/ho-so/{code}/trao-doi", data=words).status_code == 303
    assert m.one("SELECT words FROM comment") == "Thiếu dấu[31m và\nchữ ký"
    for path in ("/ho-so?tim=a%00b", "/thu?tim=%1b", "/nhat-ky?%00=1"):
        answer = client.get(path)
        assert (answer.status_code, "ký tự không dùng được" in answer.text) == (422, True), path
    stranger = pages.stranger()
    form = {"csrf": csrf(stranger.get("/dang-nhap")), "login": "a\0b", "password": "c\0d"}
    assert stranger.post("/dang-nhap", data=form).status_code == 401
    before = m.snapshot()
    act: dict[str, Any] = {"key": "key-0001", "transition": "receive", "nominations": [{"code": code}]}
    wicked = [
        {**act, "key": "key\0-0001"}, {**act, "overrides": {"a\0": "b"}},
        {**act, "nominations": [{"code": code, "fields": {"reason": ["a\x1b"]}}]},
    ]  # fmt: skip
    for body, at in zip(wicked, ("key", "overrides", "nominations.0.fields.reason.0"), strict=True):
        answer = api.post("/api/v1/acts", json=body)
        assert (answer.status_code, answer.json()["error"]["details"][0]["at"]) == (422, at)
    half = api.post("/api/v1/acts", content=b'{"key": "\\ud800"}', headers={"content-type": "application/json"})
    assert half.status_code == 422
    assert {name for name, rows in m.snapshot().items() if rows != before[name]} <= {"web_session", "api_token"}


@pytest.mark.attack("S93", "S94")
def test_s93_s94_what_is_too_long_or_too_large_is_told_at_its_place(engine: Engine, tmp_path: Path) -> None:
    m = Ministry(engine, tmp_path / "papers")
    pages = Pages(m, tmp_path)
    (code,) = m.walk(m.drafts(1), "submitted")
    client, api = pages.browser(DESK), program(pages, DESK)
    before = m.snapshot()
    act: dict[str, Any] = {"key": "key-0001", "transition": "request_supplement", "nominations": [{"code": code}]}
    fields = {"due_on": "2026-12-20", "defects": ["x" * 20_000]}
    told = api.post("/api/v1/acts", json={**act, "nominations": [{"code": code, "fields": fields}]})
    assert told.status_code in (409, 422)
    for path in (f"/to-trinh/{10**30}", f"/thu/{10**30}", f"/to-trinh/{2**31}", f"/ho-so/{code}/tep/{10**20}"):
        assert client.get(path).status_code == 404, path
    for path in (f"/ho-so?to-trinh={10**30}", f"/api/v1/events?after={10**30}", f"/api/v1/nominations?limit={10**30}"):
        who = api if path.startswith("/api") else client
        assert who.get(path).status_code in (200, 404, 422), path
    for size in (100_000, 900_000):
        words = {"csrf": csrf(client.get(f"/ho-so/{code}")), "words": "👏" * (size // 10), "audience": "desk"}
        assert client.post(f"/ho-so/{code}/trao-doi", data=words).status_code in (303, 413, 422)
    assert m.one("SELECT count(*) FROM comment") == 0
    assert {name for name, rows in m.snapshot().items() if rows != before[name]} <= {"web_session", "api_token"}
