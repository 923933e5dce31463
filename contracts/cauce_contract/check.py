"""The check: what the centre will say of a document, found without network or database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cauce_contract.concordance import carried
from cauce_contract.finding import Finding
from cauce_contract.labels import Labels
from cauce_contract.load import in_force, taking_reports
from cauce_contract.model import Contract, Rule
from cauce_contract.month import Month
from cauce_contract.read import Reader
from cauce_contract.report import Report
from cauce_contract.rules import Subject


@dataclass(frozen=True, slots=True)
class Address:
    """Where a document was sent: the programme and period that it must be about."""

    programme: str
    period: Month


@dataclass(frozen=True, slots=True)
class Outcome:
    """All findings, in one order for one document; the report, unless it could not be read.

    is_well_formed  whether nothing was wrong before the rules looked at its figures
    """

    contract: Contract | None
    findings: tuple[Finding, ...]
    report: Report | None
    words: Mapping[str, Labels]
    is_well_formed: bool

    def is_again(self, content_digest: str) -> bool:
        """Whether the document is well formed, and says exactly what has that digest.

        What rules say of it does not matter: the months around it may have changed since.
        """
        return (
            self.is_well_formed
            and self.report is not None
            and self.report.content_digest == content_digest
        )

    @property
    def version(self) -> str | None:
        return self.contract.version if self.contract else None

    def labels(self, language: str) -> Labels:
        """The words for these findings, by language."""
        return self.words[language]

    def of(self, severity: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == severity]

    @property
    def refused_for(self) -> list[Finding]:
        """The findings that stand in the way: errors, and what is not acknowledged."""
        return [*self.of("error"), *self.unacknowledged()]

    @property
    def is_accepted(self) -> bool:
        return self.report is not None and not self.refused_for

    def unacknowledged(self) -> list[Finding]:
        """What is to confirm and the document does not acknowledge."""
        return [each for each in self.of("confirm") if not self.is_acknowledged(each)]

    @property
    def is_explanation_due(self) -> bool:
        """Whether it warns of something that the document does not explain."""
        return not all(map(self.is_acknowledged, self.of("warning")))

    def is_acknowledged(self, finding: Finding) -> bool:
        """Whether the document itself acknowledges the finding, by rule and place."""
        given = self.report.acknowledgements if self.report else ()
        return any(
            (each["rule"], each["pointer"]) == (finding.rule, finding.pointer) for each in given
        )

    def as_json(self, labels: Labels) -> dict[str, object]:
        """What `cauce check --json` and a dry run answer.

        {"contract", "core_digest", "content_digest", "errors", "confirm", "warnings",
        "notices"}; the digests are null where there was nothing to take them over. What is to
        confirm says whether it is `acknowledged`, a warning whether it is `explained`: whether
        the document has an acknowledgement of it.
        """

        def written(severity: str, acknowledged: str = "") -> list[dict[str, object]]:
            return [
                finding.as_json(labels)
                | ({acknowledged: self.is_acknowledged(finding)} if acknowledged else {})
                for finding in self.of(severity)
            ]

        return {
            "contract": self.version,
            "core_digest": self.contract.core_digest if self.contract else None,
            "content_digest": self.report.content_digest
            if self.report and self.is_accepted
            else None,
            "errors": written("error"),
            "confirm": written("confirm", "acknowledged"),
            "warnings": written("warning", "explained"),
            "notices": written("notice"),
        }


def check(
    contracts: Mapping[str, Contract],
    document: object,
    *,
    now: datetime,
    history: Iterable[Report] = (),
    address: Address | None = None,
    start: Month | None = None,
) -> Outcome:
    """Check one document under the contract version that it names.

    contracts  the versions that are known, by version
    document   any JSON value
    now        the instant at which a month must be over
    history    earlier months of the same programme, in any order, under any of the versions
    address    where it was sent, if it was sent
    start      the programme's first month on the roster, where that is known

    Never raises for what the document holds.
    """
    reading = read(contracts, document)
    return judge(reading, now=now, history=history, address=address, start=start)


@dataclass(frozen=True, slots=True)
class Reading:
    """A document taken in: what is wrong with its form, before any rule looks at its figures.

    reader  None where the document names no version that is known
    """

    findings: tuple[Finding, ...]
    reader: Reader | None
    words: Mapping[str, Labels]


def read(contracts: Mapping[str, Contract], document: object) -> Reading:
    """The part of `check` that needs the document alone, and as long as the document is."""
    version = document.get("contract") if isinstance(document, dict) else None
    contract = contracts.get(version) if isinstance(version, str) else None
    if contract is None:
        return _without_contract(contracts, document)
    reader = Reader(contract, document, contracts)
    findings = (*_about_the_version(contracts, contract), *reader.findings)
    return Reading(findings, reader, contract.labels)


def judge(
    reading: Reading,
    *,
    now: datetime,
    history: Iterable[Report] = (),
    address: Address | None = None,
    start: Month | None = None,
) -> Outcome:
    """The rest of `check`, with the same arguments."""
    reader = reading.reader
    if reader is None:
        return Outcome(None, reading.findings, None, reading.words, is_well_formed=False)
    report, findings = reader.report, list(reading.findings)
    if report and reader.is_placed:
        findings += _about_the_month(report, now, address, start)
    is_well_formed = not any(finding.severity == "error" for finding in findings)
    if report:
        earlier = _in_cells_of(reader.contract, history)
        subject = Subject(report, earlier, reader.unsound, now, start, reader.is_placed)
        findings += _by_the_rules(subject)
    return Outcome(reader.contract, tuple(findings), report, reading.words, is_well_formed)


def _without_contract(contracts: Mapping[str, Contract], document: object) -> Reading:
    """Without a known version nothing but that can be said."""
    usual = in_force(contracts)
    if not isinstance(document, dict):
        return Reading(tuple(Reader(usual, document).findings), None, usual.labels)
    severity = usual.rules["H19_codes"].severity
    figures = {"known": ", ".join(taking_reports(contracts))}
    pointer = "/contract" if "contract" in document else ""
    finding = Finding("H19_codes", severity, pointer, "unknown_version", figures)
    return Reading((finding,), None, usual.labels)


def _about_the_version(contracts: Mapping[str, Contract], contract: Contract) -> list[Finding]:
    """A draft can be tried: all else is said of the document too, but it is not accepted."""
    taking = taking_reports(contracts)
    if contract.version in taking:
        return []
    figures = {"known": ", ".join(taking)}
    variant = "version_retired" if contract.status == "retired" else "version_draft"
    return [_finding(contract.rules["H19_codes"], "/contract", variant, figures)]


def review(
    report: Report,
    *,
    now: datetime,
    history: Iterable[Report] = (),
    start: Month | None = None,
) -> Outcome:
    """What the rules say of a report that was accepted, as its history stands at an instant.

    now  the instant that the check had, so that the answer does not change by waiting
    """
    earlier = _in_cells_of(report.contract, history)
    found = _by_the_rules(Subject(report, earlier, frozenset(), now, start))
    words = report.contract.labels
    return Outcome(report.contract, tuple(found), report, words, is_well_formed=True)


def misfits(
    report: Report,
    told: Iterable[Finding],
    *,
    now: datetime,
    history: Iterable[Report] = (),
    start: Month | None = None,
) -> list[Finding]:
    """How an accepted report no longer fits with the months before it; empty where it does.

    Those are errors, and sums over several months that hold no more. What was `told` when the
    report was accepted is no misfit: nothing has changed about it.
    """
    known = {(finding.rule, finding.pointer) for finding in told}
    return [
        finding
        for finding in review(report, now=now, history=history, start=start).findings
        if finding.severity == "error"
        or (
            finding.severity == "warning"
            and (finding.rule, finding.pointer) not in known
            and any(each.adds_up_months for each in report.contract.rules[finding.rule].checks)
        )
    ]


def _in_cells_of(contract: Contract, history: Iterable[Report]) -> dict[Month, Report]:
    """The earlier months by period, those under another version as far as they compare."""
    return {month.period: carried(month, contract) for month in history}


def _by_the_rules(subject: Subject) -> list[Finding]:
    return [
        Finding(rule.id, rule.severity, found.pointer, found.variant, found.figures)
        for rule in subject.contract.rules.values()
        for condition in rule.checks
        for found in condition.found(subject)
    ]


def _about_the_month(
    report: Report, now: datetime, address: Address | None, start: Month | None
) -> list[Finding]:
    """H18 and H21: whether the month can be reported, and is what the address says."""
    contract, period = report.contract, report.period
    found = []
    if address and report.programme != address.programme:
        expected = {"expected": address.programme}
        found.append(_finding(contract.rules["H21_key"], "/programme", "programme", expected))
    if address and period != address.period:
        expected = {"expected": str(address.period)}
        found.append(_finding(contract.rules["H21_key"], "/period", "period", expected))
    last = Month.last_over(now, contract.utc_offset_hours)
    rule = contract.rules["H18_period"]
    if period > last:
        figures = {"period": str(period), "from_date": (period + 1).first_day.isoformat()}
        found.append(_finding(rule, "/period", "not_over", figures))
    if period < contract.accepts_from:
        figures = {"period": str(period), "start": str(contract.accepts_from)}
        found.append(_finding(rule, "/period", "before_version", figures))
    elif contract.accepts_until and period > contract.accepts_until:
        figures = {"period": str(period), "end": str(contract.accepts_until)}
        found.append(_finding(rule, "/period", "after_version", figures))
    elif start and period < start:
        figures = {"period": str(period), "start": str(start)}
        found.append(_finding(rule, "/period", "before_start", figures))
    return found


def _finding(rule: Rule, pointer: str, variant: str, figures: Mapping[str, str]) -> Finding:
    return Finding(rule.id, rule.severity, pointer, variant, figures)
