"""A calendar's text is read whole or refused whole, and the shipped file is what its sources say."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from definitions import calendar_text, calendar_vietnam
from definitions.calendar import SHIPPED, CalendarRefused, WorkCalendar, shipped
from definitions.problems import FlowsRefused

HEAD = """\
title = { vi = "Lịch", en = "Calendar" }
years = [2026, 2027]
confirmed = [2026]
weekend = { vi = "Nghỉ hằng tuần", en = "Weekend" }
make_up = { vi = "Làm bù", en = "Make-up day" }
"""


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(CalendarRefused) as refused:
        WorkCalendar.from_text(text, "lich.toml")
    return [(each.line, each.code.removeprefix("calendar_")) for each in refused.value.problems]


def test_the_shipped_file_is_up_to_date_with_its_sources() -> None:
    assert SHIPPED.read_text(encoding="utf-8") == calendar_vietnam.resolved(), (
        "run: python -m definitions.calendar_vietnam"
    )


def test_the_command_writes_what_the_shipped_file_holds(tmp_path: Path) -> None:
    target = tmp_path / "vn.toml"
    calendar_vietnam.main([str(target)])
    assert target.read_bytes() == SHIPPED.read_bytes()
    subprocess.run([sys.executable, "-m", "definitions.calendar_vietnam", str(target.with_name("again"))], check=True)
    assert target.with_name("again").read_bytes() == SHIPPED.read_bytes()


def test_a_text_reads_back_as_it_was_written() -> None:
    data = calendar_text.parse(shipped().text, "a")
    assert calendar_text.parse(calendar_text.write(data), "b") == data
    assert WorkCalendar.from_text(shipped().text).text == shipped().text


def test_quotes_and_backslashes_in_a_document_survive() -> None:
    over = '[[off]]\non = 2026-11-23\nname = { vi = "Nghỉ \\"cầu\\"", en = "B\\\\ridge" }\ndocument = "1\\\\2"\n'
    cause = shipped().overridden(over).cause(date(2026, 11, 23))
    assert cause
    assert (cause.name.vi, cause.name.en, cause.document) == ('Nghỉ "cầu"', "B\\ridge", "1\\2")


# ── an installation's own days ───────────────────────────────────────────────────────────────────

SWAP = """
[[off]]
on = 2026-11-23
name = { vi = "Nghỉ hoán đổi", en = "Swapped day off" }
document = "1/VPCP"
[[work]]
on = 2026-11-28
document = "1/VPCP"
"""


def test_an_override_swaps_a_day_and_changes_the_digest() -> None:
    changed = shipped().overridden(SWAP, "rieng.toml")
    assert not changed.is_working(date(2026, 11, 23))
    assert changed.is_working(date(2026, 11, 28))
    assert changed.add_working(date(2026, 11, 20), 10) == date(2026, 12, 7)
    assert changed.sha256 != shipped().sha256
    assert shipped().is_working(date(2026, 11, 23)), "the calendar below must not change"
    made_up = changed.cause(date(2026, 11, 28))
    assert made_up
    assert made_up.name.vi == "Làm bù"


def test_an_override_can_work_a_guessed_day_off_and_take_back_a_make_up_saturday() -> None:
    changed = shipped().overridden(
        '[[work]]\non = 2027-02-04\ndocument = "2"\n'
        '[[off]]\non = 2026-08-22\nname = { vi = "Bỏ làm bù", en = "Not worked after all" }\ndocument = "2"\n'
    )
    assert changed.is_working(date(2027, 2, 4))
    assert not changed.is_working(date(2026, 8, 22))


def test_an_override_confirms_a_year_and_may_widen_the_years() -> None:
    changed = shipped().overridden("confirmed = [2027, 2028]\nyears = [2028, 2028]")
    assert (changed.first_year, changed.last_year) == (2020, 2028)
    assert changed.confirmed_years == frozenset(range(2020, 2029))


def test_the_same_override_gives_the_same_digest_however_it_is_spelt() -> None:
    spaced = SWAP.replace("on = ", "on   =   ").replace("[[work]]", "# làm bù\n[[work]]")
    assert shipped().overridden(spaced) == shipped().overridden(SWAP)


# ── refused whole ────────────────────────────────────────────────────────────────────────────────


def test_a_text_that_is_not_toml_says_where() -> None:
    assert problems(HEAD + "[[off]\n") == [(6, "syntax")]


def test_every_problem_is_said_at_its_own_line() -> None:
    text = HEAD + (
        "colour = 1\n"
        "[[off]]\n"  # 7: no date, no name, no document, a word too many
        'on = "2026-01-01"\n'
        'why = "?"\n'
        "[[off]]\n"  # 10: a time is not a day
        "on = 2026-01-01T00:00:00\n"
        'name = { vi = "A", en = "B" }\n'
        'document = "1"\n'
        "[[off]]\n"  # 14: outside the years, one language
        "on = 2025-01-01\n"
        'name = { vi = "A" }\n'
        'document = "1"\n'
        "[[work]]\n"  # 18: the document breaks the line
        "on = 2026-01-10\n"
        'document = "1\\n2"\n'
    )
    assert problems(text) == [
        (6, "unknown_key"),
        (7, "date"),
        (7, "document"),
        (7, "unknown_key"),
        (7, "words"),
        (10, "date"),
        (14, "outside"),
        (14, "words"),
        (18, "document"),
    ]


def test_a_day_listed_twice_is_refused_at_its_second_place() -> None:
    off = '[[off]]\non = 2026-01-02\nname = { vi = "A", en = "B" }\ndocument = "1"\n'
    work = '[[work]]\non = 2026-01-02\ndocument = "1"\n'
    assert problems(HEAD + off + work) == [(11, "twice")]
    assert problems(HEAD + off + off) == [(11, "twice")]


def test_a_whole_calendar_needs_its_head() -> None:
    assert problems("") == [(1, "missing")] * 4
    with pytest.raises(CalendarRefused) as refused:
        WorkCalendar.from_text("")
    assert [each.params["key"] for each in refused.value.problems] == ["make_up", "title", "weekend", "years"]


@pytest.mark.parametrize("years", ["2026", "[2026]", "[2027, 2026]", '["2026", "2027"]', "[0, 2026]", "[true, true]"])
def test_years_are_a_first_and_a_last_one(years: str) -> None:
    assert problems(HEAD.replace("[2026, 2027]", years)) == [(2, "years")]


@pytest.mark.parametrize(("confirmed", "code"), [("2026", "confirmed"), ('["x"]', "confirmed"), ("[2019]", "outside")])
def test_confirmed_years_are_years_of_the_calendar(confirmed: str, code: str) -> None:
    assert problems(HEAD.replace("confirmed = [2026]", f"confirmed = {confirmed}")) == [(3, code)]


def test_days_are_tables_of_their_own() -> None:
    assert problems(HEAD + "off = 3\n") == [(6, "rows")]
    assert problems(HEAD + "work = [2026-01-10]\n") == [(6, "rows")]
    assert problems(HEAD + '[off]\non = 2026-01-02\ndocument = "1"\n') == [(1, "rows")]


def test_days_in_brackets_are_blamed_where_the_list_stands() -> None:
    assert problems(HEAD + 'work = [{ on = 2026-01-10, document = "" }]\n') == [(6, "document")]


def test_a_text_without_bounds_is_refused_before_it_is_parsed() -> None:
    assert problems("# " + "x" * 70_000) == [(1, "too_large")]
    assert problems(HEAD + "a" + ".a" * 400 + " = 1\n") == [(6, "line_too_long")]


def test_the_last_good_calendar_stays_when_an_override_is_refused() -> None:
    with pytest.raises(CalendarRefused) as refused:
        shipped().overridden('[[off]]\non = 2030-01-01\nname = { vi = "A", en = "B" }\ndocument = "1"\n', "rieng.toml")
    (problem,) = refused.value.problems
    assert (problem.place, problem.code) == ("rieng.toml:1:1", "calendar_outside")
    assert shipped() == WorkCalendar.from_text(SHIPPED.read_text(encoding="utf-8"))


def test_a_refused_calendar_speaks_like_refused_flows_do_in_both_languages() -> None:
    with pytest.raises(FlowsRefused) as refused:
        WorkCalendar.from_text(HEAD + "[[off]]\non = 2025-01-01\nnam = 1\n", "lich.toml")
    for problem in refused.value.problems:
        for language in ("vi", "en"):
            assert problem.line_of_report(language).startswith("lich.toml:6:1 – ")
    assert any("01/01/2025" in problem.sentence() for problem in refused.value.problems)


def test_every_problem_code_of_a_calendar_has_its_words() -> None:
    from definitions.messages import package_catalogue

    codes = "too_large line_too_long syntax unknown_key missing years confirmed words rows date document outside twice"
    assert {f"problem.calendar_{code}" for code in codes.split()} <= set(package_catalogue("definitions"))
