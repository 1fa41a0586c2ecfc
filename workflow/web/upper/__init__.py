"""Before a higher authority: what was put there, letter by letter, how long it waits, and what came back."""

from __future__ import annotations

from workflow.web.routing import Entry, NavItem, Room
from workflow.web.upper import looking

ROOM = Room(
    "workflow.web.upper",
    (Entry("/cap-tren", "upper", "signing", get=looking.front, post=looking.choose, slow=True),),
    (NavItem("upper", "upper.nav", 41, "signing"),),
)
