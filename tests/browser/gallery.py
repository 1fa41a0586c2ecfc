"""Every part of a page, filled with awkward samples. To look at it: `python -m tests.browser.gallery FOLDER`.

Names are as long as real ones get, lists are empty or have 200 rows, forms are wrong in every field.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader

from definitions.messages import Catalogue, package_catalogue
from workflow.web import templating

TODAY = date(2026, 12, 2)


def environment() -> templating.Environment:
    """The frame's, which also finds the gallery."""
    made = templating.environment()
    assert made.loader is not None
    return made.overlay(loader=ChoiceLoader([made.loader, FileSystemLoader(Path(__file__).parent)]))


@dataclass(frozen=True, slots=True)
class Sample:
    """Anything with attributes."""

    fields: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(slots=True)
class TypedForm:
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> list[dict[str, str]]:
        return [{"text": text, "href": f"#{name}"} for name, text in self.errors.items()]


LONG_UNIT = {
    "vi": "Trung tâm Chuyển đổi số và Thông tin Tài nguyên, Khoáng sản, Môi trường nông thôn khu vực Tây Nam Bộ",
    "en": "Centre for Digital Transformation and Resources, Minerals and Rural Environment Information, South-West",
}
LONG_NAME = "Công Tằng Tôn Nữ Nguyễn Thị Phương Khuê Nghiễm Ỷ Lan"


def words(catalogue: Catalogue, language: str) -> Callable[..., str]:
    return lambda code, **params: catalogue.say(code, language, **params)


def context(language: str, **more: Any) -> dict[str, Any]:
    """What the frame gives every page."""
    vi = language == "vi"

    def say(vietnamese: str, english: str) -> str:
        return vietnamese if vi else english

    nav = [
        ("/viec", say("Việc của tôi", "My work"), 1234), ("/ho-so", say("Hồ sơ", "Dossiers"), None),
        ("/phien", say("Phiên họp Hội đồng", "Council sessions"), 2),
        ("/quyet-dinh", say("Quyết định", "Decisions"), 0),
        ("/thu", say("Thư đã gửi", "Mails"), 7), ("/thong-ke", say("Thống kê", "Figures"), None),
        ("/quy-trinh", say("Quy trình, lịch nghỉ", "Flows, calendar"), None),
    ]  # fmt: skip
    return {
        "t": words(package_catalogue("workflow.web"), language),
        "language": language,
        "say": say,
        "viewer": Sample({"name": LONG_NAME, "person": "NV-0042"}),
        "nav": [
            Sample({"href": href, "text": text, "current": href == "/viec", "count": count})
            for href, text, count in nav
        ],
        "path": "/viec",
        "switch_language": "/ngon-ngu/en?ve=%2F",
        "csrf": "token",
        "static": lambda name: f"/static/{name}",
        "demo": True,
        "demo_people_href": "/dien-tap",
        "notice": None,
        "form": None,
        "today": TODAY,
        "now": datetime(2026, 12, 2, 7, 5, tzinfo=UTC),
        "long_unit": LONG_UNIT[language],
        "long_name": LONG_NAME,
        **more,
    }  # fmt: skip


