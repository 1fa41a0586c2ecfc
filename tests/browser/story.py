"""The season of one list, told on pages: from the invitation of a unit's officer to the number of the decision.

Each function is a chapter: what one person does in one sitting and what he reads there. Nothing happens beside the
pages but that days pass and mails arrive.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import openpyxl
import pyotp

from definitions.calendar import LOCAL
from tests.browser.hands import Person
from tests.browser.office import ROOT, Office

INVITED = ("PTIT/CB", "PTIT/HD", "PTIT/TT", "SHN/CB", "BO/TT1", "BO/TK", "BO/VT")
"""The unit's officer, council and head; another unit's officer; standing office, secretary of the council, clerk."""
SAMPLES = ROOT / "workflow" / "demo_data" / "lists"
PASSWORD = "cây bàng trước cổng trường"
AWARD = "Bằng khen của Bộ trưởng"
LINES = (
    "Nguyễn Xuân Giang", "Nguyễn Thị Hòa", "Võ Ngọc Xuân", "Phạm Thu Sơn", "Lê Hữu Duyên", "Lý Bảo Hà", "Đỗ Hữu Tú",
    "Võ Thanh Ngân", "Bùi Hải Hùng",
)  # fmt: skip
"""Those on the list for whom the Minister's certificate is asked."""
LETTER = "15/TTr-HV"
REASON = "Đã đối chiếu hồ sơ giấy; thành tích các năm trước chưa nhập vào hệ thống"
DEFECTS = ("Báo cáo thành tích chưa có xác nhận của đơn vị", "Chức vụ chưa khớp với quyết định bổ nhiệm",
           "Chưa nêu kết quả cụ thể của năm 2026")  # fmt: skip
DECISION = "1207/QĐ-BKHCN"
SECRET = ("21/BB-HĐ", "Tổng số thành viên: 15")
"""Of a vote nothing is for units: no count, no minutes."""
UNIT_MAILBOX = "tdkt@ptit.example"


@dataclass
class Story:
    """One telling: the house, how somebody comes to a browser, and the lines that go all the way.

    The first of them is asked for a supplement, the last is not passed by the council.
    """

    office: Office
    come: Callable[[], Person]
    lines: Sequence[str]
    paper: Path
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def passed(self) -> Sequence[str]:
        return self.lines[:-1]

    @property
    def failed(self) -> str:
        return self.lines[-1]

    def day(self, day: int, hour: int = 9) -> None:
        """Morning of this December day."""
        self.office.turn_to(datetime(2026, 12, day, hour, tzinfo=LOCAL))

    def invited(self, person: str) -> Person:
        """Open the invitation that came by mail, choose a password, be in."""
        unit, _, code = person.lower().partition("/")
        came = self.come()
        came.open(self.office.letter(f"{code}@{unit}.example", "Lời mời dùng hệ thống").link("/loi-moi/"))
        came.write("Mật khẩu mới", PASSWORD).write("Nhập lại mật khẩu mới", PASSWORD)
        came.press("Đặt mật khẩu và vào hệ thống").sees("Tài khoản đã sẵn sàng")
        self.people[person] = came
        return came


def second_factor(person: Person) -> None:
    """Whoever may decide much sets up his telephone first."""
    person.sees("Vai trò của bạn bắt buộc có mã xác thực").press("Bắt đầu cài đặt")
    secret = re.search(r"ứng dụng: ((?:[A-Z2-7]{4} ?){8})", " ".join(person.text.split()))
    assert secret, person.text
    person.write("Mã 6 số đang hiện", pyotp.TOTP(secret[1].replace(" ", "")).now()).press("Xác nhận")
    person.sees("Mã dự phòng").press("Tôi đã cất các mã này")


# ── the unit ─────────────────────────────────────────────────────────────────────────────────────


