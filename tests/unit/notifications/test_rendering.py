"""Mails in words: what a value may do to them (nothing) and what a template may do (little)."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, strategies as st

from notifications import markdown
from notifications.errors import TemplateRefused
from notifications.mail import LineRequest, RenderedMail
from notifications.rendering import ACT_FIELDS, LINE_FIELDS, Renderer, read_templates, split

FRAME = split("vi", "_frame", "Kính gửi: {{ recipient }},\n\n{{ body }}\n\n---\n\n{{ why }}\n")
SHIPPED = Renderer(read_templates())
NAMES = (
    "submitted receipt received supplement resubmitted unit_result cluster_result ineligible withdrawn suspended "
    "resumed scheduled council_result to_signer returned_from_sign award_changed consult published field_review "
    "proof_list proof_corrected decided not_awarded forwarded upper_returned upper_decided awarded corrected revoke "
    "revoked not_revoked reopened extended digest test"
).split()


def renderer(body: str, subject: str = "[TĐKT] {{ unit_name }}", **more: str) -> Renderer:
    sources = {("vi", "_frame"): FRAME, ("vi", "t"): split("vi", "t", f"Subject: {subject}\nSection: Phần\n\n{body}")}
    for name, text in more.items():
        sources["vi", name] = split("vi", name, text)
    return Renderer(sources)


def a_line(section: str = "t", **values: object) -> LineRequest:
    return LineRequest("n:1", "notice", section, values)  # type: ignore[arg-type]


class Page(HTMLParser):
    """A browser's view: the tags in order, every link, and the words."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words += data


def body_of(mail: RenderedMail) -> str:
    return mail.html.partition("<body")[2]


@pytest.mark.attack("S42")
def test_one_source_gives_text_and_html() -> None:
    mail = renderer("Đoạn **đậm**.\n\n- một\n- hai\n\n1. ba\n\n[nơi này](https://bo.vn)\n").render(
        "t", "vi", {"unit_name": "Cục A"}, recipient="Cục A", why="Vì thế."
    )
    assert mail.subject == "[TĐKT] Cục A"
    assert mail.text == (
        "Kính gửi: Cục A,\n\nĐoạn đậm.\n\n- một\n- hai\n\n1. ba\n\nnơi này (https://bo.vn)\n\n"
        + "-" * 40
        + "\n\nVì thế.\n"
    )
    page = Page(mail.html)
    assert page.tags[page.tags.index("div") + 1 :] == [
        "p",
        "p",
        "strong",
        "ul",
        "li",
        "li",
        "ol",
        "li",
        "p",
        "a",
        "hr",
        "p",
    ]
    assert page.links == ["https://bo.vn"]
    assert "<style" not in mail.html


PLACES = (
    "{{ note }}\n\n# {{ note }}\n\n- {{ note }}\n\n| a | b |\n|---|---|\n| {{ note }} | x |\n\n"
    "**{{ note }}** z {{ note }}"
)
HARMLESS = Page(renderer(PLACES).render("t", "vi", {"note": "vô hại"}).html)


@pytest.mark.slow
@pytest.mark.attack("S39", "S42")
@given(st.text(max_size=80))
@example("*x* _y_ ~z~ `w`")
@example("<script>alert(1)</script>")
@example("[x](javascript:alert(1)) ![y](http://e.vn/z.png) <http://e.vn>")
@example("# x")
@example("- x")
@example("1. x")
@example("> x")
@example("--- ")
@example("a\n\n# b\n\n- c\n| d |")
@example("|---|---|")
@example("x | y \\| z \\\\| w\\")
@example("&lt;b&gt; &#42; &amp;")
@example("{{ 7*7 }} {% if %}")
@example("    code")
@example("=== \n===")
@example("a  ")
@example("\u202egpj.exe\u200b\ufeff")
def test_a_value_shows_literally_wherever_it_stands(value: str) -> None:
    mail = renderer(PLACES).render("t", "vi", {"note": value})
    page, shown = Page(mail.html), markdown.one_line(value)
    if shown:
        assert page.tags == HARMLESS.tags
    assert page.links == []
    assert page.words.count(shown) >= 5 if shown else True
    assert mail.text.count(shown) >= 5


