"""The council: its sessions for those who prepare and run them, a member's ballot, and who sits on it.

Who may see a session is for the services: what is not his is answered like what there is not.
"""

from __future__ import annotations

from workflow.web.council import agenda, bodies, closing, counting, looking, planning, running, voting
from workflow.web.routing import Entry, NavItem, Room

ROOM = Room(
    "workflow.web.council",
    (
        Entry("/hoi-dong", "council", "council", get=looking.front),
        Entry("/hoi-dong/moi", "council.plan", "council.run", get=planning.ask_new, post=planning.add),
        # ── who sits
        Entry("/hoi-dong/thanh-phan", "council.bodies", "council.bodies", get=bodies.listed),
        Entry("/hoi-dong/thanh-phan/moi", "council.bodies.new", "council.register",
              get=bodies.ask_new, post=bodies.add),
        Entry("/hoi-dong/thanh-phan/{code}", "council.body", "council.bodies", get=bodies.show),
        Entry("/hoi-dong/thanh-phan/{code}/ghe", "council.seat", "council.register",
              get=bodies.ask_seat, post=bodies.give_seat),
        Entry("/hoi-dong/thanh-phan/{code}/thoi", "council.seat.end", "council.register",
              get=bodies.ask_end, post=bodies.end),
        # ── one session: whoever sits or runs
        Entry("/hoi-dong/{code}", "council.session", "council.vote", get=looking.show),
        Entry("/hoi-dong/{code}/phieu", "council.ballot", "council.vote",
              get=voting.show, post=voting.take, secret=True),
        Entry("/hoi-dong/{code}/phieu/khong-tham-gia", "council.ballot.aside", "council.vote",
              get=voting.ask_aside, post=voting.step_aside),
        Entry("/hoi-dong/{code}/kiem-lai", "council.recount", "council.vote", get=looking.recount),
        Entry("/hoi-dong/{code}/danh-sach-phieu", "council.list", "council.vote", get=looking.list_of_ballots),
        Entry("/hoi-dong/{code}/van-ban/{paper}/{form}", "council.paper", "council.vote", get=looking.paper, slow=True),
        # ── one session: its desk
        Entry("/hoi-dong/{code}/sua", "council.change", "council.run", get=planning.ask_change, post=planning.change),
        Entry("/hoi-dong/{code}/huy", "council.cancel", "council.run", get=planning.ask_cancel, post=planning.cancel),
        Entry("/hoi-dong/{code}/moi-hop", "council.invite", "council.run", get=running.ask_invite, post=running.invite),
        Entry("/hoi-dong/{code}/chuong-trinh", "council.agenda", "council.run",
              get=agenda.ask_codes, post=agenda.put_on, slow=True),
        Entry("/hoi-dong/{code}/sap-xep", "council.arrange", "council.run",
              get=agenda.ask_order, post=agenda.order, slow=True),
        Entry("/hoi-dong/{code}/mo", "council.open", "council.run",
              get=running.ask_open, post=running.open_, slow=True),
        Entry("/hoi-dong/{code}/diem-danh", "council.attend", "council.run",
              get=running.ask_attend, post=running.attend),
        Entry("/hoi-dong/{code}/khong-tham-gia", "council.recuse", "council.run",
              get=running.ask_recuse, post=running.recuse),
        Entry("/hoi-dong/{code}/y-kien-chu-tich", "council.chair", "council.run",
              get=running.ask_chair, post=running.chair),
        Entry("/hoi-dong/{code}/thu-hang", "council.rank", "council.run", get=counting.ask_ranks, post=counting.rank),
        Entry("/hoi-dong/{code}/kiem-phieu", "council.count", "council.run",
              get=counting.ask_counts, post=counting.count),
        Entry("/hoi-dong/{code}/bien-ban", "council.minutes", "council.run",
              get=counting.ask_minutes, post=counting.take_minutes, slow=True, upload=True),
        Entry("/hoi-dong/{code}/bien-ban/tep", "council.minutes.file", "council", get=counting.minutes),
        Entry("/hoi-dong/{code}/ket-thuc", "council.close", "council.run",
              get=closing.ask_close, post=closing.close, slow=True),
    ),
    (NavItem("council", "council.nav", 35, "council"),),
)  # fmt: skip
