"""Reasons become sentences: in both languages, with names and never with the ids of a flow file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

import pytest

from definitions.calendar import shipped
from definitions.flow import Flow, Language, Words
from definitions.messages import package_catalogue
from tests.support.ministry import shipped_flows
from workflow.domain.decisions import Context, options
from workflow.domain.facts import AcrossFacts, Actor, Held, NominationFacts, RoundFacts
from workflow.domain.machine import CompiledFlow
from workflow.domain.reasons import Reason
from workflow.web.app import ROOMS
from workflow.wording import award_name, menders, points, role_label, sentence

DAY = date(2026, 12, 8)
LANGUAGES: tuple[Language, ...] = ("vi", "en")
ID = re.compile(r"\b[a-z]+_[a-z0-9_]+\b")
LABEL = Words("Đơn vị đã ký", "The unit has signed")


@cache
def flows() -> dict[str, Flow]:
    return {name: loaded.flow for name, loaded in shipped_flows().items()}


def facts(flow: Flow, state: str) -> NominationFacts:
    """A dossier about which next to nothing is known."""
    return NominationFacts(
        id=1, code="BK-2026-00001-2", unit="CVT", unit_kind="cuc", nominee=flow.nominee[0], name="Nguyễn Văn An",
        state=state, version=3, entered_on=DAY, round=RoundFacts("2026", 2026), across=AcrossFacts(),
    )  # fmt: skip


def said(reason: Reason, flow: Flow | None = None) -> tuple[str, str]:
    return sentence(reason, "vi", flow), sentence(reason, "en", flow)


def everything_refused(flow: Flow) -> Iterator[Reason]:
    """Every reason that every act of this flow gives to a stranger and to the desk, from every state."""
    strangers = Actor("BO/X", "Lê Văn X", ())
    desk = Actor("BO/Y", "Lê Văn Y", (Held("secretariat"), Held("clerk"), Held("signer"), Held("council_secretary")))
    context = Context(shipped(), DAY)
    for state in flow.states:
        for actor in (strangers, desk):
            for option in options(CompiledFlow(flow), facts(flow, state), actor, context):
                yield from option.reasons


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(flows()))
def test_no_reason_of_a_shipped_flow_shows_an_id(name: str, language: Language) -> None:
    flow = flows()[name]
    told = {(reason.code, sentence(reason, language, flow)) for reason in everything_refused(flow)}
    assert len({code for code, _ in told}) > 3
    assert [text for _, text in told if ID.search(text) or "{" in text or text[0].islower()] == []


# ── what stands in a sentence ────────────────────────────────────────────────────────────────────


def test_a_mark_and_a_moment_are_named_by_the_act_that_brings_them() -> None:
    flow = flows()["bang_khen_bo"]
    assert said(Reason("flag", {"flag": "proof_sent"}), flow) == (
        "Hồ sơ chưa qua bước “Gửi bản rà soát”.",
        "“Send the proof list” has not been done yet.",
    )
    assert said(Reason("moment", {"moment": "complete"}), flow)[0] == "Hồ sơ chưa qua bước “Tiếp nhận”."


@pytest.mark.parametrize("code", ["flag", "not", "moment", "any", "rule"])
def test_the_flow_s_own_words_for_a_requirement_are_enough(code: str) -> None:
    assert said(Reason(code, {"flag": "x", "names": ("x",)}, label=LABEL)) == (
        "Chưa đạt yêu cầu: Đơn vị đã ký.",
        "Not met yet: The unit has signed.",
    )


def test_what_must_end_is_named() -> None:
    flow = flows()["bang_khen_bo"]
    reason = Reason("not", {"kind": "flag", "names": ("proof_sent",)})
    assert said(reason, flow)[0] == "Phải kết thúc trước khi thực hiện việc này: Gửi bản rà soát."
    assert said(Reason("not", {**reason.params, "known": False}), flow)[0].startswith("Chưa biết còn hay đã kết thúc")
    assert said(reason)[0].endswith("proof_sent.")


def test_a_limit_of_age_names_its_days() -> None:
    params = {"name": "achievement_to", "since": "2026-05-31", "until": "2026-11-30"}
    flow = flows()["bang_khen_tt"]
    assert said(Reason("too_old", params, label=LABEL), flow)[0] == (
        "Đơn vị đã ký. Đã quá thời hạn: kể từ “ngày cuối của thời gian lập thành tích” (31/05/2026), "
        "chỉ thực hiện được đến hết ngày 30/11/2026."
    )
    unknown = Reason("too_old", {**params, "since": "", "until": "", "known": False})
    assert said(unknown, flow)[1] == (
        "The day that the limit counts from is not on record: “the last day of the achievement”."
    )


@pytest.mark.parametrize(
    ("params", "vi"),
    [
        ({"opened": False}, "Việc “Lấy ý kiến cơ quan liên quan” chưa được bắt đầu."),
        ({"opened": True}, "Việc “Lấy ý kiến cơ quan liên quan” chưa xong."),
        (
            {"opened": True, "bodies": ("Bộ Công an",), "waiting": ("Bộ Công an",)},
            "Việc “Lấy ý kiến cơ quan liên quan” chưa xong. Còn chờ trả lời của: Bộ Công an.",
        ),
    ],
)
def test_an_open_task_says_what_it_waits_for(params: dict[str, Any], vi: str) -> None:
    reason = Reason("tasks_open", {"task": "consult", "bodies": (), "waiting": ("–",), **params})
    assert said(reason, flows()["bang_khen_tt"])[0] == vi


def test_the_first_day_on_which_it_may_be_done_is_told() -> None:
    reason = Reason("task_too_short", {"task": "publish"}, from_on=date(2026, 12, 22))
    assert said(reason, flows()["hcld_ba"]) == (
        "Việc “Công khai lấy ý kiến” chưa đủ thời gian tối thiểu theo quy định. Có thể thực hiện từ ngày 22/12/2026.",
        "“Publish for comment” has not run for the least time that the rules ask for. Possible from 22/12/2026.",
    )


FIGURES = {"yes": 11, "base": 15, "needed": 12, "still_needed": 1, "took_part": 9, "members": 15, "quorum_needed": 10}


def test_a_body_that_votes_is_named_as_the_flow_has_it() -> None:
    reason = Reason("vote_not_passed", {"body": "ministry", **FIGURES})
    assert said(reason, flows()["bang_khen_bo"])[0].startswith("Hội đồng cấp Bộ không thông qua: 11 phiếu đồng ý")
    assert said(reason, flows()["bang_khen_chuyen_de"])[0].startswith("Thường trực Hội đồng không thông qua")
    assert said(Reason("quorum", {"body": "cluster", **FIGURES}))[0].startswith("Chưa đủ số thành viên tham gia (khối,")


@pytest.mark.parametrize(
    ("reason", "vi"),
    [
        (Reason("once", {"award": "ky_niem_chuong", "years": (2019,)}), "đã được tặng Kỷ niệm chương năm 2019"),
        (Reason("waiting", {"award": "hcld_ba", "years": 5, "since": "2023-05-31"}), "hạng Ba, 31/05/2023"),
        (
            Reason("same_achievement", {"codes": ("BK-1", "bang_khen_bo 2025")}),
            "BK-1, Bằng khen của Bộ trưởng năm 2025",
        ),
        (Reason("history", {"missing": ("cstd_co_so 1/2",)}), "Chiến sĩ thi đua cơ sở: có 1, cần 2"),
        (
            Reason("ratio_cap", {"percent": 20, "of": "cluster_leaders", "count": 8, "base": 34, "limit": 6}),
            "20% số tập thể dẫn đầu khối, cụm thi đua: đang có 8, được tối đa 6",
        ),
        (Reason("ratio_cap", {"percent": 15, "of": "ldtt", "known": False}), "số “Lao động tiên tiến” của đợt"),
        (
            Reason("mixed_awards", {"awards": ("bang_khen_bo/ad_hoc/minister", "cstd_bo/merit/minister")}),
            "Bằng khen của Bộ trưởng (đột xuất), Chiến sĩ thi đua cấp Bộ (theo công trạng)",
        ),
        (Reason("target_flow", {"flow": "cstd_bo", "problem": "nominee"}), "“Chiến sĩ thi đua cấp Bộ”: hình thức đó"),
    ],
)
def test_awards_are_called_by_their_names(reason: Reason, vi: str) -> None:
    assert vi in said(reason)[0]


@pytest.mark.parametrize("code", ["history", "once", "waiting"])
def test_an_unknown_history_asks_for_it(code: str) -> None:
    reason = Reason(code, {"award": "hcld_ba", "years": 5, "since": "", "missing": (), "known": False})
    assert "Nhập quá trình khen thưởng" in said(reason)[0]
    assert "khen history" not in said(reason)[0]


def test_a_field_is_named_by_its_label_and_the_requirement_s_words_stand_before() -> None:
    flow = flows()["bang_khen_bo"]
    labelled = Reason("field", {"field": "late_reason", "wanted": ()}, label=LABEL)
    assert said(labelled, flow)[0] == "Đơn vị đã ký. Chưa ghi “Lý do gửi muộn”, hoặc nội dung đã ghi chưa phù hợp."
    missing = Reason("field_missing", {"field": "letter_no"}, label=Words("Số Tờ trình", "Letter"))
    assert said(missing)[0] == "Còn thiếu thông tin bắt buộc: Số Tờ trình."


def test_an_id_nobody_has_words_for_stays_as_it_is() -> None:
    assert (award_name("own_award", "vi"), role_label("own_role", "en")) == ("own_award", "own_role")
    assert said(Reason("share", {"of": "young_people", "count": 1, "base": 9}))[0].startswith("Cơ cấu danh sách (young")
    assert "own" in said(Reason("mixed_awards", {"awards": ("own/own/own",)}))[0]


def test_who_can_mend_it_is_told_by_role() -> None:
    assert menders(Reason("flag", {}, ("unit_head", "clerk")), "vi") == "thủ trưởng đơn vị, văn thư"


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [
        (Fraction(196, 3), "65,33", "65.33"),
        (Fraction(100), "100,00", "100.00"),
        (Fraction(1, 200), "0,01", "0.01"),
    ],
)
def test_points_are_written_as_each_language_writes_them(value: Fraction, vi: str, en: str) -> None:
    assert (points(value, "vi"), points(value, "en")) == (vi, en)


# ── the catalogue as a whole ─────────────────────────────────────────────────────────────────────

# What no official would write: “từ chối” alone, an approving council, candidates, prizes, half-translated words.
AVOIDED = re.compile(r"(?i)từ chối|phê duyệt|ứng viên|giải thưởng|\bvai\b(?! trò)|\bluồng\b|chuyện thử")
PACKAGES = (
    "definitions", "notifications", "workflow", "workflow.cli", "workflow.intake", "workflow.papers", "workflow.web",
    *(room.package for room in ROOMS),
)  # fmt: skip


@pytest.mark.parametrize("package", PACKAGES)
def test_no_word_to_avoid_stands_in_what_people_read(package: str) -> None:
    catalogue = package_catalogue(package)
    assert [code for code in catalogue if AVOIDED.search(catalogue.sentences[code]["vi"])] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_both_languages_name_the_same_parameters(package: str) -> None:
    catalogue = package_catalogue(package)
    assert [code for code in catalogue if catalogue.places(code, "vi") != catalogue.places(code, "en")] == []


def test_no_word_to_avoid_stands_in_a_shipped_flow() -> None:
    for flow in flows().values():
        words = [each for state in flow.states.values() for each in (state.label, state.unit)]
        words += [each.label for each in flow.transitions.values()] + [each.label for each in flow.tasks.values()]
        words += [document.title for document in flow.documents.values()]
        assert [each.vi for each in words if AVOIDED.search(each.vi)] == [], flow.id
