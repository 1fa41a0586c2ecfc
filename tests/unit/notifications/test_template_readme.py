"""What the README of the templates promises an admin is what a template may use."""

from __future__ import annotations

import re

from notifications.rendering import ACT_FIELDS, FILTERS, GIVEN, LINE_FIELDS, SHIPPED, Renderer, read_templates, split

README = (SHIPPED / "README.md").read_text(encoding="utf-8")


def test_every_name_a_template_may_read_is_explained_and_no_other() -> None:
    _, act, lines = re.split(r"^\| Tên \| Nghĩa \|$", README, flags=re.MULTILINE)
    named = set(re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in act.splitlines() if row.startswith("| `"))))
    assert named == {*ACT_FIELDS, *GIVEN} - {"why"}
    assert set(re.findall(r"`line\.(\w+)`", lines)) == set(LINE_FIELDS)


def test_the_filters_are_the_ones_named() -> None:
    assert f"`{' '.join(FILTERS)}`" in " ".join(README.split())


def test_the_example_renders() -> None:
    example = split("vi", "example", re.findall(r"```\n(.*?)```", README, flags=re.DOTALL)[0])
    mail = Renderer(read_templates() | {("vi", "example"): example}).render("example", "vi", {"due_on": "15/01/2027"})
    assert mail.subject == "[TĐKT] Yêu cầu bổ sung hồ sơ – hạn 15/01/2027"
