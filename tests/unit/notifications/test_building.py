"""What goes over the wire, read back by the standard parser: the judge did not write it."""

from __future__ import annotations

import email
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from notifications.building import Sender, build
from notifications.errors import AddressRefused, SettingsRefused
from notifications.mail import RenderedMail

DATE = datetime(2027, 1, 4, 1, 0, tzinfo=UTC)
SENDER = Sender("tdkt@bo.gov.vn", "Hội đồng Thi đua, Khen thưởng", "hoi-dap@bo.gov.vn", "khen.bo.gov.vn")
TEXT = "Kính gửi: Cục Viễn thông,\n\n.một dấu chấm\n.\nFrom người gửi\n" + "Đề nghị bổ sung hồ sơ. " * 50 + "\n"
RENDERED = RenderedMail("[TĐKT] Yêu cầu bổ sung hồ sơ – Tờ trình 07/TTr-CVT", TEXT, "<p>Kính gửi: Cục Viễn thông</p>\n")


def built(rendered: RenderedMail = RENDERED, sender: Sender = SENDER, **changes: Any) -> bytes:
    values = {
        "address": "vanthu@cvt.gov.vn",
        "name": "Cục Viễn thông",
        "message_id": "<abc@bo.gov.vn>",
        "thread_id": "<thread.1@bo.gov.vn>",
        "date": DATE,
    }
    return build(rendered, sender, **(values | changes))


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not [defect for part in message.walk() for defect in part.defects]
    return message


def test_the_reader_gets_exactly_what_was_written() -> None:
    message = parsed(built())
    assert message["Subject"] == RENDERED.subject
    assert message["To"].addresses[0].display_name == "Cục Viễn thông"
    assert message["To"].addresses[0].addr_spec == "vanthu@cvt.gov.vn"
    assert message["From"].addresses[0].display_name == "Hội đồng Thi đua, Khen thưởng"
    assert message["Reply-To"].addresses[0].addr_spec == "hoi-dap@bo.gov.vn"
    assert message["Message-ID"] == "<abc@bo.gov.vn>"
    assert message["References"] == message["In-Reply-To"] == "<thread.1@bo.gov.vn>"
    assert message["Date"].datetime == DATE
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "<khen.bo.gov.vn>"
    assert message["Content-Language"] == "vi"
    text, html = message.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert text.get_content().replace("\r\n", "\n") == RENDERED.text
    assert html.get_content_type() == "text/html"
    assert html.get_content().replace("\r\n", "\n") == RENDERED.html


@pytest.mark.parametrize("method", ["PUBLISH", "CANCEL"])
def test_an_appointment_is_a_third_way_to_read_the_mail(method: str) -> None:
    calendar = f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nSUMMARY:Phiên họp thứ nhất\r\nEND:VCALENDAR\r\n"
    message = parsed(built(calendar=calendar))
    assert message.get_content_type() == "multipart/alternative"
    text, html, appointment = message.iter_parts()
    assert text.get_content().replace("\r\n", "\n") == RENDERED.text
    assert html.get_content_type() == "text/html"
    assert appointment.get_content_type() == "text/calendar"
    assert appointment.get_param("method") == method
    assert appointment.get_content().replace("\r\n", "\n").rstrip() == calendar.replace("\r\n", "\n").rstrip()


def read(raw: bytes, header: str) -> str:
    """What a reader sees there, by the library's older part: the modern one adds blanks to long names as it reads."""
    value = email.message_from_bytes(raw, policy=policy.compat32)[header]
    said = str(make_header(decode_header(value)))
    return said.rpartition("<")[0].strip() or said


@pytest.mark.parametrize("amount", range(1, 40))
def test_no_blank_is_lost_or_added_where_a_long_text_is_folded(amount: int) -> None:
    """Subjects and names of units are longer than a line of a header holds."""
    words = "Kết quả bình xét tại đơn vị – Tờ trình 15/TTr-HV, Học viện Công nghệ Bưu chính Viễn thông".split() * 3
    for first in range(20):
        said = " ".join(words[first : first + amount])
        if said.isascii():
            continue  # quoted, not encoded
        raw = built(RenderedMail(said, "x", "x"), Sender("a@bo.vn", said), name=said)
        # The name of a recipient is cut at 200 characters.
        assert (read(raw, "Subject"), read(raw, "From"), read(raw, "To")) == (said, said, said[:200].strip())
        assert parsed(raw)["Subject"] == said


@pytest.mark.attack("S56")
def test_the_wire_is_seven_bits_with_short_lines_and_no_bare_line_ends() -> None:
    raw = built(RenderedMail("Đề nghị " * 24, TEXT * 20, TEXT * 20))
    assert all(byte < 128 for byte in raw)
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert not any(line.startswith(b".") for line in lines)


@pytest.mark.attack("S57")
def test_a_mail_has_one_recipient_and_no_blind_copy() -> None:
    message = parsed(built(name="Cục A, Cục B <b@evil.vn>, c@evil.vn"))
    assert [each.addr_spec for each in message["To"].addresses] == ["vanthu@cvt.gov.vn"]
    assert message["Cc"] is None
    assert message["Bcc"] is None


NASTY = ["\r\nBcc: evil@e.vn", "\nX: y", "\x0bX: y", "\x85X: y", "\u2028X: y", "\x00", "\r", "a\r\n\r\nbody", "\ud800"]


@pytest.mark.attack("S51", "S52")
@pytest.mark.parametrize("nasty", NASTY)
def test_no_value_leaves_its_header(nasty: str) -> None:
    message = parsed(built(RenderedMail(f"Tờ trình{nasty}", "x", "x"), name=f"Cục A{nasty}"))
    assert sorted(message.keys()) == sorted(parsed(built()).keys())
    assert len(list(message.iter_parts())) == 2


@pytest.mark.attack("S51", "S56")
@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=500))
@example("=?utf-8?b?QmNjOg==?=", "=?utf-8?q?=0D=0ABcc:_x?=", "--=_khen_part\r\n\r\nx")
@example("a" * 300, "đ" * 300, "\r\n.\r\n")
def test_any_text_stays_where_it_belongs(subject: str, name: str, body: str) -> None:
    raw = built(RenderedMail(subject, body, body), name=name)
    message = parsed(raw)
    assert all(byte < 128 for byte in raw)
    assert sorted(message.keys()) == sorted(parsed(built()).keys())
    assert [each.addr_spec for each in message["To"].addresses] == ["vanthu@cvt.gov.vn"]
    assert len(list(message.iter_parts())) == 2
    assert b"\r\n.\r\n" not in raw


def test_the_same_mail_is_the_same_bytes_each_time() -> None:
    assert built() == built()


def test_a_recipient_that_is_no_plain_address_is_refused() -> None:
    with pytest.raises(AddressRefused):
        built(address="a@bo.vn, b@evil.vn")


def test_a_sender_cannot_smuggle_headers() -> None:
    with pytest.raises(SettingsRefused):
        Sender("tdkt@bo.gov.vn", "Hội đồng\r\nBcc: evil@e.vn")
    with pytest.raises(SettingsRefused):
        Sender("tdkt@bo.gov.vn", list_id="x\r\ny")
    with pytest.raises(AddressRefused):
        Sender("Bộ <tdkt@bo.gov.vn>")
