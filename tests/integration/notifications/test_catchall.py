"""The catch-all server of the demo, asked by the standard library's own client."""

from __future__ import annotations

import gc
import smtplib
import socket
import warnings
from email.message import EmailMessage
from pathlib import Path

import pytest

from notifications.catchall import (
    LEDGER,
    FolderStore,
    Hangup,
    MailServer,
    MemoryStore,
    Session,
    in_thread,
    read_ledger,
    read_message,
)
from notifications.errors import SettingsRefused
from tests.integration.notifications.factory import Clock


def a_message(subject: str = "Thư thử") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "a@bo.example", "b@bo.example"
    message["Message-ID"] = "<1@bo.example>"
    message.set_content("a line\n.\n..two dots\n")
    return message


def test_every_mail_is_kept_as_a_file_with_a_line_in_the_ledger(tmp_path: Path) -> None:
    with in_thread(MailServer(FolderStore(tmp_path / "caught"), clock=Clock())) as server:
        with smtplib.SMTP(server.host, server.port, timeout=5) as client:
            client.send_message(a_message())
            client.send_message(a_message("Hai"), to_addrs=["b@bo.example", "c@bo.example"])
    kept = read_ledger(tmp_path / "caught")
    assert [(each.subject, each.recipient) for each in kept] == [
        ("Thư thử", "b@bo.example"),
        ("Hai", "b@bo.example"),
        ("Hai", "c@bo.example"),
    ]
    assert {each.message_id for each in kept} == {"<1@bo.example>"}
    raw = read_message(tmp_path / "caught", kept[0].name)
    assert len(raw) == kept[0].size
    assert raw.endswith(b"\r\n\r\na line\r\n.\r\n..two dots\r\n")


def test_a_ledger_cut_by_a_crash_is_still_read(tmp_path: Path) -> None:
    with in_thread(MailServer(FolderStore(tmp_path), clock=Clock())) as server:
        with smtplib.SMTP(server.host, server.port, timeout=5) as client:
            client.send_message(a_message())
    with (tmp_path / LEDGER).open("a") as ledger:
        ledger.write('{"name": "half')
    assert len(read_ledger(tmp_path)) == 1
    assert read_ledger(tmp_path / "never") == []


def test_a_mail_is_read_by_a_plain_name_only(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    for name in ("../secret", "/etc/passwd", "none.eml"):
        with pytest.raises(FileNotFoundError):
            read_message(tmp_path / "caught", name)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "mail.bo.example", "::"])
def test_it_never_listens_to_other_machines(host: str) -> None:
    with pytest.raises(SettingsRefused, match="not_loopback"):
        MailServer(MemoryStore(), clock=Clock(), host=host)


def test_a_conversation_out_of_order_is_told_so() -> None:
    store = MemoryStore()
    with (
        in_thread(MailServer(store, clock=Clock())) as server,
        smtplib.SMTP(server.host, server.port, timeout=5) as client,
    ):
        assert client.docmd("DATA")[0] == 503
        assert client.docmd("RCPT", "TO:<a@bo.example>")[0] == 503
        assert client.docmd("MAIL", "FROM:<a@bo.example>")[0] == 250
        assert client.docmd("MAIL", "FROM:<a@bo.example>")[0] == 503
        assert client.docmd("RSET")[0] == 250
        assert client.docmd("NOOP")[0] == 250
        assert client.docmd("HELO", "x")[0] == 250
        assert client.docmd("STARTTLS")[0] == 502
        assert client.docmd("WHAT")[0] == 500
        assert client.docmd("__init__")[0] == 500
    assert store.mails == []


def test_a_taken_port_is_an_error_and_not_silence() -> None:
    with in_thread(MailServer(MemoryStore(), clock=Clock())) as first:
        with pytest.raises(OSError, match=r"(?i)address"):
            with in_thread(MailServer(MemoryStore(), clock=Clock(), port=first.port)):
                pass


class Talkative(MailServer):
    """Says more in greeting than fits on the way to somebody who does not read."""

    hangs_up = False

    async def at(self, stage: str, session: Session) -> bool:
        if stage == "CONNECT":
            session.writer.write(b"220-and\r\n" * 4_000_000)
            if self.hangs_up:
                raise Hangup
            await session.writer.drain()
        return True


@pytest.mark.parametrize("hangs_up", [False, True])
def test_whoever_does_not_read_is_hung_up_on_when_it_closes(hangs_up: bool) -> None:
    with warnings.catch_warnings(record=True) as left_open:
        warnings.simplefilter("always")
        server = Talkative(MemoryStore(), clock=Clock())
        server.hangs_up = hangs_up
        with in_thread(server):
            caller = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            assert caller.recv(1) == b"2"
        del server
        gc.collect()
        caller.close()
    assert [str(each.message) for each in left_open] == []


def test_whoever_comes_as_it_closes_is_hung_up_on_and_not_forgotten() -> None:
    with warnings.catch_warnings(record=True) as left_open:
        warnings.simplefilter("always")
        for _ in range(30):
            server = MailServer(MemoryStore(), clock=Clock())
            with in_thread(server):
                caller = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            with caller:
                assert caller.recv(100).partition(b" ")[0] in (b"", b"220")
        gc.collect()
    assert [str(each.message) for each in left_open] == []
