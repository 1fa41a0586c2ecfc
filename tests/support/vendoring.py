"""Brings the static files of others into the tree, made fit for us: `./dev vendor`. The only place that needs npm.

GOV.UK Frontend may be used by anyone, but not its crest, its typeface or its blue. So the script takes the published
stylesheet, drops the parts that no page of ours has, puts Be Vietnam Pro where the typeface was, and our colours where
the blue was. What comes out lies in git with its SHA-256 beside it, so a page never asks another host for anything.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import tomli_w

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "workflow" / "web" / "static" / "vendor"
PAPERS = ROOT / "workflow" / "papers" / "vendor"
BROWSER = ROOT / "tests" / "browser"

# ── what the stylesheet becomes ──────────────────────────────────────────────────────────────────

# Components that no page has. The header and the crest are GOV.UK's own; a service outside must not show them.
DROPPED = (
    "accordion", "breadcrumbs", "cookie-banner", "exit-this-page", "footer", "header", "logo-dot", "panel",
    "phase-banner",
)  # fmt: skip
DROPPED_CLASS = re.compile(r"\.(?:govuk-(?:" + "|".join(DROPPED) + r")(?![a-z])|govuk-\\!-)")

# Dark red of the award certificate for the frame, deep teal for what can be followed or pressed: red alone would
# look like an error everywhere. Each pair has at least 4.5:1, most have 7:1 (tests/browser looks again).
COLOURS: Mapping[str, str] = {
    "#1d70b8": "#86191d",  # brand
    "#1a65a6": "#0b5563",  # link
    "#0f385c": "#06323b",  # link under the pointer
    "#54319f": "#5b3a73",  # visited
    "#f4f8fb": "#f8f6f1",  # surface
    "#8eb8dc": "#cdbf9f",  # edge of a surface
    "#d2e2f1": "#d8e9ec",  # tag
    "#0f7a52": "#0b6b57",  # button, success
    "#083d29": "#053b30",
    "#0b5c3e": "#085243",
    "#ca3535": "#c22727",  # error
}

FAMILY = '"Be Vietnam Pro",Arial,sans-serif'
# Which letters come from which file: the browser fetches only what a page needs.
RANGES = {
    "vietnamese": "U+0102-0103,U+0110-0111,U+0128-0129,U+0168-0169,U+01A0-01A1,U+01AF-01B0,U+0300-0301,U+0303-0304,"
    "U+0308-0309,U+0323,U+0329,U+1EA0-1EF9,U+20AB",
    "latin": "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,"
    "U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD",
}
WEIGHTS = (400, 700)


def font_name(subset: str, weight: int) -> str:
    return f"be-vietnam-pro-{subset}-{weight}-normal.woff2"


def faces() -> str:
    return "".join(
        f'@font-face{{font-family:"Be Vietnam Pro";font-style:normal;font-weight:{weight};font-display:swap;'
        f'src:url(../be-vietnam-pro/{font_name(subset, weight)}) format("woff2");unicode-range:{letters}}}'
        for subset, letters in RANGES.items()
        for weight in WEIGHTS
    )


def fitted(css: str) -> str:
    """The published stylesheet without what is GOV.UK's own and without what no page has."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL).replace('@charset "UTF-8";', "")
    css = "".join(kept(css))
    css = css.replace("font-family:GDS Transport,arial,sans-serif", f"font-family:{FAMILY}")
    css = css.replace("font-family:sans-serif", f"font-family:{FAMILY}")  # print had a fallback of its own
    for theirs, ours in COLOURS.items():
        css = css.replace(theirs, ours)
    # Lengths in points were made for print with another typeface; khen.css sets the printed page.
    return '@charset "UTF-8";' + faces() + css.strip() + "\n"


def kept(css: str) -> Iterator[str]:
    """Rules in order; a selector of a dropped component goes, and a rule or block that is left empty goes with it."""
    for head, body in blocks(css):
        if head == "@font-face":
            continue
        if head.startswith(("@media", "@supports", "@-moz-document")):
            inner = "".join(kept(body))
            if inner:
                yield f"{head}{{{inner}}}"
            continue
        selectors = [each for each in split_selectors(head) if not DROPPED_CLASS.search(each)]
        if selectors and "url(/assets" not in body:
            yield f"{','.join(selectors)}{{{body}}}"


def split_selectors(head: str) -> list[str]:
    """At commas that stand outside brackets: `:is(a,b),c` is two selectors."""
    return re.split(r",(?![^(\[]*[)\]])", head)


def blocks(css: str) -> Iterator[tuple[str, str]]:
    """(what stands before the brace, what stands inside) for each block of the outermost level."""
    at = 0
    while (opened := css.find("{", at)) >= 0:
        depth, end = 1, opened + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        yield css[at:opened].strip(), css[opened + 1 : end - 1]
        at = end