def the_officer_brings_the_list(story: Story) -> None:
    officer = story.invited("PTIT/CB")
    officer.follow("Tờ trình").press("Tải danh sách lên")
    officer.attach(SAMPLES / "danh-sach-hoc-vien.xlsx").press("Tải lên và kiểm tra")
    officer.sees("25 Dòng đúng", "0 Dòng cần sửa", "C = Chức vụ, đơn vị", "2 dòng không phải là trường hợp đề nghị")
    assert officer.field("Số Tờ trình").input_value() == LETTER
    officer.press("Nhận 25 trường hợp").sees("Đã nhận 25 trường hợp mới. Còn 0 dòng chưa nhận.")
    officer.press("Đưa ra bình xét").press("Xem trước kết quả").sees("25 trường hợp Đang bình xét tại đơn vị")
    officer.press("Đưa ra bình xét").sees("Đã thực hiện cho 25 trường hợp; 0 trường hợp chưa thực hiện được.")
    officer.follow("Về Tờ trình")
    for title, lines in (("Tờ trình của đơn vị", 25), ("Danh sách đề nghị khen thưởng", 25),
                         ("Biên bản bình xét thi đua", 14), ("Biên bản xét khen thưởng", 11)):  # fmt: skip
        officer.attach(story.paper, title).press("Tải lên", title).sees(f"Đã lưu: {title}, dùng chung cho {lines}")
    for name in story.lines[1:]:
        officer.follow(name).unfold("Nộp giấy tờ hoặc bản mới")
        officer.choose("Loại giấy tờ", "Báo cáo thành tích có xác nhận của đơn vị")
        officer.attach(story.paper).press("Nộp").sees("Đã nộp, đây là bản 1.")
        officer.follow("Tờ trình").follow(LETTER)


def the_units_council_votes(story: Story) -> None:
    council = story.invited("PTIT/HD")
    council.sees("25 Đang chờ tôi").follow("Tờ trình").follow(LETTER).press("Kết thúc bình xét")
    for label, typed in (("Tổng số thành viên Hội đồng", "9"), ("Số thành viên dự họp", "9"),
                         ("Số biên bản", "05/BB-HĐ"), ("Số phiếu đồng ý", "9")):  # fmt: skip
        council.write(label, typed)
    council.press("Xem trước kết quả").sees("25 trường hợp Hồ sơ đang soạn tại đơn vị")
    council.press("Kết thúc bình xét").sees("Đã thực hiện cho 25 trường hợp; 0 trường hợp chưa thực hiện được.")


def the_head_hands_it_in(story: Story) -> None:
    head = story.invited("PTIT/TT")
    head.follow("Tờ trình").follow(LETTER).sees("Gửi hồ sơ Áp dụng cho 22 trường hợp.")
    head.sees("Đưa ra khối, cụm suy tôn Áp dụng cho 3 trường hợp.")
    head.press("Gửi hồ sơ").press("Xem trước kết quả")
    head.sees("Số Tờ trình 15/TTr-HV", "5 trường hợp", "Chưa thực hiện được: 17 trường hợp", "Cảnh báo cần nêu lý do")
    for box in head.page.locator("main textarea").all():
        head.hands.write(box, REASON)
    head.press("Xem lại kết quả").sees("22 trường hợp Đã gửi, chờ cơ quan thường trực tiếp nhận")
    head.press("Gửi hồ sơ").sees("Đã thực hiện cho 22 trường hợp; 0 trường hợp chưa thực hiện được.")
    head.follow("Giấy báo đã nhận hồ sơ điện tử").sees("22 trường hợp đã gửi qua hệ thống.", *story.lines)


def the_other_unit_is_answered_line_by_line(story: Story) -> None:
    other = story.invited("SHN/CB")
    other.follow("Tờ trình").sees("Chưa có tờ trình nào").press("Tải danh sách lên")
    other.attach(SAMPLES / "danh-sach-so-ha-noi-sai-tuyen.xlsx").press("Tải lên và kiểm tra")
    other.sees("11 Dòng đúng", "14 Dòng cần sửa", "Các dòng cần sửa (14)")
    assert other.text.count("tuyến trình") >= 14, other.text
    book = openpyxl.load_workbook(io.BytesIO(other.take("Tải tệp có cột lỗi")))
    wrong = [
        row for row in book.worksheets[0].iter_rows(values_only=True) if any("tuyến trình" in str(cell) for cell in row)
    ]
    assert len(wrong) == 14, wrong
    other.press("Nhận 11 trường hợp đúng").sees("Đã nhận 11 trường hợp mới. Còn 14 dòng chưa nhận.")


# ── the supplement ───────────────────────────────────────────────────────────────────────────────


