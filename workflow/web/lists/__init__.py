"""The lists: what there is to do, every dossier one may see, saved views, exports, figures."""

from __future__ import annotations

from workflow.web.lists import figures, keeping, listed, taking, working
from workflow.web.routing import Entry, NavItem, Room

ROOM = Room(
    "workflow.web.lists",
    (
        Entry("/", "home", "home", get=working.home),
        Entry("/ho-so", "nominations", "nomination.list", get=listed.show),
        Entry("/xuat-ho-so/{form}", "nominations.export", "nomination.export", get=taking.export, slow=True),
        Entry("/bo-loc", "views", "view.save", get=keeping.show, post=keeping.save),
        Entry("/bo-loc/{view:int}", "views.change", "view.save", post=keeping.change),
        Entry("/thong-ke", "statistics", "statistics", get=figures.show, slow=True),
    ),
    (
        NavItem("home", "lists.nav.home", 10, "home"),
        NavItem("nominations", "lists.nav.nominations", 20, "nomination.list"),
        NavItem("statistics", "lists.nav.statistics", 80, "statistics"),
    ),
)
