"""Where a value stands, however it was written."""

from __future__ import annotations

import pytest

from definitions.positions import Positions
from definitions.problems import Path

TEXT = """\
id = "x"
title = { vi = "Bằng", "en" = 'x' }
a.b.c = 1

[state.draft]
owner = "unit"
[state.draft.deadline]
within = { working_days = 3 }

[state."đã trao"]
final = "positive"

[[scenario]]
title = "một"
step = [
  { do = "submit" }, # ghi chú
  { do = "sign", with = { x = [1, { y = 2 }] } },
]
[[scenario]]
title = "hai"
[scenario.given]
unit = "CVT"
[[scenario.more]]
n = 1
[[scenario.more]]
n = 2

[late]
"k\\u1ea1" = 1
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), (1, 1), (1, 1)),
        (("id",), (1, 6), (1, 1)),
        (("title",), (2, 9), (2, 1)),
        (("title", "vi"), (2, 16), (2, 11)),
        (("title", "en"), (2, 31), (2, 24)),
        (("a",), (3, 1), (3, 1)),
        (("a", "b", "c"), (3, 9), (3, 5)),
        (("state",), (5, 2), (5, 2)),
        (("state", "draft"), (5, 8), (5, 8)),
        (("state", "draft", "owner"), (6, 9), (6, 1)),
        (("state", "draft", "deadline"), (7, 14), (7, 14)),
        (("state", "draft", "deadline", "within", "working_days"), (8, 27), (8, 12)),
        (("state", "đã trao", "final"), (11, 9), (11, 1)),
        (("scenario",), (13, 3), (13, 3)),
        (("scenario", 0), (13, 3), (13, 3)),
        (("scenario", 0, "step", 0, "do"), (16, 10), (16, 5)),
        (("scenario", 0, "step", 1), (17, 3), (17, 3)),
        (("scenario", 0, "step", 1, "with", "x", 1, "y"), (17, 41), (17, 37)),
        (("scenario", 1, "title"), (20, 9), (20, 1)),
        (("scenario", 1, "given", "unit"), (22, 8), (22, 1)),
        (("scenario", 1, "more", 1, "n"), (26, 5), (26, 1)),
        (("late", "kạ"), (29, 13), (29, 1)),
    ],
)
def test_a_value_and_its_name_are_found(path: Path, value: tuple[int, int], key: tuple[int, int]) -> None:
    positions = Positions(TEXT.encode())
    assert positions.of(path) == value
    assert positions.of_key(path) == key


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("state", "draft", "label"), (5, 8)),
        (("state", "lost", "label"), (5, 2)),
        (("scenario", 0, "step", 7), (15, 8)),
        (("scenario", 9), (13, 3)),
        (("nothing", "here"), (1, 1)),
        (("id", "deeper"), (1, 6)),
    ],
)
def test_a_path_that_is_not_there_degrades_to_what_stands_around_it(path: Path, place: tuple[int, int]) -> None:
    assert Positions(TEXT.encode()).of(path) == place


def test_columns_count_characters_and_crlf_changes_nothing() -> None:
    positions = Positions('tên = 1\r\n"đ" = { b = "ậ", c = 2 }\r\n'.encode())
    assert positions.of(("đ", "c")) == (2, 22)


def test_a_table_over_several_lines_has_places_too() -> None:
    positions = Positions(b"q = {\n  a = 1,\n  b = 2,\n}\nr = 3\n")
    assert positions.of(("q", "b")) == (3, 7)
    assert positions.of(("r",)) == (5, 5)
