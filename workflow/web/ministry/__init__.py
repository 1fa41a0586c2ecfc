"""The house itself: flows, units, people, rounds, the calendar, mail texts, health, and the auditor's desk."""

from __future__ import annotations

from workflow.web.ministry import (
    auditing,
    calendar,
    flow_checking,
    flows,
    health,
    overview,
    people,
    rounds,
    texts,
    units,
)
from workflow.web.routing import MEGABYTE, Entry, NavItem, Room

ROOM = Room(
    "workflow.web.ministry",
    (
        Entry("/quan-tri", "ministry", "health", get=overview.show),
        # ── flows
        Entry("/quy-trinh", "flows", "flow.list", get=flows.listed),
        Entry("/quy-trinh/kiem-tra", "flows.check", "flow.publish", get=flow_checking.ask_text,
              post=flow_checking.check, slow=True, max_body=2 * MEGABYTE),
        Entry("/quy-trinh/{flow}", "flows.show", "flow.list", get=flows.show),
        Entry("/quy-trinh/{flow}/hinh.svg", "flows.drawing", "flow.list", get=flows.drawing),
        Entry("/quy-trinh/{flow}/toml", "flows.text", "flow.list", get=flows.text),
        # ── register
        Entry("/don-vi", "units", "register.show", get=units.listed),
        Entry("/don-vi/moi", "units.new", "register.change", get=units.ask_new, post=units.add),
        Entry("/don-vi/{code}/sua", "units.change", "register.change", get=units.ask_change, post=units.change),
        Entry("/nhap-danh-ba", "register.file", "register.change", get=units.ask_file, post=units.take_file, slow=True,
              max_body=6 * MEGABYTE),
        Entry("/nguoi", "people", "register.show", get=people.listed),
        Entry("/nguoi/moi", "people.new", "register.change", get=people.ask_new, post=people.add),
        Entry("/nguoi/{root}/{code}", "people.show", "register.show", get=people.show),
        Entry("/nguoi/{root}/{code}/sua", "people.change", "register.change", post=people.change),
        Entry("/nguoi/{root}/{code}/moi-vao", "people.invite", "account.manage", post=people.invite),
        Entry("/nguoi-thay", "stand_ins", "substitute", get=people.stand_ins, post=people.stand_in),
        # ── rounds
        Entry("/dot", "rounds", "register.show", get=rounds.listed),
        Entry("/dot/moi", "rounds.new", "round.change", get=rounds.ask_new, post=rounds.add),
        Entry("/dot/{code}/sua", "rounds.show", "round.change", get=rounds.ask_change, post=rounds.change),
        # ── calendar
        Entry("/lich", "calendar", "calendar", get=calendar.show),
        Entry("/lich/sua", "calendar.change", "calendar.recount", post=calendar.change, slow=True),
        Entry("/lich/ngay", "calendar.day", "calendar.recount", post=calendar.add_day, slow=True),
        Entry("/lich/tinh-lai", "calendar.recount", "calendar.recount", get=calendar.ask_recount,
              post=calendar.recount, slow=True),
        # ── mail texts
        Entry("/mau-thu", "texts", "mail.text", get=texts.listed),
        Entry("/mau-thu/{language}/{template}", "texts.show", "mail.text", get=texts.show, post=texts.change,
              slow=True),
        # ── health, audit
        Entry("/suc-khoe", "health", "health", get=health.show, slow=True),
        Entry("/kiem-tra", "audit", "audit", get=auditing.listed),
        Entry("/kiem-tra/chuoi", "audit.verify", "audit", get=auditing.verify, slow=True),
        Entry("/kiem-tra/doi-chieu", "audit.promises", "audit", get=auditing.promises, slow=True),
        Entry("/kiem-tra/xuat", "audit.export", "audit", post=auditing.export, slow=True),
        Entry("/kiem-tra/truy-cap", "audit.accesses", "audit", get=auditing.accesses),
    ),
    (
        NavItem("flows", "ministry.nav.flows", 70, "flow.list"),
        NavItem("ministry", "ministry.nav.ministry", 80, "health"),
        NavItem("audit", "ministry.nav.audit", 90, "audit"),
    ),
)  # fmt: skip
