"""Signing and what was signed: lists that await a signature, the book of decisions, one decision with its annex."""

from __future__ import annotations

from workflow.web.routing import Entry, NavItem, Room
from workflow.web.signing import awaiting, decided, files, papers

ROOM = Room(
    "workflow.web.signing",
    (
        Entry("/trinh-ky", "signing", "signing", get=awaiting.lists),
        Entry("/trinh-ky/{round}/{award}/{kind}", "signing.list", "signing",
              get=awaiting.show, post=awaiting.choose, slow=True),
        Entry("/trinh-ky/{round}/{award}/{kind}/van-ban/{paper}/{form}", "signing.paper", "signing.paper",
              get=papers.of_list, slow=True),
        Entry("/quyet-dinh", "decisions", "signing", get=decided.listed),
        Entry("/quyet-dinh/{decision:int}", "decision", "signing", get=decided.show),
        Entry("/quyet-dinh/{decision:int}/in", "decision.print", "signing", get=decided.printed, slow=True),
        Entry("/quyet-dinh/{decision:int}/phu-luc", "decision.annex", "signing", get=decided.annex, slow=True),
        Entry("/quyet-dinh/{decision:int}/thong-bao", "decision.notify", "nomination.act", post=decided.notify,
              slow=True),
        Entry("/quyet-dinh/{decision:int}/du-thao", "decision.draft", "signing.attach", post=files.drafted, slow=True),
        Entry("/quyet-dinh/{decision:int}/van-ban/{paper}/{form}", "decision.paper", "signing.paper",
              get=papers.made, slow=True),
        Entry("/quyet-dinh/{decision:int}/tep", "decision.attach", "signing.attach",
              post=files.attach, slow=True, upload=True),
        Entry("/quyet-dinh/{decision:int}/tep/{file:int}", "decision.file", "signing", get=files.opened),
        Entry("/quyet-dinh/{decision:int}/tep/{file:int}/kiem-tra", "decision.checked", "signing", get=files.checked),
    ),
    (NavItem("signing", "signing.nav", 40, "signing"), NavItem("decisions", "signing.nav_decisions", 42, "signing")),
)  # fmt: skip
