"""The nation at a glance: a month's figures, each with its coverage, and who owes a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.aggregate.completeness import Completeness, completeness
from cauce.aggregate.figures import Figure
from cauce.aggregate.national import answer
from cauce.aggregate.question import NATIONAL_AREA, Question, Subject, indicator, measure
from cauce.aggregate.summary import Summary, summary
from cauce.dashboard import events
from cauce.dashboard.chart import Chart, drawn
from cauce.dashboard.events import Decision, Event
from cauce.running import Running
from cauce.store import acts, roster
from cauce.store.tables import MonthStands
from cauce_contract import Contract, Month

TREND_MONTHS = 12
LATEST_EVENTS = 10


@dataclass(frozen=True, slots=True)
class Area:
    """The nation or a state, with its figures by their ids."""

    id: str
    figures: Mapping[str, Figure]

    @property
    def is_nation(self) -> bool:
        return self.id == NATIONAL_AREA


@dataclass(frozen=True, slots=True)
class Glance:
    """What the coordinator's page shows of a month.

    areas     the nation, then each state that was expected to report
    charts    the nation's twelve months up to it, by measure
    summary   how many of the programmes on the roster came to which completeness status
    to_watch  reports that are missing, late, waived, or have something left to do
    at_rest   those that came in time and have nothing left to do
    decided   of each report to watch, the last decision of each kind
    pending   other months with something left to do, newest first: of how many programmes
    waiting   requests for an extension, of any month, that wait for an answer, oldest first
    latest    what happened last, to any month, newest first
    names     every programme's, by its id
    """

    period: Month
    areas: Sequence[Area]
    charts: Mapping[str, Chart]
    summary: Summary
    to_watch: Sequence[Completeness]
    at_rest: Sequence[Completeness]
    decided: Mapping[str, Mapping[Decision, Event]]
    pending: Mapping[Month, int]
    waiting: Sequence[Event]
    latest: Sequence[Event]
    names: Mapping[str, str]

    @property
    def nation(self) -> Area:
        return self.areas[0]


async def glance(tx: AsyncConnection, running: Running, period: Month) -> Glance:
    contract = running.contract
    areas = [NATIONAL_AREA, *await roster.states_expected(tx, period, period)]
    figures = {
        subject.id: await answer(tx, contract, Question(subject, period, period, areas))
        for subject in _subjects(contract)
    }
    reports = await completeness(tx, running.contracts, contract, period, period, None)
    to_watch = [report for report in reports if _is_to_watch(report)]
    return Glance(
        period=period,
        areas=[
            Area(area, {subject: found[place] for subject, found in figures.items()})
            for place, area in enumerate(areas)
        ],
        charts=await _charts(tx, contract, period),
        summary=summary(reports),
        to_watch=to_watch,
        at_rest=[
            report
            for report in reports
            if report.status != "not_expected" and not _is_to_watch(report)
        ],
        decided=await events.decided(tx, period, [report.programme for report in to_watch]),
        pending=await _pending(tx, period),
        waiting=[events.of_act(act) for act in await acts.waiting(tx)],
        latest=await events.latest(tx, LATEST_EVENTS),
        names={entry.id: entry.name for entry in await roster.entries(tx)},
    )


def _subjects(contract: Contract) -> list[Subject]:
    return [
        measure(contract, "active_close"),
        measure(contract, "admissions"),
        indicator(contract, "graduation_rate"),
        indicator(contract, "reporting_coverage"),
        indicator(contract, "caseload_coverage"),
    ]


async def _charts(tx: AsyncConnection, contract: Contract, last: Month) -> dict[str, Chart]:
    first = last + (1 - TREND_MONTHS)
    return {
        shown: drawn(
            await answer(
                tx, contract, Question(measure(contract, shown), first, last, [NATIONAL_AREA])
            )
        )
        for shown in ("active_close", "admissions")
    }


def _is_to_watch(report: Completeness) -> bool:
    return report.status in ("missing", "late", "waived") or bool(report.flags)


async def _pending(tx: AsyncConnection, besides: Month) -> dict[Month, int]:
    statement = (
        select(MonthStands.period, func.count().label("programmes"))
        .where(
            MonthStands.period != besides.first_day,
            or_(
                MonthStands.returned, MonthStands.needs_correction, MonthStands.explanation_due
            ),
        )
        .group_by(MonthStands.period)
        .order_by(MonthStands.period.desc())
    )
    rows = await tx.execute(statement)
    return {Month.of(row.period): row.programmes for row in rows}
