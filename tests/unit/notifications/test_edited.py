"""One mail's words as a person may edit them: unchanged they say the same, changed they can do no harm."""

from __future__ import annotations

import pytest
from hypothesis import example, given, strategies as st

from notifications import markdown
from notifications.errors import TemplateRefused
from notifications.mail import LineRequest
from notifications.proving import SAMPLES
from notifications.rendering import LONGEST_EDITED, Renderer, edited, read_templates

SHIPPED = Renderer(read_templates())
WRITTEN = sorted(key for key in SHIPPED.sources if key[1] not in ("_frame", "several"))
ALONE = "https://ten.example/a_b(c)?x=1&lt;"


@pytest.mark.parametrize(("language", "name"), WRITTEN)
def test_a_mail_that_is_edited_without_a_change_is_the_same_mail(language: str, name: str) -> None:
    for sample in SAMPLES:
        lines = tuple(LineRequest("x", "x", name, line) for line in sample.lines[:20])
        mail = SHIPPED.render(name, language, sample.context, lines, recipient="Cục Viễn thông", why="unit")
        subject, source = SHIPPED.source(name, language, sample.context, lines, recipient="Cục Viễn thông", why="unit")
        again = edited(subject, source, language)
        assert (again.subject, again.text) == (mail.subject, mail.text)
        assert again.html.replace("\n", "") == mail.html.replace("\n", "")


@example("_1_*1*")
@given(st.text(alphabet=st.sampled_from("ab 1.)-+*_#|[]()<>&;:~`!=\\\n\té"), max_size=60))
def test_writing_out_and_reading_again_settles(source: str) -> None:
    once = markdown.to_source(markdown.parse_typed(source))
    shown = markdown.to_text(markdown.parse_typed(source))
    assert markdown.to_text(markdown.parse_typed(once)).split() == shown.split()


def test_what_is_typed_stays_words() -> None:
    mail = edited(
        "Kính gửi <b>đơn vị</b>\r\nBcc: x@y.example",
        "<script>alert(1)</script>\n\n[bấm](javascript:alert(1)) <img src=x onerror=alert(1)>\n\n{{ 7*7 }} {% x %}\n"
        f"\u202eẩn\u200b\n\n[đúng]({ALONE})",
        "vi",
    )
    assert mail.subject == "Kính gửi <b>đơn vị</b> Bcc: x@y.example"
    assert "<script" not in mail.html
    assert "<img" not in mail.html
    assert 'href="javascript' not in mail.html
    assert "{{ 7*7 }}" in mail.text
    assert "\u202e" not in mail.text + mail.html
    assert "\u200b" not in mail.text + mail.html
    assert 'href="https://ten.example' in mail.html


@pytest.mark.parametrize(
    ("subject", "source", "code"),
    [
        (" \u200b", "x", "edited_subject_missing"),
        ("x" * 201, "x", "edited_subject_long"),
        ("x", " \n\n\u200b", "edited_empty"),
        ("x", "a" * (LONGEST_EDITED + 1), "edited_long"),
    ],
)
def test_no_subject_no_text_or_no_end_is_refused(subject: str, source: str, code: str) -> None:
    with pytest.raises(TemplateRefused) as refused:
        edited(subject, source, "vi")
    assert refused.value.code == code
