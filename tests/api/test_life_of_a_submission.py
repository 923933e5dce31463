"""A month is corrected by many at once, and what no longer joins is flagged until it does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cauce_contract import Month, Report, check, load_all
from support.centre import STATE_SCOPE, Centre, Client
from support.months import Document, steady
from support.serving import PATIENCE, Answer, Connection, request, served

CONTRACTS = load_all()
MONTH = "/v1/submissions/MX-NLE-01/2026-09"
REASON = {"revision_reason": {"code": "error", "text": "Faltaban varias."}}
SUMS = ("S20_screen_lag", "S21_returns", "S22_charges", "S23_cohort_origin")

ROUNDS, CLIENTS = 15, 8


@pytest.fixture
async def nle(centre: Centre) -> Client:
    await centre.programme("MX-NLE-01")
    return await centre.state("MX-NLE")


async def test_of_eight_that_correct_one_month_one_wins_each_round(
    centre: Centre, nle: Client
) -> None:
    """Each with a key and a connection of its own; who loses reads anew and tries again."""
    await nle.accepted(steady("2026-09", relapses=0))
    machines = [await centre.client(f"n{n}", STATE_SCOPE, "MX-NLE") for n in range(CLIENTS)]
    number = count(1)
    won: list[tuple[int, Answer]] = []
    lost: list[Answer] = []
    starts = asyncio.Barrier(CLIENTS)

    async def corrects(machine: Client, connection: Connection) -> None:
        headers = await machine.headers()
        for round_ in range(ROUNDS):
            current = await connection.ask(request("GET", MONTH, headers))
            await starts.wait()  # all have read the same revision
            relapses = next(number)
            body = json.dumps(steady("2026-09", relapses=relapses) | REASON).encode()
            said = {"If-Match": current.headers["etag"], "Content-Type": "application/json"}
            answer = await connection.ask(request("PUT", MONTH, headers | said, body))
            if answer.status == 200:
                won.append((round_, answer))
            else:
                lost.append(answer)
            await starts.wait()  # all have their answers

    async with served(centre) as centre_, asyncio.TaskGroup() as group:
        for machine in machines:
            group.create_task(_with_connection(centre_.connection, corrects, machine))

    assert [round_ for round_, _ in won] == list(range(ROUNDS))
    assert len(lost) == ROUNDS * (CLIENTS - 1)
    assert {answer.problem for answer in lost} == {"precondition-failed"}
    history = (await nle.get(f"{MONTH}/revisions")).json()["items"]
    assert [item["revision"] for item in history] == list(range(ROUNDS + 1, 0, -1))
    assert [item["receipt"] for item in history[:-1]] == [
        answer.json()["receipt"] for _, answer in reversed(won)
    ]
    entries = await centre.entries("revision")
    assert [entry["revision"] for entry in entries] == list(range(1, ROUNDS + 2))


async def _with_connection(
    connection: Callable[[], Any], work: Callable[[Client, Connection], Any], machine: Client
) -> None:
    async with connection() as opened:
        await work(machine, opened)


async def test_a_replacement_whose_answer_was_lost_is_sent_again_with_the_old_tag(
    centre: Centre, nle: Client
) -> None:
    first = await nle.put(steady("2026-09", relapses=1))
    headers = await nle.headers() | {
        "If-Match": first.headers["ETag"],
        "Content-Type": "application/json",
    }
    body = json.dumps(steady("2026-09", relapses=2) | REASON).encode()
    sent = request("PUT", MONTH, headers, body)

    async with served(centre) as there:
        async with there.connection() as connection:
            await connection.send(sent)  # and hang up before the answer
        await _until_it_stands(nle, 2)
        again = await there.ask(sent)
        once_more = await there.ask(sent)

    stored = (await nle.get(f"{MONTH}/revisions/2")).json()
    assert (again.status, again.json()["changed"]) == (200, False)
    assert again.json()["revision"] == 2
    assert again.json()["receipt"] == once_more.json()["receipt"] == stored["receipt"]
    assert len(await centre.entries("revision")) == 2


async def _until_it_stands(nle: Client, revision: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            if (await nle.get(MONTH)).json()["revision"] == revision:
                return
            await asyncio.sleep(0.01)


def follow_ups(document: Document, due: int) -> Document:
    """The month with a cohort of this many, six months after they left."""
    for measure, number in (("due", due), ("checked", due), ("new_charge", 0)):
        document["measures"][f"followup_{measure}"] = {
            "value": number,
            "by": {"followup_window": {"M6": number}},
        }
    return document


def months(first: str, number: int) -> list[str]:
    start = Month.parse(first)
    return [str(start + step) for step in range(number)]


async def flagged(client: Client, first: str, last: str) -> list[str]:
    """The months that completeness says need correction."""
    answer = await client.get(f"/v1/completeness?from={first}&to={last}")
    rows = answer.json()["items"]
    return [row["period"] for row in rows if "needs_correction" in row["flags"]]


async def steady_year(nle: Client, number: int = 13) -> None:
    """So many months up to September 2026 that fit with each other, and warn of nothing."""
    periods = months(str(Month(2026, 9) + (1 - number)), number)
    for at, period in enumerate(periods):
        told = await nle.accepted(follow_ups(steady(period, relapses=5 + at % 2), 3))
        assert (told["flags"], told["warnings"]) == ([], []), period


async def test_a_correction_ripples_until_the_months_after_it_join_again(nle: Client) -> None:
    await steady_year(nle, 4)

    july = await nle.replaced(steady("2026-07", closes=45, relapses=7))
    after_july = await flagged(nle, "2026-06", "2026-09")
    refused = await nle.put(steady("2026-08", relapses=9) | REASON, If_Match="*")
    august = await nle.replaced(steady("2026-08", opens=45, closes=44, relapses=9))
    after_august = await flagged(nle, "2026-06", "2026-09")
    september = await nle.replaced(steady("2026-09", opens=44, relapses=10))

    assert (july["needs_correction"], july["flags"]) == (["2026-08"], [])
    assert after_july == ["2026-08"]
    assert [each["rule"] for each in refused.json()["errors"]] == ["H02_continuity"]
    assert (august["needs_correction"], august["flags"]) == (["2026-09"], [])
    assert after_august == ["2026-09"]
    assert (september["needs_correction"], september["flags"]) == ([], [])
    assert await flagged(nle, "2026-06", "2026-09") == []
    for period in ("2026-07", "2026-08"):
        read = (await nle.get(f"/v1/submissions/MX-NLE-01/{period}")).json()
        assert read["needs_correction"] == []


async def test_a_correction_that_is_taken_back_takes_its_flags_back(nle: Client) -> None:
    await steady_year(nle, 4)
    stood = (await nle.get("/v1/submissions/MX-NLE-01/2026-07")).json()["document"]

    await nle.replaced(steady("2026-07", closes=45, relapses=7))
    told = (await nle.get("/v1/submissions/MX-NLE-01/2026-08")).json()
    back = await nle.replaced(stood)

    assert (told["status"], told["flags"]) == ("accepted", ["needs_correction"])
    assert back["needs_correction"] == []
    assert await flagged(nle, "2026-06", "2026-09") == []


@dataclass(frozen=True)
class Ripple:
    """A correction of a month after which a sum fails for later months.

    later    those of them that had no such finding when they came
    pointer  where the finding stands in them
    """

    period: str
    values: dict[str, int]
    later: tuple[str, ...]
    pointer: str


RIPPLES = {
    "S20_screen_lag": Ripple(
        "2026-06",
        {"declined": 40},
        ("2026-07", "2026-08", "2026-09"),
        "/measures/declined/value",
    ),
    "S21_returns": Ripple(
        "2026-06",
        {"returns_to_ordinary": 9},
        ("2026-07", "2026-08", "2026-09"),
        "/measures/returns_to_ordinary/value",
    ),
    # Judged over whole years, of which there are two.
    "S22_charges": Ripple(
        "2026-06",
        {"charges_dropped": 9},
        ("2026-08", "2026-09"),
        "/measures/charges_dropped/value",
    ),
    "S23_cohort_origin": Ripple(
        "2026-03",
        {"graduations": 2, "charges_dropped": 2},
        ("2026-09",),
        "/measures/followup_due/by/followup_window/M6",
    ),
}


@pytest.mark.parametrize("rule", RIPPLES)
async def test_a_sum_over_months_that_fails_since_is_flagged_until_it_holds(
    rule: str, nle: Client
) -> None:
    ripple = RIPPLES[rule]
    await steady_year(nle)
    path = f"/v1/submissions/MX-NLE-01/{ripple.period}"
    stood = (await nle.get(path)).json()["document"]
    september = (await nle.get(MONTH)).json()

    correction = follow_ups(steady(ripple.period, "MX-NLE-01", relapses=7, **ripple.values), 3)
    corrected = await nle.replaced(correction)
    since_flagged = await flagged(nle, "2025-09", "2026-09")
    since = (await nle.get(MONTH)).json()
    found = (await nle.put(september["document"], "?dry_run=true")).json()["warnings"]
    back = await nle.replaced(stood)

    assert corrected["needs_correction"] == since_flagged == list(ripple.later)
    assert since["flags"] == ["needs_correction"]
    assert since["warnings"] == september["warnings"] == []  # told as when it came
    assert [(each["rule"], each["pointer"]) for each in found] == [(rule, ripple.pointer)]
    assert (back["needs_correction"], back["flags"]) == ([], [])
    assert await flagged(nle, "2025-09", "2026-09") == []


async def test_a_later_month_that_is_corrected_itself_is_flagged_no_more(nle: Client) -> None:
    """It is accepted with the warning: it was told, and is to be explained, not corrected."""
    await steady_year(nle, 4)
    await nle.replaced(follow_ups(steady("2026-08", relapses=7, declined=40), 3))
    assert await flagged(nle, "2026-06", "2026-09") == ["2026-09"]

    told = await nle.replaced(follow_ups(steady("2026-09", relapses=8), 3))

    assert [each["rule"] for each in told["warnings"]] == ["S20_screen_lag"]
    assert told["flags"] == ["explanation_due"]
    assert await flagged(nle, "2026-06", "2026-09") == []


_corrections: st.SearchStrategy[dict[str, int]] = st.builds(
    dict,
    at=st.integers(0, 13),
    opens=st.sampled_from([43, 43, 43, 44]),
    closes=st.sampled_from([43, 43, 43, 44]),
    graduations=st.integers(2, 3),
    due=st.integers(2, 4),
    declined=st.sampled_from([0, 2, 4, 12]),
    returns_to_ordinary=st.sampled_from([0, 2, 3, 8]),
    charges_dropped=st.sampled_from([2, 3, 6]),
)
_programmes = count(1)


@dataclass
class Naive:
    """What is in force and what was told of it when it came, month by month; all else anew."""

    centre: Centre
    reports: dict[Month, Report] = field(default_factory=dict)
    told: dict[Month, set[tuple[str, str]]] = field(default_factory=dict)

    def found(self, document: Document) -> list[tuple[str, str, str]]:
        """Rule, pointer and severity of what the check says beside what is in force."""
        outcome = self._check(document)
        return [(each.rule, each.pointer, each.severity) for each in outcome.findings]

    def _check(self, document: Document) -> Any:
        period = Month.parse(document["period"])
        earlier = [
            self.reports[month] for month in self.reports if period + -24 <= month < period
        ]
        now, start = self.centre.clock.now, Month(2024, 1)
        return check(CONTRACTS, document, now=now, history=earlier, start=start)

    def take(self, document: Document) -> bool:
        """Whether the document must be accepted; then it is in force."""
        outcome = self._check(document)
        if outcome.is_accepted:
            self.reports[outcome.report.period] = outcome.report
            self.told[outcome.report.period] = {(f.rule, f.pointer) for f in outcome.findings}
        return bool(outcome.is_accepted)

    def needing_correction(self) -> list[str]:
        """The months with an error, or with a sum that fails and was not told to fail."""
        return [
            str(month)
            for month in sorted(self.reports)
            if any(
                severity == "error"
                or (rule in SUMS and (rule, pointer) not in self.told[month])
                for rule, pointer, severity in self.found(dict(self.reports[month].document))
            )
        ]


@pytest.mark.heavy
@settings(
    max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # the database is shared, each example has a programme of its own
@given(
    left_out=st.sets(st.integers(1, 13), max_size=3),
    history=st.lists(_corrections, min_size=8, max_size=14),
)
async def test_flags_are_those_of_looking_at_every_month_anew(
    left_out: set[int], history: list[dict[str, int]], centre: Centre
) -> None:
    """Of a year with gaps too, some of which are filled later."""
    programme = f"MX-NLE-{next(_programmes):02}"
    await centre.programme(programme)
    nle = await centre.client(programme, STATE_SCOPE, "MX-NLE")
    naive = Naive(centre)
    periods = months("2025-08", 14)
    usual = [{"at": at, "due": 3} for at in range(len(periods)) if at not in left_out]
    for number, given_ in enumerate([*usual, *history]):
        values = dict(given_)
        period, due = periods[values.pop("at")], values.pop("due")
        sent = follow_ups(steady(period, programme, relapses=number, **values), due) | REASON
        tag = {"If_Match": "*"} if Month.parse(period) in naive.reports else {}

        answer = await nle.put(sent, **tag)

        assert (answer.status_code < 300) == naive.take(sent), answer.text
        rows = await nle.get(f"/v1/completeness?from={periods[0]}&to={periods[-1]}")
        assert [
            row["period"]
            for row in rows.json()["items"]
            if row["programme"] == programme and "needs_correction" in row["flags"]
        ] == naive.needing_correction()


async def test_a_flagged_month_that_is_right_is_confirmed_with_the_same_figures(
    nle: Client,
) -> None:
    """Nobody has to change a figure to be rid of a flag that another month's brought."""
    await steady_year(nle, 4)
    stood = (await nle.get(MONTH)).json()["document"]
    await nle.replaced(follow_ups(steady("2026-08", relapses=7, declined=40), 3))
    assert (await nle.get(MONTH)).json()["flags"] == ["needs_correction"]

    asked = await nle.replaced(stood, "confirmed", "Se revisó en agosto.")
    (warning,) = asked["warnings"]
    place = {name: warning[name] for name in ("rule", "pointer")}
    explained = stood | {"acknowledgements": [place | {"explanation": "Rechazos de un mes."}]}
    told = await nle.replaced(explained, "confirmed", "Se revisó en agosto.")
    again = await nle.replaced(explained, "confirmed", "Se revisó en agosto.")

    assert (asked["revision"], asked["flags"]) == (2, ["explanation_due"])
    assert (told["revision"], told["flags"]) == (3, [])
    assert told["warnings"][0]["explained"]
    assert (again["revision"], again["changed"]) == (3, False)


async def test_a_warning_that_another_month_made_another_is_explained_anew(nle: Client) -> None:
    """Of the same figures: what was explained counts while the finding is the very same."""
    await steady_year(nle, 4)
    stood = (await nle.get(MONTH)).json()["document"]
    nation = await nle.centre.coordinator()
    why = {"code": "implausible", "text": "Revisar con agosto."}

    async def confirmed(declined: int) -> dict[str, Any]:
        """September as it stood, returned once August has declined so many."""
        await nle.replaced(follow_ups(steady("2026-08", relapses=7, declined=declined), 3))
        assert (await nation.post(f"{MONTH}/return", why)).json()["changed"]
        return await nle.replaced(stood, "confirmed", "Se revisó en agosto.")

    (first,) = (await confirmed(40))["warnings"]
    place = {name: first[name] for name in ("rule", "pointer")}
    said = place | {"explanation": "Rechazos de un mes."}
    assert (await nle.post(f"{MONTH}/explanations", said)).json()["flags"] == []

    other = await confirmed(41)
    as_before = await confirmed(40)

    assert {name: other["warnings"][0][name] for name in place} == place
    assert (other["revision"], other["flags"]) == (3, ["explanation_due"])
    assert (as_before["revision"], as_before["flags"]) == (4, [])
