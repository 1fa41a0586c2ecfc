"""Letters, days, periods and counts, as titles and totals write them."""

from __future__ import annotations

from datetime import date

import pytest

from workflow.intake.letters import Counts, days_in, find_letter, is_place_and_day, read_counts, read_period
from workflow.intake.synonyms import load_synonyms
from workflow.intake.values import Letter

SYNONYMS = load_synonyms()


@pytest.mark.parametrize(
    ("title", "letter"),
    [
        (
            "(Kèm theo Tờ trình số 07/TTr-CVT ngày 02 tháng 12 năm 2026 …)",
            Letter("07/TTr-CVT", date(2026, 12, 2)),
        ),
        ("(Kèm theo Tờ trình số: 15/TTr-HV, ngày 4/12/2026)", Letter("15/TTr-HV", date(2026, 12, 4))),
        ("KÈM THEO TỜ TRÌNH SỐ 7/TTr-CVT NGÀY 02-12-2026", Letter("7/TTr-CVT", date(2026, 12, 2))),
        ("(Ban hành kèm theo Công văn số 112 /CV-BĐVN\nngày 02.12.2026)", Letter("112/CV-BĐVN", date(2026, 12, 2))),
        ("Kèm theo Tờ trình số 07/TTr-CVT ngày     tháng 12 năm 2026", Letter("07/TTr-CVT", None)),
        ("Kèm theo Tờ trình số 07/TTr-CVT ngày 31/02/2026", Letter("07/TTr-CVT", None)),
        ("Kèm theo Tờ trình số        /TTr-CVT ngày 02/12/2026", Letter()),
        ("Căn cứ Luật số 06/2022/QH15 ngày 15/6/2022", Letter()),
        ("DANH SÁCH ĐỀ NGHỊ KHEN THƯỞNG", Letter()),
    ],
)
def test_a_title_names_its_letter_as_far_as_it_does(title: str, letter: Letter) -> None:
    assert find_letter(["BỘ KHOA HỌC VÀ CÔNG NGHỆ", title], SYNONYMS) == letter


def test_days_are_day_first_and_impossible_ones_are_left_out() -> None:
    assert days_in("từ 05/01/2026 đến 31/02/2026 và 7 tháng 3 năm 2026") == (date(2026, 1, 5), date(2026, 3, 7))


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2025-2026", (date(2025, 1, 1), date(2026, 12, 31))),
        ("Năm 2026", (date(2026, 1, 1), date(2026, 12, 31))),
        ("Từ tháng 01/2025 đến tháng 02/2026", (date(2025, 1, 1), date(2026, 2, 28))),
        ("12/2025", (date(2025, 12, 1), date(2025, 12, 31))),
        ("từ ngày 05/01/2026 đến ngày 07 tháng 3 năm 2026", (date(2026, 1, 5), date(2026, 3, 7))),
        ("13/2026", None),
        ("hai năm", None),
    ],
)
def test_a_period_is_read_from_days_months_or_years(text: str, period: tuple[date, date] | None) -> None:
    assert read_period(text) == period


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Danh sách gồm: 08 tập thể, 17 cá nhân./.", Counts(8, 17)),
        ("Danh sách có 8 tập thể và 17 cá nhân", Counts(8, 17)),
        ("Tổng số: tập thể: 8; cá nhân: 17", Counts(8, 17)),
        ("Tổng cộng: 25 trường hợp", Counts(all=25)),
        ("Tổng cộng 25", Counts(all=25)),
        ("Tổng cộng", Counts()),
    ],
)
def test_a_total_is_read_before_or_behind_its_words(text: str, counts: Counts) -> None:
    assert read_counts(text, SYNONYMS) == counts


def test_the_place_and_day_of_a_signature() -> None:
    assert is_place_and_day("Hà Nội, ngày 02 tháng 12 năm 2026")
    assert is_place_and_day("TP. Hồ Chí Minh, ngày      tháng      năm 2026")
    assert not is_place_and_day("Đã làm tốt từ ngày 02 tháng 12")
