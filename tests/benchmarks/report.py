"""The page with the figures: what they are of, on which machine, and how to make them again."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.frame import Line, Setting, table
from tests.benchmarks.plain import settings_of

PAGE = """# Benchmarks

Made on {date} by

```sh
{command}
```

which takes five minutes, wants a disk and not memory (`--folder`), prints this table, and ends with 1 when a bar is
missed. One subject alone: `./dev bench act`. This page: `./dev bench --write docs/benchmarks.md --date DAY`.

The machine: {machine} Other work ran beside it.

Only ratios mean anything. Both sides of a ratio take turns in the same run, on the same disk, with the same journal and
the same durability, and must leave the same rows behind, or the run ends without a figure. A figure is the median of
{rounds} rounds after one to warm up; a ratio is the median of the ratios round by round, the best and the worst in
brackets. CPU is processor time of the process, system calls included: what is left when waiting for the disk is taken
out, and therefore the stricter of the two. A bar that is a ratio is on both. Seconds without a floor are those of the
fastest of some runs.

{table}

{missed}

## What the floors do

{floors}

## How to read it

{notes}
"""

FLOORS = """\
- **An act**: the `sqlite3` module alone asks what the product asked and writes what the product wrote, statement for
  statement, in one transaction (recorded once below SQLAlchemy, then run on a copy). JSON that differs from row to row
  is decoded where a decision must read it and encoded where it is written, inside the timed part. No rule is asked, no
  mail worded, no row made: all stands ready.
- **Delivery**: as many `aiosmtplib` connections as the product keeps, in one event loop. Every mail is built out of the
  ready rendered text by the product's own builder, offered and recorded in a commit of its own each, by the `sqlite3`
  module in one thread, before and after it is sent. Nothing is claimed, rendered, leased or counted. The server is a
  process of its own that answers at once and keeps nothing.
- **The tick**: the `sqlite3` module finds what is due, encodes, inserts and marks; recipients, texts and next instants
  stand ready. The second line has no floor: it is the product beside itself, on a file with hardly any deadline that is
  not due.
- **Commands, lists, the council and the season** have no floor; all but the last have a bar in seconds and megabytes.
"""

NOTES = """\
- **JSON.** A nomination's memory and a line of a mail are JSON in their rows, so a program that writes these rows makes
  it; that is why it is in the floor of an act. The line below shows the other reading: the same statements with every
  text made beforehand, SQLite and nothing else. No bar is set on it.
- **The collector.** While an act on many is made, the product lets Python's collector rest; so do the floors of an act.
- **Delivery** has the rendering of every mail on the product's side alone. In return, what several connections have to
  write at the same moment is committed together; the floor commits each by itself, as the plain loop would. So the wall
  may favour the product where the disk is slow. CPU time shows the work.
- **A tick that finds nothing** takes a tenth of a millisecond, once a minute. The probe beside it is one prepared
  statement on an open connection; the tick takes one from its pool, begins a transaction that may not write, and asks.
- **The season** is everything at once: lists read, papers filed, thousands of acts, a sweep each morning, every mail
  rendered and sent over SMTP to a server that keeps it as a file, the audit recomputed. It is played by one process,
  acts and mails in turn. A rehearsal does not wait for the disk at each commit; in earnest every commit does.
"""


MEMORY = frozenset({"tmpfs", "ramfs"})


def in_memory(folder: Path) -> bool:
    """Whether what is written there never reaches a disk."""
    return _settings(folder)["file_system"] in MEMORY


def _settings(folder: Path) -> dict[str, str]:
    probe = folder / "probe.db"
    settings = settings_of(probe)
    probe.unlink(missing_ok=True)
    return settings


def machine(folder: Path) -> str:
    """The machine in plain words, without its name."""
    settings = _settings(folder)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} processors, {memory:.0f} GiB of memory, {settings['file_system']}; "
        f"{platform.system()}, {platform.python_implementation()} {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, journal {settings['journal_mode']}, synchronous {settings['synchronous']}."
    )


def page(lines: Sequence[Line], command: str, date: str, setting: Setting) -> str:
    """docs/benchmarks.md as it was measured."""
    missed = [f"- {line.what}: bar {line.bar}" for line in lines if not line.kept]
    return PAGE.format(
        command=command,
        date=date or "?",
        rounds=setting.rounds,
        machine=machine(setting.folder),
        table=table(lines),
        missed="\n".join(["Missed:", "", *missed]) if missed else "No bar is missed.",
        floors=FLOORS.strip(),
        notes=NOTES.strip(),
    )