@pytest.mark.attack("S51")
@given(st.text(max_size=200))
def test_a_subject_is_one_line_whatever_is_put_in(value: str) -> None:
    subject = renderer("x").render("t", "vi", {"unit_name": value}).subject
    assert not re.search(r"[\r\n\x0b\x0c\x1c-\x1f\x85\u2028\u2029]", subject)
    assert len(subject) <= 200
    assert len(subject.encode()) <= 998


@pytest.mark.attack("S41")
def test_a_link_leads_where_the_context_says_or_nowhere() -> None:
    made = renderer("[{{ link }}]({{ link }})")
    good = Page(made.render("t", "vi", {"link": "https://bo.vn/a?x=1&y=(2)#z"}).html)
    assert good.links == ["https://bo.vn/a?x=1&y=(2)#z"]
    for bad in (
        "javascript:alert(1)",
        "data:text/html,x",
        "//e.vn",
        "vbscript:x",
        "file:///etc/passwd",
        "x) [y](http://e.vn",
    ):
        assert Page(made.render("t", "vi", {"link": bad}).html).links == []


PAYLOADS = [
    "{{ ''.__class__.__mro__ }}",
    "{{ lines.__class__ }}",
    "{{ unit_name.format(unit_name) }}",
    "{{ unit_name.upper() }}",
    "{{ lines.append(1) }}",
    "{{ range(9) }}",
    "{{ cycler('a') }}",
    "{{ lipsum() }}",
    "{{ namespace() }}",
    "{{ self._TemplateReference__context }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ 'a' * 1000000000 }}",
    "{{ 9 ** 9999999 }}",
    "{{ unit_name|attr('__class__') }}",
    "{{ unit_name|format(1) }}",
    "{{ unit_name|safe }}",
    "{{ unit_name|center(100000000) }}",
    "{% include 'x' %}",
    "{% import 'x' as y %}",
    "{% extends 'x' %}",
    "{% macro f() %}x{% endmacro %}{{ f() }}",
    "{{ no_such_name }}",
    "{{ (lines|first).no_such_name }}",
    "{% for x in 5 %}{% endfor %}",
    "{{ 1 / 0 }}",
    "{% if %}",
    "{{ }}",
]


@pytest.mark.attack("S40")
@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_template_reads_plain_data_and_nothing_else(payload: str) -> None:
    with pytest.raises(TemplateRefused):
        renderer(payload).render("t", "vi", {"unit_name": "x"}, (a_line(),))


def test_an_object_never_gets_into_a_template() -> None:
    with pytest.raises(TemplateRefused, match="not plain data"):
        renderer("x").render("t", "vi", {"note": object()})  # type: ignore[dict-item]


def test_what_the_vocabulary_knows_and_the_act_lacks_reads_as_empty() -> None:
    body = "".join(f"{{{{ {name} }}}}" for name, absent in ACT_FIELDS.items() if absent == "")
    lines = "{% for line in lines %}" + "".join(f"[{{{{ line.{name} }}}}]" for name in LINE_FIELDS) + "{% endfor %}"
    mail = renderer(f"({body})({lines})").render("t", "vi", {}, (a_line(),))
    assert "()([][][][][][][][][][][][][][][][][0][False])" in mail.text


def test_a_line_that_is_only_a_tag_leaves_no_line_behind() -> None:
    table = "| a | b |\n|---|---|\n{% for line in lines %}\n| {{ line.code }} | {{ line.name }} |\n{% endfor %}\n"
    body = f"{{% if count %}}\n{table}{{% endif %}}\n"
    mail = renderer(body).render("t", "vi", {}, (a_line(code="1", name="x"), a_line(code="2", name="y")))
    assert "a – b:\n- 1 – x\n- 2 – y\n" in mail.text


