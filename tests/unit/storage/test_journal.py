"""Which way SQLite keeps a commit, decided from its version and from where the file lies."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from definitions.messages import package_catalogue
from workflow.storage import errors
from workflow.storage.database import file_system_of, hold_setting, journal_for, wal_is_safe

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:25 / /srv rw - tmpfs tmpfs rw
41 22 0:40 / /srv/ha\\040noi rw,relatime shared:9 - nfs4 server:/export rw,vers=4.2
42 41 0:41 / /srv/ha\\040noi/local rw - ext4 /dev/vdb rw
43 22 0:42 / /mnt/share rw - cifs //server/share rw
not a mount line
"""


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 46, 1), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_the_log_is_used_only_where_it_cannot_lose_pages(version: tuple[int, int, int], safe: bool) -> None:
    assert wal_is_safe(version) is safe
    journal = journal_for(version, "ext4")
    assert (journal.mode, journal.synchronous) == (("WAL", "FULL") if safe else ("DELETE", "EXTRA"))
    assert bool(journal.reason) is not safe


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs"])
def test_the_log_is_never_used_on_a_network_file_system(kind: str) -> None:
    assert journal_for((3, 52, 0), kind).mode == "DELETE"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/khen", "ext4"),
        ("/srv/x", "tmpfs"),
        ("/srvx", "ext4"),
        ("/srv/ha noi", "nfs4"),
        ("/srv/ha noi/khen", "nfs4"),
        ("/srv/ha noi/local/khen", "ext4"),
        ("/mnt/share/khen", "cifs"),
    ],
)
def test_a_path_lies_on_the_innermost_mount(path: str, kind: str) -> None:
    assert file_system_of(Path(path), MOUNTS) == kind


def test_an_unlisted_path_has_no_known_file_system() -> None:
    assert file_system_of(Path("/x"), "") == ""


def test_a_setting_that_did_not_take_is_refused() -> None:
    connection = sqlite3.connect(":memory:")
    with pytest.raises(errors.WrongSettings, match="journal_mode = memory, wal expected"):
        hold_setting("journal_mode", "wal", connection)
    with pytest.raises(errors.WrongSettings, match="no_such_pragma"):
        hold_setting("no_such_pragma", "1", connection)
    connection.close()


def sqlite_error(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("words of the driver")
    error.sqlite_errorcode = getattr(sqlite3, name)
    return error


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("SQLITE_BUSY", errors.Busy),
        ("SQLITE_BUSY_SNAPSHOT", errors.Busy),
        ("SQLITE_LOCKED", errors.Busy),
        ("SQLITE_FULL", errors.DiskFull),
        ("SQLITE_IOERR_WRITE", errors.DiskFull),
        ("SQLITE_IOERR_FSYNC", errors.DiskFull),
        ("SQLITE_IOERR_READ", errors.Damaged),
        ("SQLITE_IOERR_SHORT_READ", errors.Damaged),
        ("SQLITE_READONLY_DBMOVED", errors.ReadOnly),
        ("SQLITE_CORRUPT", errors.Damaged),
        ("SQLITE_NOTADB", errors.Damaged),
        ("SQLITE_CANTOPEN", errors.Unreachable),
        ("SQLITE_ERROR", type(None)),
        ("SQLITE_CONSTRAINT", type(None)),
    ],
)
def test_sqlites_codes_become_our_errors(code: str, kind: type) -> None:
    told = errors.translate(DBAPIError("SELECT 1", None, sqlite_error(code)))
    assert type(told) is kind


def test_an_error_without_a_code_is_not_guessed_at() -> None:
    assert errors.translate(DBAPIError("SELECT 1", None, sqlite3.OperationalError("x"))) is None


class ServerError(Exception):
    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("words\n  of the server")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("40001", errors.Busy),
        ("40P01", errors.Busy),
        ("55P03", errors.Busy),
        ("53300", errors.Busy),
        ("53100", errors.DiskFull),
        ("22001", errors.Unfit),
        ("22003", errors.Unfit),
        ("25006", errors.ReadOnly),
        ("42501", errors.ReadOnly),
        ("57P01", errors.Unreachable),
        ("08006", errors.Unreachable),
        ("28P01", errors.Unreachable),
        ("3D000", errors.Unreachable),
        ("XX001", errors.Damaged),
        ("23505", type(None)),
        ("42601", type(None)),
        (None, type(None)),
    ],
)
def test_postgresqls_states_become_our_errors(state: str | None, kind: type) -> None:
    assert type(errors.translate(DBAPIError("SELECT 1", None, ServerError(state)))) is kind


def test_a_broken_connection_is_unreachable_even_without_a_state() -> None:
    error = DBAPIError("SELECT 1", None, ServerError(None), connection_invalidated=True)
    told = errors.translate(error)
    assert isinstance(told, errors.Unreachable)
    assert str(told) == "storage.unreachable (detail: words of the server)"


def test_only_a_busy_database_is_worth_another_try() -> None:
    again = [each.code for each in errors.StorageError.__subclasses__() if each.again]
    assert again == ["busy"]
    assert errors.translate(IntegrityError("INSERT", None, ServerError("23505"))) is None


@pytest.mark.parametrize("kind", [errors.StorageError, *errors.StorageError.__subclasses__()])
def test_every_error_has_its_words(kind: type[errors.StorageError]) -> None:
    catalogue = package_catalogue("workflow")
    for language in ("vi", "en"):
        assert catalogue.places(f"storage.{kind.code}", language) <= {"detail", "found", "expected", "file", "tool"}
