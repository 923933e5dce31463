"""The embedded database: PostgreSQL in the data directory, shared by all who use it."""

import asyncio
import logging
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN, flock
from pathlib import Path
from urllib.parse import quote

import asyncpg

from cauce.store.postgres_account import EmbeddedUnavailable, explained
from cauce.store.postgres_home import PORT, Home, prepare
from cauce.store.postgres_programs import Say

__all__ = ["Cluster", "EmbeddedUnavailable", "running"]

_log = logging.getLogger(__name__)

_SETTINGS = {
    "port": str(PORT),
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_connections": "off",
    "log_error_verbosity": "terse",  # DETAIL would write rows' values into the log
}
_LARGEST_LOG = 16 * 2**20  # bytes; then it becomes postgres.log.1


@dataclass(frozen=True, slots=True)
class Cluster:
    socket_dir: Path

    def url(self, role: str, database: str = "cauce") -> str:
        """For SQLAlchemy; the role is cauce_owner or cauce_app, without a password."""
        host = quote(str(self.socket_dir), safe="")
        return f"postgresql+asyncpg://{role}@/{database}?host={host}&port={PORT}"


@contextmanager
def running(data_dir: Path, say: Say = _log.info) -> Iterator[Cluster]:
    """PostgreSQL in data_dir, started if it is not running, stopped when its last user leaves.

    While used it is started again whenever it dies; if its users are killed it runs on, and
    the next one finds it. Enter before the event loop starts. Needs flock: Linux or macOS.

    Raises EmbeddedUnavailable. Waits for a recovery, however long.
    """
    data_dir = data_dir.resolve()
    names = (data_dir / "postgres.start.lock", data_dir / "postgres.use.lock")
    with _lock(names[0]) as start, _lock(names[1]) as use:
        _wait_for(start, say)
        flock(use, LOCK_SH)
        with explained(data_dir):
            server = _Server(prepare(data_dir, say), start, say)
        try:
            with explained(data_dir):
                ensure_running(server)
            flock(start, LOCK_UN)
            with _revived(server):
                yield Cluster(server.home.socket_dir)
        finally:
            _wait_for(start, say)
            flock(use, LOCK_UN)
            if _taken(use):
                _stop(server)
            elif server.process is not None:
                # It stays our child: somebody has to collect it when it ends.
                threading.Thread(target=server.process.wait, daemon=True).start()