def the_secretary_asks_for_a_supplement(story: Story) -> None:
    story.day(7)
    secretary = story.invited("BO/TT1")
    second_factor(secretary)
    secretary.follow("Việc của tôi").sees("22 Đang chờ tôi")
    find(secretary, story.lines[:1], state="")
    secretary.follow(story.lines[0]).press("Yêu cầu bổ sung")
    secretary.write("Các nội dung còn thiếu, chưa đúng", "\n".join(DEFECTS))
    secretary.write("Hạn bổ sung", "14/12/2026").press("Xem điều gì sẽ xảy ra")
    secretary.sees("1 trên 1 hồ sơ sẽ chuyển", "1: Đã gửi, chờ tiếp nhận → Yêu cầu bổ sung", *DEFECTS)
    secretary.press("Thực hiện").sees("Đã thực hiện.", "Yêu cầu bổ sung.")


def the_unit_answers_it(story: Story) -> None:
    letter = story.office.letter(UNIT_MAILBOX, "bổ sung")
    for each in (*DEFECTS, story.lines[0], "14/12/2026"):
        assert each in letter.text, letter.text
    officer = story.people["PTIT/CB"]
    officer.open(letter.link("/mo/")).sees(story.lines[0]).press("Đi tới chỗ thực hiện")
    officer.sees("Nội dung cần bổ sung (3)", *DEFECTS)
    report = "Báo cáo thành tích có xác nhận của đơn vị"
    officer.attach(story.paper, report).press("Tải lên", report).sees("Đã lưu giấy tờ.")
    officer.write("Chức vụ", "Kỹ sư chính").press("Lưu nội dung").sees("Đã lưu nội dung.")
    officer.write("Giải trình của đơn vị", "Đã bổ sung đủ ba nội dung").press("Xem trước khi nộp")
    officer.sees("1 trường hợp Đã gửi, chờ cơ quan thường trực tiếp nhận").press("Nộp bổ sung")
    officer.sees("Đã thực hiện cho 1 trường hợp; 0 trường hợp chưa thực hiện được.")


# ── the desk ─────────────────────────────────────────────────────────────────────────────────────


def find(person: Person, names: Sequence[str], state: str) -> None:
    """These dossiers in the list of all."""
    person.follow("Hồ sơ").unfold("Lọc danh sách").choose("Hình thức khen thưởng", AWARD)
    if state:
        person.choose("Trạng thái", state)
    person.press("Lọc").sees(*names)


def together(
    story: Story, person: Person, act: str, names: Sequence[str], *, state: str, typed: Sequence[tuple[str, str]] = (),
    told: Sequence[str] = (), moves: bool = True,
) -> None:  # fmt: skip
    """Tick, choose the act, fill in, look at what will happen, press, read what happened: whether they move or not."""
    find(person, names, state)
    for name in names:
        person.tick(f"Chọn {name}")
    person.press("Chọn việc cho hồ sơ đã đánh dấu").sees(f"Đã chọn {len(names)} hồ sơ").press(act)
    for label, text in typed:
        person.write(label, text)
    if "/nhap/" in person.page.url:  # an act that asks for nothing is shown at once
        person.press("Xem điều gì sẽ xảy ra")
    all_of_them = f"{len(names)} trên {len(names)} hồ sơ"
    will, did = (
        (f"{all_of_them} sẽ chuyển", f"{len(names)} hồ sơ đã chuyển, 0 hồ sơ giữ nguyên.")
        if moves
        else (f"Thực hiện với {all_of_them}, trạng thái giữ nguyên", f"Đã thực hiện với {len(names)} hồ sơ")
    )
    person.sees(will, *told)
    person.press("Thực hiện").sees(did, *names)


def the_secretary_receives_and_appraises(story: Story) -> None:
    story.day(8)
    secretary, names = story.people["BO/TT1"], story.lines
    together(story, secretary, "Tiếp nhận", names, state="Đã gửi, chờ tiếp nhận",
             told=("1 thư sẽ gửi", f"<{UNIT_MAILBOX}>", "Kính gửi: Học viện"))  # fmt: skip
    story.office.letter(UNIT_MAILBOX, "Đã tiếp nhận hồ sơ")
    together(story, secretary, "Bắt đầu thẩm định", names, state="Đã tiếp nhận")
    together(story, secretary, "Gửi bản rà soát", names, state="Đang thẩm định", told=(f"<{UNIT_MAILBOX}>",),
             moves=False)  # fmt: skip


def the_unit_confirms_the_names(story: Story) -> None:
    officer = story.people["PTIT/CB"]
    officer.open(story.office.letter(UNIT_MAILBOX, "à soát").link("/mo/")).sees("Kỹ sư chính", *story.lines)
    officer.press("Xác nhận bản rà soát").sees(f"Đã thực hiện cho {len(story.lines)} hồ sơ")


