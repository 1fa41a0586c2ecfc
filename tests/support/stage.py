"""Plays a story of a flow file on a real database, through the services, and says where it comes out otherwise.

The rehearsal (`workflow.domain.rehearsal`) plays the same stories on values alone. Both must tell the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from definitions.flow import Flow, Scenario, ScenarioStep
from tests.support.ministry import PDF, ROUND, SINCE, Ministry, _desk_people, _unit_people, shipped_flows
from workflow.services import papers, register
from workflow.services.effects import SubjectRefused
from workflow.services.register import HistoryEntry, PersonEntry, RoleEntry, RoundEntry, UnitEntry
from workflow.storage import directory
from workflow.storage.database import read, write
from workflow.storage.tables import Grant, History, Nomination, Person, Round

NAME, PERSON, DEED = "Nguyễn Văn An", "NV-00001", "Hoàn thành xuất sắc nhiệm vụ năm 2026"
COLLECTIVE = "Phòng Tổng hợp"
UNIT_ROLES = ("unit_officer", "unit_head", "unit_council")


@dataclass
class Stage:
    """One story with its dossier. `faults` are the steps that came out otherwise than told."""

    engine: Engine
    files: Path
    flow: Flow
    scenario: Scenario
    faults: list[str] = field(default_factory=list)
    m: Ministry = field(init=False)
    code: str = field(init=False)
    reference: str = field(init=False)

    def play(self) -> list[str]:
        self._open()
        for step in self.scenario.steps:
            if self.faults:
                break  # whatever comes after the first difference follows from it
            {"do": self._do, "attach": self._attach, "wait": self._wait, "expect": self._expect, "fact": self._fact}[
                step.verb
            ](step)
        with write(self.engine) as connection:
            self._remove_twins(connection)
        return self.faults

    # ── the beginning ──

    @property
    def given(self) -> Mapping[str, Any]:
        return self.scenario.given

    @property
    def unit(self) -> str:
        return str(self.given.get("unit", "CVT"))

    def _open(self) -> None:
        on = self.given.get("on") or next(step.on for step in self.scenario.steps if step.on)
        assert isinstance(on, date)
        targets = {str(step.fields["to_flow"]) for step in self.scenario.steps if "to_flow" in step.fields}
        subject = ["bang_khen_bo"] if self.flow.subject == "decision_line" else []
        names = dict.fromkeys((self.flow.id, *sorted(targets & set(shipped_flows())), *subject))
        self.m = m = Ministry(self.engine, self.files, empty=True)
        m.now = m.now.replace(year=2026, month=10, day=5, hour=8)
        m.publish(*names)
        kind = str(self.given.get("unit_kind", self.flow.from_units[0]))
        unit = UnitEntry(
            self.unit,
            "Cục Viễn thông",
            kind,
            SINCE,
            cluster=str(self.given.get("cluster", "")),
            mailbox="tdkt@unit.example",
        )
        register.add_units(m.desk, [unit], "QT", m.now)
        register.add_people(m.desk, [*_unit_people(unit), *self._people()], "QT", m.now)
        round_ = RoundEntry(ROUND, "Năm 2026", 2026, date(2026, 1, 1), date(2028, 12, 31), cutoffs=self._cutoffs())
        register.add_round(m.desk, round_, "QT", m.now)
        subject = self._subject(m)
        m.on(on, 8)
        self._history(self.given.get("history"))
        register.set_counts(m.desk, ROUND, self.given.get("counts", {}), "QT", m.now)
        self.code = self._dossier(m, subject)
        self.reference = f"nomination:{m.one('SELECT id FROM nomination WHERE code = :code', code=self.code)}"
        self._twins("same", self.given.get("same_achievement", ()))
        self._twins("twice", self.given.get("duplicates", ()))
        self._papers(self.given.get("documents", ()))
        self._round_open(bool(self.given.get("round", {}).get("open", True)))

    def _people(self) -> list[PersonEntry]:
        cluster = RoleEntry("cluster_head", "cluster", str(self.given.get("cluster") or "khoi_2"))
        lead = RoleEntry("field_lead", "field", str(self.given.get("field") or "vien_thong"))
        return [
            *_desk_people()[:-1],
            PersonEntry("CLUSTER_HEAD", "Phạm Trưởng Cụm", email="khoi@bo.example", roles=(cluster,)),
            PersonEntry("FIELD_LEAD", "Phạm Lĩnh Vực", email="linhvuc@bo.example", roles=(lead,)),
        ]

    def _cutoffs(self) -> dict[str, date]:
        closes_on = self.given.get("round", {}).get("closes_on")
        return {"*": closes_on} if closes_on else {}

    def _dossier(self, m: Ministry, subject: str) -> str:
        individual = str(self.given.get("nominee", self.flow.nominee[0])) == "individual"
        line = (PERSON if individual else "", NAME if individual else COLLECTIVE, self.flow.aliases[0], DEED)
        more: dict[str, Any] = {
            "achievement_to": self.given.get("achievement_to"),
            "field_of_work": str(self.given.get("field", "")),
        }
        if subject:
            more["subjects"] = {m.look([line], unit=self.unit).new[0].line_key: subject}
        (code,) = m.bring_in([line], unit=self.unit, letter="70/TTr", **more)
        return code

    def _subject(self, m: Ministry) -> str:
        """For a revocation: a dossier whose decision was issued."""
        if self.flow.subject != "decision_line":
            return ""
        (code,) = m.bring_in([(PERSON, NAME, "Bằng khen của Bộ trưởng", DEED)], unit=self.unit)
        m.walk([code], "decided", unit=self.unit)
        return code

    def _history(self, records: Any) -> None:
        """Unknown stays unknown; an empty history is known from the unit's other lines."""
        m = self.m
        with write(m.engine) as connection:
            connection.execute(delete(History).where(History.__table__.c.nomination_id.is_(None)))  # type: ignore[attr-defined]
        if records is None:
            return
        individual = str(self.given.get("nominee", self.flow.nominee[0])) == "individual"
        m.history(
            HistoryEntry(self.unit, "Người Khác", "individual", 2001, award="ldtt"),
            *(
                HistoryEntry(
                    self.unit,
                    NAME if individual else COLLECTIVE,
                    "individual" if individual else "collective",
                    person=PERSON if individual else None,
                    **{"award": "", **each},
                )
                for each in records
            ),
        )

    # ── steps ──

    def _do(self, step: ScenarioStep) -> None:
        m = self.m
        self._let_pass(step.on or m.today)
        m.on(step.on or m.today, 12)
        actor, grant = self._actor(step)
        before, held = m.state(self.code), set(self._queued())
        try:
            report = m.act(step.name, [self.code], step.by, actor=actor, overrides=step.overrides, **step.fields)
            (result,) = report.results
            found = tuple(sorted({reason.code for reason in result.reasons})) if not result.done else None
        except SubjectRefused as error:
            found = ("subject_refused", str(error))
        new = set(self._queued()) - held
        expected = (
            None
            if step.mails is None
            else {(send, address) for send, to in step.mails for address in self._addresses(to, step)}
        )
        if grant is not None:
            with write(m.engine) as connection:
                connection.execute(delete(Grant).where(Grant.__table__.c.id == grant))  # type: ignore[attr-defined]
        self._compare(step, "reasons", tuple(sorted(set(step.refused))) if step.refused is not None else None, found)
        if found is not None:
            self._compare(step, "state after refusal", before, m.state(self.code))
        elif expected is not None:
            self._compare(step, "mails", expected, {(section, address) for _, section, address in new})
        if step.state is not None:
            self._compare(step, "state", step.state, m.state(self.code))

    def _actor(self, step: ScenarioStep) -> tuple[str, int | None]:
        """The person who acts; `as` lets one person act in another role, for this step only."""
        m = self.m
        if not step.as_ or step.as_ == step.by:
            return m.key_of(step.by, self.unit), None
        known = m.key_of(step.as_, self.unit)
        with write(m.engine) as connection:
            row = directory.find(connection, known)
            if row is None:
                entry = PersonEntry(step.as_.upper(), "Người Thay", email=f"{step.as_}@bo.example".replace("_", "-"))
                connection.execute(insert(Person).values(**register._person_row(entry)))
                row = directory.find(connection, known)
            assert row is not None
            scope = ("unit", self.unit) if step.by in UNIT_ROLES else ("all", "")
            values = {"person_id": row.id, "role": step.by, "scope_kind": scope[0], "scope": scope[1], "from_on": SINCE}
            grant = connection.execute(insert(Grant).values(**values)).inserted_primary_key
        assert grant is not None
        return known, int(grant[0])

    def _addresses(self, word: str, step: ScenarioStep) -> set[str]:
        m = self.m
        if word == "unit":
            return {"tdkt@unit.example"}
        with read(m.engine) as connection:
            if word == "actor":
                row = directory.find(connection, self._actor(step)[0])
                return {row.email} if row else set()
            return {each.mailbox.address for each in directory.holders(connection, [word], m.today)[word]}

    def _queued(self) -> list[tuple[int, str, str]]:
        """Lines about this dossier in mails that may leave."""
        query = """SELECT l.mail_id, l.section, m.address FROM mail_line l JOIN mail m ON m.id = l.mail_id
                   WHERE m.state = 'queued' AND l.reference = :reference"""
        return self.m.all(query, reference=self.reference)  # type: ignore[return-value]

    def _attach(self, step: ScenarioStep) -> None:
        if step.on:
            self._let_pass(step.on)
        self._papers(step.documents)

    def _papers(self, words: Iterable[str]) -> None:
        whole = set(words) & {"all", "submission", "nomination"}
        nominee = str(self.given.get("nominee", self.flow.nominee[0]))
        required = {
            each.code
            for each in self.flow.documents.values()
            if each.required and nominee in each.nominee and ("all" in whole or each.per in whole)
        }
        for document in sorted((set(words) - whole) | required):
            papers.attach(self.m.desk, self.m.key_of("secretariat"), [self.code], document, PDF, "a.pdf", self.m.now)

    def _wait(self, step: ScenarioStep) -> None:
        found = self._let_pass(step.on or self.m.today)
        if step.mails is not None:
            expected = {(kind, address) for kind, role in step.mails for address in self._addresses(role, step)}
            self._compare(step, "digests", expected, found)

    def _expect(self, step: ScenarioStep) -> None:
        self._compare(step, "end", step.state, self.m.state(self.code))

    def _fact(self, step: ScenarioStep) -> None:
        if step.on:
            self._let_pass(step.on)
        given = step.fields
        if "history" in given:
            self._history(given["history"])
        if "counts" in given:
            register.set_counts(self.m.desk, ROUND, given["counts"], "QT", self.m.now)  # type: ignore[arg-type]
        if "round_open" in given:
            self._round_open(bool(given["round_open"]))
        for kind, name in (("same", "same_achievement"), ("twice", "duplicates")):
            if name in given:
                self._twins(kind, given[name])  # type: ignore[arg-type]
        if "subject_state" in given:
            self._subject_state(str(given["subject_state"]))

    def _round_open(self, is_open: bool) -> None:
        with write(self.m.engine) as connection:
            connection.execute(update(Round).values(closed_at=None if is_open else self.m.now))

    def _subject_state(self, state: str) -> None:
        """By hand, as if the world outside had moved."""
        table = Nomination.__table__  # type: ignore[attr-defined]
        with write(self.m.engine) as connection:
            subject = connection.execute(select(table.c.subject_id).where(table.c.code == self.code)).scalar_one()
            paper = connection.exec_driver_sql("SELECT min(id) FROM decision").scalar_one()
            values = {"state": state, "decision_id": paper if state in ("decided", "revoked") else None}
            connection.execute(update(Nomination).where(table.c.id == subject).values(**values))

    def _twins(self, kind: str, codes: Iterable[str]) -> None:
        """Other dossiers of the same nominee, put there by hand: a duplicate, or another award for the same deed."""
        table = Nomination.__table__  # type: ignore[attr-defined]
        with write(self.m.engine) as connection:
            self._remove_twins(connection, kind)
            mine = connection.execute(select(table).where(table.c.code == self.code)).one()._asdict()
            for code in codes:
                other = {"award": "khac"} if kind == "same" else {"achievement": "khác"}
                values = {**mine, "code": code, "line_key": f"twin {kind} {code}", "version": 0, "memory": {}, **other}
                del values["id"]
                connection.execute(insert(Nomination).values(**values))

    def _remove_twins(self, connection: Connection, kind: str = "") -> None:
        connection.execute(delete(Nomination).where(Nomination.__table__.c.line_key.startswith(f"twin {kind}")))  # type: ignore[attr-defined]

    # ── time ──

    def _let_pass(self, until: date) -> set[tuple[str, str]]:
        """Every morning up to and including that of `until`; what the digests told, as (kind, address)."""
        m, told = self.m, set()
        seen = set(self._digests())
        while m.today < until:
            m.on(m.today + timedelta(days=1), 8)
            m.sweep()
        for each in set(self._digests()) - seen:
            told.add(each[2:])
        return told

    def _digests(self) -> list[tuple[Any, ...]]:
        import json

        query = """SELECT l.mail_id, l.number, l.context, m.address FROM mail_line l
                   JOIN mail m ON m.id = l.mail_id WHERE m.cause LIKE 'digest:%'"""
        found = []
        for mail, number, context, address in self.m.all(query):
            values = json.loads(context) if isinstance(context, str) else context
            if values["code"] == self.code:
                found.append((mail, number, values["kind"], address))
        return found

    def _compare(self, step: ScenarioStep, what: str, expected: object, found: object) -> None:
        if expected != found:
            where = f"{self.flow.id} “{self.scenario.title}” line {step.line} {step.name}"
            self.faults.append(f"{where}: {what} {expected} expected, {found} found")
