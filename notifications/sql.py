"""The few places where the two databases are spelled differently. Nothing here knows a mail."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from notifications.columns import to_json


def placeholders(connection: Connection, count: int) -> str:
    """The marks of `count` positional parameters in a statement given straight to the driver."""
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    return ",".join([mark] * count)


def among(connection: Connection, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """`column` is one of these, however many: one parameter, where IN would need ten thousand."""
    if connection.dialect.name == "sqlite":
        each = func.json_each(to_json(list(values))).table_valued("value")
        return column.in_(select(each.c.value))
    wanted = bindparam(None, list(values), type_=ARRAY(column.type), unique=True)
    return column == func.any(wanted) if values else ~true()
