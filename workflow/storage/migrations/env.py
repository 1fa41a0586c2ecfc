"""What alembic runs for every command: our metadata, the caller's connection, his transaction. No address, no file."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from notifications.columns import JsonText, UtcDateTime
from workflow.storage.migrations import metadata


def render_item(kind: str, item: Any, _autogen_context: Any) -> str | Literal[False]:
    """Steps name plain column types: an old step must not change its meaning with our code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JsonText):
        return "sa.Text()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata(),
    render_as_batch=True,
    render_item=render_item,
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
