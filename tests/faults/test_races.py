"""Two want the same at the same moment: one wins, the other reads who did what and when; nothing is done twice.

Threads with a desk and engine each, and processes, on both databases.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.ministry import Ministry, decision, workbook
from tests.support.replay import differences
from workflow.flow_checks import SHIPPED
from workflow.services import acts, auditing, checking, effects, flows, moving, papers, submissions
from workflow.services.acts import KeyReused
from workflow.services.desk import Desk
from workflow.services.judging import gather, judge
from workflow.services.moving import LostRace
from workflow.services.requests import ActReport
from workflow.storage.database import open_engine, read, write
from workflow.storage.errors import Busy

pytestmark = pytest.mark.unmeasured

ROUNDS = 60 if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 6


_opened: list[Engine] = []


@pytest.fixture
def m(engine: Engine, tmp_path: Path) -> Iterator[Ministry]:
    yield Ministry(engine, tmp_path)
    while _opened:
        _opened.pop().dispose()


def other_desks(m: Ministry, amount: int, *, patience: float = 30) -> list[Desk]:
    """A desk for each, with an engine of its own, as other processes have."""
    engines = [open_engine(m.engine.url, busy_seconds=patience) for _ in range(amount)]
    _opened.extend(engines)
    return [m.another_desk(engine=each) for each in engines]


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """All begin together; what each returned or raised, in order."""
    barrier, found = threading.Barrier(len(works)), [None] * len(works)

    def run(number: int) -> None:
        barrier.wait()
        try:
            found[number] = works[number]()
        except Exception as error:
            found[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not [thread for thread in threads if thread.is_alive()]
    return found


def healthy(m: Ministry) -> None:
    report = checking.check(m.desk)
    assert report.ok, report
    assert differences(m.engine) == []


def told(loser: object) -> str:
    """Whether the loser knows that he lost, and against whom; "busy" when he only knows to try again."""
    if isinstance(loser, Busy):
        return "busy"
    assert isinstance(loser, ActReport), loser
    (line,) = loser.results
    assert not line.done
    for reason in line.reasons:
        if reason.code in ("stale", "wrong_state"):
            assert {"who", "what", "when"} <= set(reason.params), reason
    return "+".join(reason.code for reason in line.reasons)


# ── one dossier ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("expected", [True, False], ids=["with the version seen", "without"])
def test_of_two_with_the_same_act_one_wins_and_the_other_is_told_who(m: Ministry, expected: bool) -> None:
    codes, desks = m.drafts(ROUNDS), other_desks(m, 2)
    losers: Counter[str] = Counter()
    for code in codes:
        seen = {code: 0} if expected else {}
        requests = [m.request("start_unit_vote", [code], by, expected=seen) for by in ("unit_officer", "unit_head")]
        found = at_once([lambda d=d, r=r: acts.perform(d, r, m.now) for d, r in zip(desks, requests, strict=True)])  # type: ignore[misc]
        winners = [each for each in found if isinstance(each, ActReport) and each.done]
        assert len(winners) == 1, found
        losers[told(next(each for each in found if each is not winners[0]))] += 1
    assert set(losers) <= ({"stale+wrong_state", "busy"} if expected else {"wrong_state", "busy"}), losers
    assert m.one("SELECT count(*) FROM event") == ROUNDS
    healthy(m)


def test_of_two_with_different_acts_one_wins_and_the_other_sees_where_it_went(m: Ministry) -> None:
    codes, desks = m.drafts(ROUNDS), other_desks(m, 2)
    m.walk(codes, "appraising")
    seen: Counter[str] = Counter()
    for code in codes:
        version = {code: m.one("SELECT version FROM nomination WHERE code = :c", c=code)}
        ground = {code: {"legal_ground": "Điều 5 khoản 3 Nghị định"}}
        requests = [
            m.request("mark_ineligible", [code], "secretariat_head", lines=ground, expected=version),
            m.request("withdraw", [code], "unit_head", letter_no="9", expected=version),
        ]
        found = at_once([lambda d=d, r=r: acts.perform(d, r, m.now) for d, r in zip(desks, requests, strict=True)])  # type: ignore[misc]
        winners = [each for each in found if isinstance(each, ActReport) and each.done]
        assert len(winners) == 1, found
        loser = next(each for each in found if each is not winners[0])
        assert told(loser) in ("stale+wrong_state", "busy")
        if isinstance(loser, ActReport):
            (stale,) = (each for each in loser.results[0].reasons if each.code == "stale")
            assert stale.params["what"] == winners[0].transition
        seen[m.state(code)] += 1
    assert set(seen) <= {"ineligible", "withdrawn"}
    healthy(m)


def test_eight_writers_on_one_dossier_that_stays_where_it_is_lose_nothing(m: Ministry) -> None:
    """Without a version seen each may follow the other: every act is recorded, none over another."""
    (code,) = m.drafts()
    m.walk([code], "appraising")
    version = m.one("SELECT version FROM nomination")
    desks = other_desks(m, 8)
    works = [
        lambda d=d, n=n: acts.perform(d, m.request("send_proof", [code], "secretariat", key=f"w{n}"), m.now)  # type: ignore[misc]
        for n, d in enumerate(desks)
    ]
    found = at_once(works)
    assert [each.done for each in found] == [1] * 8
    assert m.one("SELECT version FROM nomination") == version + 8
    healthy(m)


def test_the_chain_never_forks_with_eight_writers(m: Ministry) -> None:
    """Acts that share nothing but the chain: no dossier, and no count of a state."""
    codes, desks = m.drafts(8 * 4), other_desks(m, 8)
    m.walk(codes, "appraising")
    before = auditing.head(m.desk).number

    def work(desk: Desk, number: int) -> list[int]:
        mine = codes[number * 4 : number * 4 + 4]
        requests = [m.request("send_proof", [code], "secretariat", key=f"{number} {code}") for code in mine]
        return [acts.perform(desk, each, m.now).done for each in requests]

    found = at_once([lambda d=d, n=n: work(d, n) for n, d in enumerate(desks)])  # type: ignore[misc]
    assert found == [[1] * 4] * 8
    proof = auditing.verify(m.desk)
    assert (proof.faults, proof.head.number) == ((), before + 32)
    healthy(m)


def test_acts_on_many_in_opposite_orders_do_not_block_each_other_for_good(m: Ministry) -> None:
    codes, desks = m.drafts(40), other_desks(m, 4)
    m.walk(codes, "appraising")
    orders = [codes, codes[::-1], codes[20:] + codes[:20], codes[::2] + codes[1::2]]
    works = [
        lambda d=d, o=o, n=n: acts.perform(d, m.request("send_proof", o, "secretariat", key=f"o{n}"), m.now).done  # type: ignore[misc]
        for n, (d, o) in enumerate(zip(desks, orders, strict=True))
    ]
    assert at_once(works) == [40] * 4
    healthy(m)


# ── one request ──────────────────────────────────────────────────────────────────────────────────


def test_one_request_sent_twice_at_once_and_once_later_is_one_act_with_one_answer(m: Ministry) -> None:
    desks = other_desks(m, 4)
    for code in m.drafts(ROUNDS):
        request = m.request("start_unit_vote", [code], "unit_officer", key=f"key-{code}")
        found = at_once([lambda d=d, r=request: acts.perform(d, r, m.now) for d in desks])  # type: ignore[misc]
        found.append(acts.perform(m.desk, request, m.now))
        assert {each.act_id for each in found} == {found[0].act_id}
        assert [each.replayed for each in found].count(False) == 1
        assert {each.results for each in found} == {found[0].results}
    assert m.one("SELECT count(*) FROM act WHERE transition = 'start_unit_vote'") == ROUNDS
    healthy(m)


def test_one_key_for_two_contents_at_once_is_one_act_and_one_complaint(m: Ministry) -> None:
    desks = other_desks(m, 2)
    for number in range(ROUNDS):
        one, two = m.drafts(2, first=2 * number + 1)
        works = [
            lambda d=d, c=c, n=number: acts.perform(
                d, m.request("start_unit_vote", [c], "unit_officer", key=f"x{n}"), m.now
            )  # type: ignore[misc]
            for d, c in zip(desks, (one, two), strict=True)
        ]
        found = at_once(works)
        assert sorted(type(each).__name__ for each in found) == ["ActReport", "KeyReused"], found
        assert isinstance(next(each for each in found if not isinstance(each, ActReport)), KeyReused)


# ── one list, one version, one paper, one number ─────────────────────────────────────────────────


def test_one_list_brought_in_twice_at_once_is_there_once(m: Ministry) -> None:
    lines = [(f"NV-{n}", f"Nguyễn Văn {chr(65 + n)}", "Bằng khen của Bộ trưởng") for n in range(5)]
    request = submissions.ImportRequest("CVT/CB", "CVT", "2026", workbook(lines), "ds.xlsx", letter_number="07/TTr")
    found = at_once([lambda d=d: submissions.bring_in(d, request, m.now) for d in other_desks(m, 3)])  # type: ignore[misc]
    assert sorted(len(each.codes) for each in found) == [0, 0, 5], found
    assert m.one("SELECT count(*) FROM nomination") == 5
    healthy(m)


def test_lists_of_different_units_at_once_share_no_code(m: Ministry) -> None:
    desks = other_desks(m, 3)
    line = [("NV-1", "Nguyễn Văn An", "Bằng khen của Bộ trưởng"), ("", "Trần Thị Bình", "Bằng khen của Bộ trưởng")]
    requests = [
        submissions.ImportRequest(f"{unit}/CB", unit, "2026", workbook(line), "ds.xlsx", letter_number="07/TTr")
        for unit in ("CVT", "CTS", "PTIT")
    ]
    found = at_once([lambda d=d, r=r: submissions.bring_in(d, r, m.now) for d, r in zip(desks, requests, strict=True)])  # type: ignore[misc]
    made = [code for each in found for code in each.codes]
    assert len(made) == len(set(made)) == 6
    healthy(m)


@pytest.mark.slow
def test_two_publishers_at_once_number_their_versions_one_after_the_other(m: Ministry) -> None:
    found = at_once([lambda d=d: flows.publish(d, SHIPPED, "QT", m.now, only=["giay_khen"]) for d in other_desks(m, 2)])  # type: ignore[misc]
    assert sorted(len(each.published) for each in found) == [0, 1], found
    assert m.all("SELECT number FROM flow_version WHERE flow_id = 'giay_khen'") == [(1,)]


def test_versions_of_one_paper_at_once_have_numbers_of_their_own(m: Ministry) -> None:
    codes = m.drafts(4)
    works = [
        lambda d=d, c=c, n=n: (
            papers.attach(d, "CVT/CB", [c], "to_trinh", b"%PDF-" + bytes([65 + n]), "a.pdf", m.now).number
        )  # type: ignore[misc]
        for n, (d, c) in enumerate(zip(other_desks(m, 4), codes, strict=True))
    ]
    assert sorted(at_once(works)) == [1, 2, 3, 4]
    healthy(m)


def test_one_number_for_two_decisions_at_once_is_given_once(m: Ministry) -> None:
    one, two = m.drafts(2)
    m.walk([one, two], "released")
    paper = decision(77, m.today)
    desks = other_desks(m, 2)
    works = [
        lambda d=d, c=c: acts.perform(d, m.request("decide", [c], "clerk", key=f"d-{c}", decision=paper), m.now)  # type: ignore[misc]
        for d, c in zip(desks, (one, two), strict=True)
    ]
    found = at_once(works)
    assert all(isinstance(each, ActReport) for each in found), found
    assert sorted(each.done for each in found) == [0, 1]
    (loser,) = (each for each in found if not each.done)
    assert [reason.code for reason in loser.results[0].reasons] == ["number_used"]
    healthy(m)


# ── a row that is no longer what was read ────────────────────────────────────────────────────────


def test_a_row_that_changed_between_reading_and_writing_is_not_written_over(m: Ministry) -> None:
    """Locks should make it impossible; should they ever not, the version does."""
    one, two = m.drafts(2)
    request = m.request("start_unit_vote", [one, two], "unit_officer")
    with read(m.engine) as connection:
        gathered = gather(connection, m.desk, request, m.now, lock=False)
        verdicts = judge(gathered, request)
    m.done("withdraw", [two], "unit_head", letter_no="9")
    before = m.snapshot()
    with pytest.raises(LostRace), write(m.engine) as connection:
        moves = effects.before(connection, m.desk, gathered, request, verdicts, 1, m.now)
        moving.write(connection, m.desk, gathered, moves, 1, m.now)
    assert m.snapshot() == before


# ── processes ────────────────────────────────────────────────────────────────────────────────────


def _process(url: str, files: str, codes: list[str], by: str, start: Any, answers: Any) -> None:
    """What another process does: opens the database itself, and acts."""
    engine = open_engine(url, busy_seconds=30)
    m = Ministry(engine, Path(files), empty=True)
    start.wait()
    done = []
    for code in codes:
        report = acts.perform(
            m.desk, m.request("start_unit_vote", [code], by, key=f"{by}-{code}", expected={code: 0}), m.now
        )
        done.append((code, report.done, told(report) if not report.done else ""))
    answers.put(done)
    engine.dispose()


@pytest.mark.slow
def test_two_processes_on_the_same_dossiers_move_each_of_them_once(m: Ministry) -> None:
    codes = list(m.drafts(12))
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(2), context.Queue()
    url = m.engine.url.render_as_string(hide_password=False)
    processes = [
        context.Process(target=_process, args=(url, str(m.files), codes, by, start, answers))
        for by in ("unit_officer", "unit_head")
    ]
    for each in processes:
        each.start()
    found = [answers.get(timeout=60) for _ in processes]
    for each in processes:
        each.join(20)
        assert each.exitcode == 0
    moved = Counter(code for one in found for code, done, _ in one if done)
    assert moved == Counter(codes)
    assert {said for one in found for _, done, said in one if not done} == {"stale+wrong_state"}
    assert m.one("SELECT count(*) FROM event") == 12
    healthy(m)


def test_a_writer_who_waits_too_long_is_told_in_our_words_and_nothing_is_written(m: Ministry) -> None:
    (code,) = m.drafts()
    before = m.snapshot()
    (hasty,) = other_desks(m, 1, patience=0.1)
    with write(m.engine) as connection:
        connection.exec_driver_sql("UPDATE nomination SET line_no = line_no")
        with pytest.raises(Busy):
            acts.perform(hasty, m.request("start_unit_vote", [code], "unit_officer"), m.now)
    assert m.snapshot() == before
    assert acts.perform(hasty, m.request("start_unit_vote", [code], "unit_officer"), m.now).done == 1
