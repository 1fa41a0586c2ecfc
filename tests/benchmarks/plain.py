"""The floor of an act: what the product asked of the database, asked again by the sqlite3 module alone.

`Recorder` writes down every statement of a use case with its parameters. `Plain` then runs them on a file of its own:
the same reads, the same rows, one transaction, the same journal and durability. JSON that differs from row to row is
taken apart when recorded and put together again inside the timed part, and the JSON a decision must read is read: no
program could do without. Everything else stands ready: no rule is asked, no row is made. `ready(steps)` makes a floor
lower still, with every text in place: SQLite and nothing else.
"""

from __future__ import annotations

import gc
import json
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from workflow.storage.database import health, open_engine

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
READ_JSON = frozenset({"memory"})


@dataclass(frozen=True, slots=True)
class Step:
    """One statement. `many` rows or one; `holes` are the places whose JSON is encoded when it runs."""

    sql: str
    rows: list[tuple[Any, ...]]
    many: bool
    holes: tuple[int, ...]
    values: tuple[Any, ...]
    """Decoded JSON: for many rows one tuple of column values per hole, for one row one value per hole."""
    reads_json: bool = True


def ready(steps: Sequence[Step]) -> list[Step]:
    """The same statements with all JSON in place, none of it read."""
    return [replace(step, holes=(), values=(), reads_json=False) for step in steps]


class Recorder:
    """Writes down what the engine's connections are asked; `steps` are those since it was last emptied.

    It listens at the driver, below whatever way a statement came, so it must be there before the first connection.
    """

    def __init__(self, engine: Engine) -> None:
        self.steps: list[Step] = []
        event.listen(engine, "do_connect", self._connect)

    def take(self) -> list[Step]:
        steps, self.steps = self.steps, []
        return steps

    def _connect(self, _dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
        note = self._note

        class Cursor(sqlite3.Cursor):
            def execute(self, sql: str, values: Any = (), /) -> Any:
                note(sql, values, False)
                return super().execute(sql, values)

            def executemany(self, sql: str, rows: Any, /) -> Any:
                rows = list(rows)
                note(sql, rows, True)
                return super().executemany(sql, rows)

        class Connection(sqlite3.Connection):
            def cursor(self, factory: Any = Cursor) -> Any:
                return super().cursor(factory)

        options["factory"] = Connection

    def _note(self, sql: str, values: Any, many: bool) -> None:
        if not sql.startswith(("BEGIN", "PRAGMA")):
            self.steps.append(_many(sql, [tuple(row) for row in values]) if many else _one(sql, tuple(values)))


def _one(sql: str, row: tuple[Any, ...]) -> Step:
    holes = tuple(index for index, value in enumerate(row) if _is_json(value))
    return Step(sql, [row], False, holes, tuple(json.loads(row[index]) for index in holes))


def _many(sql: str, rows: list[tuple[Any, ...]]) -> Step:
    columns = list(zip(*rows, strict=True))
    # What an act works out once (a limit's rule, an empty mapping) is not encoded for every row.
    holes = tuple(i for i, column in enumerate(columns) if _is_json(column[0]) and 2 * len(set(column)) > len(column))
    return Step(sql, rows, True, holes, tuple([json.loads(text) for text in columns[index]] for index in holes))


def _is_json(value: Any) -> bool:
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return False
    try:
        return bool(_encode(json.loads(value)) == value)
    except ValueError:
        return False


class Plain:
    """One connection of the sqlite3 module, set as the product sets its own."""

    def __init__(self, file: Path) -> None:
        settings = settings_of(file)
        self.db = sqlite3.connect(file, isolation_level=None, cached_statements=512)
        for name in ("foreign_keys = ON", f"journal_mode = {settings['journal_mode']}",
                     f"synchronous = {settings['synchronous']}", "wal_autocheckpoint = 10000"):  # fmt: skip
            self.db.execute(f"PRAGMA {name}")

    def run(self, steps: Sequence[Step]) -> None:
        """All of it in one transaction, undisturbed by the collector: the product too lets it rest."""
        gc.disable()
        try:
            self._run(steps)
        finally:
            gc.enable()

    def _run(self, steps: Sequence[Step]) -> None:
        execute, executemany = self.db.execute, self.db.executemany
        execute("BEGIN IMMEDIATE")
        for step in steps:
            if step.many:
                executemany(step.sql, _filled_rows(step) if step.holes else step.rows)
                continue
            cursor = execute(step.sql, _filled(step) if step.holes else step.rows[0])
            if cursor.description is not None:
                _read(cursor, step.reads_json)
        execute("COMMIT")

    def close(self) -> None:
        self.db.close()


def _filled(step: Step) -> list[Any]:
    row = list(step.rows[0])
    for index, value in zip(step.holes, step.values, strict=True):
        row[index] = _encode(value)
    return row


def _filled_rows(step: Step) -> Iterator[tuple[Any, ...]]:
    columns = list(zip(*step.rows, strict=True))
    for index, values in zip(step.holes, step.values, strict=True):
        columns[index] = map(_encode, values)  # type: ignore[call-overload]
    return zip(*columns, strict=True)


def _read(cursor: sqlite3.Cursor, reads_json: bool) -> None:
    rows = cursor.fetchall()
    for index, column in enumerate(cursor.description):
        if reads_json and column[0] in READ_JSON:
            for row in rows:
                json.loads(row[index])


def settings_of(file: Path) -> dict[str, str]:
    """How the product keeps this file safe."""
    engine = open_engine(f"sqlite:///{file}")
    found = health(engine)
    engine.dispose()
    return found


def copied(file: Path, name: str) -> Path:
    """A copy beside the file, closed and complete."""
    target = file.with_name(name)
    for end in ("", "-wal", "-shm", "-journal"):
        target.with_name(target.name + end).unlink(missing_ok=True)
    shutil.copyfile(file, target)
    return target


def codes_of(file: Path) -> list[str]:
    """The codes of every nomination in the file."""
    with sqlite3.connect(file) as db:
        return [row[0] for row in db.execute("SELECT code FROM nomination ORDER BY id")]


def same(one: Path, other: Path) -> bool:
    """Whether both files hold the same rows in every table."""
    with sqlite3.connect(one) as db:
        db.execute("ATTACH ? AS other", (str(other),))
        names = [
            row[0]
            for row in db.execute(
                "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
        ]
        return all(_same_table(db, name) for name in names)


def _same_table(db: sqlite3.Connection, name: str) -> bool:
    for one, other in (("main", "other"), ("other", "main")):
        query = f'SELECT 1 FROM (SELECT * FROM {one}."{name}" EXCEPT SELECT * FROM {other}."{name}") LIMIT 1'
        if db.execute(query).fetchone():
            return False
    return True