def rows(language: str, count: int) -> list[dict[str, Any]]:
    """Lines of a work list, a few of them late, one with the longest name there is."""
    vi = language == "vi"
    office = "Phòng Thẩm định giá" if vi else "Valuation Office"
    people = ["Nguyễn Thị Hồng Ngát", LONG_NAME, "Trần Đức Ưng", "Lò Văn Pành", office]
    units = [
        "Cục Tần số vô tuyến điện" if vi else "Radio Frequency Department",
        LONG_UNIT[language],
        "Vụ Pháp chế" if vi else "Legal Department",
    ]
    awards = [
        "Bằng khen của Bộ trưởng" if vi else "Minister’s certificate of merit",
        "Chiến sĩ thi đua Bộ" if vi else "Ministry emulation fighter",
        "Tập thể lao động xuất sắc" if vi else "Excellent labour collective",
    ]
    states = [
        ("Đang thẩm định" if vi else "In appraisal", "open"),
        ("Yêu cầu bổ sung" if vi else "Supplement requested", "waiting"),
        ("Đã gửi, chờ tiếp nhận" if vi else "Submitted", "open"),
        ("Tạm dừng xét" if vi else "Suspended", "stopped"),
        ("Đã có quyết định" if vi else "Decided", "positive"),
        ("Trả hồ sơ (không đủ điều kiện)" if vi else "Ineligible", "negative"),
    ]  # fmt: skip
    made = []
    for at in range(count):
        late = at % 7 == 3
        text, kind = states[at % len(states)]
        made.append(
            {
                "name": people[at % len(people)], "code": f"BK-2026-{at + 1:04}-{(at * 7) % 10}",
                "unit": units[at % len(units)],
                "award": awards[at % len(awards)], "state": text, "kind": "late" if late else kind, "late": late,
                "due_on": date(2026, 11, 27) + timedelta(days=at % 23), "days": -3 if late else at % 23,
            }
        )  # fmt: skip
    return made


def chart_days() -> list[dict[str, Any]]:
    load = [0, 3, 12, 7, 0, 0, 31, 18, 4, 0, 2, 0, 0, 9, 44, 23, 5, 1, 0, 0, 15, 8, 3, 0, 6, 0, 0, 11, 2, 1]
    return [
        {"on": TODAY + timedelta(days=at - 3), "value": value, "kind": "late" if at < 3 else "open"}
        for at, value in enumerate(load)
    ]


def wrong_form(language: str) -> TypedForm:
    """What an officer in a hurry types."""
    values = {
        "letter_no": "12-TTr", "sent_on": "31/02/2026", "reason": "", "unit": "b", "how": "paper",
        "papers": ["minutes"],
    }  # fmt: skip
    if language == "vi":
        return TypedForm(
            values,
            {
                "letter_no": "Số tờ trình phải có dạng 12/TTr-CTS",
                "sent_on": "Ngày 31/02/2026 không có trong lịch",
                "reason": "Ghi lý do nộp chậm",
                "papers": "Chọn đủ các giấy tờ bắt buộc",
                "scan": "Chọn lại tệp: trình duyệt không giữ tệp đã chọn",
            },
        )
    return TypedForm(
        values,
        {
            "letter_no": "The letter number must look like 12/TTr-CTS",
            "sent_on": "There is no 31/02/2026",
            "reason": "Give the reason for being late",
            "papers": "Tick every paper that is required",
            "scan": "Choose the file again: browsers do not keep it",
        },
    )


def gallery(language: str, **more: Any) -> str:
    """The page with everything on it."""
    vi = language == "vi"
    told = "Đã chuyển 12 hồ sơ; 2 hồ sơ chưa chuyển được." if vi else "12 dossiers moved; 2 could not."
    given = context(
        language, form=wrong_form(language), rows=rows(language, 200), few=rows(language, 6), days=chart_days(),
        notice=Sample({"kind": "success", "text": told}),
    )  # fmt: skip
    return environment().get_template("gallery.html").render({**given, **more})


def picture(folder: Path) -> None:
    """Pictures of the page, to look at: both languages, narrow and wide, and on paper."""
    from tests.browser.chromium import Stage, a_browser

    folder.mkdir(parents=True, exist_ok=True)
    with a_browser() as browser:
        for language in ("vi", "en"):
            html = gallery(language, rows=rows(language, 12))
            for width in (320, 1280, 1920):
                stage = Stage(browser)
                page = stage.show(html, width=width)
                page.screenshot(path=folder / f"{language}-{width}.png", full_page=True)
                if width == 1280:
                    page.pdf(path=folder / f"{language}.pdf", format="A4")
                stage.close()
                print(language, width, *stage.faults)


if __name__ == "__main__":
    picture(Path(sys.argv[1]))
