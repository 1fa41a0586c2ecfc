"""Pictures of the main pages for the handbooks: `./dev screenshots` rehearses the demo once and looks at it.

The season is that of the demo's seed, both clocks stand still, and the browser is the one of the tests: the same pages
give the same pictures. Written are PNG files with a palette, small enough to stand in a repository.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import structlog
from PIL import Image
from starlette.testclient import TestClient

from tests.browser.chromium import CHROMIUM, HOST, Stage, a_browser
from workflow.bootstrap import App
from workflow.demo.running import catch_all, prepare, rehearse
from workflow.demo.world import DATA
from workflow.web.app import build

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SEED = 2026
WIDTH = 1280
LARGEST = 150 * 1000
"""Bytes of one picture."""
COLOURS = 128
"""A page has few colours; what is between them is the edge of letters."""


@dataclass(frozen=True, slots=True)
class Frozen(App):
    """An application whose business clock stands still."""

    at: datetime

    def now(self) -> datetime:
        return self.at


class House:
    """The rehearsed season behind its pages; people of it are signed in by name, as its own page does it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        server = catch_all(folder / "mailbox", 0, stack)
        settings = prepare(folder / "season", None, server.port)
        played = rehearse(folder / "season", seed=SEED, server=server, say=lambda *_: None, settings=settings)
        self.app = played.app
        pages = build(Frozen(settings, played.app.desk, played.app.now()), demo=True, mailbox=folder / "mailbox")
        pages.state.house.clock = lambda: datetime(2027, 12, 10, 2, tzinfo=UTC)
        self._pages = pages

    def browser(self, person: str) -> TestClient:
        client = TestClient(self._pages, base_url=HOST, follow_redirects=False)
        answer = client.post("/dien-tap", data={"csrf": csrf(client.get("/dien-tap").text), "person": person})
        assert answer.status_code == 303, answer.text
        return client


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', page)
    assert found, page[:400]
    return found[1]


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: whose, of which page, how high, and from which part of it on (an element's id, "" for the top)."""

    name: str
    person: str
    where: Callable[[TestClient], str]
    part: str = ""
    height: int = 860


def at(path: str, /, **query: str) -> Callable[[TestClient], str]:
    return lambda _client: f"{path}?{urlencode(query)}" if query else path


def first_link(path: str, pattern: str) -> Callable[[TestClient], str]:
    """Where the first link of this shape on that page leads."""

    def found(client: TestClient) -> str:
        match = re.search(rf'href="({pattern})"', client.get(path).text)
        assert match, f"{path}: no link {pattern}"
        return match[1].replace("&amp;", "&")

    return found


def foreseen(client: TestClient) -> str:
    """What will happen if a supplement is asked for of the first dossiers in appraisal."""
    listed = client.get("/ho-so?trang-thai=appraising").text
    codes = re.findall(r'name="code" value="([^"]+)"', listed)[:3]
    assert codes, "nothing is in appraisal"
    token = csrf(listed)
    sent = {"csrf": token, "code": codes, "back": "/ho-so", "transition": "request_supplement"}
    form = client.post("/viec", data=sent).headers["location"]
    shown = client.get(form).text
    filled: dict[str, Any] = {"csrf": token}
    for name in re.findall(r'name="((?:a|l|f)\.[^"]+)"', shown):
        if name.endswith("due_on"):
            filled[name] = "20/12/2027"
        elif name.startswith(("a.", "f.")):
            filled[name] = "Báo cáo thành tích chưa có xác nhận của thủ trưởng đơn vị"
    answer = client.post(form, data=filled)
    assert answer.status_code == 303, answer.text[:2000]
    return answer.headers["location"]


def checked(client: TestClient) -> str:
    """The check of a list with rows that are not right."""
    page = client.get("/to-trinh/moi").text
    rounds = re.findall(r'<option value="(\w+)"', page.partition('name="round"')[2])
    name = "danh-sach-buu-dien-loi.xlsx"
    given = {"csrf": csrf(page), "unit": "VNPOST", "round": rounds[0] or rounds[1], "letter_number": "12/TTr-VNPOST",
             "letter_on": "01/12/2027"}  # fmt: skip
    answer = client.post("/to-trinh/moi", data=given, files={"file": (name, (DATA / "lists" / name).read_bytes())})
    assert answer.status_code == 303, answer.text[:3000]
    return answer.headers["location"]


DESK, OFFICER, CLERK = "BO/TT1", "CVT/CB", "BO/VT"
SHOTS = (
    Shot("viec-cua-toi", DESK, at("/")),
    Shot("danh-sach", DESK, at("/ho-so", **{"trang-thai": "dang-xu-ly", "xep": "han"}), height=1120),
    Shot("ho-so", DESK, first_link("/ho-so?trang-thai=appraising", "/ho-so/[A-Z]+-[0-9-]+"), height=1240),
    Shot("se-xay-ra-gi", DESK, foreseen),
    Shot("kiem-tra-danh-sach", DESK, checked),
    Shot("thu", DESK, at("/thu")),
    Shot("cua-don-vi", OFFICER, at("/cua-don-vi")),
    Shot("ho-so-don-vi", OFFICER, first_link("/cua-don-vi", '/cua-don-vi/ho-so/[^"]+')),
    Shot("quy-trinh", "BO/QT", at("/quy-trinh/bang_khen_bo"), part="hinh"),
    Shot("thong-ke", DESK, at("/thong-ke")),
    Shot("phien-hop", "BO/TK", at("/hoi-dong/HD-2026-02"), height=1240),
    Shot(
        "quyet-dinh",
        CLERK,
        first_link("/quyet-dinh?nam=2027&hinh-thuc=bang_khen_bo", "/quyet-dinh/[0-9]+"),
        height=1100,
    ),
)


def take(stage: Stage, house: House, shot: Shot) -> bytes:
    client = house.browser(shot.person)
    page = stage.visit(client, shot.where(client), width=WIDTH, height=shot.height)
    if shot.part:
        page.evaluate("id => document.getElementById(id).scrollIntoView()", shot.part)
    return small(page.screenshot())


def small(png: bytes) -> bytes:
    """The same picture with a palette, without a word of who made it."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    few = picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def all_of(folder: Path) -> Mapping[str, int]:
    """Rehearse, look, write; the size of each picture by its name."""
    sizes: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="khen-") as temporary, ExitStack() as stack:
        house = House(Path(temporary), stack)
        folder.mkdir(parents=True, exist_ok=True)
        with a_browser() as browser:
            stage = Stage(browser)
            for shot in SHOTS:
                picture = take(stage, house, shot)
                (folder / f"{shot.name}.png").write_bytes(picture)
                sizes[shot.name] = len(picture)
            stage.close()
        assert stage.faults == [], stage.faults
    return sizes


def main() -> int:
    if not CHROMIUM.exists():
        print(f"no browser at {CHROMIUM}; KHEN_TEST_CHROMIUM names another", file=sys.stderr)
        return 3
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    sizes = all_of(folder)
    for name, size in sizes.items():
        print(f"{size / 1000:6.0f} kB  {name}.png{'  too large' if size > LARGEST else ''}")
    return 1 if any(size > LARGEST for size in sizes.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