def the_secretary_puts_them_on_the_agenda(story: Story) -> None:
    secretary = story.people["BO/TT1"]
    typed = [("Phiên họp", "Phiên 1/2026"), ("Ngày họp", "10/12/2026"), ("Hai năm liên tục Chiến sĩ thi đua", REASON)]
    together(story, secretary, "Đưa vào phiên họp", story.lines, state="Đang thẩm định", typed=typed,
             told=("Phiên 1/2026", "Ngày họp Hội đồng: 10/12/2026"))  # fmt: skip
    story.office.letter(UNIT_MAILBOX, "Đưa vào chương trình họp")


def the_council_votes(story: Story) -> None:
    """Each line has its own count; nobody outside learns of any."""
    story.day(10)
    secretary = story.invited("BO/TK")
    second_factor(secretary)
    together(story, secretary, "Mở bỏ phiếu", story.lines, state="Chờ họp Hội đồng")
    counts = [(f"{label}, Điền chung", text) for label, text in (
        ("Tổng số thành viên", "15"), ("Số có mặt", "14"), ("Đồng ý", "13"), ("Không đồng ý", "1"),
        ("Số biên bản", "21/BB-HĐ"))]  # fmt: skip
    counts += [(f"Đồng ý, {story.failed}", "11"), (f"Không đồng ý, {story.failed}", "3")]
    together(story, secretary, "Đóng bỏ phiếu", story.lines, state="Hội đồng đang bỏ phiếu", typed=counts,
             told=(f"{len(story.passed)}: Hội đồng đang bỏ phiếu → Đang trình ký",
                   "1: Hội đồng đang bỏ phiếu → Hội đồng không thông qua"))  # fmt: skip


def the_unit_does_not_know_yet(story: Story) -> None:
    officer = story.people["PTIT/CB"]
    officer.follow("Hồ sơ")
    rows = {
        " ".join(row(officer, name).split()).removeprefix(f"Chọn {name} ").partition(" ")[2] for name in story.lines
    }
    assert rows == {f"{name} {AWARD} Đang xét {LETTER}" for name in story.lines}, rows
    assert not [each for each in story.office.letters(UNIT_MAILBOX) if "Kết luận" in each.subject]


def row(person: Person, name: str) -> str:
    """A line of a list as it reads."""
    return person.page.get_by_role("row").filter(has_text=name).first.inner_text()


def the_results_are_released(story: Story) -> None:
    secretary = story.people["BO/TK"]
    together(story, secretary, "Công bố kết quả họp Hội đồng", story.lines, state="", moves=False)
    # Two mails that wait together leave on two connections, and either may be the first.
    story.office.letter(UNIT_MAILBOX, "Kết luận của Hội đồng")


def the_decision_gets_its_number(story: Story) -> None:
    story.day(11)
    clerk = story.invited("BO/VT")
    together(story, clerk, "Ban hành quyết định", story.passed, state="Đang trình ký", typed=(
        ("Số", "1207"), ("Ký hiệu", "QĐ-BKHCN"), ("Ngày ban hành", "11/12/2026"),
        ("Người ký", "Bộ trưởng"), ("Quyền hạn, chức vụ ký", "BỘ TRƯỞNG")))  # fmt: skip


def the_unit_reads_the_result(story: Story) -> None:
    told = story.office.letter(UNIT_MAILBOX, "Quyết định khen thưởng")
    assert told.subject == f"[TĐKT] Quyết định khen thưởng số {DECISION} – Học viện Công nghệ Bưu chính Viễn thông"
    for name in LINES:
        assert (name in told.text) == (name in story.passed), told.text
    officer = story.people["PTIT/CB"]
    officer.follow("Hồ sơ")
    for name in story.lines:
        words = "Hội đồng không thông qua" if name == story.failed else "Đã có quyết định khen thưởng"
        assert words in row(officer, name), row(officer, name)
    officer.follow(story.lines[0]).sees(DECISION, "Kỹ sư chính", "Đã có quyết định khen thưởng")
    officer.sees_not(*(name for name in LINES if name != story.lines[0]), *SECRET)
    officer.follow("Hồ sơ").follow(story.failed).sees("Hội đồng không thông qua").sees_not(DECISION, *SECRET)


