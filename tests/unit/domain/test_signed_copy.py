"""What the findings in a signed PDF mean for the decision it is put on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from workflow.domain.audit import short_head
from workflow.domain.signed_copy import Expected, Looked, Signature, Verdict, codes_in, from_kept, judge, to_kept

DUY = Signature("Chu_ky_1", "Bùi Thế Duy", "Bộ KH&CN", "Cục Chứng thực", "2026-12-10T02:00:00+00:00", False, True, True,
                "none", True)  # fmt: skip
OURS = Expected(5, "QĐ-BKHCN", date(2026, 12, 5), ("Đỗ Ánh", "Trần Uy"))
TEXT = "BỘ KHOA HỌC VÀ CÔNG NGHỆ\nSố: 05/QĐ-BKHCN\nHà Nội, ngày 05 tháng 12 năm 2026\nĐỗ Ánh\nTrần\nUy"
GOOD = Looked((DUY,), TEXT, pages=1)


def answers(verdict: Verdict) -> dict[str, bool | None]:
    return {each.code: each.holds for each in verdict.findings}


def test_a_copy_in_order_is_taken() -> None:
    verdict = judge(GOOD, OURS)
    assert answers(verdict) == {"signed": True, "intact": True, "unchanged": True, "trusted": True, "number": True,
                                "day": True, "names": True}  # fmt: skip
    assert verdict.accepted
    assert verdict.signatures == (DUY,)


@pytest.mark.parametrize("trouble", ["unreadable", "encrypted", "too_long"])
def test_what_cannot_be_read_is_refused(trouble: str) -> None:
    verdict = judge(Looked(trouble=trouble), OURS)
    assert answers(verdict) == {trouble: False}
    assert not verdict.accepted


def test_what_bears_no_signature_is_refused() -> None:
    assert answers(judge(replace(GOOD, signatures=()), OURS)) == {"signed": False}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"holds": False}, {"intact": False, "unchanged": None, "trusted": None}),
        ({"holds": False, "changes": "content"}, {"intact": False, "unchanged": False, "trusted": None}),
        ({"changes": "content"}, {"intact": True, "unchanged": False, "trusted": True}),
        ({"covers": False}, {"intact": True, "unchanged": False, "trusted": True}),
        ({"changes": "signatures"}, {"intact": True, "unchanged": True, "trusted": True}),
        ({"trusted": False}, {"intact": True, "unchanged": True, "trusted": False}),
        ({"trusted": None}, {"intact": True, "unchanged": True, "trusted": None}),
        ({"signer": "", "trusted": False}, {"intact": True, "unchanged": True, "trusted": False}),
    ],
)
def test_each_signature_is_asked(change: dict[str, object], expected: dict[str, bool | None]) -> None:
    other = replace(DUY, **change)  # type: ignore[arg-type]
    verdict = judge(replace(GOOD, signatures=(other,)), OURS)
    found = answers(verdict)
    assert {code: found[code] for code in expected} == expected
    named = [each.params["signers"] for each in verdict.refused if "signers" in each.params]
    assert set(named) <= {other.signer or "Chu_ky_1", ""}


@pytest.mark.parametrize(
    ("text", "number", "day"),
    [
        ("Số: 05/QĐ-BKHCN ngày 5 tháng 12 năm 2026", True, True),
        ("SỐ : 5 / QĐ - BKHCN, 05/12/2026", True, True),
        ("Số: 05/QĐ-BKHCN 5/12/2026", True, True),
        ("Quyết định 05/QĐ-BKHCN, ngày 05 tháng 12 năm 2026", True, True),
        ("Số: 06/QĐ-BKHCN; căn cứ quyết định số: 05/QĐ-BKHCN", False, False),
        ("Số: 05/QĐ-BKHCNX", False, False),
        ("Số: 05/QĐ-BK", False, False),
        ("Số: 105/QĐ-BKHCN", False, False),
        ("văn bản 105/QĐ-BKHCN, 15/12/2026", False, False),
        ("ngày 05 tháng 12 năm 2025, 05/12/20261", False, False),
        ("Giấy mời", False, False),
    ],
)
def test_number_and_day_are_those_of_the_document_itself(text: str, number: bool, day: bool) -> None:
    found = answers(judge(replace(GOOD, text=text), replace(OURS, names=())))
    assert (found["number"], found["day"]) == (number, day)
    assert "names" not in found


def test_names_that_are_not_there_refuse_nothing() -> None:
    verdict = judge(replace(GOOD, text=TEXT.replace("Đỗ Ánh", "")), OURS)
    (names,) = [each for each in verdict.findings if each.code == "names"]
    assert (names.holds, names.params) == (None, {"found": 1, "all": 2})
    assert verdict.accepted


def test_a_draft_of_ours_is_known_by_its_bytes_but_for_another_number() -> None:
    known = replace(GOOD, draft="a" * 64, draft_kept=True)
    assert answers(judge(replace(known, text="Số:      /QĐ-BKHCN"), OURS))["number"] is True
    assert answers(judge(replace(known, text="Số: 9/QĐ-BKHCN"), OURS))["number"] is False
    assert answers(judge(replace(known, text="", blank=True), OURS))["text"] is True
    changed = answers(judge(replace(known, draft_kept=False), OURS))
    assert (changed["draft"], changed["number"]) == (False, True)


def test_a_picture_is_ours_only_if_its_signature_says_the_number() -> None:
    assert answers(judge(replace(GOOD, text="Ký bởi: Bùi Thế Duy", blank=True), OURS))["text"] is False
    stamped = judge(replace(GOOD, text="Số: 05/QĐ-BKHCN, 05/12/2026", blank=True), OURS)
    assert stamped.accepted
    assert "text" not in answers(stamped)


def test_codes_of_the_audit_chain_are_held_against_the_chain() -> None:
    head = "3f9a71c208de55b0" + "0" * 48
    code = short_head(head)
    text = f"{TEXT}\nMã: 12:{code}"
    assert codes_in(text) == {12: code}
    assert codes_in("12:30, 2026:1234-5678") == {}
    assert answers(judge(replace(GOOD, text=text), OURS, {12: head}))["audit"] is True
    for heads in ({}, {12: "0" * 64}, {13: head}):
        verdict = judge(replace(GOOD, text=text), OURS, heads)
        assert [(each.code, dict(each.params)) for each in verdict.refused] == [("audit", {"codes": code})]


def test_a_verdict_is_kept_and_read_back_whole() -> None:
    import json

    verdict = judge(GOOD, OURS)
    assert from_kept(json.loads(json.dumps(to_kept(verdict)))) == verdict
    assert from_kept({}) == Verdict(())
