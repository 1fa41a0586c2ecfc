"""Programs: the API under /api/v1 with its description, keys, and webhooks. Pages and API call the same services."""

from __future__ import annotations

from starlette.responses import Response

from workflow.web.answering import as_json
from workflow.web.asking import Ask
from workflow.web.programs import house, lists, nominations, pages
from workflow.web.programs.describing import openapi
from workflow.web.programs.operations import PREFIX, Operation
from workflow.web.routing import Entry, Room

OPERATIONS: tuple[Operation, ...] = (
    *house.OPERATIONS,
    *nominations.OPERATIONS,
    *lists.OPERATIONS,
)


def described(ask: Ask) -> Response:
    """The description, for whoever has a key: what there is to ask is nobody else's affair."""
    return as_json(openapi(OPERATIONS, ask.house.app.settings.web.base_url))


ROOM = Room(
    "workflow.web.programs",
    (
        *(each.entry for each in OPERATIONS),
        Entry(f"{PREFIX}/openapi.json", "api.description", "api", get=described, machine=True),
        Entry("/khoa-chuong-trinh", "keys", "account", get=pages.keys, post=pages.make_key),
        Entry("/khoa-chuong-trinh/thu-hoi", "keys.end", "account", post=pages.end_key),
        Entry("/webhook", "webhooks", "webhook", get=pages.webhooks, post=pages.make_webhook),
        Entry("/webhook/dung", "webhooks.stop", "webhook", post=pages.stop_webhook),
    ),
)
