"""The pinned lists are complete, hashed, agree with pyproject.toml, and name no place to download from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LISTS = ("run", "dev")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)(?: ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def pins(name: str) -> dict[str, set[Version]]:
    """Package → versions; a package may be pinned twice under different markers."""
    found: dict[str, set[Version]] = {}
    for line in text(name).splitlines():
        if match := PIN.match(line):
            found.setdefault(canonicalize_name(match[1]), set()).add(Version(match[2]))
    return found


@pytest.mark.parametrize("name", LISTS)
def test_a_list_holds_pins_hashes_and_comments_only(name: str) -> None:
    for line in text(name).splitlines():
        assert line.lstrip().startswith("#") or PIN.match(line) or HASH.match(line), line


@pytest.mark.parametrize("name", LISTS)
def test_every_pin_has_a_hash(name: str) -> None:
    lines = text(name).splitlines()
    for number, line in enumerate(lines):
        if PIN.match(line):
            assert HASH.match(lines[number + 1]), line


@pytest.mark.parametrize("name", LISTS)
def test_a_list_names_no_place(name: str) -> None:
    """Neither an address nor a folder: whoever installs decides where from."""
    assert not re.search(r"://|--index|--find-links|--extra|file:|(?:^|[\s@=])/\w", text(name))


def test_the_list_for_running_satisfies_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *project["optional-dependencies"]["postgres"],
        *project["optional-dependencies"]["oidc"],
    ]
    found = pins("run")
    for each in map(Requirement, wanted):
        versions = found[canonicalize_name(each.name)]
        assert all(each.specifier.contains(version) for version in versions), each


def test_developers_run_what_users_run() -> None:
    developers = pins("dev")
    assert {name: developers.get(name) for name in pins("run")} == pins("run")


def test_the_list_for_developers_satisfies_what_it_was_made_of() -> None:
    lines = (ROOT / "requirements" / "dev.in").read_text(encoding="utf-8").splitlines()
    found = pins("dev")
    for each in (Requirement(line) for line in lines if line and not line.startswith(("#", "-"))):
        assert all(each.specifier.contains(version) for version in found[canonicalize_name(each.name)]), each


def test_floors_that_close_known_holes_are_kept() -> None:
    """Below these, mail commands can be injected, the template sandbox left, or a spreadsheet exhaust the memory."""
    found = pins("run")
    floors = {"aiosmtplib": "5.1.3", "jinja2": "3.1.6", "openpyxl": "3.1.5", "defusedxml": "0.7.1"}
    assert all(min(found[name]) >= Version(floor) for name, floor in floors.items())
