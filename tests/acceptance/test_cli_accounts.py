"""`khen account …`: the first admin on a machine without mail, and what an admin does with accounts later."""

from __future__ import annotations

import re

from tests.acceptance.conftest import Khen


def test_the_first_account_needs_no_mail_server(desk: Khen) -> None:
    person = desk("person", "list", "--json").json[0]["person"]
    invited = desk("account", "invite", person, "--login", "dau.tien@bo.example")
    assert "dau.tien@bo.example" in invited.out
    assert f"khen account code {person}" in invited.out, "mail is held back by default, and that is said"
    code = desk("account", "code", person)
    assert re.search(r"http://127\.0\.0\.1:8080/loi-moi/[0-9a-f]{64}", code.out)
    (row,) = desk("account", "list", "--json").json
    assert (row["person"], row["has_password"], row["disabled_at"]) == (person, False, None)
    assert re.search(r"http\S+/loi-moi/", desk("account", "code", person).out)


def test_an_account_is_stopped_opened_and_signed_out(desk: Khen) -> None:
    person = desk("person", "list", "--json").json[0]["person"]
    link = desk("account", "invite", person, "--login", "A@B.example", "--no-mail")
    assert "/loi-moi/" in link.out
    desk("account", "disable", person)
    assert desk("account", "list", "--json").json[0]["disabled_at"]
    assert "đang bị khóa" in desk("account", "code", person, code=1).err
    desk("account", "enable", person)
    assert "0 phiên" in desk("account", "end-sessions", person).out
    assert "--yes" in desk("account", "drop-second-factor", person, code=2).err
    desk("account", "drop-second-factor", person, "--yes")
    assert "a@b.example" in desk("account", "list").out
    assert desk("audit", "verify").code == 0


def test_what_cannot_be_done_is_said_with_what_to_do(desk: Khen) -> None:
    people = [each["person"] for each in desk("person", "list", "--json").json]
    assert "Danh bạ không có" in desk("account", "invite", "BO/KHONG", "--login", "x@y.vn", code=1).err
    assert "chưa có tài khoản" in desk("account", "code", people[0], code=1).err
    desk("account", "invite", people[0], "--login", "x@y.vn")
    assert "đã thuộc tài khoản" in desk("account", "invite", people[1], "--login", "X@y.vn", code=1).err
    assert "belongs to somebody" in desk.speaking("en")(
        "account", "invite", people[1], "--login", "X@y.vn", code=1
    ).err  # fmt: skip
