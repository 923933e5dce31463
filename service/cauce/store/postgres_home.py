"""Where the embedded PostgreSQL lives: its files, its socket, and how they are made."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from cauce.store.postgres_account import ELSEWHERE, Account, EmbeddedUnavailable, account_of
from cauce.store.postgres_programs import (
    Say,
    find_programs,
    major,
    shelter,
    version_of,
    within_reach,
)

PORT = 5432
_LONGEST_SOCKET = 103  # bytes; macOS allows these, Linux four more


@dataclass(frozen=True, slots=True)
class Home:
    programs: Path  # /usr/lib/postgresql/18/bin
    account: Account
    data: Path  # PGDATA
    socket_dir: Path
    log: Path  # ours; PostgreSQL is handed it open


def prepare(data_dir: Path, say: Say) -> Home:
    """The cluster of a data directory, made if there is none. The caller holds the start lock.

    Raises EmbeddedUnavailable, for a cluster of another major version too.
    """
    place = data_dir / "postgres"
    if place.is_symlink() and not place.exists():
        raise EmbeddedUnavailable(
            f"{place} leads to {place.readlink()}, where nothing is. Bring that directory back,"
            f" or remove {place} to begin with an empty database. {ELSEWHERE}"
        )
    account, programs = account_of(place), find_programs()
    version = version_of(programs)
    programs = within_reach(programs, version, account, say)
    for unfinished in data_dir.glob("postgres.new-*"):
        _discard(unfinished)
    if not place.exists():
        _make(place, programs, version, account, say)
    home = place.resolve()
    _check_version(home / "data", programs, version)
    socket_dir = _socket_dir(data_dir, home, account)
    return Home(programs, account, home / "data", socket_dir, data_dir / "postgres.log")


def _make(place: Path, programs: Path, version: str, account: Account, say: Say) -> None:
    """Initialises beside the place and renames: a kill in between leaves nothing half made."""
    new = place.with_name(f"postgres.new-{token_hex(4)}")
    home = new
    if not account.reaches(place.parent):
        home = shelter() / token_hex(8)
        say(f"PostgreSQL's account cannot reach {place.parent}; its files will be in {home}")
        new.symlink_to(home)
    try:
        for directory in (home, home / "data", home / "socket"):
            directory.mkdir(mode=0o700)
            account.own(directory)
        _initialise(home / "data", programs, version, account)
        _sync(home.parent)
        new.rename(place)
        _sync(place.parent)
    finally:
        _discard(new)


def _initialise(data: Path, programs: Path, version: str, account: Account) -> None:
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if int(major(version)) < 17:
        locale = ["--locale=C.UTF-8"]
    asked = ("--data-checksums", "--encoding=UTF8", "--username=postgres", "--auth=trust")
    status, said = account.run(programs / "initdb", "-D", data, *asked, *locale)
    if status == 0:
        only_the_socket = 'echo "local all all trust" > "$1"'
        # As the account, for root must not write where others could have laid a link.
        status, said = account.run("sh", "-c", only_the_socket, "sh", data / "pg_hba.conf")
    if status != 0:
        free = shutil.disk_usage(data).free // 2**20
        raise EmbeddedUnavailable(
            f"PostgreSQL could not make its files in {data} ({free} MiB free there):\n"
            f"{said[-2000:]}\nMend that, or choose another CAUCE_DATA_DIR. {ELSEWHERE}"
        )


def _discard(new: Path) -> None:
    """Removes a cluster that was never finished, if it is there."""
    shutil.rmtree(new.resolve(), ignore_errors=True)
    if new.is_symlink():
        new.unlink()


def _sync(directory: Path) -> None:
    """Makes the names in a directory outlast a power cut."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _check_version(data: Path, programs: Path, version: str) -> None:
    written = data / "PG_VERSION"
    made_by = written.read_text().strip() if written.exists() else "nothing we know"
    if made_by != major(version):
        raise EmbeddedUnavailable(
            f"{data} was made by PostgreSQL {made_by}; {programs} holds {version}. Set PG_BIN"
            f" to the bin directory of a PostgreSQL {made_by}, or dump with that one and load"
            f" into a fresh CAUCE_DATA_DIR. {ELSEWHERE}"
        )


def _socket_dir(data_dir: Path, home: Path, account: Account) -> Path:
    """Beside the data; where that path is no socket's, a short one, remembered in data_dir."""
    beside = home / "socket"
    if _suits_a_socket(beside):
        if not beside.exists():
            beside.mkdir(mode=0o700)
            account.own(beside)
        return beside
    note = data_dir / "postgres.socket"
    of_this = str((home / "data").stat().st_ino)  # a copied data directory makes its own
    inode, _, known = note.read_text().partition(" ") if note.exists() else ("", "", "")
    if inode == of_this and account.has_private(Path(known)):
        return Path(known)
    short = Path(tempfile.mkdtemp(prefix="cauce-", dir="/tmp"))  # $TMPDIR may be long
    account.own(short)
    note.write_text(f"{of_this} {short}")
    return short


def _suits_a_socket(directory: Path) -> bool:
    """Short enough for the kernel, and without what separates hosts in a URL."""
    path = str(directory / f".s.PGSQL.{PORT}")
    return len(os.fsencode(path)) <= _LONGEST_SOCKET and not set(path) & set(',"')
