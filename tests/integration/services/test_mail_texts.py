"""The ministry's own mail texts: proven before they are saved, taken up by a worker that goes on running."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from notifications import outbox
from notifications.errors import NotEditable
from notifications.mail import MailRequest
from notifications.rendering import FRAME
from tests.support.ministry import Ministry
from workflow.services import mail_texts, mails
from workflow.services.mail_texts import Renderers, TextRefused, UnknownText
from workflow.services.mailing import message_ids
from workflow.storage.database import read, write

OWN = "Subject: Lời riêng của Bộ\nSection: Tiếp nhận\n\nĐã nhận hồ sơ của {{ unit_name }}.\n"


def owe(m: Ministry, *, hold: str | None = None) -> int:
    request = MailRequest("act:1", "u@bo.example", "Cục", "vi", "received", {"unit_name": "Cục Viễn thông"}, hold=hold)
    with write(m.engine) as connection:
        outbox.enqueue(connection, [request], now=m.now, message_id_of=message_ids(m.desk))
    return int(m.one("SELECT max(id) FROM mail"))


def test_a_saved_text_speaks_in_the_next_mail_and_can_be_taken_back(m: Ministry) -> None:
    number = owe(m)
    renderers = Renderers()
    with read(m.engine) as connection:
        first = renderers(connection)
        assert renderers(connection) is first
    mail_texts.save(m.desk, "received", "vi", OWN, "BO/ADMIN", m.now)
    with read(m.engine) as connection:
        assert renderers(connection).sources["vi", "received"].subject == "Lời riêng của Bộ"
    assert mails.preview(m.desk, number).rendered.subject == "Lời riêng của Bộ"
    assert mail_texts.show(m.desk, "received", "vi").is_own
    assert not mail_texts.show(m.desk, "received", "en").is_own
    mail_texts.reset(m.desk, "received", "vi", "BO/ADMIN", m.now)
    detail = mail_texts.show(m.desk, "received", "vi")
    assert not detail.is_own
    assert [each.text for each in detail.history] == [None, OWN]
    assert mails.preview(m.desk, number).rendered.subject.startswith("[TĐKT] Đã tiếp nhận")
    assert m.one("SELECT count(*) FROM audit_entry WHERE kind='mail_text'") == 2


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("Subject: S\nSection: T\n\nx\n\n{% if note %}\n{{ nmae }}\n{% endif %}\n", "names", 7),
        ("Subject: {{ nmae }}\n\nx\n", "names", 1),
        ("Subject: S\n\nx\n{% if %}\n", "failed", 4),
        ("Subject: S\n\nx\n{% for line in lines %}\n{{ line.cod }}\n{% endfor %}\n", "failed", 5),
        ("no head at all", "template_head", 1),
        ("Section: only\n\nx", "template_subject_missing", 1),
    ],
)
def test_a_text_with_a_mistake_is_refused_with_its_line_and_nothing_is_saved(
    m: Ministry, text: str, code: str, line: int
) -> None:
    before = m.snapshot()
    with pytest.raises(TextRefused) as refused:
        mail_texts.save(m.desk, "received", "vi", text, "BO/ADMIN", m.now)
    assert (refused.value.problems[0].code, refused.value.problems[0].line) == (code, line)
    assert m.snapshot() == before


S40 = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ lines.__class__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ self._TemplateReference__context }}",
    "{{ unit_name|attr('__class__') }}",
    "{% for a in [1].append(2) %}{% endfor %}",
    "{{ namespace }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{{ 'x' * 1000000000 }}",
    "{{ '%1000000000s' % 'x' }}",
    "{% for a in lines %}{% for b in lines %}{% for c in lines %}x{% endfor %}{% endfor %}{% endfor %}",
)


@pytest.mark.attack("S40")
@pytest.mark.parametrize("payload", S40)
def test_s40_a_text_that_reaches_out_of_the_sandbox_is_refused(
    sqlite_engine: Engine, tmp_path: Path, payload: str
) -> None:
    m = Ministry(sqlite_engine, tmp_path)
    with pytest.raises(TextRefused):
        mail_texts.save(m.desk, "received", "vi", f"Subject: S\n\n{payload}\n", "BO/ADMIN", m.now)
    assert m.one("SELECT count(*) FROM mail_text") == 0


def test_the_frame_around_every_mail_is_proven_too(m: Ministry) -> None:
    shipped = mail_texts.shipped_text(FRAME, "vi")
    mail_texts.save(m.desk, FRAME, "vi", shipped.replace("Trân trọng.", "Kính thư."), "BO/ADMIN", m.now)
    assert "Kính thư." in mails.preview(m.desk, owe(m)).rendered.text
    with pytest.raises(TextRefused) as refused:
        mail_texts.save(m.desk, FRAME, "vi", shipped.replace("{{ body }}", "{{ bodi }}"), "BO/ADMIN", m.now)
    assert refused.value.problems[0].line == 3


def test_a_text_is_previewed_with_made_up_facts_and_unknown_ones_are_told(m: Ministry) -> None:
    assert "Đã nhận hồ sơ của Cục Viễn thông." in mail_texts.preview(m.desk, "received", "vi", OWN).text
    assert mail_texts.preview(m.desk, "several", "vi", mail_texts.shipped_text("several", "vi")).text
    for name, language in (("no_such", "vi"), ("received", "fr"), ("../../x", "vi")):
        with pytest.raises(UnknownText):
            mail_texts.show(m.desk, name, language)


def test_one_mail_is_edited_and_what_it_said_is_kept_where_a_person_can_be_erased(m: Ministry) -> None:
    number = owe(m, hold="results")
    _, subject, source = mails.to_edit(m.desk, number)
    mails.edit(m.desk, number, subject, source + "\nXin cảm ơn.", "BO/TK", m.now)
    assert mails.preview(m.desk, number).edited
    assert mails.preview(m.desk, number).rendered.text.endswith("Xin cảm ơn.\n")
    payload = m.one("SELECT payload FROM audit_entry WHERE kind='mail_edited'")
    assert "Xin cảm ơn" not in payload
    assert "Xin cảm ơn" in m.one("SELECT value FROM audit_opening WHERE name='words'")
    mails.unedit(m.desk, number, "BO/TK", m.now)
    assert "Xin cảm ơn" not in mails.preview(m.desk, number).rendered.text
    assert mails.release_all(m.desk, "BO/TK", m.now) == 1
    with pytest.raises(NotEditable):
        mails.edit(m.desk, number, "x", "y", "BO/TK", m.now)
