"""Proves a Word template: reads its tags, then makes every awkward paper with it and looks for tags that are left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from workflow.papers.errors import PaperFault, TemplateFaults
from workflow.papers.fields import fields
from workflow.papers.filling import faults_of, fill
from workflow.papers.making import known, read_template, title_of
from workflow.papers.samples import awkward, whole
from workflow.papers.scanning import scan


@dataclass(frozen=True, slots=True)
class Checked:
    """One template of a folder: its file, the paper it is for ("" for a file that is for none), what is wrong."""

    path: Path
    code: str
    faults: tuple[PaperFault, ...]


def check_folder(folder: Path) -> Iterator[Checked]:
    """Every .docx of a folder, by name. Word's own lock files (`~$…`) are none of them."""
    for path in sorted(folder.glob("*.docx")):
        if not path.name.startswith("~$"):
            yield check_file(path)


def tags_of_folder(folder: Path) -> Iterator[Checked]:
    """As `check_folder`, but only reads what tags say: quick, and enough to see what an editor's hand did."""
    for path in sorted(folder.glob("*.docx")):
        if not path.name.startswith("~$"):
            yield _checked(path, path.stem, _tags)


def check_file(path: Path, code: str = "") -> Checked:
    """A template by itself; which paper it is for is told by its name where nobody says it."""
    return _checked(path, code or path.stem, check)


def _checked(path: Path, code: str, look: Callable[[str, bytes], tuple[PaperFault, ...]]) -> Checked:
    try:
        code = known(code)
    except PaperFault as fault:
        return Checked(path, "", (fault,))
    return Checked(path, code, look(code, read_template(path)))


def _tags(code: str, content: bytes) -> tuple[PaperFault, ...]:
    try:
        return faults_of(code, content)
    except PaperFault as fault:
        return (fault,)


def check(code: str, content: bytes) -> tuple[PaperFault, ...]:
    """What is wrong with a template of this paper; () when every sample comes out whole."""
    try:
        if faults := faults_of(code, content):
            return faults
        for paper in (made for _, made in awkward(code)):
            fill(code, content, fields(paper), title_of(code))
        # The whole sample has no braces of its own: what is left of them is a tag that nobody ran.
        left, _ = scan(fill(code, content, fields(whole(code)), title_of(code)))
    except TemplateFaults as error:
        return error.faults
    except PaperFault as fault:
        return (fault,)
    return tuple(PaperFault("tag_left", **place.params) for source in left for place in source.places)