def without_map(js: str) -> str:
    return re.sub(r"//# sourceMappingURL=\S+\s*$", "", js).rstrip() + "\n"


# ── what comes from where ────────────────────────────────────────────────────────────────────────

# The package ships no licence file; this is the text of its repository.
MIT = """\
The MIT License (MIT)

Copyright (C) 2017 Crown Copyright (Government Digital Service)

Permission is hereby granted, free of charge, to any person obtaining a copy of
this software and associated documentation files (the "Software"), to deal in
the Software without restriction, including without limitation the rights to
use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies
of the Software, and to permit persons to whom the Software is furnished to do
so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str
    licence: str
    changed: str  # what we did to the files, in one sentence; licences ask for it, readers too

    @property
    def folder(self) -> str:
        return self.name.rpartition("/")[2]


GOVUK = Package(
    "govuk-frontend", "6.3.0", "MIT",
    "Crest, typeface and unused components removed; colours and typeface replaced; source maps removed.",
)  # fmt: skip
FONT = Package("@fontsource/be-vietnam-pro", "5.3.0", "OFL-1.1", "Nothing: four of its files, as published.")
SERIF = Package("@expo-google-fonts/tinos", "0.4.2", "OFL-1.1", "Nothing: four of its files, as published.")
AXE = Package("axe-core", "4.14.1", "MPL-2.0", "Nothing: one of its files, as published. For tests only.")


def fetch(package: Package, into: Path) -> Path:
    """Unpacks the published archive; npm compares its checksum with the registry's."""
    done = subprocess.run(
        ["npm", "pack", "--silent", "--ignore-scripts", f"{package.name}@{package.version}"],
        cwd=into, capture_output=True, text=True, check=True,
    )  # fmt: skip
    home = into / package.folder
    with tarfile.open(into / done.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(home, filter="data")
    return home / "package"


def pages_files(into: Path) -> Mapping[Package, Mapping[str, bytes]]:
    govuk, font = fetch(GOVUK, into), fetch(FONT, into)
    built = govuk / "dist" / "govuk"
    return {
        GOVUK: {
            "govuk-frontend.css": fitted((built / "govuk-frontend.min.css").read_text(encoding="utf-8")).encode(),
            "govuk-frontend.js": without_map((built / "govuk-frontend.min.js").read_text(encoding="utf-8")).encode(),
            "LICENSE": MIT.encode(),
        },
        FONT: {
            **{
                font_name(subset, weight): (font / "files" / font_name(subset, weight)).read_bytes()
                for subset in RANGES
                for weight in WEIGHTS
            },
            "LICENSE": (font / "LICENSE").read_bytes(),
        },
    }


# The face of official papers may not be shipped. Tinos has its widths and every Vietnamese letter: lines break alike.
CUTS = ("400Regular", "400Regular_Italic", "700Bold", "700Bold_Italic")


def papers_files(into: Path) -> Mapping[Package, Mapping[str, bytes]]:
    serif = fetch(SERIF, into)
    return {
        SERIF: {
            **{f"Tinos_{cut}.ttf": (serif / cut / f"Tinos_{cut}.ttf").read_bytes() for cut in CUTS},
            "LICENSE": (serif / "LICENSE_FONT").read_bytes(),
        }
    }


def checking_files(into: Path) -> Mapping[Package, Mapping[str, bytes]]:
    axe = fetch(AXE, into)
    return {AXE: {"axe.min.js": (axe / "axe.min.js").read_bytes(), "LICENSE": (axe / "LICENSE").read_bytes()}}


def write(home: Path, packages: Mapping[Package, Mapping[str, bytes]]) -> None:
    entries = []
    for package, files in packages.items():
        folder = home / package.folder
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        digests = {f"{package.folder}/{name}": hashlib.sha256(content).hexdigest() for name, content in files.items()}
        entry = {
            "name": package.name,
            "version": package.version,
            "licence": package.licence,
            "changed": package.changed,
        }
        entries.append({**entry, "sha256": digests})
    head = "# Made by `./dev vendor`; not edited by hand. What each file is, whose, and its SHA-256.\n\n"
    (home / "manifest.toml").write_text(head + tomli_w.dumps({"package": entries}), encoding="utf-8")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        try:
            write(STATIC, pages_files(Path(folder)))
            write(PAPERS, papers_files(Path(folder)))
            write(BROWSER / "vendor", checking_files(Path(folder)))
        except FileNotFoundError as error:
            print(f"vendor: {error.filename} is not here; it takes npm to fetch the packages", file=sys.stderr)
            return 3
        except subprocess.CalledProcessError as error:
            print(f"vendor: {' '.join(error.cmd)} failed: {error.stderr.strip()}", file=sys.stderr)
            return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
