"""What a session of the council costs: four hundred lines, twenty-one members, each voting online in secret.

    python -m tests.benchmarks council

published list. Everything is committed to a disk. There is no floor, since no plain program does this; bars are in
seconds.
published list. Everything is committed to a disk. There is no floor, no plain program does this: the bars are seconds.
"""

from __future__ import annotations

from tests.benchmarks.frame import Line, Setting, Took, took, within
from tests.support.council import HELD, Chamber
from tests.support.ministry import Ministry
from workflow.services import balloting, session_mails
from workflow.storage import migrations
from workflow.storage.database import open_engine

LINES, MEMBERS = 400, 21


def lines(setting: Setting) -> list[Line]:
    amount, members = setting.size(LINES, 6), setting.size(MEMBERS, 5)
    room = setting.room("council")
    engine = open_engine(f"sqlite:///{room / 'khen.db'}")
    migrations.upgrade(engine)
    chamber = Chamber(Ministry(engine, room / "files"), members=members)
    codes = chamber.appraised(amount)
    chamber.plan()
    table = took(lambda: chamber.table(codes))
    chamber.ministry.on(HELD)
    opening = took(chamber.open)
    attend = took(lambda: chamber.attend(chamber.keys))
    ballots = [took(lambda person=person: _vote(chamber, person)) for person in chamber.keys]
    reminding = took(lambda: session_mails.remind(chamber.ministry.desk, chamber.ministry.now))
    closing = took(chamber.close)
    engine.dispose()
    what = f"session of {amount} lines × {members} members"
    return [
        within(f"{what}: agenda", [table], 5),
        within(f"{what}: opening", [opening], 5),
        within(f"{what}: attendance, and who is still to answer", [_sum(attend, reminding)], 1),
        within(f"{what}: one member's full ballot", ballots, 1),
        within(f"{what}: closing", [closing], 4),
    ]


def _vote(chamber: Chamber, person: str) -> None:
    mine = balloting.my_ballot(chamber.ministry.desk, "PH1", person, chamber.ministry.now)
    chamber.cast(person, {each.line.number: "yes" for each in mine.lines if each.why_not is None})


def _sum(*runs: Took) -> Took:
    return Took(sum(each.wall for each in runs), sum(each.cpu for each in runs))
