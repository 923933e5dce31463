"""The demo: filled through the real path, marked, and never served as real."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from cauce.demo.nation import schedule
from cauce_contract import Month
from support import command_line
from support.keys import ClientKey
from support.service import Sender, Service, service

FIRST, LAST = Month(2024, 11), Month(2026, 10)


@pytest.fixture(scope="module")
def demo() -> Iterator[Service]:
    with service() as found:
        found.start("demo", "--until", str(LAST), patience=240)
        yield found


@pytest.fixture(scope="module")
def coordinator(demo: Service) -> Iterator[httpx.Client]:
    """A browser's cookies, signed in by the link that the demo printed."""
    link = re.search(r"http://\S+/sign-in/\S+", demo.log)
    assert link
    with httpx.Client(base_url=demo.url, follow_redirects=True) as client:
        assert client.get(link[0]).status_code == 200
        yield client


def test_it_says_that_nobody_in_it_exists(demo: Service, coordinator: httpx.Client) -> None:
    assert "SYNTHETIC" in demo.log
    for page in (httpx.get(demo.url).text, coordinator.get("/").text):
        assert "sintético" in page.lower()


def test_what_it_proposes_to_a_state_agrees_with_its_nation(demo: Service) -> None:
    """No finding stands in the way, and nothing would change: it is the month that stands."""
    settings = dict(re.findall(r"export (CAUCE_\w+)=(\S+)", demo.log.partition("Be the")[0]))
    settings |= dict(re.findall(r" (CAUCE_KEY)=(\S+/MX-NLE\.jwk)", demo.log)) | {
        "CAUCE_LANG": "en"
    }
    proposed = re.findall(r"\.venv/bin/cauce ((?:check|submit) .+)", demo.log)

    check, dry_run = (command_line.cauce(*line.split(), settings=settings) for line in proposed)

    assert (check.code, dry_run.code) == (0, 0), check.out + check.err + dry_run.err
    assert "Cells that would change: 0." in dry_run.out


def test_every_report_came_on_its_own_day(demo: Service) -> None:
    expected = {
        (programme, str(period)): at
        for at, programme, period in schedule(FIRST, LAST)
        if at <= datetime.now(at.tzinfo)
    }
    rows = _completeness(demo)

    came = {
        (row["programme"], row["period"]): row["received_at"]
        for row in rows
        if row["received_at"] is not None
    }
    assert came.keys() == expected.keys()
    for key_, at in expected.items():
        assert came[key_] == at.isoformat(timespec="seconds").replace("+00:00", "Z")
    statuses = Counter(row["status"] for row in rows)
    assert statuses["late"] > 5
    assert statuses["missing"] > 5
    assert statuses["not_expected"] > 5


def test_it_starts_again_with_what_it_has_and_serve_refuses_it(demo: Service) -> None:
    before = _completeness(demo)
    assert demo.stop() == 0

    refused = demo.run("serve")
    demo.start("demo", "--until", str(LAST))

    assert refused.returncode == 2
    assert "demo" in refused.stderr
    assert _completeness(demo) == before


def test_a_nations_database_is_not_taken_for_a_demo() -> None:
    with service() as national:
        assert national.run("migrate").returncode == 0

        refused = national.run("demo")

        assert refused.returncode == 2
        assert "nation's" in refused.stderr


def _completeness(demo: Service) -> list[dict[str, object]]:
    """Read with the demo's own national client, whose key lies in its directory."""
    nation = re.findall(r"CAUCE_CLIENT_ID=(\S+) CAUCE_KEY=(\S+/national\.jwk)", demo.log)[-1]
    jwk = json.loads(Path(nation[1]).read_text())
    sender = Sender(nation[0], ClientKey.read(jwk), demo.url)
    path = f"/v1/completeness?from={FIRST}&to={LAST}"
    answer = demo.get(demo.headers(sender), path)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])
