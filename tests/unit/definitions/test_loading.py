"""A folder becomes flows, parts and problems; a bad file never takes a good one with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

import definitions
from definitions.loading import LoadedFolder, flow_from_resolved, is_part, load_folder, load_text
from definitions.problems import FlowsRefused

HERE = Path(__file__).parent
SHIPPED = Path(definitions.__file__).parent / "flows"


@pytest.fixture
def folder(tmp_path: Path, good_text: str) -> Path:
    (tmp_path / "good.toml").write_text(good_text, encoding="utf-8")
    (tmp_path / "common.toml").write_text((HERE / "parts" / "common.toml").read_text("utf-8"), encoding="utf-8")
    return tmp_path


def found(loaded: LoadedFolder) -> list[str]:
    return [f"{each.place} {each.code}" for each in loaded.problems]


def other(text: str, name: str, *edits: tuple[str, str]) -> str:
    """A second flow that claims nothing of the first."""
    for old, new in (
        ('id         = "good"', f'id         = "{name}"'),
        ("bang_khen_mau", name),
        ('["Bằng khen mẫu", "BK mẫu"]', "[]"),
        *edits,
    ):
        assert old in text
        text = text.replace(old, new)
    return text


def test_a_folder_holds_flows_and_parts(folder: Path) -> None:
    loaded = load_folder(folder)
    assert found(loaded) == []
    assert list(loaded.all_or_refuse()) == ["good"]
    assert list(loaded.parts) == ["common"]
    assert loaded.flows["good"].file == "good.toml"
    assert loaded.flows["good"].merged.data["id"] == "good"


def test_a_broken_flow_leaves_the_others_in_force(folder: Path, good_text: str) -> None:
    (folder / "broken.toml").write_text("id = ", encoding="utf-8")
    (folder / "second.toml").write_text(other(good_text, "second"), encoding="utf-8")
    loaded = load_folder(folder)
    assert sorted(loaded.flows) == ["good", "second"]
    assert found(loaded) == ["broken.toml:1:6 toml_syntax"]
    with pytest.raises(FlowsRefused):
        loaded.all_or_refuse()


def test_a_flow_on_a_broken_part_is_not_blamed_for_it(folder: Path, good_text: str) -> None:
    (folder / "common.toml").write_text("[state", encoding="utf-8")
    extending = other(good_text, "second", ("award      =", 'extends    = ["common"]\naward      ='))
    (folder / "second.toml").write_text(extending, encoding="utf-8")
    loaded = load_folder(folder)
    assert list(loaded.flows) == ["good"]
    assert [each.file for each in loaded.problems] == ["common.toml"]


def test_a_mistake_in_a_part_is_said_once_and_where_it_was_made(folder: Path, good_text: str) -> None:
    for name in ("second", "third"):
        extending = other(good_text, name, ("award      =", 'extends    = ["common"]\naward      ='))
        (folder / f"{name}.toml").write_text(extending, encoding="utf-8")
    part = (folder / "common.toml").read_text("utf-8").replace('by    = ["secretariat_head"]', 'by    = ["secretary"]')
    (folder / "common.toml").write_text(part.replace('clock = "stopped"', 'clock = "stoped"'), encoding="utf-8")
    loaded = load_folder(folder)
    assert found(loaded) == [
        "common.toml:8:9 unknown_word",
        "common.toml:14:10 unknown_role",
        "common.toml:20:10 unknown_role",
    ]


def test_a_part_alone_is_checked_in_form_and_must_be_flat(folder: Path) -> None:
    (folder / "odd.toml").write_text(
        'id = "even"\nabstract = true\nextends = ["common"]\ndrop = []\n[state.x]\nowner = 5\n[transition.t]\n',
        encoding="utf-8",
    )
    assert found(load_folder(folder)) == [
        "odd.toml:1:6 file_name",
        "odd.toml:3:1 part_of_part",
        "odd.toml:4:1 part_of_part",
        "odd.toml:6:9 not_text",
    ]


def test_two_flows_that_claim_the_same_are_told_apart(folder: Path, good_text: str) -> None:
    second = good_text.replace('id         = "good"', 'id         = "second"')
    (folder / "second.toml").write_text(second, encoding="utf-8")
    assert found(load_folder(folder)) == [
        "second.toml:4:14 award_taken",
        "second.toml:12:15 alias_taken",
        "second.toml:12:32 alias_taken",
    ]


def test_what_cannot_be_opened_is_a_problem_and_no_crash(folder: Path) -> None:
    (folder / "folder.toml").mkdir()
    (folder / "gone.toml").symlink_to(folder / "nowhere")
    loaded = load_folder(folder)
    assert [each.split()[-1] for each in found(loaded)] == ["unreadable", "unreadable"]
    assert "Is a directory" in loaded.problems[0].sentence("en")
    assert list(loaded.flows) == ["good"]


def test_an_editor_s_hidden_and_other_files_are_not_flows(folder: Path) -> None:
    (folder / ".good.toml").write_text("not toml", encoding="utf-8")
    (folder / "good.toml~").write_text("not toml", encoding="utf-8")
    (folder / "README.md").write_text("not toml", encoding="utf-8")
    assert found(load_folder(folder)) == []


def test_an_empty_folder_and_none_at_all_hold_nothing(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert load_folder(folder) == LoadedFolder({}, {}, ())


def test_a_text_may_be_checked_before_it_is_a_file(good_text: str) -> None:
    assert load_text("uploads/good.toml", good_text).flow.id == "good"
    assert load_text("good.toml", good_text.encode()).flow == load_text("good.toml", good_text).flow


def test_what_was_published_is_the_flow_that_was_checked(folder: Path) -> None:
    loaded = load_folder(folder).flows["good"]
    assert flow_from_resolved(loaded.resolved_text) == loaded.flow
    again = load_text("good.toml", loaded.resolved_text)
    assert (again.flow, again.resolved_text, again.sha256) == (loaded.flow, loaded.resolved_text, loaded.sha256)


def test_only_a_file_that_says_so_is_a_part(edited: Callable[..., str]) -> None:
    from definitions.reading import read

    assert is_part(read("a.toml", b"abstract = true"))
    assert not is_part(read("a.toml", b'abstract = "true"'))
    with pytest.raises(FlowsRefused) as caught:
        load_text("good.toml", edited(("award      =", 'abstract   = "true"\naward      =')))
    assert [each.code for each in caught.value.problems] == ["not_flag"]


def test_every_shipped_flow_is_without_a_problem_and_survives_its_resolved_text() -> None:
    loaded = load_folder(SHIPPED)
    assert [each.line_of_report("en") for each in loaded.problems] == []
    for each in loaded.flows.values():
        assert flow_from_resolved(each.resolved_text) == each.flow


@pytest.mark.pace
def test_the_shipped_folder_is_read_and_checked_in_well_under_two_seconds() -> None:
    started = time.process_time()
    loaded = load_folder(SHIPPED)
    assert time.process_time() - started < 1.5
    started = time.process_time()
    for each in loaded.flows.values():
        flow_from_resolved(each.resolved_text)
    assert time.process_time() - started < 0.05 * max(len(loaded.flows), 1)
