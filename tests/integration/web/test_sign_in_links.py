"""Invitations, forgotten passwords, new passwords: what a link in a mail can do, and what it cannot."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from notifications.errors import NotEditable
from notifications.rendering import Renderer, read_templates
from tests.support.browsing import PASSWORD, Pages, csrf
from tests.support.ministry import Ministry
from workflow.services import accounts, mails
from workflow.services.accounts import AccountError, Rules

OFFICER = "CVT/CB"
BASE = "https://khen.bo.example"
OTHER = "mùa thu trên phố cổ"


def mailed(pages: Pages, template: str) -> list[str]:
    """The paths that the mails of this template lead to, in order."""
    found = pages.ministry.all("SELECT context FROM mail WHERE template = :t ORDER BY id", t=template)
    links = [json_of(context)["link"] for (context,) in found]
    return [link.removeprefix("http://127.0.0.1:8080") for link in links]


def json_of(text: Any) -> Any:
    import json

    return json.loads(text) if isinstance(text, str) else text


def choose(client: Any, path: str, password: str, again: str | None = None) -> Any:
    form = {
        "csrf": csrf(client.get(path)),
        "password": password,
        "password_again": password if again is None else again,
    }
    return client.post(path, data=form)


def invite(pages: Pages, **more: Any) -> Any:
    return accounts.invite(
        pages.ministry.desk, OFFICER, "CB@cvt.example", "BO/ADMIN", pages.when, Rules(length=15), **more
    )


def forget(client: Any, login: str, **headers: str) -> Any:
    data = {"csrf": csrf(client.get("/quen-mat-khau", headers=headers)), "login": login}
    return client.post("/quen-mat-khau", data=data, headers=headers)


def test_an_invitation_is_a_mail_whose_link_lets_its_reader_choose_a_password_once(pages: Pages) -> None:
    invite(pages)
    assert pages.ministry.mails() == [("cb@cvt.example", "invite", 0)]
    (path,) = mailed(pages, "invite")
    client = pages.stranger()
    assert "Trần Cvt Cb" in client.get(path).text
    done = choose(client, path, PASSWORD)
    assert done.headers["location"] == "/"
    assert "cb@cvt.example" in client.get("/tai-khoan").text
    over = pages.stranger().get(path)
    assert (over.status_code, "không còn dùng được" in over.text) == (404, True)
    assert pages.sign_in(OFFICER).get("/tai-khoan").status_code == 200


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("template", ["invite", "reset"])
def test_the_mail_says_login_link_and_how_long(template: str, language: str) -> None:
    context = {"link": f"{BASE}/loi-moi/abc", "note": "cb@cvt.example", "due_on": "09:00 08/12/2026"}
    mail = Renderer(read_templates()).render(template, language, context, recipient="Nguyễn Văn Nam")
    for each in context.values():
        assert each in mail.text


def test_who_looks_after_the_outbox_does_not_see_the_link(pages: Pages) -> None:
    invite(pages)
    (path,) = mailed(pages, "invite")
    token = path.rpartition("/")[2]
    (number,) = (row[0] for row in pages.ministry.all("SELECT id FROM mail"))
    seen = mails.preview(pages.ministry.desk, number)
    assert "/loi-moi/" in seen.rendered.text
    assert token not in str(seen)
    assert token not in str(mails.show(pages.ministry.desk, number))
    with pytest.raises(NotEditable):
        mails.to_edit(pages.ministry.desk, number)
    desk = pages.browser("BO/SECRETARIAT")
    for path in (f"/thu/{number}", f"/thu/{number}/html", f"/thu/{number}/sua"):
        assert token not in desk.get(path).text
    assert token not in desk.get("/thu").text


def test_nothing_in_the_journal_lets_anybody_in(pages: Pages) -> None:
    invited = invite(pages)
    choose(pages.stranger(), "/loi-moi/" + invited.link.rpartition("/")[2], PASSWORD)
    journal = str(pages.ministry.all("SELECT * FROM audit_entry")) + str(
        pages.ministry.all("SELECT * FROM audit_opening")
    )
    kept = pages.ministry.one("SELECT password_hash FROM account")
    assert "account_invite" in journal
    for secret in (invited.link.rpartition("/")[2], PASSWORD, kept):
        assert secret not in journal


def test_an_invitation_runs_out_after_seven_days_and_a_new_one_ends_the_old(pages: Pages) -> None:
    invite(pages)
    pages.machine += timedelta(days=6, hours=23)
    (first,) = mailed(pages, "invite")
    assert pages.stranger().get(first).status_code == 200
    invite(pages)
    first, second = mailed(pages, "invite")
    assert pages.stranger().get(first).status_code == 404
    pages.machine += timedelta(days=7)
    assert pages.stranger().get(second).status_code == 404


def test_reading_the_link_uses_nothing_up(pages: Pages) -> None:
    """Programs that look for viruses open every link of a mail."""
    invite(pages)
    (path,) = mailed(pages, "invite")
    before = pages.ministry.snapshot()
    for _ in range(3):
        assert pages.stranger().get(path).status_code == 200
    assert pages.ministry.snapshot() == before


@pytest.mark.attack("S06")
@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("ngắn quá", "ít nhất 15 ký tự"),
        ("123456789012345", "nhiều người dùng"),
        ("bothongtin2026!", "dễ đoán"),
        ("CucVienThong-2026", "dễ đoán"),
        ("Trần Cvt Cb 2026", "dễ đoán"),
        ("a" * 1001, "dài quá"),
    ],
)
def test_s06_weak_passwords_are_refused_with_what_to_do(pages: Pages, password: str, said: str) -> None:
    invite(pages)
    (path,) = mailed(pages, "invite")
    answer = choose(pages.stranger(), path, password)
    assert answer.status_code == 422
    assert said in answer.text
    assert choose(pages.stranger(), path, PASSWORD).status_code == 303


def test_what_was_typed_twice_must_be_the_same(pages: Pages) -> None:
    invite(pages)
    (path,) = mailed(pages, "invite")
    answer = choose(pages.stranger(), path, PASSWORD, OTHER)
    assert (answer.status_code, "không giống nhau" in answer.text) == (422, True)


@pytest.mark.attack("S14")
def test_s14_a_forgotten_password_is_one_link_for_an_hour_and_ends_every_session(pages: Pages) -> None:
    login = pages.password(OFFICER)
    signed_in = pages.sign_in(OFFICER)
    assert forget(pages.stranger(), login.upper()).headers["location"] == "/dang-nhap"
    (path,) = mailed(pages, "reset")
    client = pages.stranger()
    assert choose(client, path, OTHER).headers["location"] == "/dang-nhap"
    assert signed_in.get("/tai-khoan").status_code == 303
    assert client.get("/tai-khoan").status_code == 303
    assert client.get(path).status_code == 404
    assert pages.sign_in(OFFICER, OTHER).get("/tai-khoan").status_code == 200
    forget(pages.stranger(), login)
    pages.machine += timedelta(minutes=60)
    assert pages.stranger().get(mailed(pages, "reset")[-1]).status_code == 404


@pytest.mark.attack("S14")
def test_s14_a_forged_host_changes_no_link(sqlite_engine: Engine, tmp_path: Path) -> None:
    pages = Pages(Ministry(sqlite_engine, tmp_path / "papers"), tmp_path, f'[web]\nbase_url = "{BASE}"\n')
    login, client = pages.password(OFFICER), pages.stranger()
    client.base_url = "https://khen.bo.example"  # type: ignore[assignment]
    assert forget(client, login, **{"x-forwarded-host": "evil.example"}).status_code == 303
    assert mailed(pages, "reset")[0].startswith(f"{BASE}/mat-khau-moi/")
    assert client.get("/quen-mat-khau", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.attack("S14")
def test_asking_tells_nobody_whether_there_is_an_account(pages: Pages) -> None:
    login = pages.password(OFFICER)
    here, there = pages.stranger(), pages.stranger()
    known, unknown = forget(here, login), forget(there, "ai@do.example")
    assert (known.status_code, known.headers["location"]) == (unknown.status_code, unknown.headers["location"])
    assert here.get("/dang-nhap").text.count("thư kèm đường dẫn") == 1
    assert there.get("/dang-nhap").text.count("thư kèm đường dẫn") == 1
    assert len(mailed(pages, "reset")) == 1


def test_nobody_can_fill_a_mailbox_with_links(pages: Pages) -> None:
    login = pages.password(OFFICER)
    for _ in range(5):
        assert forget(pages.stranger(), login).status_code == 303
    assert len(mailed(pages, "reset")) == 3
    answers = [forget(pages.stranger(), f"ai{number}@x.example").status_code for number in range(16)]
    assert (answers[0], answers[-1]) == (303, 429)


def test_a_link_of_a_disabled_account_is_over(pages: Pages) -> None:
    login = pages.password(OFFICER)
    forget(pages.stranger(), login)
    accounts.disable(pages.ministry.desk, OFFICER, "BO/ADMIN", pages.when)
    assert pages.stranger().get(mailed(pages, "reset")[0]).status_code == 404
    forget(pages.stranger(), login)
    assert len(mailed(pages, "reset")) == 1


@pytest.mark.attack("S14")
def test_a_link_of_one_kind_opens_no_other_door(pages: Pages) -> None:
    invite(pages)
    (path,) = mailed(pages, "invite")
    token = path.rpartition("/")[2]
    assert pages.stranger().get(f"/mat-khau-moi/{token}").status_code == 404
    with pytest.raises(AccountError):
        accounts.choose(pages.ministry.desk, "reset", token, PASSWORD, pages.when, Rules())
