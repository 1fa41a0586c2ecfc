"""The catalogue has a sentence in both languages for every code that this pillar can say."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import notifications
from notifications.mail import STATES
from notifications.words import sentence, why_sentence

FOLDER = Path(notifications.__file__).parent
CATALOGUE = tomllib.loads((FOLDER / "messages.toml").read_text(encoding="utf-8"))


def raised_codes() -> set[str]:
    """The first argument of every error of ours that is raised anywhere in the package, or above it for a mail."""
    names = {
        "AddressRefused", "NotDiscardable", "NotEditable", "NotResendable", "SettingsRefused", "TemplateRefused",
        "UnknownMail",
    }  # fmt: skip
    found = set()
    for path in (*FOLDER.glob("*.py"), FOLDER.parent / "workflow" / "services" / "mails.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                found.add(ast.literal_eval(node.args[0]))
    return found


def test_every_error_has_a_sentence_and_no_sentence_is_left_over() -> None:
    assert raised_codes() == set(CATALOGUE["error"])


def test_every_state_has_a_label() -> None:
    assert set(CATALOGUE["mail_state"]) == {*STATES, "maybe_twice"}


def test_every_sentence_is_there_in_both_languages_with_the_same_parameters() -> None:
    for group in CATALOGUE.values():
        for code, by_language in group.items():
            assert set(by_language) == {"vi", "en"}, code
            parameters = {language: set(re.findall(r"\{(\w+)\}", text)) for language, text in by_language.items()}
            assert parameters["vi"] == parameters["en"], code


def test_a_known_reader_is_told_why_and_an_own_sentence_is_kept() -> None:
    assert why_sentence("unit", "vi").startswith("Thư gửi tới hộp thư của đơn vị")
    assert why_sentence("unit", "fr") == why_sentence("unit", "vi")
    assert why_sentence("Vì Ông/Bà đã hỏi.", "en") == "Vì Ông/Bà đã hỏi."
    assert sentence("again", "en") == "[Sent again] "
