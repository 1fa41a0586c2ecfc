"""The shipped words, and an installation's own beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.intake.lists import AWARDS, grid
from workflow.intake.awards import AwardNames
from workflow.intake.headers import find_header
from workflow.intake.sentences import say_problem
from workflow.intake.synonyms import SynonymsRefused, load_synonyms


def _own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "synonyms.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _refused(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(SynonymsRefused) as caught:
        load_synonyms(_own(tmp_path, text))
    for problem in caught.value.problems:
        assert say_problem(problem, "vi") != say_problem(problem, "en")
    return [problem.code for problem in caught.value.problems]


def test_own_words_are_added_to_the_shipped_ones(tmp_path: Path) -> None:
    own = load_synonyms(
        _own(
            tmp_path,
            '[columns.name]\nphrases = ["Người được khen"]\n[columns.award]\nphrases = ["Mức thưởng"]\n'
            '[award.parts]\n"Bộ trưởng Bộ Nội vụ" = "Bộ trưởng"\n[award.names]\n"Bằng khen số 1" = "Giấy khen"\n',
        )
    )
    header = grid(("Người được khen", "Mức thưởng"))
    assert find_header(header, load_synonyms()) is None
    assert find_header(header, own) is not None
    assert find_header(grid(("Họ tên", "Danh hiệu")), own) is not None
    names = AwardNames(AWARDS, own)
    assert names.find("Bằng khen của Bộ trưởng Bộ Nội vụ").choices[0].flow_id == "bang_khen_bo"
    assert names.find("Bằng khen số 1").choices[0].flow_id == "giay_khen"


def test_everything_wrong_in_own_words_is_said_at_once(tmp_path: Path) -> None:
    wrong = (
        '[column]\nx = 1\n[columns.nam]\nphrases = []\n[columns.name]\nphrases = "Tên"\n[section]\ncollective = [1]\n'
    )
    assert _refused(tmp_path, wrong) == [
        "synonyms_unknown_key",
        "synonyms_unknown_key",
        "synonyms_wrong_kind",
        "synonyms_wrong_kind",
    ]


def test_a_word_with_two_meanings_is_refused(tmp_path: Path) -> None:
    assert _refused(tmp_path, '[columns.name]\nphrases = ["CHỨC VỤ"]\n') == ["synonyms_two_meanings"]


def test_what_is_not_toml_is_refused(tmp_path: Path) -> None:
    assert _refused(tmp_path, "[columns") == ["synonyms_not_toml"]
    path = tmp_path / "latin.toml"
    path.write_bytes(b"[columns.name]\nphrases = ['\xe9']")
    with pytest.raises(SynonymsRefused):
        load_synonyms(path)
