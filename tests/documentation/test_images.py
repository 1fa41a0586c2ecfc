"""Every picture that a page shows is there and says in words what it shows; no picture lies about unused."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from tests.browser.screenshots import LARGEST, SHOTS, WIDTH, Shot

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/*.md")])
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
SHORTEST_ALT = 30


def shown() -> list[tuple[Path, str, Path]]:
    """(page, alternative text, file) of every picture in the pages."""
    return [
        (page, alt, (page.parent / address).resolve())
        for page in PAGES
        for alt, address in IMAGE.findall(page.read_text(encoding="utf-8"))
        if "://" not in address
    ]


def test_every_picture_that_is_shown_exists_and_says_what_it_shows() -> None:
    found = shown()
    assert len(found) >= len(SHOTS)
    assert [str(file) for _, _, file in found if not file.is_file()] == []
    assert [(page.name, alt) for page, alt, _ in found if len(alt) < SHORTEST_ALT] == []


def test_every_picture_is_shown_and_made_by_the_command() -> None:
    there = {file.name for file in IMAGES.iterdir()}
    assert there == {file.name for _, _, file in shown() if file.parent == IMAGES}
    assert there == {f"{shot.name}.png" for shot in SHOTS}


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_a_picture_is_as_wide_as_said_and_not_heavy(shot: Shot) -> None:
    content = (IMAGES / f"{shot.name}.png").read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    assert (width, height) == (WIDTH, shot.height)
    assert len(content) <= LARGEST
