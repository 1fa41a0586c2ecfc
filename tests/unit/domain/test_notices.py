"""Who is told what: one mail per recipient and hold, with a line for each of his dossiers, in the words he may read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from notifications.mail import MailRequest
from tests.support.small_flow import DAY
from workflow.domain.decision import Decision, NoticePlan
from workflow.domain.notices import Directory, Holder, Letters, Mailbox, Place, Told, letters, told_words

CVT, CTS = Mailbox("cvt@x.example", "Cục Viễn thông"), Mailbox("cts@x.example", "Cục Tần số", "en")
HOA, LAN = Mailbox("hoa@x.example", "Hoa"), Mailbox("lan@x.example", "Lan")
DIRECTORY = Directory(
    units={"CVT": CVT, "CTS": CTS, "KHONG": Mailbox("", "Đơn vị chưa có hộp thư")},
    holders={
        "secretariat": (Holder(HOA), Holder(LAN)),
        "unit_head": (Holder(HOA, "unit", "CVT"), Holder(LAN, "unit", "CTS")),
        "field_lead": (Holder(HOA, "field", "vien_thong"), Holder(LAN, "field", "")),
        "cluster_head": (Holder(LAN, "cluster", "khoi_2"),),
        "council_member": (Holder(HOA, "council"), Holder(HOA), Holder(LAN, "council")),
    },
    actor=LAN,
)
PLACE = Place("CVT", "vien_thong", "khoi_2")


def told(number: int = 1, *plans: NoticePlan, unit: str = "CVT", **more: Any) -> Told:
    decision = Decision("close_vote", 0, "voting", "signing", DAY, notices=plans)
    plain = Told(
        id=number,
        code=f"M-{number}",
        name=f"Nguyễn Văn {number}",
        place=replace(PLACE, unit=unit),
        thread=f"submission:{unit}",
        decision=decision,
        awards={"vi": "Bằng khen", "en": "Certificate"},
        desk={"vi": "Trình ký", "en": "Signing"},
        unit_words={"vi": "Đang trình", "en": "Before the signer"},
        shown={"vi": "Đang xét", "en": "Under review"},
        unit_name=unit,
    )
    return replace(plain, **more)


def asked(*lines: Told, directory: Directory = DIRECTORY, act: dict[str, Any] | None = None) -> Letters:
    return letters("act:7", lines, directory, act or {})


def one(found: Letters) -> MailRequest:
    (request,) = found.requests
    return request


# ── who ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("word", "place", "found"),
    [
        ("unit", PLACE, (CVT,)),
        ("unit", Place("KHONG"), ()),
        ("unit", Place("ĐÃ GIẢI THỂ"), ()),
        ("actor", PLACE, (LAN,)),
        ("secretariat", PLACE, (HOA, LAN)),
        ("unit_head", PLACE, (HOA,)),
        ("unit_head", Place("CTS"), (LAN,)),
        ("field_lead", PLACE, (HOA,)),
        ("field_lead", Place("CVT", "", ""), ()),
        ("cluster_head", PLACE, (LAN,)),
        ("cluster_head", Place("CVT"), ()),
        ("council_member", PLACE, (HOA, LAN)),
        ("clerk", PLACE, ()),
    ],
)
def test_a_word_leads_to_the_mailboxes_of_those_whose_scope_takes_the_dossier_in(
    word: str, place: Place, found: tuple[Mailbox, ...]
) -> None:
    assert DIRECTORY.find(word, place) == found


def test_an_actor_without_a_mailbox_is_told_nothing() -> None:
    assert replace(DIRECTORY, actor=None).find("actor", PLACE) == ()


# ── one mail per recipient ───────────────────────────────────────────────────────────────────────


def test_five_hundred_names_are_one_mail_to_each_unit() -> None:
    plan = NoticePlan("unit", "received")
    lines = [told(number, plan, unit="CVT" if number % 2 else "CTS") for number in range(500)]
    found = asked(*lines)
    assert [(each.address, len(each.lines)) for each in found.requests] == [
        ("cts@x.example", 250),
        ("cvt@x.example", 250),
    ]
    assert {each.cause for each in found.requests} == {"act:7"}
    assert found.unaddressed == ()


def test_one_dossier_stands_once_in_a_mail_however_many_roles_its_reader_holds() -> None:
    found = one(
        asked(
            told(1, NoticePlan("secretariat", "submitted"), NoticePlan("field_lead", "submitted")),
            directory=replace(DIRECTORY, holders={"secretariat": (Holder(HOA),), "field_lead": (Holder(HOA),)}),
        )
    )
    assert [(line.reference, line.topic, line.section) for line in found.lines] == [
        ("nomination:1", "close_vote", "submitted")
    ]
    assert found.why == "secretariat"


def test_two_texts_about_one_dossier_are_two_lines_of_one_mail() -> None:
    found = one(asked(told(1, NoticePlan("unit", "not_awarded"), NoticePlan("unit", "council_result"))))
    assert [line.section for line in found.lines] == ["not_awarded", "council_result"]
    assert found.template == "not_awarded"


def test_what_is_held_is_a_mail_of_its_own() -> None:
    found = asked(told(1, NoticePlan("unit", "scheduled"), NoticePlan("unit", "council_result", "results")))
    assert [(each.cause, each.hold, each.template) for each in found.requests] == [
        ("act:7", None, "scheduled"),
        ("act:7:results", "results", "council_result"),
    ]


def test_a_word_that_leads_to_nobody_is_reported_with_each_dossier() -> None:
    found = asked(
        told(1, NoticePlan("clerk", "decided")),
        told(2, NoticePlan("clerk", "decided")),
        told(2, NoticePlan("clerk", "x")),
    )
    assert found.requests == ()
    assert found.unaddressed == (("clerk", "M-1"), ("clerk", "M-2"))


# ── in which words ───────────────────────────────────────────────────────────────────────────────


def test_the_desk_reads_the_true_state_and_the_unit_the_one_it_may_know() -> None:
    now = asked(told(1, NoticePlan("unit", "extended"), NoticePlan("secretariat", "extended")))
    words = {each.address: each.lines[0].context["state_label"] for each in now.requests}
    assert words == {"cvt@x.example": "Đang xét", "hoa@x.example": "Trình ký", "lan@x.example": "Trình ký"}


def test_a_held_mail_names_the_result_since_it_is_read_when_the_result_is_out() -> None:
    later = one(asked(told(1, NoticePlan("unit", "council_result", "results"))))
    assert later.lines[0].context["state_label"] == "Đang trình"


def test_each_reader_gets_his_language() -> None:
    found = one(asked(told(1, NoticePlan("unit", "received"), unit="CTS")))
    assert found.language == "en"
    assert (found.lines[0].context["award"], found.lines[0].context["state_label"]) == ("Certificate", "Under review")


def test_a_language_without_words_falls_back_to_vietnamese() -> None:
    french = replace(DIRECTORY, units={"CVT": replace(CVT, language="fr")})
    found = one(asked(told(1, NoticePlan("unit", "received")), directory=french))
    assert (found.lines[0].context["award"], found.lines[0].context["state_label"]) == ("Bằng khen", "Đang xét")


def test_a_mail_names_its_unit_only_when_it_is_about_one() -> None:
    plan = NoticePlan("secretariat", "submitted")
    assert (
        one(
            asked(told(1, plan), told(2, plan), directory=replace(DIRECTORY, holders={"secretariat": (Holder(HOA),)}))
        ).context["unit_name"]
        == "CVT"
    )
    assert asked(told(1, plan), told(2, plan, unit="CTS")).requests[0].context["unit_name"] == ""


def test_the_earliest_due_day_stands_in_the_head_unless_the_act_names_one() -> None:
    plan = NoticePlan("unit", "supplement")
    lines = [told(1, plan, due_on={"unit": "04/01/2027"}), told(2, plan, due_on={"unit": "31/12/2026"}), told(3, plan)]
    assert one(asked(*lines)).context["due_on"] == "31/12/2026"
    assert one(asked(*lines, act={"due_on": "05/02/2027"})).context["due_on"] == "05/02/2027"
    assert one(asked(told(1, plan))).context["due_on"] == ""


def test_a_limit_and_a_turn_are_told_to_those_who_have_them() -> None:
    line = told(
        1,
        NoticePlan("secretariat", "submitted"),
        NoticePlan("unit", "receipt"),
        due_on={"secretariat": "07/12/2026", "unit": ""},
        turn=frozenset({"secretariat"}),
    )
    told_to = {each.address: (each.context["due_on"], each.lines[0].context["turn"]) for each in asked(line).requests}
    assert told_to == {
        "hoa@x.example": ("07/12/2026", True),
        "lan@x.example": ("07/12/2026", True),
        "cvt@x.example": ("", False),
    }


def test_each_reader_gets_the_further_words_of_a_line_in_his_language() -> None:
    said = {"vi": {"result": "Được suy tôn"}, "en": {"result": "Chosen"}}
    both = asked(
        told(1, NoticePlan("unit", "cluster_result"), said=said),
        told(2, NoticePlan("unit", "cluster_result"), said=said, unit="CTS"),
    )
    results = {each.language: each.lines[0].context["result"] for each in both.requests}
    assert results == {"vi": "Được suy tôn", "en": "Chosen"}


def test_mails_of_one_list_thread_together_by_the_first_lines_list() -> None:
    plan = NoticePlan("secretariat", "submitted")
    found = asked(told(1, plan, unit="CTS"), told(2, plan), told(3, plan))
    assert found.requests[0].thread == "submission:CTS"


def test_a_lines_own_fields_stand_in_its_line() -> None:
    found = one(asked(told(1, NoticePlan("unit", "supplement"), line_fields={"note": "Thiếu biên bản"})))
    assert found.lines[0].context["note"] == "Thiếu biên bản"


def test_only_fields_that_mails_may_name_reach_them() -> None:
    fields = {
        "reason": "Đang thanh tra",
        "note": "",
        "defects": ["a", "b"],
        "bodies": ("Vụ A",),
        "tally": {"yes": 12},
        "letter_no": 7,
        "secret": "x",
        "occasion": "Hội nghị",
    }
    assert dict(told_words(fields)) == {
        "reason": "Đang thanh tra",
        "note": "",
        "occasion": "Hội nghị",
        "defects": ("a", "b"),
        "bodies": ("Vụ A",),
    }


def test_an_act_without_lists_and_texts_names_nothing() -> None:
    assert dict(told_words({"defects": "Thiếu biên bản", "bodies": None, "reason": 3})) == {}


def test_the_number_of_a_decision_given_as_text_is_the_mails_decision_number() -> None:
    assert dict(told_words({"decision_no": "55/QĐ-BKHCN"})) == {"decision_number": "55/QĐ-BKHCN"}


def test_the_letter_by_which_a_unit_agrees_is_the_document_of_a_change() -> None:
    assert dict(told_words({"unit_consent": "12/CVT-TCCB"})) == {"document": "12/CVT-TCCB"}
