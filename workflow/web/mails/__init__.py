"""Mail: what waits, what is held, what failed and why; what will be sent in the next days; the rehearsal's mailbox."""

from __future__ import annotations

from workflow.web.mails import caught, coming, handling, outbox
from workflow.web.routing import Entry, NavItem, Room

ROOM = Room(
    "workflow.web.mails",
    (
        Entry("/thu", "mails", "mail.list", get=outbox.listed),
        Entry("/thu/sap-gui", "mails.coming", "mail.list", get=coming.listed, slow=True),
        Entry("/thu/cho-gui", "mails.release", "mail.work", get=handling.ask_release, post=handling.release),
        Entry("/thu/dung-gui", "mails.queue", "mail.queue", get=handling.ask_queue, post=handling.queue),
        Entry("/thu/{number:int}", "mails.show", "mail.list", get=outbox.show),
        Entry("/thu/{number:int}/html", "mails.html", "mail.list", get=outbox.html),
        Entry("/thu/{number:int}/sua", "mails.edit", "mail.work", get=handling.ask_edit, post=handling.edit),
        Entry("/thu/{number:int}/lam", "mails.do", "mail.work", post=handling.do),
        Entry("/mailbox", "mailbox", "demo", get=caught.listed),
        Entry("/mailbox/{name}", "mailbox.message", "demo", get=caught.show),
    ),
    (NavItem("mails", "mails.nav", 60, "mail.list"),),
)