def test_a_column_that_is_empty_in_every_row_is_left_out() -> None:
    row = "| {{ line.code }} | {{ line.note }} | {{ line.name }} |"
    body = f"| a | b | c |\n|---|---|---|\n{{% for line in lines %}}\n{row}\n{{% endfor %}}\n"
    mail = renderer(body).render("t", "vi", {}, (a_line(code="1", name="x"), a_line(code="2")))
    assert "a – c:\n- 1 – x\n- 2\n" in mail.text
    assert Page(mail.html).tags.count("th") == 2
    assert Page(mail.html).tags.count("td") == 4


ROW = "| {{ line.code }} | {{ line.name }} | {{ line.award }} |"
NARROW = f"| a | b | c |\n|---|---|---|\n{{% for line in lines %}}\n{ROW}\n{{% endfor %}}\n"


def test_a_column_that_never_changes_is_said_once_above_its_table() -> None:
    lines = tuple(a_line(code=code, name=name, award="Bằng khen") for code, name in (("1", "x"), ("2", "y")))
    mail = renderer(NARROW).render("t", "vi", {}, lines)
    assert "c: Bằng khen\n\na – b:\n- 1 – x\n- 2 – y\n" in mail.text
    assert Page(mail.html).tags.count("th") == 2


def test_rows_that_are_all_alike_still_stand_in_a_table() -> None:
    mail = renderer(NARROW).render("t", "vi", {}, (a_line(code="1", name="x"), a_line(code="1", name="x")))
    assert "b: x\n\na:\n- 1\n- 1\n" in mail.text


def test_a_table_of_one_row_is_said_line_by_line() -> None:
    mail = renderer(NARROW).render("t", "vi", {}, (a_line(code="1", name="*x*", award=""),))
    assert "a: 1\nb: *x*\n" in mail.text
    assert Page(mail.html).tags.count("table") == 0


def test_a_table_without_rows_is_left_out() -> None:
    assert "a" not in renderer(NARROW).render("t", "vi", {}).text.replace("Kính gửi", "")


def test_a_code_or_a_date_is_not_broken_over_two_lines() -> None:
    lines = tuple(a_line(code=code, name=name) for code, name in (("BK-2026-1-2", "An Bình"), ("15/01/2027", "x" * 25)))
    html = renderer(NARROW).render("t", "vi", {}, lines).html
    assert re.findall(r"<td nowrap=\"nowrap\">([^<]*)</td>", html) == ["BK-2026-1-2", "15/01/2027"]


@pytest.mark.parametrize(
    ("name", "why", "salutation"),
    [
        ("Hồ Thị Nam", "secretariat", "Kính gửi: Ông/Bà Hồ Thị Nam,"),
        ("Cơ quan thường trực", "secretariat", "Kính gửi: Cơ quan thường trực,"),
        ("Cục Viễn thông", "unit", "Kính gửi: Cục Viễn thông,"),
        ("BỆNH VIỆN BƯU ĐIỆN", "unit", "Kính gửi: BỆNH VIỆN BƯU ĐIỆN,"),
        ("VNPT", "clerk", "Kính gửi: VNPT,"),
    ],
)
def test_a_person_is_addressed_as_one(name: str, why: str, salutation: str) -> None:
    mail = SHIPPED.render("received", "vi", {}, (a_line("received"),), recipient=name, why=why)
    assert mail.text.startswith(salutation + "\n")


def test_a_digest_tells_the_overdue_first_and_by_whom() -> None:
    lines = tuple(
        a_line("digest", code=code, name=code, kind=kind, days=days, due_on="01/12/2026", label="Thẩm định")
        for code, kind, days in (("A", "reminder", 2), ("B", "escalation", -1), ("C", "reminder", -3))
    )
    mail = SHIPPED.render("digest", "vi", {"occurred_on": "02/12/2026"}, lines)
    assert mail.subject == "[TĐKT] Nhắc việc ngày 02/12/2026: 3 việc, trong đó 2 việc quá hạn"
    places = [mail.text.index(f"Mã hồ sơ: {code}\n") for code in ("C", "B", "A")]
    assert places == sorted(places)
    assert "quá hạn 3 ngày làm việc" in mail.text


