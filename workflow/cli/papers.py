"""`khen paper …`: the papers of the council and of signing; templates to take, to check and to try."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workflow.cli.common import (
    NOT_READY,
    REFUSED,
    USAGE,
    Json,
    Yes,
    command,
    complain,
    confirm,
    echo,
    group,
    help_,
    language,
    print_json,
    say,
    settings,
    table,
)

if TYPE_CHECKING:
    from workflow.papers.shapes import Paper

app = group("paper")
Name = Annotated[str, typer.Argument(help=help_("paper_name"))]
Folder = Annotated[
    Path | None, typer.Option("--folder", "-f", exists=True, file_okay=False, help=help_("paper_folder"))
]


def own_folder(asked: Path | None = None) -> Path | None:
    """The folder of the house's own templates: the one asked for, else that of the settings, which must be there."""
    folder = asked or settings().papers.templates
    if folder is not None and not folder.is_dir():
        complain(say("error.folder_missing", path=str(folder)))
        raise typer.Exit(NOT_READY)
    return folder


def write(paper: Paper, to: Path) -> None:
    """The paper as a file, a Word document or a PDF by its ending. Raises BadParameter for another."""
    from workflow.papers import making

    if to.suffix.lower() not in (".docx", ".pdf"):
        raise typer.BadParameter(say("error.paper_suffix", file=to.name))
    content = making.pdf(paper) if to.suffix.lower() == ".pdf" else making.docx(paper, own_folder())
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(content)
    echo("paper.written", path=str(to))


@app.command("list", help=help_("paper_list"))
@command
def list_(folder: Folder = None, as_json: Json = False) -> None:
    from workflow.papers.making import PAPERS, SHIPPED, template_path
    from workflow.papers.sentences import paper_name

    own = own_folder(folder)
    found = [
        {"name": code, "title": paper_name(code, language()), "template": str(template_path(code, own))}
        for code in PAPERS
    ]
    if as_json:
        print_json(found)
        return
    shipped = say("paper.shipped")
    rows = [
        (each["name"], each["title"], shipped if Path(each["template"]).parent == SHIPPED else each["template"])
        for each in found
    ]
    table(("code", "paper", "template"), rows)


@app.command("fields", help=help_("paper_fields"))
@command
def fields(name: Name, as_json: Json = False) -> None:
    from workflow.papers.making import known
    from workflow.papers.trying import fields_of

    found = fields_of(known(name))
    if as_json:
        print_json([{"field": field, "example": example} for field, example in found])
        return
    table(("field", "example"), found)


@app.command("template", help=help_("paper_template"))
@command
def template(
    name: Name,
    to: Annotated[Path, typer.Option("--to", dir_okay=False, help=help_("paper_to"))],
    yes: Yes = False,
) -> None:
    from workflow.papers.making import known, read_template, template_path

    content = read_template(template_path(known(name)))
    to.parent.mkdir(parents=True, exist_ok=True)
    if to.exists():
        confirm(yes, "paper.overwrite", path=str(to))
    to.write_bytes(content)
    echo("paper.template_written", path=str(to), name=name)


@app.command("sample", help=help_("paper_sample"))
@command
def sample(
    name: Name,
    docx: Annotated[Path | None, typer.Option("--docx", dir_okay=False, help=help_("paper_docx"))] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", dir_okay=False, help=help_("paper_pdf"))] = None,
    folder: Folder = None,
) -> None:
    from workflow.papers import making
    from workflow.papers.trying import sample as made_up

    if docx is None and pdf is None:
        raise typer.BadParameter(say("error.paper_no_file"))
    paper: Paper = made_up(making.known(name), settings().papers.house)
    if docx is not None:
        docx.write_bytes(making.docx(paper, own_folder(folder)))
        echo("paper.written", path=str(docx))
    if pdf is not None:
        pdf.write_bytes(making.pdf(paper))
        echo("paper.written", path=str(pdf))


@app.command("check", help=help_("paper_check"))
@command
def check(
    files: Annotated[list[str] | None, typer.Argument(help=help_("paper_files"))] = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    from workflow.papers.checking import check_file, check_folder
    from workflow.papers.sentences import sentence

    own = None if files else own_folder(folder)
    if not files and own is None:
        complain(say("error.paper_no_folder"))
        raise typer.Exit(USAGE)
    for missing in (each for each in files or () if not Path(each).is_file()):
        complain(say("error.paper_no_such_file", path=missing))
        raise typer.Exit(REFUSED)
    found = [check_file(Path(each)) for each in files] if files else list(check_folder(own)) if own else []
    told = [(each, [sentence(fault, language()) for fault in each.faults]) for each in found]
    if as_json:
        print_json([{"file": str(each.path), "name": each.code, "faults": faults} for each, faults in told])
    else:
        for each, faults in told:
            for fault in faults:
                complain(f"{each.path.name}: {fault}")
        rows = [(each.path.name, each.code or say("word.none"), len(faults)) for each, faults in told]
        table(("file", "code", "problems"), rows)
        echo("paper.none_there" if not found else "paper.green" if not any(f for _, f in told) else "paper.not_green")
    if any(faults for _, faults in told):
        raise typer.Exit(REFUSED)
