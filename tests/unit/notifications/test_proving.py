"""A template is proven in a child process; whatever it does there, this process only hears of it."""

from __future__ import annotations

import time

import pytest

from notifications.proving import SAMPLES, Limits, Problem, Sample, prove
from notifications.rendering import ACT_FIELDS, LINE_FIELDS, read_templates, split

SOURCES = read_templates()


def proven(body: str, subject: str = "S", *, limits: Limits | None = None) -> list[Problem]:
    sources = SOURCES | {("vi", "mine"): split("vi", "mine", f"Subject: {subject}\n\n{body}")}
    return list(prove(sources, names=["mine"], limits=limits))


def codes(problems: list[Problem]) -> set[str]:
    return {problem.code for problem in problems}


def test_the_samples_say_everything_a_mail_may_say() -> None:
    assert set(SAMPLES[0].context) == set(ACT_FIELDS)
    assert set(SAMPLES[0].lines[0]) == set(LINE_FIELDS)


@pytest.mark.slow
def test_every_shipped_template_is_proven() -> None:
    assert prove(SOURCES) == ()


def test_a_name_that_does_not_exist_is_found_in_a_branch_never_taken() -> None:
    problems = proven("{% if note == 'never' %}{{ unit_nmae }}{% endif %}")
    assert problems == [Problem("mine", "vi", "", "names", {"names": "unit_nmae"}, line=3)]


def test_a_line_field_that_does_not_exist_is_found() -> None:
    assert codes(proven("{% for line in lines %}{{ line.nmae }}{% endfor %}")) == {"failed"}


@pytest.mark.slow
def test_an_endless_loop_is_killed_and_the_next_template_is_still_proven() -> None:
    inner = "{% for c in lines %}{% for d in lines %}{% if c.code == d.name %}x{% endif %}{% endfor %}{% endfor %}"
    bomb = f"{{% for a in lines %}}{{% for b in lines %}}{inner}{{% endfor %}}{{% endfor %}}"
    sources = SOURCES | {
        ("vi", "a_bomb"): split("vi", "a_bomb", f"Subject: S\n\n{bomb}"),
        ("vi", "b_typo"): split("vi", "b_typo", "Subject: S\n\n{{ typo }}"),
    }
    started = time.monotonic()
    problems = prove(sources, names=["a_bomb", "b_typo"])
    assert [(each.template, each.sample, each.code) for each in problems if each.template == "a_bomb"][-1] == (
        "a_bomb",
        "many",
        "time",
    )
    assert "names" in codes([each for each in problems if each.template == "b_typo"])
    assert time.monotonic() - started < 30


def test_a_memory_bomb_is_found() -> None:
    doubling = "".join(f"{{% set x{n + 1} = x{n} ~ x{n} %}}" for n in range(32))
    problems = proven(f"{{% set x0 = 'aaaaaaaaaaaaaaaa' %}}{doubling}{{{{ x32 }}}}")
    assert codes(problems) & {"memory", "died"}


def test_an_endless_output_is_found() -> None:
    assert "output_long" in codes(proven("{% for a in lines %}{% for b in lines %}đoạn {% endfor %}{% endfor %}"))


@pytest.mark.parametrize(("subject", "code"), [("{{ '' }}", "subject_empty"), ("x" * 300, "subject_long")])
def test_a_bad_subject_is_found(subject: str, code: str) -> None:
    assert code in codes(proven("x", subject))


def test_a_template_without_vietnamese_text_is_found() -> None:
    sources = SOURCES | {("en", "mine"): split("en", "mine", "Subject: S\n\nx")}
    assert prove(sources, names=["mine"]) == (Problem("mine", "vi", "", "language"),)


def test_own_samples_may_be_given() -> None:
    sample = Sample("own", {"note": "x"}, ({"code": "1"},))
    problems = prove(
        SOURCES | {("vi", "mine"): split("vi", "mine", "Subject: S\n\n{{ 1 / 0 }}")}, [sample], names=["mine"]
    )
    assert [(each.sample, each.code) for each in problems] == [("own", "failed")]
