"""The nation at a glance: a month's figures, each with its coverage, and who owes a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.aggregate.completeness import Completeness, completeness
from cauce.aggregate.figures import Figure
from cauce.aggregate.national import answer
from cauce.aggregate.question import NATION, Question, Subject, indicator, measure
from cauce.dashboard.chart import Chart, drawn
from cauce.running import Running
from cauce.store import roster
from cauce_contract import Contract, Month

TREND_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Area:
    """The nation or a state, with its figures by their ids."""

    id: str
    figures: Mapping[str, Figure]

    @property
    def is_nation(self) -> bool:
        return self.id == NATION


@dataclass(frozen=True, slots=True)
class Glance:
    """What the coordinator's page shows of a month.

    areas     the nation, then each state that was expected to report
    charts    the nation's twelve months up to it, by measure
    counted   how many of the programmes on the roster came to which completeness status
    to_watch  reports that are missing, late, waived, or have something left to do
    names     every programme's, by its id
    """

    period: Month
    areas: Sequence[Area]
    charts: Mapping[str, Chart]
    counted: Mapping[str, int]
    to_watch: Sequence[Completeness]
    names: Mapping[str, str]

    @property
    def nation(self) -> Area:
        return self.areas[0]


async def glance(tx: AsyncConnection, running: Running, period: Month) -> Glance:
    contract = running.contract
    areas = [NATION, *await roster.states_expected(tx, period, period)]
    figures = {
        subject.id: await answer(tx, contract, Question(subject, period, period, areas))
        for subject in _subjects(contract)
    }
    reports = await completeness(tx, running.contracts, contract, period, period, None)
    return Glance(
        period=period,
        areas=[
            Area(area, {subject: found[place] for subject, found in figures.items()})
            for place, area in enumerate(areas)
        ],
        charts=await _charts(tx, contract, period),
        counted=Counter(report.status for report in reports),
        to_watch=[report for report in reports if _is_to_watch(report)],
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
                tx, contract, Question(measure(contract, shown), first, last, [NATION])
            )
        )
        for shown in ("active_close", "admissions")
    }


def _is_to_watch(report: Completeness) -> bool:
    return report.status in ("missing", "late", "waived") or bool(report.flags)
