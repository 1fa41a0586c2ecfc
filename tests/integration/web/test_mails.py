"""The room of mails: what is seen of them, what may be done with them, and by whom."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from notifications import outbox
from notifications.catchall import FolderStore, Kept
from notifications.mail import LineRequest, MailRequest
from tests.support.browsing import Pages, csrf
from tests.support.ministry import Ministry
from workflow.services import mails
from workflow.services.mailing import message_ids
from workflow.storage.database import write

DESK = "BO/SECRETARIAT"


def owe(m: Ministry, number: int = 1, *, hold: str | None = "results", **context: Any) -> int:
    line = LineRequest("nomination:1", "notice", "council_result", {"code": "BK-1", "name": "Nguyễn Văn An", **context})
    request = MailRequest(
        f"act:{number}", f"u{number}@bo.example", f"Cục {number}", "vi", "council_result", {}, (line,), hold=hold
    )
    with write(m.engine) as connection:
        outbox.enqueue(connection, [request], now=m.now, message_id_of=message_ids(m.desk))
    return int(m.one("SELECT max(id) FROM mail"))


def post(client: Any, path: str, page: str, **fields: Any) -> Any:
    return client.post(path, data={"csrf": csrf(client.get(page)), **fields})


def test_the_list_tells_in_words_what_is_held_failed_and_uncertain(m: Ministry, pages: Pages) -> None:
    owe(m, 1)
    owe(m, 2, hold=None)
    failed, unsure = owe(m, 3, hold=None), owe(m, 4, hold=None)
    m.sql("UPDATE mail SET state='failed', reason='refused', next_attempt_at=NULL WHERE id=:id", id=failed)
    m.sql("UPDATE mail SET state='unknown', unknowns=1, next_attempt_at=NULL WHERE id=:id", id=unsure)
    answer = pages.browser(DESK).get("/thu")
    assert answer.status_code == 200
    for words in ("Cục 1", "chờ công bố kết quả", "không gửi được", "có thể trùng", "chờ gửi"):
        assert words in answer.text
    held = pages.browser(DESK).get("/thu?trang_thai=held").text
    assert "Cục 1" in held
    assert "u2@bo.example" not in held
    assert "u3@bo.example" in pages.browser(DESK).get("/thu?nhan=U3@BO").text
    assert "Không có hồ sơ" in pages.browser(DESK).get("/thu?ho_so=BK-2026-9999-1").text


def test_a_unit_sees_no_outbox_and_an_auditor_changes_nothing(m: Ministry, pages: Pages) -> None:
    number = owe(m)
    assert pages.browser("CVT/CB").get("/thu").status_code == 403
    assert pages.browser("CVT/CB").get(f"/thu/{number}").status_code == 403
    auditor = pages.browser("BO/AUDITOR")
    shown = auditor.get(f"/thu/{number}")
    assert shown.status_code == 200
    assert "Chỉ cơ quan thường trực" in shown.text
    token = csrf(shown)
    before = m.snapshot()
    for path in (f"/thu/{number}/lam", f"/thu/{number}/sua", "/thu/cho-gui", "/thu/dung-gui"):
        assert auditor.post(path, data={"csrf": token, "viec": "release", "tat_ca": "co"}).status_code == 403
    assert m.snapshot() == before


@pytest.mark.attack("S42")
def test_a_mail_is_shown_whole_and_runs_nothing(m: Ministry, pages: Pages) -> None:
    number = owe(m, name="<script>alert(1)</script> {{7*7}}", note='"><img src=x onerror=alert(1)>')
    client = pages.browser(DESK)
    answer = client.get(f"/thu/{number}")
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{7*7}}" in answer.text
    html = client.get(f"/thu/{number}/html")
    assert "attachment" in html.headers["content-disposition"]
    assert html.headers["content-security-policy"].startswith("sandbox")
    assert "<script>alert" not in html.text
    assert client.get("/thu/999").status_code == 404
    assert client.get("/thu/99999999999999999999999").status_code == 404


def test_a_held_mail_is_read_edited_and_released(m: Ministry, pages: Pages) -> None:
    number = owe(m)
    client = pages.browser(DESK)
    form = client.get(f"/thu/{number}/sua")
    assert "Nguyễn Văn An" in form.text
    words = "Kính gửi **Cục**,\r\n\r\nXin nhận <b>kết quả</b>."
    look = post(client, f"/thu/{number}/sua", f"/thu/{number}/sua", tieu_de="Kết quả", loi=words, viec="look")
    assert look.status_code == 200
    assert "&lt;strong&gt;Cục&lt;/strong&gt;" in look.text
    assert m.one("SELECT edited_text FROM mail WHERE id=:id", id=number) is None
    saved = post(client, f"/thu/{number}/sua", f"/thu/{number}/sua", tieu_de="Kết quả", loi=words, viec="save")
    assert saved.status_code == 303
    shown = client.get(f"/thu/{number}").text
    assert "đã sửa lời" in shown
    assert "Xin nhận &lt;b&gt;kết quả&lt;/b&gt;." in shown
    entry = m.all("SELECT number FROM audit_entry WHERE kind='mail_edited'")
    assert len(entry) == 1
    kept = m.one("SELECT value FROM audit_opening WHERE number=:n AND name='words'", n=entry[0][0])
    assert "Nguyễn Văn An" in kept  # what it said before
    assert "Xin nhận" in kept
    done = post(client, f"/thu/{number}/lam", f"/thu/{number}", viec="release")
    assert done.status_code == 303
    assert m.one("SELECT state FROM mail WHERE id=:id", id=number) == "queued"
    assert client.get(f"/thu/{number}/sua").status_code == 303


@pytest.mark.attack("S51")
@pytest.mark.parametrize("end", ["\r\n", "\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\0"])
def test_s51_a_subject_stays_one_line_however_it_is_typed(m: Ministry, pages: Pages, end: str) -> None:
    number = owe(m)
    client = pages.browser(DESK)
    subject = f"Kết quả{end}Bcc: evil@e.vn"
    post(client, f"/thu/{number}/sua", f"/thu/{number}/sua", tieu_de=subject, loi="Lời", viec="save")
    kept = str(m.one("SELECT subject FROM mail WHERE id=:id", id=number))
    assert kept.isprintable()
    assert kept.split() == ["Kết", "quả", "Bcc:", "evil@e.vn"] or kept == "Kết quảBcc: evil@e.vn"


def test_an_empty_edit_is_shown_again_with_what_was_typed(m: Ministry, pages: Pages) -> None:
    number = owe(m)
    client = pages.browser(DESK)
    answer = post(client, f"/thu/{number}/sua", f"/thu/{number}/sua", tieu_de=" ", loi="Giữ lại lời này", viec="save")
    assert answer.status_code == 422
    assert "Giữ lại lời này" in answer.text
    assert 'href="#tieu_de"' in answer.text


def test_discarding_needs_a_reason_and_resending_makes_a_marked_mail(m: Ministry, pages: Pages) -> None:
    number = owe(m)
    client = pages.browser(DESK)
    page = f"/thu/{number}"
    assert post(client, page + "/lam", page, viec="discard").status_code == 422
    assert post(client, page + "/lam", page, viec="resend").status_code == 409
    assert post(client, page + "/lam", page, viec="discard", ly_do="Đã báo qua điện thoại").status_code == 303
    assert "Đã báo qua điện thoại" in client.get(page).text
    again = post(client, page + "/lam", page, viec="resend")
    assert again.headers["location"] == f"/thu/{number + 1}"
    assert "gửi lại" in client.get(f"/thu/{number + 1}").text
    assert post(client, page + "/lam", page, viec="unedit").status_code == 409


@pytest.mark.parametrize(
    ("fields", "left"),
    [({"thu": ["1", "3"]}, [2]), ({"giu": "results", "tat_ca": "co"}, [3]), ({"tat_ca": "co"}, []), ({}, [1, 2, 3])],
)
def test_held_mails_are_released_one_by_one_by_hold_or_all(
    m: Ministry, pages: Pages, fields: dict[str, Any], left: list[int]
) -> None:
    for number, hold in ((1, "results"), (2, "results"), (3, "mode")):
        owe(m, number, hold=hold)
    client = pages.browser(DESK)
    assert "3 thư đang giữ lại" in client.get("/thu/cho-gui").text
    assert post(client, "/thu/cho-gui", "/thu/cho-gui", **fields).status_code == 303
    assert [row[0] for row in m.all("SELECT id FROM mail WHERE state='held' ORDER BY id")] == left


def test_the_front_page_of_the_desk_says_what_mail_waits_for_a_person(m: Ministry, pages: Pages) -> None:
    client = pages.browser(DESK)
    assert "/thu" not in _notices(client)
    for number, hold in ((1, "results"), (2, "mode"), (3, ""), (4, ""), (5, "")):
        owe(m, number, hold=hold)
    m.sql(
        "UPDATE mail SET state = 'failed', next_attempt_at = NULL, done_at = :on WHERE id = 3", on="2026-11-30 08:00:00"
    )
    m.sql("UPDATE mail SET state = 'failed', next_attempt_at = NULL, done_at = '2026-01-01 08:00:00' WHERE id = 4")
    assert "expired" not in _notices(client)
    m.sql("UPDATE mail SET state='expired', next_attempt_at=NULL, done_at='2026-11-30 08:00:00' WHERE id = 5")
    told = _notices(client)
    assert "1 thư hết hạn gửi trong 14 ngày qua" in told
    assert 'href="/thu?trang_thai=expired"' in told
    assert "1 thư đang giữ lại, chờ cho gửi" in told
    assert "1 thư không gửi được trong 14 ngày qua" in told
    assert 'href="/thu?trang_thai=failed"' in told
    post(pages.browser("BO/SECRETARIAT_HEAD"), "/thu/dung-gui", "/thu/dung-gui", viec="pause", ly_do="Bảo trì")
    assert "tạm ngừng" in _notices(client)
    assert "/thu" not in _notices(pages.browser("CVT/CB"))


def _notices(client: Any) -> str:
    return "".join(re.findall(r'<div class="khen-notice.*?</div>\s*</div>', client.get("/").text, re.DOTALL))


def test_the_queue_is_paused_with_a_reason_and_goes_on(m: Ministry, pages: Pages) -> None:
    head = pages.browser("BO/SECRETARIAT_HEAD")
    assert post(head, "/thu/dung-gui", "/thu/dung-gui", viec="pause").status_code == 422
    assert post(head, "/thu/dung-gui", "/thu/dung-gui", viec="pause", ly_do="Bảo trì <b>").status_code == 303
    assert mails.summary(m.desk, m.now).queue.paused_at is not None
    assert "Bảo trì &lt;b&gt;" in head.get("/thu").text
    assert pages.browser(DESK).get("/thu/dung-gui").status_code == 403
    assert post(head, "/thu/dung-gui", "/thu/dung-gui", viec="go_on").status_code == 303
    assert mails.summary(m.desk, m.now).queue.paused_at is None


def test_a_server_that_cannot_be_reached_is_named_on_the_page_and_in_health_until_it_answers(
    m: Ministry, pages: Pages
) -> None:
    admin, desk = pages.browser("BO/ADMIN"), pages.browser(DESK)
    with write(m.engine) as connection:
        outbox.lane_failed(connection, m.now + timedelta(minutes=5), "127.0.0.1:25: Connection refused")
    told = desk.get("/thu").text
    assert "Không liên lạc được máy chủ thư" in told
    assert "127.0.0.1:25: Connection refused" in told
    assert "thư nằm chờ và tự gửi lại" in admin.get("/suc-khoe").text
    with write(m.engine) as connection:
        outbox.lane_worked(connection, m.now)
    owe(m, hold=None)
    assert "Không liên lạc được" not in desk.get("/thu").text
    m.sql("UPDATE mail SET last_code = 0, last_answer = '127.0.0.1:25: [Errno 111]' WHERE state = 'queued'")
    assert "127.0.0.1:25: [Errno 111]" in desk.get("/thu").text, "one mail alone does not try every lane"
    m.sql("UPDATE mail SET state = 'handed_over', next_attempt_at = NULL WHERE state = 'queued'")
    assert "Không liên lạc được" not in desk.get("/thu").text + admin.get("/suc-khoe").text


def test_the_coming_reminders_are_told_by_day_and_recipient(m: Ministry, pages: Pages) -> None:
    codes = m.drafts(1)
    m.walk(codes, "received")
    answer = pages.browser(DESK).get("/thu/sap-gui")
    assert answer.status_code == 200
    assert codes[0] in answer.text
    before = m.snapshot()
    pages.browser(DESK).get("/thu/sap-gui")
    assert {k: v for k, v in m.snapshot().items() if k != "web_session"}.keys() <= before.keys()


# ── the mailbox of a rehearsal ───────────────────────────────────────────────────────────────────


def caught(folder: Path, number: int, subject: str, text: str, html: str = "<p>x</p>") -> str:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "khen@bo.example", f"u{number}@bo.example", subject
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    raw = message.as_bytes()
    name = f"2026120{number}T000000.eml"
    at = datetime(2026, 12, number, tzinfo=UTC).isoformat()
    kept = Kept(name, at, "khen@bo.example", f"u{number}@bo.example", f"<{number}@x>", subject, len(raw))
    FolderStore(folder, durable=False).keep(kept, raw)
    return name


def test_in_a_rehearsal_everybody_reads_the_caught_mails(m: Ministry, tmp_path: Path) -> None:
    pages = Pages(m, tmp_path, demo=True)
    folder = tmp_path / "mailbox"
    pages.app.state.house.mailbox = folder
    caught(folder, 1, "Đã tiếp nhận", "một")
    text = "Xem http://127.0.0.1:8080/ho-so/BK-1. <script>alert(1)</script> https://ngoai.example/a?b=1&c=2"
    name = caught(folder, 2, "Yêu cầu bổ sung <i>", text, "<script>alert(2)</script>")
    client = pages.stranger()
    listed = client.get("/mailbox").text
    assert listed.index("Yêu cầu bổ sung &lt;i&gt;") < listed.index("Đã tiếp nhận")
    assert "Yêu cầu" not in client.get("/mailbox?tim=da tiep nhan").text
    shown = client.get(f"/mailbox/{name}").text
    assert '<a class="govuk-link" href="/ho-so/BK-1">' in shown
    assert 'href="https://ngoai.example/a?b=1&amp;c=2"' in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert "alert(2)" not in shown
    for other in ("ledger.jsonl", "nothing.eml", "..%2Fconfig.toml", "%00.eml"):
        assert client.get(f"/mailbox/{other}").status_code == 404, other


def test_in_earnest_there_is_no_mailbox(m: Ministry, tmp_path: Path) -> None:
    pages = Pages(m, tmp_path)
    pages.app.state.house.mailbox = tmp_path
    assert pages.browser("BO/ADMIN").get("/mailbox").status_code == 404
    assert pages.stranger().get("/mailbox/x.eml").status_code == 404
