"""The memory of a real demo: the service that has filled a nation, and was looked at."""

from __future__ import annotations

import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bench.processes import BenchFailed, lines_until, resident_mib, started
from cauce.access.assertions import Authenticated
from cauce.access.caller import issue
from cauce.access.clients import ClientRecord
from cauce.access.signing_keys import SigningKeys
from cauce_contract import Month, in_force, load_all
from support.centre import scratch

LOOKS = 5
MOST_MIB = 250  # what the service promises to stay under


def resident_after_demo() -> float:
    """Resident memory of `cauce-service demo`, in MiB, once it was filled and looked at."""
    program = Path(sys.executable).parent / "cauce-service"
    with scratch() as path:
        data_dir, log, port = path / "demo", path / "demo.log", _free_port()
        ours = {"CAUCE_DATA_DIR": str(data_dir), "CAUCE_PORT": str(port)}
        others = {k: v for k, v in os.environ.items() if not k.startswith("CAUCE_")}
        with started([str(program), "demo"], log, others | ours) as process:
            lines_until(process, "Ctrl-C", log)
            _look(f"http://127.0.0.1:{port}", data_dir)
            return resident_mib(process.pid)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _look(origin: str, data_dir: Path) -> None:
    """The first page and an indicator by state over two years, as somebody who looks around."""
    now, contract = datetime.now(UTC), in_force(load_all())
    reader = ClientRecord("bench", "bench", None, ["indicators:read"])
    known, keys = Authenticated(reader, "", None), SigningKeys.open(data_dir)
    token, _ = issue(known, list(reader.scopes), keys, origin, now)
    headers = {"Authorization": f"Bearer {token}"}
    last = Month.last_over(now, contract.utc_offset_hours)
    figures = f"/v1/indicators/graduation_rate?from={last + -23}&to={last}&by=area"
    with httpx.Client(base_url=origin, timeout=30, follow_redirects=True) as http:
        for path in ("/", figures) * LOOKS:
            answer = http.get(path, headers=headers)
            if answer.status_code != 200:
                raise BenchFailed(f"GET {path} of the demo: {answer.status_code}")
