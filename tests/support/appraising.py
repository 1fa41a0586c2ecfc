"""A small ministry whose certificate is scored before the council: appraisers, and the steps of an appraisal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.support.ministry import SINCE, Ministry
from workflow.services import appraisal_views, appraisers, appraising, viewing
from workflow.services.appraisers import Wanted
from workflow.services.appraising import CardEntry, Kept
from workflow.services.register import PersonEntry, RoleEntry, add_people
from workflow.storage.database import read

OFFICE = "BO/SECRETARIAT"
A, B, C = "BO/APPRAISER", "BO/TD2", "BO/TD3"
OWN = "CVT/TD4"
"""An appraiser who belongs to the unit that nominates."""
LEAD, OTHER_LEAD = "BO/DM1", "BO/DM2"
FIELD = "vien_thong"

RULE = """
[appraisal]
by      = ["appraiser", "field_lead"]
during  = [{during}]
{more}
[appraisal.criteria.ket_qua]
label  = {{ vi = "Kết quả", en = "Results" }}
weight = 60
max    = 10
[appraisal.criteria.sang_kien]
label  = {{ vi = "Sáng kiến", en = "Initiative" }}
weight = 40
max    = 5
"""


def rule(more: str = "", during: str = '"appraising"') -> str:
    """The tables of an appraisal, for the end of a flow's text."""
    return RULE.format(more=more, during=during)


def with_appraisal(m: Ministry, more: str = "", change: Callable[[str], str] = lambda text: text) -> None:
    """Publish the certificate anew, with an appraisal, and enter who may score."""
    m.publish("bang_khen_bo", change=lambda text: change(text).replace('"2026.1"', '"2026.2"', 1) + rule(more))
    appraiser = RoleEntry("appraiser", "all", "", SINCE)
    people = [
        PersonEntry("TD2", "Bùi Thẩm Định", email="td2@bo.example", roles=(appraiser,)),
        PersonEntry("TD3", "Đỗ Thẩm Định", email="td3@bo.example", roles=(appraiser,)),
        PersonEntry("TD4", "Lý Cùng Đơn Vị", "CVT", "td4@cvt.example", roles=(appraiser,)),
        PersonEntry("DM1", "Hồ Đầu Mối", email="dm1@bo.example",
                    roles=(RoleEntry("field_lead", "field", FIELD, SINCE),)),
        PersonEntry("DM2", "Ngô Đầu Mối", email="dm2@bo.example",
                    roles=(RoleEntry("field_lead", "field", "buu_chinh", SINCE),)),
    ]  # fmt: skip
    add_people(m.desk, people, "BO/ADMIN", m.now)


@dataclass
class Bench:
    """Dossiers in appraisal, and short words for what appraisers and those who assign them do."""

    m: Ministry
    more: str = ""
    amount: int = 1

    def __post_init__(self) -> None:
        with_appraisal(self.m, self.more)
        award = "Bằng khen của Bộ trưởng"
        lines = [(f"NV-{at:05d}", f"Nguyễn Văn Nam {'ABCDEGHIK'[at]}", award) for at in range(self.amount)]
        self.codes = self.m.bring_in(lines, field_of_work=FIELD)
        self.m.walk(self.codes, "appraising")
        self._keys = count(1)

    @property
    def code(self) -> str:
        return self.codes[0]

    def ask(self, *people: str, code: str = "", by: str = OFFICE) -> int:
        wanted = [Wanted(code or self.code, each) for each in people]
        return appraisers.ask(self.m.desk, wanted, by, self.m.now)

    def card(self, person: str, code: str = "") -> int:
        """The number of this person's card."""
        return int(
            self.m.one(
                """SELECT a.id FROM appraiser a JOIN nomination n ON n.id = a.nomination_id
                   WHERE n.code = :code AND a.person = :person AND a.ended_at IS NULL""",
                code=code or self.code, person=person,
            )
        )  # fmt: skip

    def give(self, person: str, *points: int, by: str = "", code: str = "", **more: Any) -> Kept:
        """Points in the order of the criteria; none of them: he abstains."""
        named = dict(zip(("ket_qua", "sang_kien"), points, strict=False))
        entry = CardEntry(named, abstains=not points, **{"request_key": f"card-{next(self._keys)}", **more})
        return appraising.give(self.m.desk, self.card(person, code), entry, by or person, self.m.now)

    def look(self, person: str) -> viewing.Viewer:
        with read(self.m.engine) as connection:
            return viewing.viewer(connection, person, self.m.today)

    def seen(self, person: str, code: str = "") -> appraisal_views.DossierView | None:
        return appraisal_views.of_dossier(self.m.desk, self.look(person), code or self.code, self.m.now)

    def shown(self, person: str, code: str = "") -> appraisal_views.CardView:
        return appraisal_views.card(self.m.desk, self.look(person), self.card(person, code), self.m.now)
