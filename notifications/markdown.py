"""Restricted Markdown to text and to HTML for mail readers. Knows no template and no mail.

Allowed: headings, lists, tables, rules, links, emphasis, line breaks. Everything else, and every
value that went through `escape`, is literal text. Styles stand in the elements themselves,
because mail readers drop style sheets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape as html_escape
from unicodedata import category

from markdown_it import MarkdownIt
from markdown_it.token import Token

from notifications.slimming import slimmed

RULE = "-" * 40
_RULES = ("heading", "list", "hr", "table", "link", "entity", "emphasis", "newline")
_LINKS = re.compile(r"(?i)\A(https?://|mailto:)")

# Marks that mean something inside a line, as entities: those are decoded after the structure is known.
_INLINE = {ord(mark): f"&#{ord(mark)};" for mark in "&*_[]()<>|\\`~!"}
_AT_START = frozenset("#-+=:0123456789")


def escape(value: str) -> str:
    """The value as Markdown that shows exactly it, on one line, wherever it is put.

    Control characters, zero-width and direction marks are dropped: they can only deceive. White
    space of any kind becomes one blank.
    """
    value = one_line(value)
    escaped = value.translate(_INLINE)
    # A list, a heading, a rule or a table's second row begins with one of these.
    return f"&#{ord(value[0])};{escaped[1:]}" if value[:1] in _AT_START else escaped


def one_line(value: str) -> str:
    """The same words on one line, without characters that cannot be seen."""
    if value.isprintable() and value.isascii() and "  " not in value:
        return value.strip()
    kept = "".join(letter for letter in value if letter.isspace() or category(letter) not in ("Cc", "Cf", "Cs", "Co"))
    return " ".join(kept.split())


def _parser(*more: str) -> MarkdownIt:
    parser = MarkdownIt("zero", {"breaks": True, "html": False}).enable([*_RULES, *more])
    parser.validateLink = lambda url: bool(_LINKS.match(url))  # type: ignore[method-assign]
    return parser


_PARSER = _parser()
_TYPED = _parser("escape")
"""For words that a person types: a backslash says that a mark is only a mark."""

_BODY = (
    "margin:0;padding:16px;background:#ffffff;color:#0b0c0c;"
    "font-family:-apple-system,'Segoe UI',Roboto,Arial,sans-serif;font-size:16px;line-height:1.45"
)
_STYLES = {
    "p": "margin:0 0 14px",
    "h1": "font-size:20px;line-height:1.3;margin:26px 0 10px",
    "h2": "font-size:17px;line-height:1.3;margin:22px 0 8px",
    "h3": "font-size:16px;margin:18px 0 6px",
    "ul": "margin:0 0 14px;padding-left:22px",
    "ol": "margin:0 0 14px;padding-left:22px",
    "li": "margin:0 0 4px",
    "hr": "border:0;border-top:1px solid #b1b4b6;margin:22px 0 14px",
    "a": "color:#0b4a8f",
    "table": "width:100%;margin:0 0 16px;font-size:15px;overflow-wrap:break-word",
}


def to_html(tokens: Sequence[Token], title: str, language: str) -> str:
    """A whole HTML page for a mail: readable on a phone, no pictures, no style sheet, no script."""
    for token in tokens:
        _dress(token)
        for child in token.children or ():
            _dress(child)
    inner = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return (
        f'<!DOCTYPE html>\n<html lang="{html_escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html_escape(title)}</title></head>\n"
        f'<body style="{_BODY}">\n'
        f'<div style="max-width:680px;margin:0 auto">\n{inner}</div></body></html>\n'
    )


# Old attributes instead of styles: one for the table says what a style would repeat in every cell.
_ATTRIBUTES = {"table": {"rules": "rows", "frame": "hsides", "cellpadding": "6"}, "tr": {"valign": "top"}}
_ATTRIBUTES["th"] = {"align": "left", "scope": "col"}


def _dress(token: Token) -> None:
    if token.nesting < 0:
        return
    if token.tag in _STYLES:
        token.attrSet("style", _STYLES[token.tag])
    for name, value in _ATTRIBUTES.get(token.tag, {}).items():
        token.attrSet(name, value)


def parse(source: str) -> list[Token]:
    """The blocks of a Markdown text, its tables made as narrow as they can be."""
    return slimmed(_PARSER.parse(source))


def parse_typed(source: str) -> list[Token]:
    """The blocks of what a person typed. Characters that cannot be seen are dropped; line breaks stay."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return slimmed(_TYPED.parse("\n".join("".join(filter(_is_seen, line)) for line in lines)))


def _is_seen(letter: str) -> bool:
    return letter == "\t" or category(letter) not in ("Cc", "Cf", "Cs", "Co")


def to_source(tokens: Sequence[Token]) -> str:
    """The blocks as Markdown that a person can edit, and that `parse_typed` reads as the same blocks."""
    writer = _SourceWriter()
    for token in tokens:
        writer.take(token)
    return writer.text()


def to_text(tokens: Sequence[Token]) -> str:
    """The same content as plain text: a table becomes a list with one line per row."""
    writer = _TextWriter()
    for token in tokens:
        writer.take(token)
    return writer.text()


