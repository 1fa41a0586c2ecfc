"""Files of others lie in the tree as their manifest says, ask no other host for anything, and stay small."""

from __future__ import annotations

import gzip
import hashlib
import re
import tomllib
from pathlib import Path

import pytest

from tests.support.vendoring import blocks, fitted

ROOT = Path(__file__).parents[3]
WEB = ROOT / "workflow" / "web"
STATIC = WEB / "static"
HOMES = [STATIC / "vendor", ROOT / "workflow" / "papers" / "vendor", ROOT / "tests" / "browser" / "vendor"]
OURS = [path for path in STATIC.rglob("*") if path.suffix in {".css", ".js", ".svg"}]
# Names of XML vocabularies look like addresses and are never fetched; a selector may speak of links.
NO_HOST = re.compile(r"http://www\.w3\.org/(?:2000/svg|1999/xlink|1999/xhtml)|\^=\"https?://\"|\^=\"http\"")

# Found by script, not by style; and marks that are styled through the block they stand in.
HOOKS = {
    "govuk-js-service-navigation-toggle", "govuk-js-password-input-input", "govuk-js-password-input-toggle",
}  # fmt: skip


@pytest.mark.parametrize("home", HOMES, ids=["pages", "papers", "tests"])
def test_every_vendored_file_is_the_one_that_was_reviewed(home: Path) -> None:
    manifest = tomllib.loads((home / "manifest.toml").read_text(encoding="utf-8"))["package"]
    told = {name: digest for package in manifest for name, digest in package["sha256"].items()}
    here = {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.rglob("*")
        if path.is_file() and path.name != "manifest.toml"
    }
    assert here == told


@pytest.mark.parametrize("home", HOMES, ids=["pages", "papers", "tests"])
def test_each_package_brings_its_licence(home: Path) -> None:
    for package in tomllib.loads((home / "manifest.toml").read_text(encoding="utf-8"))["package"]:
        assert package["licence"] in {"MIT", "OFL-1.1", "MPL-2.0"}
        assert any(name.endswith("/LICENSE") for name in package["sha256"])


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_no_page_asks_another_host(path: Path) -> None:
    text = NO_HOST.sub("", path.read_text(encoding="utf-8"))
    assert re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}[^\s\"')]*", text) == []


def test_nothing_of_gov_uk_that_others_may_not_use_is_left() -> None:
    css = (STATIC / "vendor" / "govuk-frontend" / "govuk-frontend.css").read_text(encoding="utf-8")
    for theirs in ("GDS Transport", "crest", "#1d70b8", "Margaret Calvert", "/assets/", "logo-dot"):
        assert theirs not in css


def test_a_first_visit_costs_less_than_sixty_kilobytes() -> None:
    files = [path for path in STATIC.rglob("*") if path.suffix in {".css", ".js", ".svg"}]
    assert sum(len(gzip.compress(path.read_bytes(), 6)) for path in files) < 45_000  # a page has 15 kB left


def test_four_font_files_are_all_there_is() -> None:
    assert len(list(STATIC.rglob("*.woff2"))) == 4


def test_every_class_of_a_template_stands_in_a_stylesheet() -> None:
    """A class that no stylesheet knows is a typing mistake, or a component that the script drops."""
    sheets = [STATIC / "vendor" / "govuk-frontend" / "govuk-frontend.css", STATIC / "khen.css"]
    known = set(
        re.findall(r"\.((?:govuk|khen)-[a-zA-Z0-9_-]+)", " ".join(path.read_text(encoding="utf-8") for path in sheets))
    )
    used = {
        name
        for path in WEB.rglob("*.html")
        for attribute in re.findall(r'class="([^"]*)"', path.read_text(encoding="utf-8"))
        for name in re.findall(r"(?:govuk|khen)-[a-z0-9-]+(?:__[a-z0-9-]+)?(?:--[a-z0-9-]+)?(?![\w-]|\{\{)", attribute)
    }
    # A block may have no rule of its own, only its parts have.
    blocks_known = {re.split(r"__|--", name)[0] for name in known}
    assert sorted(name for name in used - known - blocks_known - HOOKS if not name.endswith("-")) == []


def test_no_template_has_a_style_or_a_script_of_its_own() -> None:
    for path in WEB.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text), path
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), path


def test_the_script_drops_a_component_and_keeps_what_shares_its_rule() -> None:
    css = (
        "@font-face{src:url(x)}.govuk-panel,.govuk-tag{color:#1d70b8}"
        "@media print{.govuk-footer{top:0}}.a:is(.b,.c){top:1px}"
    )

    assert [head for head, _ in blocks(fitted(css).split("@font-face")[-1].partition("}")[2])] == [
        ".govuk-tag",
        ".a:is(.b,.c)",
    ]
    assert "#1d70b8" not in fitted(css)
