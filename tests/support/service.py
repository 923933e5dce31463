"""`cauce-service` as an operator runs it: a process with its own directory and port."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from support.centre import ASSERTION_TYPE, STATE_SCOPE, scratch
from support.keys import ClientKey

PROGRAMS = Path(sys.executable).parent


@dataclass
class Sender:
    """A state's client of a running service."""

    id: str
    key: ClientKey
    issuer: str

    def assertion(self) -> str:
        now = int(time.time())
        header = {"alg": "ES256", "kid": self.key.kid, "typ": "client-authentication+jwt"}
        claims = {"iss": self.id, "sub": self.id, "aud": self.issuer, "iat": now}
        return self.key.sign(header, claims | {"exp": now + 120, "jti": os.urandom(16).hex()})


@dataclass
class Service:
    """A directory with a service that can be started, stopped and killed."""

    folder: Path
    port: int
    more: dict[str, str] = field(default_factory=dict)  # settings of one test
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if "CAUCE" not in name}
        return kept | {
            "CAUCE_DATA_DIR": str(self.folder / "data"),
            "CAUCE_PORT": str(self.port),
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            **self.more,
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command of cauce-service, to its end."""
        return subprocess.run(
            [PROGRAMS / "cauce-service", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self, *arguments: str, patience: float = 60) -> None:
        """Start it and wait until it is ready."""
        command = [str(PROGRAMS / "cauce-service"), *(arguments or ("serve",))]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_until_ready(patience)

    def wait_until_ready(self, patience: float = 60) -> None:
        for _ in range(int(patience * 10)):
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            if self.process and self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"not ready: {self.log[-2000:]}")

    def stop(self) -> int:
        """Ask it to end, as an operator does; its exit code."""
        assert self.process
        self.process.terminate()
        return self.process.wait(60)

    def kill(self) -> None:
        """kill -9 of the service; its PostgreSQL is left behind."""
        assert self.process
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def postmaster(self) -> int | None:
        """The embedded PostgreSQL's process, where one runs."""
        file = self.folder / "data" / "postgres" / "data" / "postmaster.pid"
        if not file.exists():
            return None
        pid = int(file.read_text().split()[0])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return None
        return pid

    def client(self, name: str, scope: str, *more: str) -> Sender:
        key = ClientKey()
        file = self.folder / f"{name}.jwk"
        file.write_text(json.dumps(key.jwk))
        done = self.run("client", "add", name, "--scope", scope, "--jwk", str(file), *more)
        assert done.returncode == 0, done.stderr
        return Sender(json.loads(done.stdout)["client_id"], key, self.url)

    def state(self, state: str) -> Sender:
        return self.client(state, STATE_SCOPE, "--state", state)

    def headers(self, sender: Sender) -> dict[str, str]:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": sender.assertion(),
        }
        answer = httpx.post(f"{self.url}/oauth/token", data=form)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def put(
        self, headers: dict[str, str], document: dict[str, Any], **more: str
    ) -> httpx.Response:
        path = f"/v1/submissions/{document['programme']}/{document['period']}"
        return httpx.put(self.url + path, json=document, headers=headers | more, timeout=30)

    def get(self, headers: dict[str, str], path: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, timeout=30)


@contextmanager
def service() -> Iterator[Service]:
    """A service's directory and port; what still runs at the end is ended."""
    with scratch() as folder:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        found = Service(folder, port)
        try:
            yield found
        finally:
            if found.process and found.process.poll() is None:
                found.stop()
            if found.postmaster():
                found.run("client", "list")  # the last user of the database stops it
