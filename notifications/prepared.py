"""Statements that are built once, compiled once for each database, and then put to the driver itself.

For each statement SQLAlchemy does ten times as much in Python as SQLite does in C. What remains of it here is what the
types of the columns ask for: values are converted on the way in and out, and faults come as SQLAlchemy's own. A
statement runs in the transaction of the connection it is given. For what every act asks; the rest is `execute`d.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]


def put(connection: Connection, sql: str, values: Any, *, many: bool = False) -> Any:
    """The driver's cursor after `sql` ran with these values, or with each of many. Raises SQLAlchemy's DBAPIError."""
    cursor = connection.connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(sql, values)
    except connection.dialect.loaded_dbapi.Error as error:
        base = connection.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(sql, values, error, base, dialect=connection.dialect, ismulti=many) from error
    return cursor


class Prepared:
    """One statement, its parameters given by name. A row is a tuple, or what `row` makes of its values.

    An IN list has another text for each length: use `sql.among_given`.
    """

    __slots__ = ("_ready", "_row", "_statement")

    def __init__(self, statement: Any, row: Callable[..., Any] | None = None) -> None:
        self._statement = statement
        self._row = row
        self._ready: dict[str, _Ready] = {}

    def all(self, connection: Connection, **given: Any) -> list[Any]:
        """Every row."""
        ready = self._for(connection.dialect)
        cursor = put(connection, ready.sql, ready.values(given))
        rows = ready.read(cursor.fetchall())
        cursor.close()
        return rows if self._row is None else [self._row(*row) for row in rows]

    def first(self, connection: Connection, **given: Any) -> Any | None:
        """The first row, if there is one."""
        rows = self.all(connection, **given)
        return rows[0] if rows else None

    def run(self, connection: Connection, *many: Mapping[str, Any]) -> int:
        """Run a statement without rows, once for each mapping of parameters; returns how many rows were changed."""
        ready = self._for(connection.dialect)
        if len(many) == 1:
            return int(put(connection, ready.sql, ready.values(many[0])).rowcount)
        return int(put(connection, ready.sql, [ready.values(given) for given in many], many=True).rowcount)

    def _for(self, dialect: Dialect) -> _Ready:
        ready = self._ready.get(dialect.name)
        if ready is None:
            ready = self._ready[dialect.name] = _prepared(self._statement, dialect)
        return ready


class _Slot(NamedTuple):
    """One place for a value: a parameter by this name, or a constant of the statement."""

    name: str
    asked: bool
    constant: Any
    into: Convert | None


class _Ready(NamedTuple):
    """A statement as one dialect takes it, and how its rows are read."""

    sql: str
    slots: tuple[_Slot, ...]
    by_name: bool
    columns: tuple[tuple[int, Convert], ...]

    def values(self, given: Mapping[str, Any]) -> Any:
        found = []
        for name, asked, constant, into in self.slots:
            value = given[name] if asked else constant
            found.append(value if into is None else into(value))
        return dict(zip((slot.name for slot in self.slots), found, strict=True)) if self.by_name else found

    def read(self, rows: list[Any]) -> list[Any]:
        """Rows with their values converted, column by column: ten thousand of them at the cost of a few calls."""
        if not rows or not self.columns:
            return rows
        columns: list[Any] = list(zip(*rows, strict=True))
        for index, convert in self.columns:
            columns[index] = map(convert, columns[index])
        return list(zip(*columns, strict=True))


def _prepared(statement: Any, dialect: Dialect) -> _Ready:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    names: Sequence[str] = compiled.positiontup if compiled.positiontup is not None else list(compiled.params)
    slots = tuple(_slot(name, compiled.binds[name], dialect) for name in names)
    return _Ready(
        compiled.string, slots, compiled.positiontup is None, tuple(_converts(_result_of(statement), dialect))
    )


def _slot(name: str, bind: BindParameter[Any], dialect: Dialect) -> _Slot:
    if bind.expanding:
        raise ValueError(f"{name}: a list of values has another text for each length")
    into = bind.type.dialect_impl(dialect).bind_processor(dialect)
    return _Slot(name, bind.required, None if bind.required else bind.effective_value, into)


def _result_of(statement: Any) -> Any:
    """The columns of a statement's rows: none for one that only changes something."""
    return (
        statement.selected_columns
        if hasattr(statement, "selected_columns")
        else statement.returning_column_descriptions
    )


def _converts(columns: Iterable[Any], dialect: Dialect) -> Iterable[tuple[int, Convert]]:
    for index, column in enumerate(columns):
        kind = column["type"] if isinstance(column, Mapping) else column.type
        convert = kind.dialect_impl(dialect).result_processor(dialect, None)
        if convert is not None:
            yield index, convert
