"""A mail request in words: templates, their contexts, text and HTML. The only room that imports jinja2.

A template is `<folder>/<language>/<name>.md`: lines `Subject:` and `Section:`, a blank line, then a
body in restricted Markdown. `_frame.md` stands around every body (salutation, whom to ask, why).
Every value is escaped where it is printed; templates can read plain data and call nothing. How
long a template may run is not bounded here but where it is proven (`proving`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markdown_it.token import Token

from notifications import markdown
from notifications.errors import TemplateRefused
from notifications.mail import Context, LineRequest, RenderedMail
from notifications.words import sentence, why_sentence

SHIPPED = Path(__file__).with_name("templates")
FRAME = "_frame"
SEVERAL = "several"
FALLBACK = "vi"
LONGEST_SUBJECT = 200  # characters; a longer one is cut, since no mail program shows it
LONGEST_SUBJECT_BYTES = 998
LONGEST_EDITED = 100_000  # bytes

ACT_FIELDS: Mapping[str, Any] = dict.fromkeys(
    "unit_name round_title letter_number actor_name occurred_on due_on contact_name contact_email contact_phone note "
    "decision_number decision_on signer reason legal_ground legal document receipt_no link letter_no place occasion "
    "session session_on session_time council form ballots reply_by audit_head stands_for".split(),
    "",
) | {"defects": (), "bodies": (), "amount": 0, "changed": False, "last_day": False}
"""What a mail may say about the act as a whole, each with what an absent one reads as."""

LINE_FIELDS: Mapping[str, Any] = dict.fromkeys(
    "code name post unit award state_label result due_on ends_on note certificate_no decision_number decision_on "
    "kind label card".split(),
    "",
) | {"days": 0, "turn": False}
"""What a mail may say about one line."""

GIVEN = ("recipient", "person", "why", "lines", "count")
"""What this room adds: the recipient's name and whether it is a person's, why he gets the mail, the lines and how
many they are."""

FILTERS = (
    "default",
    "first",
    "groupby",
    "join",
    "last",
    "length",
    "list",
    "rejectattr",
    "selectattr",
    "sort",
    "unique",
)
_HEADER = re.compile(r"\A(Subject|Section):[ \t]*(.*)\Z")


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """One template file, split into its parts. `section` is its heading where a mail has several parts; `body_line`
    is the line of the file on which the body begins."""

    language: str
    name: str
    subject: str
    section: str
    body: str
    body_line: int = 1


class _Raw(str):
    """Markdown that was made here and is not escaped again. No template can make one."""

    __slots__ = ()


def _markdown_of(value: Any) -> str:
    return value if isinstance(value, _Raw) else markdown.escape(str(value))


def _words_of(value: Any) -> str:
    return markdown.one_line(str(value))


class _Environment(ImmutableSandboxedEnvironment):
    """Plain data in, text out: no calls, no globals, a few filters, no arithmetic that can explode."""

    intercepted_binops = frozenset(["**", "*", "%", "<<"])

    def is_safe_callable(self, obj: Any) -> bool:
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError(f"a template may not calculate with {operator}")


def _environment(finalize: Any) -> _Environment:
    environment = _Environment(undefined=StrictUndefined, finalize=finalize, autoescape=False)
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    return environment


@dataclass(frozen=True, slots=True)
class _Compiled:
    source: TemplateSource
    subject: Template
    section: Template
    body: Template


def read_templates(*folders: Path) -> dict[tuple[str, str], TemplateSource]:
    """The shipped templates, with those of `folders` laid over them in order. Raises `TemplateRefused`."""
    found: dict[tuple[str, str], TemplateSource] = {}
    for folder in (SHIPPED, *folders):
        for path in sorted(folder.glob("*/*.md")):
            source = split(path.parent.name, path.stem, path.read_text(encoding="utf-8-sig"))
            found[source.language, source.name] = source
    return found


def split(language: str, name: str, text: str) -> TemplateSource:
    """A template file as its parts. Raises `TemplateRefused` where the head is not as it must be."""
    if name == FRAME:
        return TemplateSource(language, name, "", "", text)
    head, blank, body = text.replace("\r\n", "\n").partition("\n\n")
    fields: dict[str, str] = {}
    for line in head.splitlines():
        match = _HEADER.match(line)
        if match is None or match[1] in fields:
            raise TemplateRefused("template_head", template=f"{language}/{name}", line=line[:80])
        fields[match[1]] = match[2].strip()
    if not blank or not fields.get("Subject"):
        raise TemplateRefused("template_subject_missing", template=f"{language}/{name}")
    body_line = head.count("\n") + 3
    return TemplateSource(language, name, fields["Subject"], fields.get("Section", fields["Subject"]), body, body_line)


# A line that is only a tag leaves no line behind, and the lines after it keep their numbers.
_TAG_LINE = re.compile(r"(?m)^[ \t]*(\{%(?:(?!%\}).)*|\{#(?:(?!#\}).)*)([%#]\})[ \t]*\n")


def _without_tag_lines(body: str) -> str:
    return _TAG_LINE.sub(r"\1\n\2", body)


class Renderer:
    """The templates of one folder set, compiled once. Frozen: a changed file needs a new renderer."""

    def __init__(self, sources: Mapping[tuple[str, str], TemplateSource]) -> None:
        self.sources = dict(sources)
        self._bodies = _environment(_markdown_of)
        self._lines = _environment(_words_of)
        self._compiled: dict[tuple[str, str], _Compiled] = {}

    @cached_property
    def names(self) -> frozenset[str]:
        """The templates a mail may ask for."""
        return frozenset(name for _, name in self.sources if not name.startswith("_"))

    @cached_property
    def languages(self) -> tuple[str, ...]:
        return tuple(sorted({language for language, _ in self.sources}))

    def render(
        self,
        template: str,
        language: str,
        context: Context,
        lines: tuple[LineRequest, ...] = (),
        *,
        recipient: str = "",
        why: str = "",
    ) -> RenderedMail:
        """The mail in words. Raises `TemplateRefused`, whatever is wrong with the template or its context.

        The lines decide the text: one section, that template; several, one part each under the
        subject of `several`; none, `template`. Names that the vocabulary knows and the context
        lacks read as empty; any other missing name is an error.
        """
        subject, tokens, written, fell_back = self._blocks(template, language, context, lines, recipient, why)
        text = markdown.to_text(tokens)
        return RenderedMail(subject, text, markdown.to_html(tokens, subject, written), written, fell_back)

    def source(
        self,
        template: str,
        language: str,
        context: Context,
        lines: tuple[LineRequest, ...] = (),
        *,
        recipient: str = "",
        why: str = "",
    ) -> tuple[str, str]:
        """Subject and body of the same mail as Markdown that a person may edit (see `edited`)."""
        subject, tokens, *_ = self._blocks(template, language, context, lines, recipient, why)
        return subject, markdown.to_source(tokens)

    def _blocks(
        self, template: str, language: str, context: Context, lines: tuple[LineRequest, ...], recipient: str, why: str
    ) -> tuple[str, list[Token], str, bool]:
        try:
            return self._render(template, language, context, lines, recipient, why)
        except (TemplateError, TypeError, ValueError, KeyError, RecursionError, ArithmeticError) as error:
            raise TemplateRefused(
                "template_failed",
                template=f"{language}/{template}",
                problem=_problem(error),
                line=_line_run(error),
            ) from error

    def _render(
        self, template: str, language: str, context: Context, lines: tuple[LineRequest, ...], recipient: str, why: str
    ) -> tuple[str, list[Token], str, bool]:
        sections = tuple(dict.fromkeys(line.section for line in lines)) or (template,)
        head = sections[0] if len(sections) == 1 else SEVERAL
        asked, language = language, self._language_for(language, (head, *sections, FRAME))
        act = _act(context, recipient, why_sentence(why, language)) | {"person": _is_person(recipient, why)}
        subject = _subject(self._get(language, head).subject.render(act | _given(lines)))
        body = self._body(language, head, sections, act, lines)
        if language != asked:
            body = f"{markdown.escape(sentence('fell_back', asked))}\n\n{body}"
        tokens = markdown.parse(self._get(language, FRAME).body.render(act | _given(lines) | {"body": _Raw(body)}))
        return subject, tokens, language, language != asked

    def _body(
        self, language: str, head: str, sections: tuple[str, ...], act: dict[str, Any], lines: tuple[LineRequest, ...]
    ) -> str:
        """The only section as it is; several below a few words, each under its own heading."""
        if head != SEVERAL:
            return self._get(language, head).body.render(act | _given(lines)).strip("\n")
        parts = [self._get(language, SEVERAL).body.render(act | _given(lines))]
        for section in sections:
            compiled = self._get(language, section)
            values = act | _given(tuple(line for line in lines if line.section == section))
            parts += [f"# {markdown.escape(compiled.section.render(values))}", compiled.body.render(values)]
        return "\n\n".join(part.strip("\n") for part in parts)

    def _language_for(self, language: str, names: Iterable[str]) -> str:
        """The asked language if it has every part of the mail: half a mail in each would be worse."""
        return language if all((language, name) in self.sources for name in names) else FALLBACK

    def _get(self, language: str, name: str) -> _Compiled:
        compiled = self._compiled.get((language, name))
        if compiled is None:
            source = self.sources.get((language, name))
            if source is None:
                raise TemplateRefused("template_unknown", template=f"{language}/{name}")
            compiled = self._compiled[language, name] = self._compile(source)
        return compiled

    def _compile(self, source: TemplateSource) -> _Compiled:
        subject = self._lines.from_string(source.subject)
        section = self._lines.from_string(source.section)
        return _Compiled(source, subject, section, self._bodies.from_string(_without_tag_lines(source.body)))

    def undeclared(self, source: TemplateSource) -> dict[str, int]:
        """Names the template reads that no mail will ever have, in branches never taken too, each with its line."""
        known = {*ACT_FIELDS, *GIVEN, "body"} if source.name == FRAME else {*ACT_FIELDS, *GIVEN}
        try:
            parsed = self._bodies.parse("\n".join((source.subject, source.section, source.body)))
        except TemplateError as error:
            raise TemplateRefused(
                "template_failed",
                template=f"{source.language}/{source.name}",
                problem=_problem(error),
                line=_line_in_file(source, getattr(error, "lineno", None) or 1),
            ) from error
        unknown = sorted(meta.find_undeclared_variables(parsed) - known)
        lines = {node.name: node.lineno for node in reversed(list(parsed.find_all(nodes.Name)))}
        return {name: _line_in_file(source, lines.get(name, 1)) for name in unknown}


def edited(subject: str, source: str, language: str) -> RenderedMail:
    """A mail as a person typed it: one source in restricted Markdown, text and HTML made of it.

    Nothing in it is run, and no HTML of its own passes. Raises `TemplateRefused` for an empty or endless one.
    """
    shown = markdown.one_line(subject)
    if not shown:
        raise TemplateRefused("edited_subject_missing")
    if len(shown) > LONGEST_SUBJECT:
        raise TemplateRefused("edited_subject_long", most=LONGEST_SUBJECT)
    if len(source.encode()) > LONGEST_EDITED:
        raise TemplateRefused("edited_long", most=LONGEST_EDITED // 1000)
    tokens = markdown.parse_typed(source)
    text = markdown.to_text(tokens)
    if not text.strip():
        raise TemplateRefused("edited_empty")
    return RenderedMail(shown, text, markdown.to_html(tokens, shown, language), language)


def _act(context: Context, recipient: str, why: str) -> dict[str, Any]:
    given = {name: _plain(value) for name, value in context.items() if name not in (*GIVEN, "body")}
    return {**ACT_FIELDS, **given, "recipient": recipient or str(given.get("unit_name", "")), "why": why}


def _is_person(name: str, why: str) -> bool:
    """A name of several words, each with a capital: a desk that shares a mailbox is written in small letters too."""
    words = name.split()
    return why != "unit" and len(words) > 1 and all(word[0].isupper() and word.isalpha() for word in words)


def _given(lines: tuple[LineRequest, ...]) -> dict[str, Any]:
    values = tuple({**LINE_FIELDS, **{name: _plain(value) for name, value in line.context.items()}} for line in lines)
    return {"lines": values, "count": len(lines)}


def _plain(value: Any) -> Any:
    """The value if it is plain data, frozen; an object with methods never gets near a template."""
    if value is None:
        return ""
    kind = type(value)
    if kind in (str, int, bool):
        return value
    if kind in (list, tuple):
        return tuple(map(_plain, value))
    if kind is dict:
        return {str(name): _plain(inner) for name, inner in value.items()}
    raise TypeError(f"{kind.__name__} is not plain data")


def _subject(rendered: str) -> str:
    subject = markdown.one_line(rendered)
    return subject if len(subject) <= LONGEST_SUBJECT else subject[: LONGEST_SUBJECT - 1].rstrip() + "…"


def _line_in_file(source: TemplateSource, line: int) -> int:
    """The line of the file for one of subject, section and body put under each other."""
    return 1 if line <= 2 and source.name != FRAME else line - 3 + source.body_line


def _line_run(error: BaseException) -> int:
    """The line of the body on which it failed, counted from 1; 0 where that is not known."""
    if isinstance(error, TemplateSyntaxError):
        return error.lineno
    lines = [frame.tb_lineno for frame in _frames(error.__traceback__) if frame.tb_frame.f_code.co_filename == _RUN]
    return lines[-1] if lines else 0


def _frames(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


_RUN = "<template>"
"""What Jinja2 calls the file of a template that came as text."""


def _problem(error: BaseException) -> str:
    line = getattr(error, "lineno", None)
    return f"{type(error).__name__}: {error}"[:300] + (f" (line {line})" if line else "")