class _TextWriter:
    """Turns blocks into lines. Lists nest by indentation; a table row is one line of a list."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._markers: list[int | None] = []  # per open list: the next number, or None for bullets
        self._pending = ""  # the marker of a list item whose first line is still to come
        self._cells: list[str] = []
        self._in_head = False
        self._within = ""  # the innermost block that was opened last

    def take(self, token: Token) -> None:
        kind = token.type
        if kind == "inline":
            self._inline(token)
        elif kind in ("bullet_list_open", "ordered_list_open"):
            self._markers.append(int(token.attrGet("start") or 1) if kind.startswith("ordered") else None)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self._markers.pop()
            self._blank()
        elif kind == "list_item_open":
            self._pending = self._marker()
        elif kind in ("paragraph_close", "heading_close") and not token.hidden:
            self._blank()
        elif kind == "hr":
            self._lines += [RULE, ""]
        elif kind == "tr_open":
            self._cells = []
        elif kind == "tr_close":
            self._row(header=self._in_head)
        elif kind in ("thead_open", "thead_close"):
            self._in_head = kind == "thead_open"
        elif kind == "table_close":
            self._blank()
        if token.nesting == 1:
            self._within = kind

    def _marker(self) -> str:
        number = self._markers[-1]
        if number is None:
            return "- "
        self._markers[-1] = number + 1
        return f"{number}. "

    def _inline(self, token: Token) -> None:
        words = _words(token.children or [])
        if self._within in ("th_open", "td_open"):
            self._cells.append(words)
            return
        indent = "  " * max(0, len(self._markers) - 1)
        first, *rest = words.split("\n")
        self._lines.append(f"{indent}{self._pending}{first}")
        below = indent + ("  " if self._markers else "")
        self._lines += [f"{below}{line}" for line in rest]
        self._pending = ""
        if self._within == "heading_open":
            self._lines.append("=" * min(60, max(map(len, words.split("\n")))))

    def _row(self, *, header: bool) -> None:
        words = " – ".join(cell for cell in self._cells if cell)
        if words:
            self._lines.append(f"{words}:" if header else f"- {words}")

    def _blank(self) -> None:
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def text(self) -> str:
        return "\n".join(self._lines).strip() + "\n"


class _SourceWriter(_TextWriter):
    """Writes blocks as Markdown again: tables stay tables, headings keep their level."""

    def __init__(self) -> None:
        super().__init__()
        self._level = ""

    def take(self, token: Token) -> None:
        if token.type == "heading_open":
            self._level = "#" * int(token.tag[1:]) + " "
        if token.type == "hr":
            self._lines += ["---", ""]
            return
        super().take(token)

    def _inline(self, token: Token) -> None:
        words = _source_words(token.children or [])
        if self._within in ("th_open", "td_open"):
            self._cells.append(words.replace("|", "\\|"))
            return
        nesting = "   " * max(0, len(self._markers) - 1)
        heading = self._level if self._within == "heading_open" else ""
        first, *rest = words.split("\n")
        self._lines.append(f"{nesting}{self._pending}{heading}{first}")
        below = nesting + ("   " if self._markers else "")
        self._lines += [f"{below}{line}" for line in rest]
        self._pending = ""

    def _row(self, *, header: bool) -> None:
        self._lines.append(f"| {' | '.join(self._cells)} |")
        if header:
            self._lines.append("|" + "---|" * len(self._cells))


_MARKS = re.compile(r"[\\*_\[\]<`~!]|&(?=#?\w+;)")
_HARD_IN_LINKS = re.compile(r"[()\s]")
_BEGINS_A_BLOCK = re.compile(r"\A(#{1,6}(?=\s|\Z)|[-+=](?=\s|[-+=]|\Z)|[|:](?=.*\|)|\d+[.)](?=\s|\Z))")


def _source_words(tokens: Sequence[Token]) -> str:
    """The words of one block as Markdown: marks that are meant stay marks, others get a backslash."""
    parts: list[str] = []
    href = ""
    for token in tokens:
        match token.type:
            case "link_open":
                href = str(token.attrGet("href") or "")
                parts.append("[")
            case "link_close":
                parts.append(f"](<{href}>)" if _HARD_IN_LINKS.search(href) else f"]({href})")
            # As it was typed: `_a_*b*` with one mark for both would read otherwise.
            case "strong_open" | "strong_close":
                parts.append(token.markup or "**")
            case "em_open" | "em_close":
                parts.append(token.markup or "*")
            case "softbreak" | "hardbreak":
                parts.append("\n")
            case _:
                parts.append(_MARKS.sub(lambda match: f"\\{match[0]}", token.content))
    return "\n".join(_BEGINS_A_BLOCK.sub(_backslashed, line) for line in "".join(parts).split("\n"))


def _backslashed(match: re.Match[str]) -> str:
    mark = match[0]
    return f"{mark[:-1]}\\{mark[-1]}" if mark[0].isdigit() else f"\\{mark}"


def _words(tokens: Sequence[Token]) -> str:
    """The words of one line of Markdown; a link is followed by its address."""
    parts: list[str] = []
    href, start = "", 0
    for token in tokens:
        if token.type == "link_open":
            href, start = str(token.attrGet("href") or ""), len(parts)
        elif token.type == "link_close":
            shown = "".join(parts[start:])
            plain = href.removeprefix("mailto:")
            if plain != shown:
                parts.append(f" ({plain})")
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        else:
            parts.append(token.content)
    return "".join(parts)
