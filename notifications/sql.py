"""The few places where the two databases are spelled differently. Nothing here knows a mail."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from notifications.columns import to_json


def placeholders(connection: Connection, count: int) -> str:
    """The marks of `count` positional parameters in a statement given straight to the driver."""
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    return ",".join([mark] * count)


def among(connection: Connection, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """`column` is one of these, however many: one parameter, where IN would need ten thousand."""
    return _Among(column, bindparam(None, values, type_=_Several(column.type), unique=True))


def among_given(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """`column` is one of the values given as parameter `name`: for a statement that is built once and asked often."""
    return _Among(column, bindparam(name, type_=_Several(column.type)))


class _Several(TypeDecorator[Collection[Any]]):
    """Values of one kind as one parameter: JSON on SQLite, an array on PostgreSQL."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.item) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        values = list(value or ())
        return values if dialect.name == "postgresql" else to_json(values)


class _Among(FunctionElement[bool]):
    """Without a type on purpose: a Boolean would be compared with 1, and no index be used."""

    name = "among"
    inherit_cache = True


@compiles(_Among)
def _any_of(element: _Among, compiler: Any, **more: Any) -> str:
    column, values = (compiler.process(each, **more) for each in element.clauses)
    return f"{column} = ANY({values})"


@compiles(_Among, "sqlite")
def _each_of(element: _Among, compiler: Any, **more: Any) -> str:
    column, values = (compiler.process(each, **more) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"
