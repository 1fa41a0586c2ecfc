"""Appraisal before the council: one's own cards, and for the desk who appraises what.

Whose a card is, is for the services: what is not his is answered like what there is not.
"""

from __future__ import annotations

from workflow.web.appraisal import asking, cards
from workflow.web.routing import MEGABYTE, Entry, NavItem, Room

ROOM = Room(
    "workflow.web.appraisal",
    (
        Entry("/cham-diem", "appraisal", "appraisal.card", get=cards.listed),
        # ── for the desk
        Entry("/cham-diem/phan-cong", "appraisal.assign", "appraisal.assign",
              get=asking.overview, post=asking.by_rule, slow=True),
        Entry("/cham-diem/phan-cong/mau", "appraisal.template", "appraisal.assign", get=asking.template, slow=True),
        Entry("/cham-diem/phan-cong/tep", "appraisal.file", "appraisal.assign",
              get=asking.ask_file, post=asking.look_file, slow=True, upload=True),
        Entry("/cham-diem/phan-cong/ghi", "appraisal.take", "appraisal.assign",
              post=asking.take_file, slow=True, max_body=4 * MEGABYTE),
        # ── one card
        Entry("/cham-diem/{number}", "appraisal.card", "appraisal.card", get=cards.show, post=cards.take),
        Entry("/cham-diem/{number}/khong-cham", "appraisal.aside", "appraisal.card",
              get=cards.ask_aside, post=cards.aside),
        # ── one dossier
        Entry("/ho-so/{code}/nguoi-cham", "appraisal.people", "appraisal.assign",
              get=asking.people, post=asking.change),
    ),
    (NavItem("appraisal", "appraisal.nav", 34, "appraisal"),),
)  # fmt: skip
