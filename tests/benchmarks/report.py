"""The page with the figures: what they are of, on which machine, and how to make them again."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.frame import Line, table
from tests.benchmarks.plain import settings_of

PAGE = """# Benchmarks

Made by `{command}` on {date}.
{machine}

Only ratios mean anything: the absolute figures are those of this machine while other work ran beside it. Both sides of
a ratio take turns in the same run, on the same disk, with the same journal and the same durability, and must leave the
same rows behind. A figure is the median of the rounds, a ratio the median of the ratios round by round, its spread in
brackets. CPU is processor time of the process, system calls included: what is left when waiting for the disk is taken
out, and therefore the stricter of the two. Where a bar is a ratio, it is on both unless it says otherwise.

{table}

## What the floors do

{floors}
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
  stand ready.
- **Commands and lists** have no floor, only a bar in seconds and megabytes.
"""


def machine(folder: Path) -> str:
    """The machine in plain words, without its name."""
    probe = folder / "probe.db"
    settings = settings_of(probe)
    probe.unlink(missing_ok=True)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} processors, {memory:.0f} GiB of memory, {settings['file_system']}; "
        f"{platform.system()}, {platform.python_implementation()} {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, journal {settings['journal_mode']}, synchronous {settings['synchronous']}."
    )


def page(lines: Sequence[Line], command: str, date: str, folder: Path) -> str:
    """docs/benchmarks.md as it was measured."""
    return PAGE.format(
        command=command, date=date or "?", machine=machine(folder), table=table(lines), floors=FLOORS.strip()
    )
