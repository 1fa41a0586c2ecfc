"""Every refusal of a council, a session or a vote has a sentence, naming nothing that the refusal does not bring."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import workflow
from definitions.flow import Language
from definitions.messages import package_catalogue
from workflow.domain.ballots import BallotError
from workflow.domain.reasons import Reason
from workflow.explaining import sentences
from workflow.services.closing import CloseRefused
from workflow.services.councils import CouncilError
from workflow.services.requests import LineResult

LANGUAGES: tuple[Language, ...] = ("vi", "en")
ID = re.compile(r"\b[a-z]+_[a-z0-9_]+\b")
FOLDER = Path(workflow.__file__).parent


def raised(name: str) -> Iterator[tuple[str, frozenset[str]]]:
    """(code, names of its parameters) of every place in the source that makes such an error."""
    for path in sorted(FOLDER.glob("*/*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name and node.args:
                (code,) = node.args
                assert isinstance(code, ast.Constant), ast.unparse(node)
                yield str(code.value), frozenset(str(each.arg) for each in node.keywords)


@pytest.mark.parametrize("name", ["CouncilError", "BallotError"])
def test_every_code_has_words_and_brings_what_they_name(name: str) -> None:
    found = list(raised(name))
    assert len(found) >= (3 if name == "BallotError" else 60)
    words = package_catalogue("workflow")
    assert sorted(code for code, _ in found if f"error.{code}" not in words) == []
    for code, params in found:
        for language in LANGUAGES:
            assert words.places(f"error.{code}", language) <= params, (code, language)


def test_ids_and_days_become_words() -> None:
    over = CouncilError("session_over", session="PH1", state="closed")
    assert sentences(over, "vi") == (
        1, ["Phiên họp PH1 đã kết thúc nên không thay đổi được nữa. Chưa ghi gì."]
    )  # fmt: skip
    late = CouncilError("answers_over", due_on=date(2026, 12, 22))
    assert "22/12/2026" in told(late, "vi")[0]
    stranger = CouncilError("not_running", needed=("council_secretary", "secretariat"))
    assert "thư ký Hội đồng, cơ quan thường trực Hội đồng" in told(stranger, "vi")[0]
    wrong = CouncilError("tally_impossible", line=3, problem=("more_ballots_than_voters",))
    assert [ID.findall(told(wrong, each)[0]) for each in LANGUAGES] == [[], []]


def test_a_refused_ballot_names_its_lines_by_cause() -> None:
    refused = CouncilError("ballot_refused", lines=((1, "recused"), (2, "already_voted"), (5, "recused")))
    assert told(refused, "vi") == [
        "Phiếu chưa được nhận ở dòng nào, vì:",
        "Dòng 1, 5: bạn không tham gia biểu quyết dòng này.",
        "Dòng 2: bạn đã bỏ phiếu; phiếu đã bỏ thì không sửa được.",
    ]


def test_a_refused_closing_gives_each_dossier_with_its_reasons() -> None:
    refused = CloseRefused((LineResult("BK-1", False, reasons=(Reason("not_ready_for_vote"),)),))
    head, line = told(refused, "vi")
    assert "1 hồ sơ" in head
    assert line == "BK-1: Hồ sơ chưa đến bước đưa ra Hội đồng, hoặc đã qua bước đó."


def test_a_list_that_was_changed_says_where() -> None:
    assert "Hàng 7" in told(BallotError("bad_ballot", at=7), "vi")[0]


def told(error: Exception, language: Language) -> list[str]:
    found = sentences(error, language)
    assert found is not None
    return found[1]
