"""Bytes become one mapping in one Unicode form, or a refusal that names the place."""

from __future__ import annotations

import unicodedata

import pytest

from definitions.problems import FlowsRefused
from definitions.reading import DEEPEST, LONGEST_LINE, MOST_KEY_PARTS, MOST_LINES, MOST_VALUES, read


def test_notepad_s_byte_order_mark_and_line_ends_are_no_mistake() -> None:
    source = read("a.toml", b'\xef\xbb\xbfid = "a"\r\ntitle = "b"\r\n')
    assert source.data == {"id": "a", "title": "b"}
    assert source.positions.of(("id",)) == (1, 6)


def test_every_text_is_in_one_unicode_form() -> None:
    decomposed = unicodedata.normalize("NFD", 'x = ["Bằng khen", { "tên" = "ậ" }]')
    assert read("a.toml", decomposed.encode()).data == {"x": ["Bằng khen", {"tên": "ậ"}]}


def test_the_place_of_a_key_is_found_in_whichever_form_it_was_typed() -> None:
    source = read("a.toml", unicodedata.normalize("NFD", 'a = 1\n"tên" = 2\n').encode())
    assert source.positions.of_key(("tên",)) == (2, 1)


def test_a_byte_that_is_not_utf8_is_named_by_line_and_column() -> None:
    with pytest.raises(FlowsRefused) as caught:
        read("a.toml", 'a = 1\nb = "ậ'.encode() + b'\xe2\x28"')
    (problem,) = caught.value.problems
    assert (problem.code, problem.line, problem.column) == ("not_utf8", 2, 7)


@pytest.mark.parametrize(
    "text",
    [
        "x = '" + "a" * (LONGEST_LINE - 6) + "'",
        "x = " + "[" * DEEPEST + "]" * DEEPEST,
        ".".join("a" * MOST_KEY_PARTS) + " = 1",
        "\n" * (MOST_LINES - 1) + "x = 1",
        "x = [\n" + ("1," * 1000 + "\n") * (MOST_VALUES // 1000 - 1) + "]",
        'x = "' + "." * 100 + "[" * 100 + '"',
        "x = '" + "." * 100 + "{" * 100 + "'",
        'x = """\n' + "[.\n" * 100 + '"""',
        "x = '''\n" + "[.\n" * 100 + "'''",
        "# " + "." * 100 + "[" * 100 + "\nx = 1",
        'x = "a \\" [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[ b"',
        "x = [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 0.5]",
    ],
    ids=range(12),
)
def test_what_keeps_the_limits_is_read_and_texts_and_comments_do_not_count(text: str) -> None:
    assert list(read("a.toml", text.encode()).data) in (["x"], ["a"])


def test_a_stray_closing_bracket_is_left_to_the_parser() -> None:
    with pytest.raises(FlowsRefused) as caught:
        read("a.toml", b"x = 1 ]")
    assert [each.code for each in caught.value.problems] == ["toml_syntax"]
