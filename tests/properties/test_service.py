"""The whole service against a model: any acts in any order, wrong people, repeated keys, new versions, deaths.

After each step model and service agree, the events tell the same, at most one run of a limit is open, and no
mail is without its act.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.faults.points import Watch, die, in_child, watch_engine, watching
from tests.properties import model
from tests.properties.model import ACTS, ALL_ROLES, Dossier
from tests.support.ministry import FAILED, PASSED, REASON, UNIT_TALLY, Ministry, decision
from tests.support.replay import differences
from workflow.services import acts, checking
from workflow.services.acts import KeyReused
from workflow.services.requests import ActReport, ActRequest
from workflow.storage.database import open_engine, sqlite_file

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
UNIT_FAILED = {**UNIT_TALLY, "yes": 2, "no": 7}
TRANSITION = {
    "unit_passes": "close_unit_vote",
    "unit_rejects": "close_unit_vote",
    "council_passes": "close_vote",
    "council_rejects": "close_vote",
}
TALLIES = {
    "unit_passes": UNIT_TALLY,
    "unit_rejects": UNIT_FAILED,
    "council_passes": PASSED,
    "council_rejects": FAILED,
}
someone = st.sampled_from(ALL_ROLES)


ROAD = (
    "resume",
    "submit",
    "start_unit_vote",
    "unit_passes",
    "receive",
    "appraise",
    "resubmit",
    "send_proof",
    "confirm_proof",
    "schedule",
    "open_vote",
    "council_passes",
    "release_results",
    "decide",
    "notify",
    "award",
    "archive",
)


def _is_done(it: Dossier, act: str) -> bool:
    """A step of the main road that leads nowhere a second time."""
    return (act == "start_unit_vote" and it.unit_passed) or (act == "send_proof" and it.proof != "none")


@dataclass(frozen=True)
class Start:
    """Where an example may begin: three dossiers, one of them some way along the main road, one half as far."""

    file: Path
    dossiers: dict[str, Dossier]
    numbers: int


class Service(RuleBasedStateMachine):
    """Rules are what people and machines do; each does it to the model and to the service."""

    starts: ClassVar[list[Start]] = []
    m: ClassVar[Ministry]
    seen: ClassVar[Counter[str]] = Counter()

    @initialize(number=st.integers(0, len(ROAD)))
    def begins(self, number: int) -> None:
        self.takes_up(self.starts[number])

    def takes_up(self, start: Start) -> None:
        path = sqlite_file(self.m.engine.url)
        self.m.engine.dispose()
        shutil.copyfile(start.file, path)
        type(self).m = Ministry(self.m.engine, self.m.files, empty=True)
        self.dossiers = deepcopy(start.dossiers)
        self.last: tuple[ActRequest, ActReport] | None = None
        self.versions = [date(2026, 10, 1)]
        self.numbers = start.numbers

    # ── acts ──

    @rule(act=st.sampled_from(sorted(ACTS)), pick=st.integers(0, 2), wrong=st.integers(0, 9), role=someone)
    def acts_on_one(self, act: str, pick: int, wrong: int, role: str) -> None:
        code = sorted(self.dossiers)[pick % len(self.dossiers)]
        self._act(act, [code], role if wrong == 0 else ACTS[act][2][0])

    @rule(pick=st.integers(0, 2), choices=st.lists(st.integers(0, 99), min_size=1, max_size=3))
    def wanders(self, pick: int, choices: list[int]) -> None:
        """Acts that may be done now, any of them."""
        code = sorted(self.dossiers)[pick % len(self.dossiers)]
        for choice in choices:
            may = [
                act
                for act in sorted(ACTS, reverse=True)
                if model.may(self.dossiers[code], act, ACTS[act][2][0], self.m.today)
            ]
            if may:
                act = may[choice % len(may)]
                self._act(act, [code], ACTS[act][2][0])

    @rule(pick=st.integers(0, 2), steps=st.integers(2, 12))
    def goes_on(self, pick: int, steps: int) -> None:
        """Along the main road, so that dossiers come far."""
        code = sorted(self.dossiers)[pick % len(self.dossiers)]
        it = self.dossiers[code]
        if it.unit_passed and not it.papers >= {*model.PAPERS, "bao_cao_tt"}:
            self.papers_arrive((*sorted(model.PAPERS), "bao_cao_tt"))
        for _ in range(steps):
            may = [act for act in ROAD if model.may(it, act, ACTS[act][2][0], self.m.today) and not _is_done(it, act)]
            if may:
                self._act(may[0], [code], ACTS[may[0]][2][0])

    @rule(pick=st.integers(0, 2), changed=st.booleans())
    def goes_round_by_a_supplement(self, pick: int, changed: bool) -> None:
        """Asked for, brought and received again, perhaps under rules that have changed meanwhile."""
        code = sorted(self.dossiers)[pick % len(self.dossiers)]
        for act in ("receive", "request_supplement", "resubmit", "receive"):
            if model.may(self.dossiers[code], act, ACTS[act][2][0], self.m.today):
                self._act(act, [code], ACTS[act][2][0])
            if act == "request_supplement" and changed and len(self.versions) < 4:
                self._publish(0)

    @rule(act=st.sampled_from(sorted(ACTS)), whole=st.booleans())
    def acts_on_all(self, act: str, whole: bool) -> None:
        self._act(act, sorted(self.dossiers), ACTS[act][2][0], whole=whole)

    @rule(act=st.sampled_from(sorted(ACTS)), pick=st.integers(0, 2))
    def acts_on_what_has_moved(self, act: str, pick: int) -> None:
        """With a version seen that is no more: refused, whatever the act."""
        code = sorted(self.dossiers)[pick % len(self.dossiers)]
        request = replace(self._request(act, [code], ACTS[act][2][0]), expected={code: self.dossiers[code].version + 1})
        assert acts.perform(self.m.desk, request, self.m.now).done == 0

    def _act(self, act: str, codes: list[str], role: str, whole: bool = False) -> None:
        request = replace(self._request(act, codes, role), all_or_nothing=whole)
        allowed = {code for code in codes if model.may(self.dossiers[code], act, role, self.m.today)}
        if whole and len(allowed) < len(codes):
            allowed = set()
        report = acts.perform(self.m.desk, request, self.m.now)
        assert {each.code for each in report.results if each.done} == allowed, (act, role, report.results)
        assert all(each.reasons for each in report.results if not each.done)
        for code in allowed:
            model.do(self.dossiers[code], act, self.m.today, self._version_today())
        self.seen[act if allowed else "refused"] += 1
        if report.act_id is not None:
            self.last = (request, report)

    def _request(self, act: str, codes: list[str], role: str) -> ActRequest:
        self.numbers += 1
        given: dict[str, Any] = {
            "submit": {"letter_no": "07", **({"late_reason": REASON} if self.m.today > model.CUTOFF else {})},
            "request_supplement": {"due_on": self.m.today + timedelta(days=7)},
            "schedule": {"session": "Phiên 1", "session_on": self.m.today + timedelta(days=3)},
            "suspend": {"reason": REASON, "document": "1"},
            "resume": {"document": "2"},
            "withdraw": {"letter_no": "9"},
            "reopen_withdrawn": {"reason": REASON},
            "reopen_unit": {"reason": REASON},
            "decline": {"reason": REASON},
            "return_from_sign": {"reason": REASON},
            "reopen": {"reason": REASON, "document": "3"},
            "decide": {"decision": decision(self.numbers, self.m.today)},
            "notify": {"letter_no": "1"},
            "award": {"occasion": "Hội nghị"},
        }.get(act, {})
        own: dict[str, Any] = {
            "request_supplement": {"defects": ["Thiếu"]},
            "mark_ineligible": {"legal_ground": "Điều 5 khoản 3 Nghị định"},
        }.get(act, {"tally": TALLIES[act]} if act in TALLIES else {})
        return self.m.request(
            TRANSITION.get(act, act),
            codes,
            role,
            key=f"n{self.numbers}",
            lines=dict.fromkeys(codes, own) if own else None,
            overrides={"tieu_chuan": REASON, "trung_thanh_tich": REASON},
            **given,
        )

    # ── the same request again ──

    @precondition(lambda self: self.last is not None)
    @rule()
    def asks_again(self) -> None:
        assert self.last is not None
        request, report = self.last
        again = acts.perform(self.m.desk, request, self.m.now)
        assert again == replace(report, replayed=True)
        self.seen["asked again"] += 1

    @precondition(lambda self: self.last is not None)
    @rule()
    def uses_a_key_for_something_else(self) -> None:
        assert self.last is not None
        with pytest.raises(KeyReused):
            acts.perform(self.m.desk, replace(self.last[0], transition="extend"), self.m.now)

    # ── the world ──

    @rule(papers=st.sampled_from([("to_trinh", "danh_sach", "bb_xet_kt"), ("bao_cao_tt",), ("to_trinh",)]))
    def papers_arrive(self, papers: tuple[str, ...]) -> None:
        self.m.attach(sorted(self.dossiers), *papers)
        for each in self.dossiers.values():
            each.papers |= set(papers)

    @rule(days=st.integers(1, 5))
    def days_pass(self, days: int) -> None:
        for _ in range(days):
            self.m.on(self.m.today + timedelta(days=1), 8)
            self.m.sweep()

    @precondition(lambda self: len(self.versions) < 4)
    @rule(days=st.integers(0, 9))
    def the_rules_change(self, days: int) -> None:
        self._publish(days)

    def _publish(self, days: int) -> None:
        """A new version that is valid in so many days."""
        begins, number = self.m.today + timedelta(days=days), len(self.versions) + 1

        def change(text: str) -> str:
            text = text.replace('version = "2026.1"', f'version = "{number}"').replace(
                "working_days = 25", f"working_days = {20 + number}"
            )
            return text.replace("from = 2026-10-01", f"from = {begins}").replace(
                "until = 2027-03-01", "until = 2030-01-01"
            )

        self.m.publish("bang_khen_bo", change=change)
        self.versions.append(begins)

    def _version_today(self) -> int:
        """The newest version that is valid today; once all are over, the newest that has begun."""
        begun = [number for number, begins in enumerate(self.versions, start=1) if begins <= self.m.today]
        valid = [number for number in begun if number > 1 or self.m.today < date(2027, 3, 1)]
        return max(valid or begun)

    @rule()
    def another_process_goes_on(self) -> None:
        """Nothing but the file is left."""
        self._restart()

    @rule(pick=st.integers(0, 2), choice=st.integers(0, 99), at=st.integers(0, 50), late=st.booleans())
    def the_process_dies_in_an_act_and_another_is_asked_again(
        self, pick: int, choice: int, at: int, late: bool
    ) -> None:
        """Killed at a call to the database, or between the commit and the answer. Who got none asks again: one act."""
        code = sorted(self.dossiers)[pick % len(self.dossiers)]
        it = self.dossiers[code]
        may = [act for act in sorted(ACTS) if model.may(it, act, ACTS[act][2][0], self.m.today)]
        if not may:
            return
        act = may[choice % len(may)]
        request = self._request(act, [code], ACTS[act][2][0])
        self.m.engine.dispose()

        def work() -> int:
            with watching(Watch(after_commit=die) if late else Watch(at=at, happen=die)):
                return acts.perform(self.m.desk, request, self.m.now).done

        lived = in_child(work) is not None
        self._restart()
        written = self.m.one("SELECT version FROM nomination WHERE code = :code", code=code) == it.version + 1
        report = acts.perform(self.m.desk, request, self.m.now)
        assert (report.done, report.replayed) == (1, written)
        assert written or not lived
        model.do(it, act, self.m.today, self._version_today())
        self.last = (request, replace(report, replayed=False))
        self.seen["outlived it" if lived else "died after the commit" if written else "died before the commit"] += 1

    def _restart(self) -> None:
        now = self.m.now
        self.m.engine.dispose()
        type(self).m = Ministry(self.m.engine, self.m.files, empty=True)
        self.m.on(now.date())
        self.m.now = now

    # ── what holds after each step ──

    @invariant()
    def model_and_service_agree(self) -> None:
        if not hasattr(self, "dossiers"):
            return
        rows = self.m.all(
            """SELECT n.code, n.state, n.version, n.outcome, n.pinned, v.number, n.complete_on, n.archived_at, n.memory
               FROM nomination n JOIN flow_version v ON v.id = n.flow_version_id"""
        )
        for code, state, version, outcome, pinned, number, complete, archived, memory in rows:
            it = self.dossiers[code]
            assert (state, version, outcome or "") == (it.state, it.version, it.outcome), code
            assert (bool(pinned), number if pinned else 0) == (bool(it.pinned), it.pinned), code
            assert (complete or "") == (it.complete.isoformat() if it.complete else ""), code
            assert (archived is not None) == it.archived, code
            assert ('"holds":["results"]' in memory) == it.held, code

    @invariant()
    def events_tell_the_same(self) -> None:
        if hasattr(self, "dossiers"):
            assert differences(self.m.engine) == []

    @invariant()
    def one_run_of_a_limit_is_open_and_no_mail_is_without_its_act(self) -> None:
        if not hasattr(self, "dossiers"):
            return
        m = self.m
        assert (
            m.all("SELECT 1 FROM deadline WHERE closed_on IS NULL GROUP BY nomination_id, name HAVING count(*) > 1")
            == []
        )
        causes = {cause.split("~")[0] for (cause,) in m.all("SELECT cause FROM mail")}
        known = {f"act:{id_}" for (id_,) in m.all("SELECT id FROM act")}
        assert {cause for cause in causes if not cause.startswith("digest:")} <= known | {
            f"{each}:results" for each in known
        }
        final = [code for code, it in self.dossiers.items() if it.state in model.OUTCOMES]
        assert not [code for code in final if set(m.limits(code)) - {"return_items"}]

    def teardown(self) -> None:
        if hasattr(self, "dossiers"):
            report = checking.check(self.m.desk)
            assert report.ok, report


def starts(folder: Path) -> Iterator[Start]:
    """One example's beginning for each step of the main road, taken once."""
    number = count()

    def kept(dossiers: dict[str, Dossier], numbers: int) -> Start:
        Service.m.engine.dispose()
        file = folder / f"start-{next(number)}.db"
        shutil.copyfile(folder / "khen.db", file)
        return Start(file, deepcopy(dossiers), numbers)

    first = kept({code: Dossier() for code in Service.m.states()}, 0)
    yield first
    played = Service()
    played.takes_up(first)
    for step in range(len(ROAD)):
        played.goes_on(pick=0, steps=1)
        if step % 2:
            played.goes_on(pick=1, steps=1)
        yield kept(played.dossiers, played.numbers)


def test_any_acts_in_any_order_by_anybody(migrated_sqlite: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="khen-"))
    shutil.copyfile(migrated_sqlite, folder / "khen.db")
    engine = watch_engine(open_engine(f"sqlite:///{folder / 'khen.db'}"))
    Service.m = Ministry(engine, folder / "files")
    Service.m.drafts(3)
    Service.starts = list(starts(folder))
    Service.seen.clear()
    try:
        run_state_machine_as_test(
            Service,
            settings=settings(
                max_examples=1_000 if LONG else 15,
                stateful_step_count=40,
                deadline=None,
                derandomize=not LONG,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
    finally:
        engine.dispose()
        shutil.rmtree(folder)
    print(f"\n{dict(Service.seen.most_common())}")
    assert len(set(Service.seen) & set(ACTS)) >= 20, "too few acts were ever possible for this to prove anything"
    assert {"decide", "council_passes", "suspend", "resume", "withdraw", "refused", "asked again"} <= set(Service.seen)
    assert min(Service.seen[f"died {when} the commit"] for when in ("before", "after")) >= 5
