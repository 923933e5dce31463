"""kill -9 at the worst moments: what was acknowledged is there, and nothing is twice."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support.centre import moved
from support.service import Sender, Service, service

MONTHS = [f"{year}-{month:02}" for year in range(2015, 2026) for month in range(1, 13, 2)]


@pytest.fixture
def running() -> Iterator[Service]:
    with service() as found:
        assert found.run("migrate").returncode == 0
        for programme in ("MX-NLE-01", "MX-CHH-01"):
            entry = ("programme", "add", programme, "--name", "P", "--since", "2015-01")
            window = ("--backfill-until", "2099-12-31")  # so that months long closed come in
            assert found.run(*entry, *window).returncode == 0
        yield found


def read(running: Service, headers: dict[str, str], period: str) -> httpx.Response:
    return running.get(headers, f"/v1/submissions/MX-NLE-01/{period}")


def test_a_month_is_there_after_kill_9_of_the_service_and_of_postgresql(
    running: Service, month: dict[str, Any]
) -> None:
    nle = running.state("MX-NLE")
    running.start()
    first = running.put(running.headers(nle), month)
    running.kill()

    running.start()
    after_service = read(running, running.headers(nle), "2026-09")
    postmaster = running.postmaster()
    assert postmaster
    os.kill(postmaster, signal.SIGKILL)
    time.sleep(0.2)
    running.wait_until_ready()  # under the running service it heals by itself
    after_postgresql = read(running, running.headers(nle), "2026-09")
    running.kill()
    postmaster = running.postmaster()
    assert postmaster
    os.kill(postmaster, signal.SIGKILL)
    running.start()
    after_both = read(running, running.headers(nle), "2026-09")

    assert first.status_code == 201
    for answer in (after_service, after_postgresql, after_both):
        assert answer.status_code == 200
        assert answer.json()["receipt"] == first.json()["receipt"]
        assert answer.json()["revision"] == 1


def test_asked_to_end_it_stops_its_database_and_says_so_with_its_exit_code(
    running: Service,
) -> None:
    running.start()
    postmaster = running.postmaster()

    code = running.stop()

    assert code == 0
    assert postmaster
    assert running.postmaster() is None


@pytest.mark.heavy
def test_no_acknowledged_month_is_lost_or_doubled_over_random_kills(
    running: Service, month: dict[str, Any]
) -> None:
    """A sender that sends again whatever was not acknowledged, while things are killed."""
    nle = running.state("MX-NLE")
    running.start()
    acknowledged: dict[str, str] = {}
    ended = threading.Event()
    sender = threading.Thread(target=_send_all, args=(running, nle, month, acknowledged, ended))
    sender.start()
    chance = random.Random(7)
    kills = 0
    try:
        while not ended.wait(chance.uniform(0.3, 0.9)) and kills < 6:
            if chance.random() < 0.5 and (postmaster := running.postmaster()):
                os.kill(postmaster, signal.SIGKILL)
            else:
                running.kill()
                running.start()
            kills += 1
    finally:
        sender.join(180)
    assert not sender.is_alive()

    running.wait_until_ready()
    headers = running.headers(nle)
    found = {period: read(running, headers, period).json() for period in MONTHS}
    lost = [p for p in MONTHS if found[p]["content_digest"] != acknowledged[p]]
    doubled = [p for p in MONTHS if found[p]["revision"] != 1]
    print(f"kills {kills}, acknowledged {len(acknowledged)}, lost {lost}, doubled {doubled}")
    assert len(acknowledged) == len(MONTHS)
    assert lost == []
    assert doubled == []


def _send_all(
    running: Service,
    nle: Sender,
    month: dict[str, Any],
    acknowledged: dict[str, str],
    ended: threading.Event,
) -> None:
    headers: dict[str, str] = {}
    try:
        for period in MONTHS:
            document = moved(month, "MX-NLE-01", period)
            for _ in range(600):
                try:
                    headers = headers or running.headers(nle)
                    answer = running.put(headers, document)
                except (httpx.HTTPError, AssertionError):
                    time.sleep(0.1)
                    continue
                if answer.status_code in (200, 201):
                    acknowledged[period] = answer.json()["content_digest"]
                    break
                assert answer.status_code == 503, answer.text
                time.sleep(0.1)
    finally:
        ended.set()


@pytest.mark.heavy
def test_the_commands_of_an_operator_work_beside_a_running_service(running: Service) -> None:
    running.start()

    listed = running.run("client", "list")
    again = running.run("programme", "add", "MX-NLE-01", "--name", "P", "--since", "2015-01")

    assert listed.returncode == 0
    assert again.returncode == 2
    assert "on the roster already" in again.stderr
    assert httpx.get(f"{running.url}/readyz").status_code == 200