@contextmanager
def _lock(path: Path) -> Iterator[int]:
    """An open file to lock: one is held alone to start or stop, one shared to use."""
    with explained(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield opened
    finally:
        os.close(opened)


def _wait_for(start: int, say: Say) -> None:
    if not _taken(start):
        say("Another process is starting or stopping PostgreSQL; waiting for it")
        flock(start, LOCK_EX)


def _taken(lock: int) -> bool:
    """Takes a lock for ourselves alone, if nobody else holds it."""
    with suppress(BlockingIOError):
        flock(lock, LOCK_EX | LOCK_NB)
        return True
    return False


@dataclass(slots=True)
class _Server:
    home: Home
    start_lock: int
    say: Say
    leaving: threading.Event = field(default_factory=threading.Event)
    process: subprocess.Popen[bytes] | None = None  # None: found running, or not yet started
    log_start: int = 0  # bytes of log before the latest start
    refusals: int = 0  # starts in a row that a lock file of PostgreSQL's prevented

    def lives(self) -> bool:
        if self.process is not None:
            return self.process.poll() is None
        return _postmaster(self.home.socket_dir) is not None

    def last_words(self) -> str:
        if not self.home.log.exists():
            return ""
        with self.home.log.open("rb") as log:
            log.seek(max(self.log_start, log.seek(0, os.SEEK_END) - 4000))
            return log.read().decode(errors="replace").strip()


def ensure_running(server: _Server) -> None:
    """PostgreSQL answers queries, and has our roles and database. Needs the start lock.

    Whether it runs is found by connecting, for a pid file outlives its process. While it
    lives it may take its time; raises EmbeddedUnavailable with its last words once it ends.
    """
    if not server.lives():
        server.process = None
    pause, patient_until = 0.05, time.monotonic() + 10
    while not asyncio.run(_answers(server.home.socket_dir)):
        if server.lives():
            pass
        elif server.process is None:
            _start(server)
        else:
            _weigh_the_end(server, server.process.returncode)
            server.process = None
        if time.monotonic() > patient_until:
            patient_until += 10
            told = [line for line in server.last_words().splitlines() if " LOG:  " in line]
            server.say(f"Still waiting for PostgreSQL: {''.join(told[-1:])}")
        if server.leaving.wait(pause):
            return
        pause = min(pause * 1.2, 1)  # each try is a line in the log of a recovery
    server.refusals = 0


async def _answers(socket_dir: Path) -> bool:
    """Whether a query is answered; by then the roles and the database are there too."""
    try:
        postgres = await asyncpg.connect(
            host=str(socket_dir), port=PORT, user="postgres", database="postgres", timeout=10
        )
        try:
            await _furnish(postgres)
        finally:
            await postgres.close(timeout=10)
    except (
        OSError,
        asyncpg.InterfaceError,
        asyncpg.PostgresConnectionError,
        asyncpg.OperatorInterventionError,  # it is starting, recovering or stopping
        asyncpg.TooManyConnectionsError,
    ):
        return False
    except asyncpg.PostgresError as error:
        raise EmbeddedUnavailable(f"PostgreSQL in {socket_dir} refuses: {error}") from error
    return True


async def _furnish(postgres: asyncpg.Connection) -> None:
    for role in ("cauce_owner", "cauce_app"):
        if not await postgres.fetchval("select 1 from pg_roles where rolname = $1", role):
            await postgres.execute(f"create role {role} login")
    if not await postgres.fetchval("select 1 from pg_database where datname = 'cauce'"):
        await postgres.execute("create database cauce owner cauce_owner")


def _start(server: _Server) -> None:
    home = server.home
    if home.log.exists() and home.log.stat().st_size > _LARGEST_LOG:
        home.log.replace(home.log.with_suffix(".log.1"))
    settings = _SETTINGS | {"unix_socket_directories": f'"{home.socket_dir}"'}
    arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    log = os.open(home.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        server.log_start = os.fstat(log).st_size
        server.process = home.account.spawn(
            home.programs / "postgres", "-D", home.data, *arguments, output=log
        )
    finally:
        os.close(log)


def _weigh_the_end(server: _Server, status: int) -> None:
    """Waits where another start may succeed; raises EmbeddedUnavailable where none will."""
    words = server.last_words()
    if "pre-existing shared memory block" in words:
        # A killed postmaster's backends finish what they do; until then PostgreSQL refuses to
        # touch the data, and rightly.
        server.leaving.wait(0.3)
    elif 'lock file "' in words:
        # The process it names may be about to end. If it stays though nobody answers, it is a
        # zombie, or another with the same number; shared memory still guards the data.
        server.refusals += 1
        server.leaving.wait(0.3)
        if server.refusals > 3:
            (server.home.data / "postmaster.pid").unlink(missing_ok=True)
            (server.home.socket_dir / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
    else:
        free = shutil.disk_usage(server.home.data).free // 2**20
        raise EmbeddedUnavailable(
            f"PostgreSQL ended while starting (status {status}; its disk has {free} MiB free)."
            f" {server.home.log} says why; mend that, and start again:\n{words}"
        )


def _postmaster(socket_dir: Path) -> int | None:
    """The process that listens, as the kernel tells; 0 if it does not (another container)."""
    with socket.socket(socket.AF_UNIX) as end:
        end.settimeout(10)
        try:
            end.connect(str(socket_dir / f".s.PGSQL.{PORT}"))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except TimeoutError:
            return 0
        if sys.platform == "darwin":
            return end.getsockopt(0, 2)  # SOL_LOCAL, LOCAL_PEERPID
        pid, _, _ = struct.unpack(
            "3i", end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        )
        return int(pid)


@contextmanager
def _revived(server: _Server) -> Iterator[None]:
    """Meanwhile a dead PostgreSQL is started again within seconds."""
    supervisor = threading.Thread(target=_revive, args=(server,), daemon=True)
    supervisor.start()
    try:
        yield
    finally:
        server.leaving.set()
        supervisor.join()


def _revive(server: _Server) -> None:
    while not server.leaving.wait(0.5):
        # A start lock held by others means that one of them is at it already.
        if server.lives() or not _taken(server.start_lock):
            continue
        try:
            server.say("PostgreSQL has died; starting it again")
            with explained(server.home.data):
                ensure_running(server)
        except EmbeddedUnavailable as trouble:
            server.say(f"{trouble}\nTrying again in 5 seconds")
            server.leaving.wait(5)
        finally:
            flock(server.start_lock, LOCK_UN)


def _stop(server: _Server) -> None:
    """A fast shutdown: open transactions are rolled back, the rest is on disk."""
    if server.process is not None and server.lives():
        server.process.send_signal(signal.SIGINT)
        server.process.wait()
    elif postmaster := _postmaster(server.home.socket_dir):
        os.kill(postmaster, signal.SIGINT)
        _wait_for_the_end(server.home)


def _wait_for_the_end(home: Home) -> None:
    """Until nobody listens and, its last act, the pid file is gone; 5 s for that if killed."""
    while _postmaster(home.socket_dir) is not None:
        time.sleep(0.05)
    until = time.monotonic() + 5
    while (home.data / "postmaster.pid").exists() and time.monotonic() < until:
        time.sleep(0.05)