def every_mail_of_the_season_arrived(story: Story) -> None:
    """Exactly these, in this order: nothing twice, nothing early, nothing to a mailbox that it does not concern."""
    said: dict[str, list[str]] = {}
    for letter in story.office.letters():
        if not letter.subject.startswith("[TĐKT] Nhắc việc"):  # comes by the clock, when the telling takes long
            said.setdefault(letter.to, []).append(letter.subject)
    invitation, list_ = "Lời mời dùng hệ thống hồ sơ thi đua, khen thưởng", f"Tờ trình {LETTER}"
    unit = "Học viện Công nghệ Bưu chính Viễn thông"
    agenda = f"[TĐKT] Đưa vào chương trình họp Hội đồng ngày 10/12/2026 – {list_}"
    assert said.pop(UNIT_MAILBOX) == [
        f"[TĐKT] Kết quả bình xét tại đơn vị – {list_}",
        f"[TĐKT] Xác nhận đã gửi hồ sơ điện tử – {list_}",
        f"[TĐKT] Yêu cầu bổ sung hồ sơ – {list_} – hạn 14/12/2026",
        f"[TĐKT] Xác nhận đã gửi hồ sơ điện tử – {list_}",
        f"[TĐKT] Đã tiếp nhận hồ sơ – {list_}",
        f"[TĐKT] Rà soát danh sách trước khi trình ký – {list_} – hạn 10/12/2026",
        agenda,
        f"[TĐKT] Kết luận của Hội đồng – {list_}",
        f"[TĐKT] Quyết định khen thưởng số {DECISION} – {unit}",
    ]
    assert said.pop("tt1@bo.example") == [
        invitation,
        f"[TĐKT] Hồ sơ gửi đến – {unit} – {list_} – hạn 09/12/2026",
        f"[TĐKT] Đơn vị đã bổ sung hồ sơ – {unit} – {list_}",
    ]
    assert said.pop("tk@bo.example") == [invitation, agenda]
    council = {to: said.pop(to) for to in list(said) if to.startswith("uv")}
    assert len(council) >= 10
    assert {tuple(subjects) for subjects in council.values()} == {(agenda,)}
    invited_only = {"cb@ptit.example", "hd@ptit.example", "tt@ptit.example", "cb@shn.example", "vt@bo.example"}
    assert said == {to: [invitation] for to in invited_only}


def the_other_unit_knows_nothing_of_it(story: Story) -> None:
    officer, other = story.people["PTIT/CB"], story.people["SHN/CB"]
    theirs = officer.follow("Hồ sơ").codes()
    address = officer.follow(story.lines[0]).page.url
    names = [str(each[1]).removeprefix("Ông ").removeprefix("Bà ") for each in _list("danh-sach-hoc-vien.xlsx")]
    assert (len(theirs), len(names)) == (25, 25)
    hidden = (*theirs, *names, *DEFECTS, LETTER, DECISION, "PTIT", "Học viện Công nghệ Bưu chính Viễn thông", *SECRET)
    for link in ("Việc của tôi", "Hồ sơ của đơn vị", "Hồ sơ", "Tờ trình"):
        other.follow(link).sees_not(*hidden)
    other.follow("Hồ sơ").unfold("Lọc danh sách").write("Tìm", story.lines[0]).press("Lọc").sees("0 hồ sơ")
    answers = [other.asks(each) for each in (address, f"{other.home_address}/ho-so/BKB-2026-99999-9")]
    assert [status for status, _ in answers] == [404, 404]
    assert len({text.replace(address, "") for _, text in answers}) == 1
    for letter in story.office.letters():
        if "shn.example" in letter.to:
            assert not [each for each in hidden if each in letter.raw]


def _list(file: str) -> list[tuple[object, ...]]:
    """The numbered rows of a sample."""
    sheet = openpyxl.load_workbook(SAMPLES / file).worksheets[0]
    return [values for values in sheet.iter_rows(values_only=True) if isinstance(values[0], int)]


CHAPTERS: Sequence[Callable[[Story], None]] = (
    the_officer_brings_the_list, the_units_council_votes, the_head_hands_it_in, the_other_unit_is_answered_line_by_line,
    the_secretary_asks_for_a_supplement, the_unit_answers_it, the_secretary_receives_and_appraises,
    the_unit_confirms_the_names, the_secretary_puts_them_on_the_agenda, the_council_votes, the_unit_does_not_know_yet,
    the_results_are_released, the_decision_gets_its_number, the_unit_reads_the_result, every_mail_of_the_season_arrived,
    the_other_unit_knows_nothing_of_it,
)  # fmt: skip
