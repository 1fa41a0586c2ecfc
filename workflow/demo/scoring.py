"""Appraisal in the rehearsal: asked by the rules of the flows the day after, scored by most of those who are asked.

A few never hand in and a few abstain, so that every page has something of each. What somebody gives follows from the
dossier's code and his own: the same in every run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from definitions.flow import Flow
from workflow.demo import world
from workflow.services import appraisers, appraising
from workflow.services.appraisers import Proposal
from workflow.services.appraising import CardEntry
from workflow.services.desk import Desk
from workflow.services.register import MINISTRY
from workflow.storage import appraisals
from workflow.storage.database import read

OFFICE = f"{MINISTRY}/{world.DESK['secretariat']}"
SILENT, ABSTAINS = 9, 13
"""Each ninth or so hands in nothing, each thirteenth or so no points."""
OPINIONS = (
    "Kết quả rõ, có số liệu kèm theo.",
    "Nên bổ sung số liệu so sánh với năm trước.",
    "Sáng kiến đã áp dụng ở nhiều đơn vị.",
    "Đề nghị Hội đồng xem thêm phạm vi ảnh hưởng.",
)


def enters(flow: Flow, before: str, after: str) -> bool:
    """Whether a dossier that went this way has come to where it is scored."""
    rule = flow.appraisal
    return rule is not None and after in rule.during and before not in rule.during


def ask(desk: Desk, codes: Sequence[str], now: datetime) -> tuple[Proposal, ...]:
    """Ask whom the rules say about these dossiers."""
    return appraisers.by_rule(desk, OFFICE, now, codes)


def score(desk: Desk, asked: Sequence[Proposal], now: datetime) -> int:
    """Let most of those who were asked score; returns how many cards there are."""
    cards = 0
    for each in asked:
        with read(desk.engine) as connection:
            rows = appraisals.of_dossiers(connection, [each.matter.facts.id])[each.matter.facts.id]
        for row in rows:
            chance = _number(f"{each.code} {row.person}")
            if row.cause or chance % SILENT == 0:
                continue
            criteria = each.matter.appraisal.criteria.values()
            points = {one.id: one.max - _number(f"{chance} {one.id}") % (one.max // 3 + 1) for one in criteria}
            opinion = OPINIONS[chance % len(OPINIONS)] if chance % 3 == 0 else ""
            abstains = chance % ABSTAINS == 0
            entry = CardEntry({} if abstains else points, opinion, abstains, 0, f"demo:{row.id}")
            appraising.give(desk, row.id, entry, row.person, now)
            cards += 1
    return cards


def _number(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)
