"""Who takes part in the rehearsal: units, their officers, the desk, a council of fifteen, the round."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from workflow.services.register import MINISTRY, PersonEntry, RoleEntry, RoundEntry, UnitEntry
from workflow.services.register_files import read_units

DATA = Path(__file__).resolve().parents[1] / "demo_data"
SINCE = date(2020, 1, 1)
ROUND = "2026"
NEXT_ROUND = "2027"
"""Begun when the season is over, so that who looks around afterwards finds work that waits."""

SURNAMES = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
)
MIDDLES = ("Văn", "Thị", "Hữu", "Thanh", "Minh", "Ngọc", "Quang", "Thu", "Xuân", "Hải", "Bảo", "Đức")
GIVEN = (
    "An", "Ánh", "Bình", "Châu", "Cường", "Dũng", "Duyên", "Đạt", "Điệp", "Giang", "Hà", "Hiếu", "Hòa", "Hùng", "Hương",
    "Khánh", "Lan", "Long", "Mai", "Nam", "Nga", "Ngân", "Phúc", "Phương", "Quân", "Quỳnh", "Sơn", "Thảo", "Thịnh",
    "Trang", "Tú", "Uyên", "Việt", "Vy", "Xuân", "Yến",
)  # fmt: skip
FIELDS = ("buu_chinh", "vien_thong", "chuyen_doi_so", "an_toan_thong_tin", "cong_nghiep_so", "doi_moi_sang_tao")

DESK = {
    "secretariat": "TT1",
    "secretariat_head": "TTT",
    "appraiser": "TD1",
    "council_secretary": "TK",
    "council_chair": "CT",
    "standing_member": "UV02",
    "council_member": "UV03",
    "signer": "BT",
    "clerk": "VT",
    "minister_office": "VP",
    "admin": "QT",
    "auditor": "KT",
}
"""The person of the desk behind each role; `MINISTRY/<code>` is his key."""
COUNCIL = 15


def invented(rng: random.Random) -> str:
    """A name nobody has to recognise himself in, with Vietnamese letters to sort and fold."""
    return f"{rng.choice(SURNAMES)} {rng.choice(MIDDLES)} {rng.choice(GIVEN)}"


def units() -> list[UnitEntry]:
    """The units that ship with the rehearsal, those that no longer exist included."""
    return read_units(DATA / "units.toml")


def people(active: Iterable[UnitEntry], rng: random.Random) -> list[PersonEntry]:
    """Officer, head and council secretary of each unit; heads of clusters and fields; the desk and the council."""
    active = list(active)
    found = [person for unit in active for person in _of_unit(unit, rng)]
    found += [_desk(code, role, rng) for role, code in DESK.items()]
    found += [
        _desk(f"UV{number:02d}", "council_member", rng)
        for number in range(1, COUNCIL)
        if f"UV{number:02d}" not in DESK.values()
    ]
    for cluster in dict.fromkeys(unit.cluster for unit in active):
        role = RoleEntry("cluster_head", "cluster", cluster, SINCE)
        found.append(_person(f"CT-{cluster}", MINISTRY, rng, f"{cluster.replace('_', '-')}@khoi.example", role))
    for name in FIELDS:
        role = RoleEntry("field_lead", "field", name, SINCE)
        found.append(_person(f"DM-{name}", MINISTRY, rng, f"{name.replace('_', '-')}@linhvuc.example", role))
    return found


def _of_unit(unit: UnitEntry, rng: random.Random) -> list[PersonEntry]:
    domain = f"{unit.code.lower()}.example"
    return [
        _person(code, unit.code, rng, f"{code.lower()}@{domain}", RoleEntry(role, "unit", unit.code, SINCE))
        for code, role in (("CB", "unit_officer"), ("TT", "unit_head"), ("HD", "unit_council"))
    ]


def _desk(code: str, role: str, rng: random.Random) -> PersonEntry:
    scope = "council" if role in ("council_member", "council_chair", "standing_member", "council_secretary") else "all"
    return _person(code, MINISTRY, rng, f"{code.lower()}@bo.example", RoleEntry(role, scope, "", SINCE))


def _person(code: str, root: str, rng: random.Random, email: str, role: RoleEntry) -> PersonEntry:
    return PersonEntry(code, invented(rng), root, email, roles=(role,))


def actor_for(role: str, unit: str, cluster: str, field: str) -> str:
    """The key of the person who plays `role` for a nomination of this unit, cluster and field."""
    if role in ("unit_officer", "unit_head", "unit_council"):
        return f"{unit}/{ {'unit_officer': 'CB', 'unit_head': 'TT', 'unit_council': 'HD'}[role] }"
    if role == "cluster_head":
        return f"{MINISTRY}/CT-{cluster}"
    if role == "field_lead":
        return f"{MINISTRY}/DM-{field}"
    return f"{MINISTRY}/{DESK[role]}"


def the_next_round(first: date, last: date, cutoff: date) -> RoundEntry:
    return RoundEntry(NEXT_ROUND, "Công tác năm 2027", 2027, first, last, cutoffs={"*": cutoff})


def the_round(first: date, last: date, counts: dict[str, int]) -> RoundEntry:
    return RoundEntry(ROUND, "Công tác năm 2026", 2026, first, last, counts=counts)
