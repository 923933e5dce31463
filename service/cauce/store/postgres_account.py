"""The account that the embedded PostgreSQL runs as, and what it can reach."""

import os
import pwd
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ELSEWHERE = "Or set CAUCE_DATABASE_URL to a PostgreSQL of your own."


class EmbeddedUnavailable(Exception):
    """The embedded database cannot be used; the message says what to do about it."""


@contextmanager
def explained(data_dir: Path) -> Iterator[None]:
    """What the operating system refuses becomes EmbeddedUnavailable."""
    try:
        yield
    except OSError as error:
        raise EmbeddedUnavailable(
            f"No database can live in {data_dir}: {error}. Make that directory writable, with"
            f" space on its disk, or choose another with CAUCE_DATA_DIR. {ELSEWHERE}"
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


def account_of(place: Path) -> Account:
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
    raise EmbeddedUnavailable(
        "PostgreSQL does not run as root, and this machine has neither a user postgres nor"
        f" nobody. Run Cauce as an ordinary user. {ELSEWHERE}"
    )
