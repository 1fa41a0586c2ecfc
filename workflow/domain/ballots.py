"""Ballots on paper and from the box: who may cast one, how two counts are compared, and the list anyone recounts.

The roll says who voted, the box what was voted; nothing here joins them. A ballot's receipt is a random word that only
its voter was ever shown. After closing, the list of (line, receipt, choice) is published: a voter finds his own receipt
in it, anybody adds it up again, and its digest stands in the audit chain.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from workflow.domain.councils import Attendance, Counts

Choice = Literal["yes", "no", "blank"]
CHOICES: tuple[Choice, ...] = ("yes", "no", "blank")
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Thirty-two signs that nobody mistakes for one another when a receipt is read aloud."""
RECEIPT_BYTES = 10
"""Eighty bits: sixteen signs."""


class BallotError(ValueError):
    """A ballot or a list of ballots is not one. `code` and `params` name the sentence. Nothing was written."""

    def __init__(self, code: str, /, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


def receipt(random_hex: str) -> str:
    """Twenty random hexadecimal digits as a word to read aloud: `K7QM-2XPD-9RTA-HWEL`."""
    value = int(random_hex[: RECEIPT_BYTES * 2], 16)
    signs = "".join(LETTERS[value >> shift & 31] for shift in range(RECEIPT_BYTES * 8 - 5, -1, -5))
    return "-".join(signs[at : at + 4] for at in range(0, len(signs), 4))


# ── who may cast a ballot ────────────────────────────────────────────────────────────────────────


def why_not(
    *,
    open_: bool,
    decided: bool,
    member: bool,
    recused: bool,
    voted: bool,
    attendance: Attendance,
    written: bool,
    form: str,
    polls_closed: bool = False,
) -> str | None:
    """Why this person may not cast a ballot on this line, as a code; None when he may.

    not_a_member, vote_not_open, line_decided, recused, already_voted, answered_by_letter, polls_closed (nothing is cast
    any more, though the vote is not closed yet), must_be_present (the rule
    takes no answers in writing and he is not marked as present at a meeting), nobody_writes (asked in writing where
    the rule takes none).
    """  # fmt: skip
    checks = (
        ("not_a_member", not member),
        ("line_decided", decided),
        ("vote_not_open", not open_),
        ("recused", recused),
        ("already_voted", voted),
        ("answered_by_letter", attendance == "wrote"),
        ("polls_closed", polls_closed),
        ("must_be_present", not written and form != "written" and attendance != "present"),
        ("nobody_writes", not written and form == "written"),
    )
    return next((code for code, holds in checks if holds), None)


# ── two counts of paper ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two tellers' counts of one line do not say the same."""

    line: int
    what: str
    first: int
    second: int


def differences(first: Mapping[int, Counts], second: Mapping[int, Counts]) -> tuple[Difference, ...]:
    """Every number in which the two counts differ, by line; a line one of them left out counts as nothing there."""
    pairs = ((line, first.get(line, Counts()), second.get(line, Counts())) for line in sorted({*first, *second}))
    return tuple(
        Difference(line, what, getattr(one, what), getattr(other, what))
        for line, one, other in pairs
        for what in ("yes", "no", "blank", "invalid")
        if getattr(one, what) != getattr(other, what)
    )


def count(choices: Iterable[str]) -> Counts:
    """What the ballots of one line say."""
    said = list(choices)
    return Counts(yes=said.count("yes"), no=said.count("no"), blank=said.count("blank"))


# ── the list that is published ───────────────────────────────────────────────────────────────────

HEADING = "# khen ballots 1"
_LABEL = re.compile(r"[1-9][0-9]{0,5}(/[2-9])?")
MERGED = "merged"
"""Said of a ballot that was counted together with ballots on paper: few answer that way, so what they chose would
tell who they are. Their voters find their receipts, and nobody a choice."""


class Published(NamedTuple):
    """One ballot as the list shows it: the line's number on the agenda (`12`, voted on again `12/2`), the receipt, the
    choice (or `merged`)."""

    line: str
    receipt: str
    choice: str


@dataclass(frozen=True, slots=True)
class Recount:
    """What a published list says of each line: counts of those that stand open in it, numbers of those merged."""

    counts: Mapping[str, Counts]
    merged: Mapping[str, int]


def label(number: int, attempt: int) -> str:
    """How a line of an agenda is called in a list: `12`, and `12/2` when it was voted on again."""
    return str(number) if attempt == 1 else f"{number}/{attempt}"


def _order(line: str) -> tuple[int, ...]:
    return tuple(int(part) for part in line.split("/"))


def listing(session: str, ballots: Iterable[Published]) -> str:
    """The list as text, one ballot a line, in the order of lines and receipts: it tells nothing of who or when."""
    rows = sorted(ballots, key=lambda each: (_order(each.line), each.receipt))
    return "\n".join([f"{HEADING} {session}", *(f"{each.line}\t{each.receipt}\t{each.choice}" for each in rows)]) + "\n"


def digest(text: str) -> str:
    """SHA-256 of a published list, as it stands in the audit chain and on the minutes."""
    return hashlib.sha256(text.encode()).hexdigest()


def recount(text: str) -> Recount:
    """The counts of each line, out of a published list alone.

    Raises BallotError (not_a_list, bad_ballot, ballot_twice) with the line of the text.
    """
    first, *rows = text.splitlines() or [""]
    if not first.startswith(HEADING):
        raise BallotError("not_a_list")
    seen: set[str] = set()
    choices: dict[str, list[str]] = {}
    merged: dict[str, int] = {}
    for at, row in enumerate(rows, 2):
        line, key, choice = [*row.split("\t"), "", "", ""][:3]
        if not _LABEL.fullmatch(line) or choice not in (*CHOICES, MERGED) or row.count("\t") != 2:
            raise BallotError("bad_ballot", at=at)
        if key in seen:
            raise BallotError("ballot_twice", at=at, receipt=key)
        seen.add(key)
        if choice == MERGED:
            merged[line] = merged.get(line, 0) + 1
        else:
            choices.setdefault(line, []).append(choice)
    return Recount({line: count(choices[line]) for line in sorted(choices, key=_order)}, merged)
