"""The frame: what every answer carries, who is let in, and what becomes of an error."""

from __future__ import annotations

import re

import pytest

from tests.support.browsing import Pages
from workflow.services.access import UnknownAction, action, actions
from workflow.web.app import ROOMS


def test_every_entry_has_a_row_in_the_table_of_roles() -> None:
    for room in ROOMS:
        for entry in room.entries:
            assert action(entry.action)


def test_what_has_no_row_is_refused() -> None:
    with pytest.raises(UnknownAction):
        action("no.such.thing")
    assert not any(each.allows(()) for each in actions().values() if not each.open_to_all and "*" not in each.roles)


def test_a_page_that_is_not_there_says_so_and_carries_the_headers(pages: Pages) -> None:
    answer = pages.stranger().get("/khong-co")
    assert answer.status_code == 404
    assert "Không tìm thấy" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


def test_another_host_is_not_answered(pages: Pages) -> None:
    assert pages.stranger().get("/song", headers={"host": "evil.example"}).status_code == 400


def test_the_language_is_kept_and_nobody_is_led_elsewhere(pages: Pages) -> None:
    client = pages.stranger()
    assert client.get("/ngon-ngu/en?ve=https://evil.example").headers["location"] == "/"
    assert client.get("/ngon-ngu/en?ve=//evil.example").headers["location"] == "/"
    assert "Not found" in client.get("/khong-co").text


def test_no_page_stands_in_the_way_of_another() -> None:
    """Rooms are tried in their order: an address that two entries answer would hide the second one."""
    first: dict[tuple[str, str], str] = {}
    for room in ROOMS:
        for entry in room.entries:
            for method in entry.methods:
                key = (method, re.sub(r"\{[^}]*\}", "{}", entry.path))
                assert key not in first, f"{entry.name} and {first[key]} share {entry.path}"
                first[key] = entry.name
