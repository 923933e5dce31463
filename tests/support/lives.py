"""Random programmes that satisfy every hard rule, over several years.

Each begins with participants from before the roster, graduates in ceremonies, takes and sends
transfers, now and then misses a report; some close, and report follow-up alone from then on.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from cauce.demo.caseload import Caseload, Court, opened
from cauce.demo.month_document import Tally, document
from cauce.demo.programme_life import live
from cauce_contract import Month, Outcome, Report, check, load_all
from support.months import CONTRACT, Document

_BEFORE_THE_ROSTER = 24  # months
_YEARS = (3, 5)
_FOLLOWED_UP = 8  # months that a closed programme goes on to report
_CLOSES, _MISSED = 0.15, 0.03

_STOCKS = (
    "active_close",
    "treatment_active_close",
    "active_suspended_close",
    "ccm_active_close",
)
_OWED_AFTER = (
    *("followup_due", "followup_checked", "followup_new_charge"),
    *("charges_dropped", "returns_to_ordinary"),
)


@dataclass(frozen=True, slots=True)
class Life:
    """A programme's reports, by month, without those that it missed.

    start  its first month on the roster
    """

    programme: str
    start: Month
    documents: dict[Month, Document]

    def outcomes(self) -> Iterator[Outcome]:
        """The check of each report as it comes, with all that came before it."""
        reports: list[Report] = []
        for month, sent in self.documents.items():
            outcome = checked(sent, reports, self.start)
            assert outcome.report is not None, month
            reports.append(outcome.report)
            yield outcome

    def before(self, month: Month, months: int = 24) -> dict[Month, Document]:
        """The reports of so many months before this one."""
        earliest = month + -months
        return {at: sent for at, sent in self.documents.items() if earliest <= at < month}


def checked(sent: Document, history: Sequence[Report], start: Month) -> Outcome:
    """The check of a month at the instant at which it is over."""
    now = Month.parse(sent["period"]).ends_at(CONTRACT.utc_offset_hours)
    return check(load_all(), sent, now=now, history=history, start=start)


@cache
def lives(number: int) -> Sequence[Life]:
    return [_life(random.Random(f"life {seed}"), seed) for seed in range(number)]


def _life(rng: random.Random, seed: int) -> Life:
    court = Court(
        programme=f"MX-NLE-{seed % 100:02}",
        state="MX-NLE",
        size=rng.randint(10, 60),
        ceremony=rng.randint(1, 6),
        days_to_hearing=rng.randint(10, 18),
        with_adolescents=rng.random() < 0.3,
    )
    start = Month(2018, 1) + rng.randrange(24)
    last = start + 12 * rng.randint(*_YEARS)
    closes = rng.random() < _CLOSES
    caseload = opened(court, CONTRACT.measures)
    for month in (start + -_BEFORE_THE_ROSTER).through(start + -1):
        live(caseload, month)
    documents = {}
    for month in start.through(last):
        tally = live(caseload, month)
        if closes and month == last:
            _send_all_elsewhere(caseload, tally)
        documents[month] = document(tally, court.programme, month)
    for month in (last + 1).through(last + _FOLLOWED_UP) if closes else []:
        documents[month] = follow_up_alone(
            document(caseload.book[month], court.programme, month)
        )
    missed = {month for month in documents if month > start and rng.random() < _MISSED}
    came = {month: sent for month, sent in documents.items() if month not in missed}
    return Life(court.programme, start, came)


def _send_all_elsewhere(caseload: Caseload, tally: Tally) -> None:
    """On the programme's last day everybody who is left moves to another one."""
    for someone in caseload.active:
        tally.person("exits", someone.person, exit_reason="TRF")
        tally.duration("days_in_program_non_graduates", 300)
    for stock in _STOCKS:
        tally.values[stock] = 0
        for dimension in CONTRACT.measures[stock].breakdowns:
            tally.codes[stock, dimension].clear()


def follow_up_alone(sent: Document) -> Document:
    """The month of a closed programme: what it still owes, and nothing else applies."""
    for measure, figure in sent["measures"].items():
        if measure not in _OWED_AFTER:
            numbers = {part: None for part in figure if part in ("value", "sum", "n")}
            sent["measures"][measure] = {**numbers, "status": "not_applicable"}
    return sent
