"""The unit's own pages: what it owes, the road of each dossier, supplements, what changed, and how its mails come."""

from __future__ import annotations

from workflow.web.routing import Entry, NavItem, Room
from workflow.web.unit import following, home, supplement, wishes

ROOM = Room(
    "workflow.web.unit",
    (
        Entry("/cua-don-vi", "unit.home", "unit.home", get=home.show),
        Entry("/cua-don-vi/ho-so/{code}", "unit.road", "nomination.show", get=home.road),
        Entry("/cua-don-vi/ho-so/{code}/van-ban/{paper}/{form}", "unit.paper", "nomination.show", get=home.paper,
              slow=True),
        Entry("/cua-don-vi/so-sanh/{code}", "unit.compare", "nomination.show", get=home.compare),
        Entry("/cua-don-vi/bo-sung/{code}", "unit.supplement", "nomination.act", get=supplement.show,
              post=supplement.hand_in, slow=True),
        Entry("/cua-don-vi/bo-sung/{code}/tep", "unit.supplement.attach", "nomination.attach", post=supplement.attach,
              slow=True, upload=True),
        Entry("/cua-don-vi/bo-sung/{code}/noi-dung", "unit.supplement.edit", "submission.import", post=supplement.edit),
        Entry("/mo/{token}", "link.open", "help", get=following.show, post=following.press),
        Entry("/nhan-thu", "unit.wishes", "account", get=wishes.show, post=wishes.choose),
        Entry("/nhan-thu/hop-thu", "unit.wishes.add", "unit.settings", post=wishes.add),
        Entry("/nhan-thu/hop-thu/{number:int}/bo", "unit.wishes.drop", "unit.settings", post=wishes.drop),
        Entry("/nhan-thu/xac-nhan/{token}", "unit.wishes.confirm", "help", get=wishes.ask_to_confirm,
              post=wishes.confirm),
    ),
    (NavItem("unit.home", "unit.nav", 10, "unit.home"), NavItem("unit.wishes", "unit.nav_wishes", 90, "unit.settings")),
)  # fmt: skip
