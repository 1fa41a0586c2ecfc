"""One held mail with words of its own: frozen for the lines it has, sent as written, never sent for other lines."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from sqlalchemy import Engine, text

from notifications import outbox, overview
from notifications.errors import NotDiscardable, NotEditable, UnknownMail
from notifications.rendering import edited
from tests.integration.notifications.factory import NOW, Clock, enqueue, line, mail, smtp_to, worker
from tests.integration.notifications.test_delivery import hostile

WORDS = "Kính gửi Cục,\n\nXin nhận **giấy mời** trước ngày 15."


def edit(engine: Engine, mail_id: int = 1) -> None:
    with engine.begin() as connection:
        outbox.edit(connection, mail_id, WORDS, edited("Giấy mời", WORDS, "vi"), by="BO/TK", now=NOW)


def release(engine: Engine, references: list[str] | None = None) -> None:
    with engine.begin() as connection:
        outbox.release(connection, "results", references, NOW)


def head_of(engine: Engine, mail_id: int = 1) -> overview.MailDetail:
    with engine.connect() as connection:
        return overview.show_mail(connection, mail_id)


def test_an_edited_mail_goes_out_as_it_was_written(engine: Engine) -> None:
    enqueue(engine, mail(1, lines=(line(1), line(2)), hold="results"))
    edit(engine)
    assert head_of(engine).head.state == "held"
    assert (head_of(engine).head.edited_by, head_of(engine).edited_text) == ("BO/TK", WORDS)
    release(engine)
    with hostile() as server:
        assert worker(engine, smtp_to(server.port), Clock()).deliver().handed_over == 1
        ((_, message),) = server.store.mails  # type: ignore[attr-defined]
    sent = message_from_bytes(message, policy=policy.default)
    html = sent.get_body(("html",))
    assert sent["Subject"] == "Giấy mời"
    assert html is not None
    assert "<strong>giấy mời</strong>" in html.get_content()
    assert head_of(engine).text == "Kính gửi Cục,\n\nXin nhận giấy mời trước ngày 15.\n"


def test_edited_words_are_never_sent_for_other_lines(engine: Engine) -> None:
    enqueue(engine, mail(1, lines=(line(1), line(2)), hold="results"))
    edit(engine)
    with engine.begin() as connection:
        outbox.cancel_lines(connection, references=["nomination:2"], reason="step_left", now=NOW)
    release(engine)
    with hostile() as server:
        assert worker(engine, smtp_to(server.port), Clock()).deliver().handed_over == 0
        found = head_of(engine)
        assert (found.head.state, found.head.hold, found.head.reason) == ("held", "edited", "held_edited")
        assert found.is_stale
        edit(engine)
        with engine.begin() as connection:
            outbox.release_mails(connection, [1], NOW)
        assert worker(engine, smtp_to(server.port), Clock()).deliver().handed_over == 1


def test_neither_part_of_an_edited_mail_that_is_released_in_part_goes_by_itself(engine: Engine) -> None:
    enqueue(engine, mail(1, lines=(line(1), line(2)), hold="results"))
    edit(engine)
    release(engine, ["nomination:2"])
    with hostile() as server:
        assert worker(engine, smtp_to(server.port), Clock()).deliver().handed_over == 0
    assert [head_of(engine, each).head.state for each in (1, 2)] == ["held", "held"]


def test_going_back_to_the_template(engine: Engine) -> None:
    enqueue(engine, mail(1, lines=(line(1),), hold="results"))
    edit(engine)
    with engine.begin() as connection:
        outbox.unedit(connection, 1)
    found = head_of(engine)
    assert (found.text, found.edited_text, found.head.subject, found.head.edited_by) == (None, None, None, None)


def test_only_a_held_mail_is_edited(engine: Engine) -> None:
    enqueue(engine, mail(1))
    with pytest.raises(NotEditable):
        edit(engine)
    with pytest.raises(UnknownMail):
        edit(engine, 77)


def test_a_held_mail_is_put_aside_with_a_reason_and_another_is_not(engine: Engine) -> None:
    enqueue(engine, mail(1, lines=(line(1),), hold="results"), mail(2))
    with engine.begin() as connection:
        outbox.discard(connection, 1, "Đã báo qua điện thoại", NOW)
        with pytest.raises(NotDiscardable):
            outbox.discard(connection, 2, "x", NOW)
        with pytest.raises(UnknownMail):
            outbox.discard(connection, 77, "x", NOW)
    found = head_of(engine).head
    assert (found.state, found.reason, found.last_answer) == ("cancelled", "discarded", "Đã báo qua điện thoại")
    release(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM mail WHERE state = 'cancelled'")).scalar() == 1


def test_mails_are_found_by_hold_matter_and_recipient(engine: Engine) -> None:
    enqueue(engine, mail(1, lines=(line(1),), hold="results"), mail(12, lines=(line(2),)), mail(3, hold="results"))
    with engine.connect() as connection:
        assert [each.id for each in overview.list_mails(connection, hold="results")] == [3, 1]
        assert [each.id for each in overview.list_mails(connection, words="UNIT1")] == [2, 1]
        assert [each.id for each in overview.list_mails(connection, words="_")] == []
        assert [each.id for each in overview.list_mails(connection, under="nomination:")] == [2, 1]
