"""Whatever stands in the cells, the reader answers; and it answers in time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

import workflow.intake
from tests.unit.intake.lists import AWARDS, HEADER, checked, grid, read, row, workbook
from workflow.intake.checking import check
from workflow.intake.grids import tidy
from workflow.intake.headers import find_header
from workflow.intake.headings import alone, award_within, section_kind, split_place
from workflow.intake.letters import find_letter, is_place_and_day, read_counts, read_period
from workflow.intake.reading import read_list
from workflow.intake.recognising import recognise
from workflow.intake.sentences import catalogue
from workflow.intake.synonyms import key_of, load_synonyms
from workflow.intake.values import Unreadable
from workflow.intake.writing import write_back

SYNONYMS = load_synonyms()
WORDS = (
    "TT",
    "Họ và tên",
    "I. TẬP THỂ",
    "Tổng cộng: 3",
    "GIÁM ĐỐC",
    "Bằng khen của Bộ trưởng",
    "1",
    "(2)",
    "Lê An",
    "=1",
)
TEXTS = st.one_of(st.text(max_size=12), st.sampled_from(WORDS), st.just(""))
CELLS = st.one_of(
    TEXTS.filter(lambda text: not text.startswith(("{", "http", "ftp", "mailto", "internal:", "external:"))),
    st.floats(-1e300, 1e300),
    st.booleans(),
    st.none(),
)


@pytest.mark.slow
@given(st.lists(st.lists(TEXTS, min_size=1, max_size=7), max_size=12))
def test_cells_of_any_text_are_lines_or_have_a_cause(rows: list[list[str]]) -> None:
    found = recognise(grid(HEADER, *rows), SYNONYMS)
    assert found is not None
    placed = [line.number for line in found.rows] + [each.number for each in found.skipped]
    assert sorted(placed) == list(range(1, len(rows) + 2))
    result = check(found.rows, awards=AWARDS, unit_kind="cuc")
    assert len(result.good) + len(result.bad) == len(found.rows)
    assert all(bad.problems for bad in result.bad)


@pytest.mark.slow
@given(st.lists(st.lists(TEXTS, min_size=1, max_size=6), min_size=1, max_size=8))
def test_a_sheet_of_any_text_has_a_list_or_has_none(rows: list[list[str]]) -> None:
    found = recognise(grid(*rows), SYNONYMS)
    assert (found is None) == (find_header(grid(*rows), SYNONYMS) is None)


@pytest.mark.slow
@settings(max_examples=25)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=7), max_size=6))
def test_values_of_any_kind_go_through_a_workbook_and_back(rows: list[list[object]]) -> None:
    data = workbook([HEADER, *rows])
    result = read_list(data)
    back = write_back(data, result, check(result.rows, awards=AWARDS, unit_kind="cuc"))
    assert back.kept
    assert read_list(back.data).rows == result.rows


@given(st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=5))
def test_a_workbook_of_any_values_gives_a_list_or_a_reason(rows: list[list[object]]) -> None:
    try:
        read(rows)
    except Unreadable as error:
        assert error.code == "no_list"  # noqa: PT017 - both outcomes are right


@given(st.text(max_size=60))
def test_a_row_of_any_name_is_judged(name: str) -> None:
    result = checked(row(name=tidy(name), code=""))
    assert len(result.good) + len(result.bad) == 1


LONG = tuple(
    part * (10_000 // len(part)) for part in ("1", "ngày ", "số ", "a ", "(", "I.", "1/", "hạng ", "Kèm ", "Á")
)
READERS: tuple[Callable[[str], object], ...] = (
    lambda text: find_letter([f"Tờ trình {text}"], SYNONYMS),
    read_period,
    is_place_and_day,
    lambda text: read_counts(text, SYNONYMS),
    lambda text: alone([text]),
    lambda text: section_kind(text, SYNONYMS, whole=False),
    lambda text: award_within(text, SYNONYMS),
    lambda text: split_place(text, SYNONYMS),
    key_of,
    tidy,
    lambda text: recognise(grid(HEADER, ("1", "", text, "", "", text, text)), SYNONYMS),
    lambda text: check([row(name=text, award=text, workplace=text)], awards=AWARDS, unit_kind="cuc"),
)


@pytest.mark.parametrize("text", LONG, ids=range(len(LONG)))
def test_no_text_makes_a_pattern_run_away(text: str) -> None:
    for reader in READERS:
        began = time.process_time()
        reader(text)
        assert time.process_time() - began < 1


def test_every_sentence_of_the_catalogue_is_used() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in Path(workflow.intake.__file__).parent.glob("*.py"))
    sentences = [code.partition(".") for code in catalogue()]
    said = {code for kind, _dot, code in sentences if kind in ("problem", "warning", "unreadable", "skipped", "ground")}
    assert {code for code in said if not re.search(rf'"{code}"', source)} == set()
