"""A catalogue says whole sentences in both languages, and asks its parameters nothing but their text."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.messages import LANGUAGES, MissingWordsError, catalogue_of, load_catalogue, package_catalogue

GREETING = catalogue_of('[greeting.short]\nvi = "Chào {name}!"\nen = "Hello {name}!"\n')


def test_a_sentence_is_filled_in_the_language_asked_for() -> None:
    assert GREETING.say("greeting.short", "vi", name="chị Hoa") == "Chào chị Hoa!"
    assert GREETING.say("greeting.short", "en", name="Hoa", unused=1) == "Hello Hoa!"


@pytest.mark.parametrize(("value", "text"), [(("a", "b"), "a, b"), (["c"], "c"), (frozenset({"d"}), "d"), (5, "5")])
def test_several_values_are_joined_with_commas(value: object, text: str) -> None:
    assert GREETING.say("greeting.short", "en", name=value) == f"Hello {text}!"


@pytest.mark.parametrize(
    ("code", "language", "params"),
    [("greeting.long", "vi", {"name": "a"}), ("greeting.short", "fr", {"name": "a"}), ("greeting.short", "vi", {})],
)
def test_half_a_sentence_is_never_said(code: str, language: str, params: dict[str, str]) -> None:
    with pytest.raises(MissingWordsError):
        GREETING.say(code, language, **params)


@pytest.mark.parametrize("place", ["{name.__class__}", "{name[0]}", "{name!r}", "{name:>9}", "{0}", "{}", "{Name}"])
def test_a_place_can_ask_for_nothing_but_a_plain_name(place: str) -> None:
    catalogue = catalogue_of(f"[a]\nvi = '{place}'\nen = '{place}'\n")
    assert catalogue.say("a", "vi", name="secret") == place


def test_what_is_filled_in_is_not_filled_again() -> None:
    assert GREETING.say("greeting.short", "en", name="{name}") == "Hello {name}!"


@pytest.mark.parametrize("text", ['[a]\nvi = "một"\n', '[a]\nvi = "một"\nen = "one"\nfr = "un"\n'])
def test_an_entry_has_exactly_both_languages(text: str) -> None:
    with pytest.raises(MissingWordsError, match="a must have exactly the languages vi, en"):
        catalogue_of(text)


def test_entries_may_stand_inside_others() -> None:
    catalogue = catalogue_of('[a]\nvi = "một"\nen = "one"\n[a.b]\nvi = "hai"\nen = "two"\n')
    assert list(catalogue) == ["a", "a.b"]
    assert "a.b" in catalogue
    assert "b" not in catalogue


def test_a_catalogue_is_read_from_a_file_once(tmp_path: Path) -> None:
    file = tmp_path / "messages.toml"
    file.write_text('[a]\nvi = "một"\nen = "one"\n', encoding="utf-8")
    first = load_catalogue(file)
    file.unlink()
    assert load_catalogue(file) is first
    assert first.say("a", "vi") == "một"


def test_both_languages_of_our_own_words_fill_the_same_places() -> None:
    catalogue = package_catalogue("definitions")
    different = [code for code in catalogue if len({catalogue.places(code, each) for each in LANGUAGES}) > 1]
    assert different == []
