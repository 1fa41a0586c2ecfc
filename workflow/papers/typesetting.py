"""Sets a paper as PDF/A-2b: fields in, bytes out. The only room that imports typst.

Forms are ours, and text reaches them as JSON: it is shown and never read as markup. Faces are the vendored ones, never
a system's; a form can name no package and no file outside its folder. The same fields give the same bytes.
"""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst

from workflow.papers.errors import PaperFault
from workflow.papers.fields import Fields

FORMS = Path(__file__).with_name("forms")
FACES = Path(__file__).with_name("vendor") / "tinos"
_NO_PACKAGES = str(FORMS / "no-packages")  # nothing is there, and nothing is fetched to there
_MISSING = re.compile(r'the text `"(.+?)"` could not be displayed')


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FACES)])


def typeset(code: str, values: Fields, title: str, made_on: date) -> bytes:
    """The paper as PDF/A-2b. Raises `PaperFault` (`letters_missing`) for letters that the face does not have."""
    try:
        return typst.compile(
            str(FORMS / f"{code}.typ"),
            root=str(FORMS),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"fields": json.dumps(_with_pictures(values), ensure_ascii=False), "title": title},
            format="pdf",
            pdf_standards="a-2b",
            package_path=_NO_PACKAGES,
            package_cache_path=_NO_PACKAGES,
            timestamp=datetime.combine(made_on, time(5), UTC),  # noon in Vietnam
        )
    except typst.TypstError as error:
        if letters := dict.fromkeys(_MISSING.findall(error.diagnostic)):
            raise PaperFault("letters_missing", letters=" ".join(letters)) from error
        raise PaperFault("pdf_fails", detail=error.message[:300]) from error


def _with_pictures(values: Fields) -> Fields:
    audit: dict[str, Any] | None = values.get("audit")
    return {**values, "audit": {**audit, "qr": _qr(audit["anchor"])}} if audit else values


def _qr(text: str) -> str:
    made = io.BytesIO()
    segno.make(text, error="m", micro=False).save(made, kind="svg", border=2, xmldecl=False, dark="#000", light="#fff")
    return made.getvalue().decode("ascii")
