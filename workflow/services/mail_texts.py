"""Mail texts as the house wants them: what ships with the ministry's own laid over, proven before they are saved.

A text is a whole template file (`Subject:`, `Section:`, body). Workers ask `Renderers` at each pass, so that a saved
text speaks in the next mail without a restart; what has been frozen already stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from notifications import proving, rendering
from notifications.columns import to_json
from notifications.errors import TemplateRefused
from notifications.mail import LineRequest, RenderedMail
from notifications.proving import Problem, Sample
from notifications.rendering import SEVERAL, Renderer, TemplateSource
from workflow.services.desk import Desk
from workflow.storage import chain, mail_texts
from workflow.storage.database import read, write
from workflow.storage.mail_texts import Saved

LANGUAGES = ("vi", "en")
LONGEST = 60_000
Sources = Mapping[tuple[str, str], TemplateSource]


class UnknownText(LookupError):
    """There is no mail template of this name."""


class TextRefused(ValueError):
    """A text that is not saved: `problems` says why, each with its line where one can be blamed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class TextHead:
    """One template in one language. `saved` is the ministry's own text, None where it speaks as shipped."""

    template: str
    language: str
    section: str
    saved: Saved | None


@dataclass(frozen=True, slots=True)
class TextDetail:
    """One text with what ships beside it and every saving before."""

    template: str
    language: str
    text: str
    shipped: str
    history: tuple[Saved, ...]

    @property
    def is_own(self) -> bool:
        return self.text != self.shipped


@cache
def _shipped() -> Sources:
    return rendering.read_templates()


def shipped_text(template: str, language: str) -> str:
    """The file as it ships. Raises UnknownText."""
    if (language, template) not in _shipped():
        raise UnknownText(f"{language}/{template}")
    return (rendering.SHIPPED / language / f"{template}.md").read_text(encoding="utf-8-sig")


def sources(connection: Connection) -> dict[tuple[str, str], TemplateSource]:
    """What ships, with the ministry's own texts laid over it."""
    found = dict(_shipped())
    for (language, template), saved in mail_texts.newest(connection).items():
        if saved.text is not None and (language, template) in found:
            found[language, template] = rendering.split(language, template, saved.text)
    return found


def in_use(desk: Desk) -> Sources:
    """`sources`, read by itself."""
    with read(desk.engine) as connection:
        return sources(connection)


class Renderers:
    """The renderer for the texts as they are now; made anew only when somebody saved one. One per process."""

    def __init__(self) -> None:
        self._made: tuple[int, Renderer] | None = None

    def __call__(self, connection: Connection) -> Renderer:
        stamp = mail_texts.stamp(connection)
        if self._made is None or self._made[0] != stamp:
            self._made = (stamp, Renderer(sources(connection)))
        return self._made[1]


# ── looking ──────────────────────────────────────────────────────────────────────────────────────


def listed(desk: Desk) -> list[TextHead]:
    """Every template in every language, by name; `_frame` stands around each mail and comes first."""
    with read(desk.engine) as connection:
        own = mail_texts.newest(connection)
        now = sources(connection)
    return [
        TextHead(name, language, now[language, name].section, _own(own.get((language, name))))
        for name, language in sorted((name, language) for language, name in now)
    ]


def _own(saved: Saved | None) -> Saved | None:
    return saved if saved is not None and saved.text is not None else None


def show(desk: Desk, template: str, language: str) -> TextDetail:
    """Raises UnknownText."""
    shipped = shipped_text(template, language)
    with read(desk.engine) as connection:
        past = mail_texts.history(connection, template, language)
    text = past[0].text if past and past[0].text is not None else shipped
    return TextDetail(template, language, text, shipped, tuple(past))


def preview(desk: Desk, template: str, language: str, text: str) -> RenderedMail:
    """This text with made-up facts. Raises UnknownText, and TextRefused for one that cannot be proven."""
    laid = _laid(desk, template, language, text)
    problems = _proven(laid, template, language)
    if problems:
        raise TextRefused(problems)
    sample = proving.SAMPLES[0]
    name = "received" if template == rendering.FRAME else template
    return _rendered(Renderer(laid), name, language, sample)


def _rendered(renderer: Renderer, name: str, language: str, sample: Sample) -> RenderedMail:
    sections = (name,) if name != SEVERAL else ("received", "supplement")
    lines = tuple(
        LineRequest("sample", "sample", sections[number % len(sections)], line)
        for number, line in enumerate(sample.lines)
    )
    return renderer.render(name, language, sample.context, lines, recipient="Cục Viễn thông", why="unit")


def _laid(desk: Desk, template: str, language: str, text: str) -> dict[tuple[str, str], TemplateSource]:
    shipped_text(template, language)
    if len(text.encode()) > LONGEST:
        raise TextRefused([_whole(template, language, "output_long", {"size": len(text.encode()), "most": LONGEST})])
    with read(desk.engine) as connection:
        laid = sources(connection)
    try:
        laid[language, template] = rendering.split(language, template, text)
    except TemplateRefused as error:
        raise TextRefused([_whole(template, language, error.code, error.params)]) from error
    return laid


def _whole(template: str, language: str, code: str, params: Mapping[str, Any]) -> Problem:
    return Problem(template, language, "", code, params, 1)


def _proven(laid: Sources, template: str, language: str) -> list[Problem]:
    """In a child process with limits; what several samples have in common is said once."""
    once: dict[tuple[str, int], Problem] = {}
    for each in proving.prove(laid, names={template}):
        if each.language == language:
            once.setdefault((each.code + str(sorted(each.params.items())), each.line), each)
    return list(once.values())


# ── changing ─────────────────────────────────────────────────────────────────────────────────────


def save(desk: Desk, template: str, language: str, text: str, by: str, now: datetime) -> None:
    """From now on this text speaks. Raises UnknownText, and TextRefused for one that cannot be proven."""
    text = text.replace("\r\n", "\n").rstrip() + "\n"
    problems = _proven(_laid(desk, template, language, text), template, language)
    if problems:
        raise TextRefused(problems)
    _keep(desk, template, language, text, by, now)


def reset(desk: Desk, template: str, language: str, by: str, now: datetime) -> None:
    """From now on it speaks as shipped. Raises UnknownText."""
    shipped_text(template, language)
    _keep(desk, template, language, None, by, now)


def _keep(desk: Desk, template: str, language: str, text: str | None, by: str, now: datetime) -> None:
    with write(desk.engine) as connection:
        mail_texts.save(connection, template, language, text, by, now)
        digest = sha256(text.encode()).hexdigest() if text is not None else ""
        chain.append(
            connection,
            kind="mail_text",
            payload={"template": template, "language": language, "sha256": digest},
            secrets={"by": (desk.entropy(16), to_json(by))},
            now=now,
        )


RendererOf = Callable[[Connection], Renderer]
