"""Nominations by the million: twenty years of two rounds, all but the last finished, in either database.

    python -m tests.benchmarks.many sqlite:////disk/khen.db --nominations 1000000

Rows are written past the services, that would take a day for it, in the form the services write; flows, units and
people are made by them. The same seed gives the same rows.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert, select

from definitions.flow import Flow
from notifications.columns import JsonText, to_json
from tests.benchmarks import world
from workflow.domain import codes, vietnamese
from workflow.services.desk import Desk
from workflow.storage import flows, indexing, migrations
from workflow.storage.database import open_engine, read, write
from workflow.storage.tables import (
    Act,
    Deadline,
    DecisionPaper,
    Nomination,
    Round,
    Sequence as Numbers,
    StateCount,
    Submission,
    Unit,
)
from workflow.storage.tables_desk import ListOrder, SearchWord
from workflow.storage.writing import TableWriter

ROUNDS = 40
AT_ONCE = 20_000
FAMILY = ("Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Trần", "Trần", "Lê", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Võ",
          "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Đoàn", "Trịnh")  # fmt: skip
MIDDLE = tuple("Văn Văn Thị Thị Đức Minh Hữu Quang Thanh Ngọc Thu Xuân Hải Bá Đình Công Kim Mai Tuấn Quốc".split())
GIVEN = tuple(
    "An Ánh Bảo Bình Châu Chi Cường Dũng Duy Đạt Điệp Đông Giang Hà Hạnh Hiếu Hoa Hòa Hùng Hương Huyền Khánh Lan Linh "
    "Loan Long Mai Mạnh Nam Nga Ngân Nghĩa Oanh Phong Phúc Phương Quân Quyên Sơn Tâm Thắng Thảo Thủy Tiến Trang Trung "
    "Tú Tuyết Uyên Vân Việt Vinh Yến Ý".split()
)
GROUPS = ("Phòng Tổng hợp", "Phòng Kế hoạch - Tài chính", "Trung tâm Ứng cứu khẩn cấp", "Đội Kỹ thuật", "Ban Dự án")
FLOWS = {"bang_khen_bo": 35, "cstd_co_so": 22, "ky_niem_chuong": 15, "giay_khen": 10, "ldtt": 6, "co_thi_dua_bo": 4,
         "bang_khen_tt": 5, "hcld_ba": 3}  # fmt: skip
ENDS = {"awarded": 80, "council_rejected": 7, "ineligible": 5, "not_awarded": 4, "withdrawn": 2, "unit_rejected": 2}


def fill(engine: Engine, files: Path, nominations: int, units: int = 120) -> None:
    """Tables, flows, units, people, and this many nominations."""
    migrations.upgrade(engine)
    rnd = random.Random(7)
    house = Desk(
        engine=engine, calendar=world.shipped(), files=files, mail_domain="khen.example",
        entropy=lambda n: f"{rnd.getrandbits(8 * n):0{2 * n}x}",
    )  # fmt: skip
    world.found(house, units)
    with write(engine) as connection:
        _rows(connection, nominations)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


@dataclass
class _World:
    """What rows are drawn from, and what is counted on the way."""

    versions: list[tuple[int, Flow]]
    weights: list[int]
    units: list[int]
    rounds: list[tuple[int, int]]
    rnd: random.Random = field(default_factory=lambda: random.Random(1))
    counts: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    numbers: Counter[tuple[str, int]] = field(default_factory=Counter)
    decisions: dict[tuple[int, str, int], int] = field(default_factory=dict)


def _rows(connection: Connection, amount: int) -> None:
    tables = [_table(each) for each in (Nomination, Deadline, ListOrder, SearchWord)]
    indexes = [index for table in tables for index in table.indexes]
    for index in indexes:
        index.drop(connection)
    made = _found(connection)
    _letters(connection, made)
    _papers(connection, made)
    source = _lines(made, amount)
    while part := list(islice(source, AT_ONCE)):
        bulk(connection, _table(Nomination), _NOMINATION, [line for line, _ in part])
        bulk(connection, _table(Deadline), _DEADLINE, [limit for _, limit in part])
        bulk(
            connection,
            _table(ListOrder),
            ("nomination_id", "unit_id", "name_key"),
            [(n[0], n[3], n[14]) for n, _ in part],
        )
        words = [("name", word, n[0]) for n, _ in part for word in indexing.words_of(n[13])]
        bulk(connection, _table(SearchWord), ("kind", "word", "ref"), words)
    series = [dict(name=f"{prefix}-{year}", last=last) for (prefix, year), last in made.numbers.items()]
    connection.execute(insert(Numbers), series)
    counted = [dict(round_id=r, flow_id=f, state=s, amount=a) for (r, f, s), a in made.counts.items()]
    connection.execute(insert(StateCount), counted)
    for index in indexes:
        index.create(connection)


def _found(connection: Connection) -> _World:
    there = flows.in_force(connection, world.NOW.date())
    cache_ = flows.FlowCache()
    versions = [(there[id_].id, cache_.get(connection, there[id_].id).flow) for id_ in FLOWS]
    units = list(connection.execute(select(Unit.id).order_by(Unit.code)).scalars())  # type: ignore[call-overload]
    ((last,),) = connection.execute(select(Round.id).where(Round.code == world.ROUND))  # type: ignore[call-overload]
    rounds = []
    for number in range(1, ROUNDS):
        year, half = 2026 - (ROUNDS - number) // 2, (ROUNDS - number) % 2
        result = connection.execute(
            insert(Round).values(
                code=f"{year}-{half + 1}", title=f"Đợt {half + 1} năm {year}", year=year, opens_on=date(year, 1, 5),
                closes_on=date(year, 12, 20), closed_at=datetime(year, 12, 21, tzinfo=UTC), flows=list(FLOWS),
                cutoffs={}, counts={},
            )
        )  # fmt: skip
        assert result.inserted_primary_key
        rounds.append((int(result.inserted_primary_key[0]), year))
    return _World(versions, list(FLOWS.values()), units, [*rounds, (last, 2026)])


def _letters(connection: Connection, made: _World) -> None:
    rows = [
        dict(id=_letter(place, number, made), unit_id=unit, round_id=round_id, letter_on=date(year, 3, 1), title="",
             letter_number=f"{number + 1:02d}/TTr-U{number:03d}", list_sha256="", created_at=world.NOW,
             created_by="x")
        for place, (round_id, year) in enumerate(made.rounds)
        for number, unit in enumerate(made.units)
    ]  # fmt: skip
    connection.execute(insert(Submission), rows)
    for row in rows:
        indexing.add_number(connection, indexing.LETTER, row["id"], vietnamese.fold(row["letter_number"]))


def _letter(place: int, unit: int, made: _World) -> int:
    return place * len(made.units) + unit + 1


def _papers(connection: Connection, made: _World) -> None:
    """Every decision there will be."""
    act = connection.execute(
        insert(Act).values(
            actor="BO/CLERK", request_key="many", command_sha256="", transition="decide", recorded_at=world.NOW,
            occurred_on=world.NOW.date(), fields={}, done=0, refused=0, report={},
        )
    )  # fmt: skip
    assert act.inserted_primary_key
    number = 0
    for round_id, year in made.rounds[:-1]:
        for _, flow in made.versions:
            for part in range(3):
                number += 1
                result = connection.execute(
                    insert(DecisionPaper).values(
                        symbol="QĐ-BKHCN", year=year, number=number, full_number=f"{number}/QĐ-BKHCN",
                        issued_on=date(year, 6, 1 + part), authority="minister", signer="", capacity="",
                        award=flow.award, kind=flow.kind, act_id=act.inserted_primary_key[0], revokes="",
                    )
                )  # fmt: skip
                assert result.inserted_primary_key
                id_ = int(result.inserted_primary_key[0])
                made.decisions[round_id, flow.id, part] = id_
                indexing.add_number(connection, indexing.DECISION, id_, vietnamese.fold(f"{number}/QĐ-BKHCN"))


_NOMINATION = (
    "id", "code", "submission_id", "unit_id", "round_id", "flow_id", "flow_version_id", "pinned", "award", "kind",
    "nominee", "person_id", "name", "name_folded", "sort_key", "position", "workplace", "achievement", "field_of_work",
    "line_no", "line_key", "state", "shown_state", "version", "entered_on", "entered_at", "complete_on", "outcome",
    "decision_id", "memory",
)  # fmt: skip
_DEADLINE = ("nomination_id", "name", "run", "rule", "derivation", "opened_on", "due_on", "closed_on")


def _lines(made: _World, amount: int) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """A nomination and its limit, by id."""
    rnd = made.rnd
    drawn = rnd.choices(range(len(made.versions)), made.weights, k=amount)
    for id_ in range(1, amount + 1):
        place = (id_ - 1) * ROUNDS // amount
        round_id, year = made.rounds[place]
        version, flow = made.versions[drawn[id_ - 1]]
        unit = int(len(made.units) * rnd.random() ** 2)
        nominee = "collective" if flow.nominee == ("collective",) or rnd.random() < 0.15 else "individual"
        name = f"{rnd.choice(GROUPS)} {rnd.randint(1, 40)}" if nominee == "collective" else _name(rnd)
        state = rnd.choice(_going_on(flow.id, flow)) if place == ROUNDS - 1 else _end(rnd, flow)
        done = flow.states[state].final is not None
        entered = date(year, rnd.randint(1, 11), rnd.randint(1, 28))
        prefix = codes.prefix_of(flow.id)
        made.numbers[prefix, year] += 1
        made.counts[round_id, flow.id, state] += 1
        key = _key(name, nominee)
        line = (
            id_, codes.make(prefix, year, made.numbers[prefix, year]), _letter(place, unit, made), made.units[unit],
            round_id, flow.id, version, True, flow.award, flow.kind, nominee, None, name, vietnamese.fold(name), key,
            "Chuyên viên", f"Phòng {id_ % 30}", f"Hoàn thành xuất sắc nhiệm vụ số {id_}", "", id_ % 500,
            f"{flow.id}|{id_}", state, state, 9 if done else 3, entered,
            datetime(entered.year, entered.month, entered.day, 2, tzinfo=UTC),
            entered if done or rnd.random() < 0.7 else None, flow.states[state].outcome,
            made.decisions.get((round_id, flow.id, id_ % 3)) if state == "awarded" else None,
            {"done_by": {"submit": ["U001/TT"], "receive": ["BO/SECRETARIAT"]}, "visits": {state: 1},
             "fields": {"letter_no": "07/TTr", "session": "Phiên 1"}, "moments": {"complete": entered.isoformat()}},
        )  # fmt: skip
        due = world.NOW.date() + timedelta(days=rnd.randint(-15, 60))
        limit = (id_, f"state.{state}", 1, '{"to":["secretariat"]}', "{}", entered, due, entered if done else None)
        yield line, limit


def _name(rnd: random.Random) -> str:
    middle = rnd.choice(MIDDLE) if rnd.random() < 0.8 else f"{rnd.choice(MIDDLE)} {rnd.choice(MIDDLE)}"
    return f"{rnd.choice(FAMILY)} {middle} {rnd.choice(GIVEN)}"


@cache
def _key(name: str, nominee: str) -> str:
    return vietnamese.person_sort_key(name) if nominee == "individual" else vietnamese.sort_key(name)


_ON: dict[str, list[str]] = {}


def _going_on(id_: str, flow: Flow) -> list[str]:
    if id_ not in _ON:
        _ON[id_] = [name for name, state in flow.states.items() if state.final is None]
    return _ON[id_]


def _end(rnd: random.Random, flow: Flow) -> str:
    while True:
        (state,) = rnd.choices(list(ENDS), list(ENDS.values()))
        if state in flow.states:
            return state


def bulk(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Rows in the quickest way the database has."""
    if connection.dialect.name != "postgresql":
        TableWriter(table, columns, connection.dialect).insert(connection, list(rows))
        return
    json = [isinstance(table.c[name].type, JsonText) for name in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row([to_json(v) if is_json else v for v, is_json in zip(row, json, strict=True)])


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--nominations", type=int, default=1_000_000)
    given = parser.parse_args()
    since = time.perf_counter()
    engine = open_engine(given.url)
    fill(engine, Path(), given.nominations)
    with read(engine) as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM nomination").scalar()
    print(f"{found} nominations in {time.perf_counter() - since:.0f} s")


if __name__ == "__main__":
    main()
