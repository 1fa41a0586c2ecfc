"""Fills a Word template: fields in, .docx out. The only room that imports docxtpl, and jinja2 with `screening`.

A template may be anybody's: its archive is opened within limits, its tags are read before they run, they run in a
sandbox that knows no calls, and what comes out must be well-formed. The same fields give the same bytes.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

import segno
from docx.opc.exceptions import OpcError
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from workflow.papers.errors import PaperFault, TemplateFaults
from workflow.papers.fields import Fields
from workflow.papers.opening import open_template, packed, unpacked
from workflow.papers.scanning import scan
from workflow.papers.screening import FILTERS, TESTS, screen, shape_of

QR_SIDE = 18  # mm


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(["**", "*", "%", "<<", "/", "//"])

    def is_safe_callable(self, obj: Any) -> bool:
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError(f"a template may not calculate with {operator}")


@cache
def environment() -> _Environment:
    made = _Environment(
        undefined=StrictUndefined, autoescape=True, finalize=lambda value: "" if value is None else value
    )
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in FILTERS}
    made.tests = {name: made.tests[name] for name in TESTS}
    return made


class _Template(DocxTemplate):  # type: ignore[misc]
    """As published, but broken XML is an error: it would be mended in silence, with a hole in the paper."""

    def fix_tables(self, xml: str) -> Any:
        etree.fromstring(xml, etree.XMLParser(resolve_entities=False, huge_tree=True))
        return super().fix_tables(xml)


def faults_of(code: str, content: bytes) -> tuple[PaperFault, ...]:
    """What is wrong with a template's tags, without running them. Raises `PaperFault` where it is no template."""
    return _faults(code, open_template(content))


def _faults(code: str, checked: bytes) -> tuple[PaperFault, ...]:
    sources, faults = scan(checked)
    return faults + tuple(fault for each in sources for fault in screen(environment(), each, shape_of(code)))


def fill(code: str, content: bytes, values: Fields, title: str) -> bytes:
    """The paper. Raises `PaperFault` or `TemplateFaults`."""
    checked = open_template(content)
    if faults := _faults(code, checked):
        raise TemplateFaults(faults)
    template = _Template(io.BytesIO(checked))
    try:
        template.init_docx()
        _clear_properties(template.docx.core_properties, title)
        template.render(_with_pictures(template, values), environment())
        made = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # zipfile, of a part that has a name twice
            template.save(made)
    except (TemplateError, etree.XMLSyntaxError, OpcError, KeyError, AttributeError, ValueError) as error:
        raise PaperFault("template_breaks", detail=str(error)[:200]) from error
    return packed(unpacked(made.getvalue()))


def _clear_properties(properties: Any, title: str) -> None:
    """Who wrote the template is nobody's business, and these are rendered as templates too."""
    for name in ("author", "comments", "identifier", "subject", "keywords", "category", "last_modified_by"):
        setattr(properties, name, "")
    properties.title, properties.language = title, "vi-VN"


def _with_pictures(template: DocxTemplate, values: Fields) -> Fields:
    audit: Mapping[str, Any] | None = values.get("audit")
    if not audit:
        return values
    picture = InlineImage(template, io.BytesIO(_qr(audit["anchor"])), width=Mm(QR_SIDE))
    return {**values, "audit": {**audit, "qr": picture}}


def _qr(text: str) -> bytes:
    made = io.BytesIO()
    segno.make(text, error="m", micro=False).save(made, kind="png", scale=6, border=2)
    return made.getvalue()