def test_lines_of_several_kinds_each_get_their_part() -> None:
    made = renderer(
        "T {{ count }}",
        u="Subject: U\nSection: Phần hai\n\nU {{ count }} {{ unit_name }}",
        several="Subject: {{ count }} tin\n\nChung {{ count }}",
    )
    mail = made.render("t", "vi", {"unit_name": "A"}, (a_line("t"), a_line("u"), a_line("t")), recipient="A")
    assert mail.subject == "3 tin"
    assert "Chung 3\n\nPhần\n====\n\nT 2\n\nPhần hai\n========\n\nU 1 A\n" in mail.text
    assert made.render("t", "vi", {"unit_name": "A"}, (a_line("u"),)).subject == "U"


def test_a_missing_language_falls_back_to_vietnamese_and_says_so() -> None:
    made = renderer("Nội dung")
    asked_vi, asked_en = made.render("t", "vi", {}), made.render("t", "en", {})
    assert (asked_vi.language, asked_vi.fell_back) == ("vi", False)
    assert (asked_en.language, asked_en.fell_back) == ("vi", True)
    assert "This mail has no English text yet" in asked_en.text
    assert "Nội dung" in asked_en.text
    assert '<html lang="vi">' in asked_en.html


def test_a_mail_is_never_half_in_one_language_and_half_in_another() -> None:
    sources = read_templates()
    del sources["en", "not_awarded"]
    mail = Renderer(sources).render("decided", "en", {}, (a_line("decided"), a_line("not_awarded")))
    assert mail.language == "vi"


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_template_speaks_both_languages(name: str, language: str) -> None:
    context = {"unit_name": "Cục A", "due_on": "15/01/2027", "occurred_on": "05/01/2027", "contact_email": "a@bo.vn"}
    line = a_line(name, code="BK-1", name="Nguyễn Văn An", award="Bằng khen", kind="reminder", label="Thẩm định")
    mail = SHIPPED.render(name, language, context, (line,), recipient="Cục A", why="unit")
    assert (mail.language, mail.fell_back) == (language, False)
    assert mail.subject.startswith("[TĐKT] ")
    assert (
        "Thông báo tự động; văn bản chính thức" if language == "vi" else "the official document is sent"
    ) in mail.text
    assert ("Thư gửi tới hộp thư của đơn vị" if language == "vi" else "mailbox of the unit") in mail.text
    assert "a@bo.vn" in mail.text
    assert name == "test" or "BK-1" in mail.text


@pytest.mark.parametrize("name", ["council_result", "scheduled", "unit_result", "cluster_result"])
def test_no_council_mail_can_tell_votes(name: str) -> None:
    for language in ("vi", "en"):
        source = SHIPPED.sources[language, name]
        assert not re.search(
            r"(?i)phiếu|tỷ lệ|xếp hạng|biểu quyết|votes?\b|ballot|tally|rank|percent", source.subject + source.body
        )


def test_no_word_to_avoid_stands_in_a_shipped_template() -> None:
    for source in SHIPPED.sources.values():
        assert not re.search(
            r"(?i)từ chối|phê duyệt|ứng viên|giải thưởng", source.subject + source.section + source.body
        ), source.name


def test_a_template_file_needs_a_subject_and_knows_no_other_head() -> None:
    for text in (
        "No head\n\nx",
        "Subject:\n\nx",
        "Subject: a\nFrom: evil@e.vn\n\nx",
        "Subject: a\nSubject: b\n\nx",
        "Subject: a",
    ):
        with pytest.raises(TemplateRefused):
            split("vi", "t", text)


def test_a_three_hundred_line_mail_lists_them_all() -> None:
    lines = tuple(a_line("decided", code=f"BK-{number}", name="An") for number in range(300))
    mail = SHIPPED.render("decided", "vi", {}, lines)
    assert mail.text.count("\n- BK-") == 300
    assert Page(mail.html).tags.count("tr") == 301
    assert len(mail.html.encode()) < 100_000
