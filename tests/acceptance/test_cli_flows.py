"""`khen flow check` for machines: one shape for good flows and bad ones, with the place of each problem."""

from __future__ import annotations

import pytest

from tests.acceptance.conftest import Khen

pytestmark = pytest.mark.slow


def test_each_flow_has_its_file_its_problems_and_how_much_of_it_is_rehearsed(khen: Khen) -> None:
    found = khen("flow", "check", "bang_khen_bo", "--json").json
    (flow,) = found["flows"]
    assert list(flow) == ["id", "file", "problems", "warnings", "scenarios", "coverage"]
    assert (flow["id"], flow["problems"], flow["coverage"]) == ("bang_khen_bo", [], 1.0)
    assert flow["file"].endswith("bang_khen_bo.toml")
    assert flow["scenarios"] >= 3


def test_a_problem_says_file_line_column_code_and_a_sentence(khen: Khen) -> None:
    khen("flow", "new", "giay_khen_moi", "--from", "giay_khen", "--folder", "flows")
    file = khen.folder / "flows" / "giay_khen_moi.toml"
    text = file.read_text(encoding="utf-8").replace('version = "2026.1"', 'version = "2026.1"\nsignr  = "minister"')
    file.write_text(text, encoding="utf-8")
    (flow,) = khen("flow", "check", "--folder", "flows", "--json", code=1).json["flows"]
    assert (flow["id"], flow["file"].endswith("giay_khen_moi.toml")) == ("giay_khen_moi", True)
    (problem,) = flow["problems"]
    assert list(problem) == ["file", "line", "column", "code", "message"]
    line = 1 + text[: text.index("signr")].count("\n")
    assert (problem["line"], problem["column"], problem["code"]) == (line, 1, "unknown_key")
    assert "“signer”" in problem["message"]


def test_what_deserves_a_second_look_is_told_and_is_no_failure(khen: Khen) -> None:
    khen("flow", "new", "giay_khen_moi", "--from", "giay_khen", "--folder", "flows")
    file = khen.folder / "flows" / "giay_khen_moi.toml"
    own = '\n[vote.unit]\nrecusal = "leaves_base"\nlegal = "Quy chế"\n'
    file.write_text(file.read_text(encoding="utf-8") + own, encoding="utf-8")
    said = khen("flow", "check", "--folder", "flows").err
    assert "giay_khen_moi.toml:" in said
    assert "Lưu ý: [vote.unit] không tính người liên quan" in said
    (flow,) = khen("flow", "check", "--folder", "flows", "--json").json["flows"]
    assert [each["code"] for each in flow["warnings"]] == ["recusal_leaves_legal_base"]
