"""Encryption is what the settings say, or nothing leaves."""

from __future__ import annotations

import asyncio
import gc
import ssl
import time
import warnings
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from notifications import overview
from notifications.building import Sender
from notifications.catchall import MemoryStore, Session, in_thread
from notifications.errors import DeliveryError, SettingsRefused
from notifications.smtp import SmtpSettings, hang_up, probe
from notifications.testing import HostileServer
from tests.integration.notifications.factory import SENDER, Clock, enqueue, mail, row, smtp_to, worker


def served(**settings: Any) -> HostileServer:
    return HostileServer(MemoryStore(), clock=Clock(), **settings)


class Lingering(HostileServer):
    """Says goodbye to the mail, and is busy when it should say it to TLS."""

    async def _do_quit(self, session: Session, rest: str) -> None:
        await session.say("221 bye")
        time.sleep(0.5)  # nobody of this loop answers meanwhile


def test_no_connection_is_left_to_a_server_that_does_not_end_it(sqlite: Engine, tls_files: Any) -> None:
    enqueue(sqlite, mail(1))
    with warnings.catch_warnings(record=True) as left_open:
        warnings.simplefilter("always")
        with in_thread(Lingering(MemoryStore(), clock=Clock(), tls=tls_files.context())) as server:
            settings = smtp_to(server.port, tls="starttls", cert_bundle=tls_files.certificate)
            assert worker(sqlite, settings, Clock()).deliver().handed_over == 1
            gc.collect()
    assert [str(each.message) for each in left_open] == []


def test_a_connection_that_was_closed_twice_is_hung_up_on_without_complaint(tls_files: Any) -> None:
    async def close_twice(port: int) -> bool:
        trusted = ssl.create_default_context(cafile=str(tls_files.certificate))
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusted)
        writer.transport.close()
        writer.transport.close()
        hang_up(writer.transport)
        return writer.transport.is_closing()

    async def met() -> bool:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=tls_files.context())
        async with server:
            closing = await close_twice(server.sockets[0].getsockname()[1])
            await asyncio.sleep(0.05)
        return closing

    assert asyncio.run(met())


def queue_reason(engine: Engine) -> str:
    with engine.connect() as connection:
        return overview.queue_of(connection).reason


def test_starttls_encrypts_before_anything_is_said(sqlite: Engine, tls_files: Any) -> None:
    enqueue(sqlite, mail(1))
    server = served(tls=tls_files.context(), user="tdkt", password="secret")
    with in_thread(server):
        settings = smtp_to(
            server.port, tls="starttls", cert_bundle=tls_files.certificate, user="tdkt", password="secret"
        )
        assert worker(sqlite, settings, Clock()).deliver().handed_over == 1
    assert server.encrypted_mails == 1


def test_starttls_that_is_not_offered_sends_nothing_in_clear(sqlite: Engine) -> None:
    enqueue(sqlite, mail(1))
    server = served(user="tdkt", password="secret")
    with in_thread(server):
        settings = smtp_to(server.port, tls="starttls", user="tdkt", password="secret")
        assert worker(sqlite, settings, Clock()).deliver().stopped == "configuration"
    assert set(server.seen) <= {"CONNECT", "EHLO", "QUIT"}
    assert (row(sqlite).state, queue_reason(sqlite)) == ("queued", "tls")


@pytest.mark.parametrize("wrong", ["unknown authority", "other host"])
def test_a_certificate_that_does_not_fit_pauses_the_queue(sqlite: Engine, tls_files: Any, wrong: str) -> None:
    enqueue(sqlite, mail(1))
    certificate = "other" if wrong == "other host" else "right"
    bundle = tls_files.other if wrong == "other host" else None
    server = served(tls=tls_files.context(certificate))
    with in_thread(server):
        settings = smtp_to(server.port, tls="starttls", cert_bundle=bundle)
        assert worker(sqlite, settings, Clock()).deliver().stopped == "configuration"
    assert "MAIL" not in server.seen
    assert queue_reason(sqlite) == "tls"


def test_implicit_tls_towards_a_server_that_speaks_plainly_sends_nothing(sqlite: Engine) -> None:
    enqueue(sqlite, mail(1))
    server = served()
    with in_thread(server):
        report = worker(sqlite, smtp_to(server.port, tls="tls"), Clock()).deliver()
    assert report.stopped in ("configuration", "lane")
    assert "MAIL" not in server.seen
    assert row(sqlite).state == "queued"


def test_settings_are_checked_without_sending_anything(tls_files: Any) -> None:
    server = served(tls=tls_files.context(), user="tdkt", password="secret")
    with in_thread(server):
        settings = smtp_to(
            server.port, tls="starttls", cert_bundle=tls_files.certificate, user="tdkt", password="secret"
        )
        assert "size" in probe(settings)
        with pytest.raises(DeliveryError) as failed:
            probe(replace(settings, password="wrong"))
    assert (failed.value.kind, failed.value.stage, failed.value.code) == ("configuration", "auth", 535)
    assert "MAIL" not in server.seen
    with pytest.raises(DeliveryError) as failed:
        probe(settings)
    assert (failed.value.kind, failed.value.stage) == ("lane", "connect")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"host": ""}, "host_missing"),
        ({"host": "mail\r\nx"}, "host_missing"),
        ({"port": 0}, "port_impossible"),
        ({"tls": "auto"}, "tls_word"),
        ({"user": "x"}, "password_missing"),
        ({"host": "relay.bo.example", "tls": "none", "user": "x", "password": "y"}, "password_in_clear"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        SmtpSettings(**({"host": "127.0.0.1", "sender": SENDER} | changes))
    assert refused.value.code == code


def test_a_bundle_that_is_not_there_is_refused(tmp_path: Any) -> None:
    with pytest.raises(SettingsRefused, match="bundle_unreadable"):
        SmtpSettings("127.0.0.1", SENDER, cert_bundle=tmp_path / "none.pem")


def test_mail_in_clear_across_a_network_can_be_seen() -> None:
    assert SmtpSettings("relay.bo.example", Sender("a@bo.example"), tls="none").in_clear
    assert not SmtpSettings("127.0.0.1", Sender("a@bo.example"), tls="none").in_clear
    assert not SmtpSettings("relay.bo.example", Sender("a@bo.example")).in_clear


def test_the_password_is_in_no_representation() -> None:
    assert "secret" not in repr(SmtpSettings("127.0.0.1", SENDER, user="x", password="secret"))
