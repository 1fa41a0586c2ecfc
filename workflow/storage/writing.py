"""Writes rows by the thousand, straight to the driver: INSERT and UPDATE made of a table's own columns.

A unit of work costs ten times as much. The statement and the conversion of each value come from the table,
so neither can drift from the schema; what SQLAlchemy reads back is what was given. Knows no table by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import islice, repeat
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Date, Dialect, Table

from notifications.columns import JsonText, UtcDateTime, to_json
from notifications.prepared import put

Convert = Callable[[Sequence[Any]], Iterable[Any]]
AT_ONCE = 10_000
"""Rows converted at a time, so that a long import does not hold two copies of itself."""


class TableWriter:
    """Writes these columns of one table; making one again is cheap, its statements are kept.

    A row is a tuple of plain Python values in the order of the columns: aware datetimes for instants,
    dates, and for JSON columns the value itself. Constraint violations come as SQLAlchemy's IntegrityError.
    """

    def __init__(self, table: Table, columns: Sequence[str], dialect: Dialect) -> None:
        self._table = table
        self._columns = tuple(columns)
        self._dialect = dialect

    def insert(self, connection: Connection, rows: Iterable[Sequence[Any]]) -> int:
        """Insert the rows and return how many. A column that needs a value must be among the writer's."""
        statement = _insert(self._table, self._columns, self._dialect.paramstyle)
        count = 0
        for part in self._converted(self._columns, rows):
            put(connection, statement, part, many=True)
            count += len(part)
        return count

    def update(
        self,
        connection: Connection,
        set_columns: Sequence[str],
        key_columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
        *,
        also: str = "",
    ) -> int:
        """Set `set_columns` where `key_columns` have these values; return how many rows were really changed.

        A row holds the values to set, then those to find by; a column may be both (the new and the old
        version). `also` is a further condition in SQL, without parameters.
        """
        wanted = (*set_columns, *key_columns)
        statement = _update(self._table, tuple(set_columns), tuple(key_columns), also, self._dialect.paramstyle)
        return sum(put(connection, statement, part, many=True).rowcount for part in self._converted(wanted, rows))

    def _converted(self, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
        converts = _conversions(self._table, tuple(columns), self._dialect)
        for part in _parts(rows):
            yield _by_column(self._table, len(columns), part, converts) if converts else part


def _by_column(table: Table, width: int, rows: list[Any], converts: tuple[tuple[int, Convert], ...]) -> list[Any]:
    """Convert by column: one call for ten thousand values instead of ten thousand calls.

    `strict`, since a row that is too short would shorten all of them.
    """
    values: list[Any] = list(zip(*rows, strict=True)) if len(rows) > 1 else [(value,) for value in rows[0]]
    if len(values) != width:
        raise ValueError(f"{table.name}: rows of {len(values)} values for {width} columns")
    for index, convert in converts:
        values[index] = convert(values[index])
    return list(zip(*values, strict=True))


def _parts(rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    if isinstance(rows, list) and 0 < len(rows) <= AT_ONCE:
        yield rows
        return
    source = iter(rows)
    while part := list(islice(source, AT_ONCE)):
        yield part


@lru_cache(maxsize=512)
def _insert(table: Table, columns: tuple[str, ...], style: str) -> str:
    found = _found(table, columns)
    missing = [column.name for column in table.columns if column not in found and _must_be_given(column)]
    if missing:
        raise ValueError(f"{table.name}: no value for {', '.join(missing)}")
    names = ", ".join(_quoted(column.name) for column in found)
    return f"INSERT INTO {_quoted(table.name)} ({names}) VALUES ({', '.join([_mark(style)] * len(found))})"


@lru_cache(maxsize=512)
def _update(table: Table, set_columns: tuple[str, ...], key_columns: tuple[str, ...], also: str, style: str) -> str:
    mark = _mark(style)
    sets = ", ".join(f"{_quoted(column.name)} = {mark}" for column in _found(table, set_columns))
    keys = " AND ".join(f"{_quoted(column.name)} = {mark}" for column in _found(table, key_columns))
    return f"UPDATE {_quoted(table.name)} SET {sets} WHERE {keys}" + (f" AND {also}" if also else "")


def _found(table: Table, columns: Sequence[str]) -> list[Column[Any]]:
    unknown = [name for name in columns if name not in table.columns]
    if unknown:
        raise ValueError(f"{table.name} has no column {', '.join(unknown)}")
    return [table.columns[name] for name in columns]


def _must_be_given(column: Column[Any]) -> bool:
    return not column.nullable and column.server_default is None and column is not column.table.autoincrement_column


def _quoted(name: str) -> str:
    """Always quoted: `round` or `grant` may be words of the database."""
    return '"' + name.replace('"', '""') + '"'


def _mark(style: str) -> str:
    return "?" if style == "qmark" else "%s"


# ------------------------------------------------------------------------------------------- values


@lru_cache(maxsize=1024)
def _conversions(table: Table, columns: tuple[str, ...], dialect: Dialect) -> tuple[tuple[int, Convert], ...]:
    found = ((index, _conversion(column, dialect)) for index, column in enumerate(_found(table, columns)))
    return tuple((index, convert) for index, convert in found if convert is not None)


def _conversion(column: Column[Any], dialect: Dialect) -> Convert | None:
    """How the values of a column are handed to the driver; None when as they are."""
    if isinstance(column.type, Boolean):
        return None  # both drivers take a bool; SQLAlchemy's own check would cost as much as the insert
    if dialect.name == "sqlite" and isinstance(column.type, UtcDateTime):
        return _distinct(_instant)
    if dialect.name == "sqlite" and isinstance(column.type, Date):
        return _distinct(date.isoformat)
    if isinstance(column.type, JsonText):
        return _encoded
    each = column.type.dialect_impl(dialect).bind_processor(dialect)
    return None if each is None else lambda values: map(each, values)


def _distinct(convert: Callable[[Any], Any]) -> Convert:
    """Convert each different value once: the rows of an act share their days and instants."""

    def converted(values: Sequence[Any]) -> Iterable[Any]:
        if values.count(values[0]) == len(values):
            return repeat(None if values[0] is None else convert(values[0]), len(values))
        known = {value: None if value is None else convert(value) for value in set(values)}
        return map(known.__getitem__, values)

    return converted


def _encoded(values: Sequence[Any]) -> Iterable[Any]:
    """As JsonText does, but a value that many rows share is encoded once."""
    known: dict[int, str | None] = {}
    for value in values:
        if id(value) not in known:
            known[id(value)] = None if value is None else to_json(value)
    return [known[id(value)] for value in values]


def _instant(value: datetime) -> str:
    """As SQLAlchemy stores it on SQLite, at a third of the cost."""
    if value.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
