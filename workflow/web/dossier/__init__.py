"""A dossier and what is done with it: its page, the form of an act, what will happen, and what happened."""

from __future__ import annotations

from workflow.web.dossier import acting, papers, pressing, proof, show, talking
from workflow.web.routing import MEGABYTE, Entry, Room

ROOM = Room(
    "workflow.web.dossier",
    (
        Entry("/ho-so/{code}", "nomination", "nomination.show", get=show.show),
        Entry("/ho-so/{code}/thu/{mail}", "nomination.mail", "nomination.show", get=show.mail),
        Entry("/ho-so/{code}/ban-ra-soat", "nomination.proof", "nomination.show", get=proof.of_one),
        Entry("/ho-so/{code}/tep", "nomination.attach", "nomination.attach",
              post=papers.attach, slow=True, upload=True),
        Entry("/ho-so/{code}/tep/{paper}", "nomination.paper", "nomination.show", get=papers.download_paper),
        Entry("/ho-so/{code}/trao-doi", "nomination.comment", "nomination.comment", post=talking.comment),
        Entry("/ho-so/{code}/giao-viec", "nomination.assign", "nomination.assign", post=talking.assign),
        Entry("/ho-so/{code}/viec/{transition}", "nomination.act", "nomination.act",
              get=acting.one, post=acting.one_filled, max_body=8 * MEGABYTE),
        Entry("/viec", "act.choose", "nomination.act", post=acting.choose, slow=True, max_body=8 * MEGABYTE),
        Entry("/viec/{draft}", "act.pick", "nomination.act", get=acting.pick, slow=True),
        Entry("/viec/{draft}/nhap/{transition}", "act.form", "nomination.act",
              get=acting.many, post=acting.many_filled, slow=True, max_body=16 * MEGABYTE),
        Entry("/viec/{draft}/mau/{transition}", "act.template", "nomination.act", get=acting.template),
        Entry("/viec/{draft}/xem", "act.preview", "nomination.act", get=pressing.preview, slow=True),
        Entry("/viec/{draft}/lam", "act.do", "nomination.act", post=pressing.press, slow=True),
        Entry("/viec/{draft}/lai", "act.renew", "nomination.act", post=pressing.renew, slow=True),
        Entry("/viec/{draft}/ket-qua", "act.result", "nomination.act", get=pressing.result),
        Entry("/viec/{draft}/ket-qua/{kind}", "act.result_file", "nomination.act", get=pressing.result_file),
        Entry("/ra-soat", "proof.list", "nomination.act", get=proof.listed),
    ),
)  # fmt: skip
