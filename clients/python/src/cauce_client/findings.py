"""Findings for people: what is wrong and where, why it matters, and what was not checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rich.text import Text

from cauce_client.documents import Checked
from cauce_client.problem import Fault
from cauce_client.screen import Screen, printable
from cauce_contract import Contract, Finding, Month, Outcome
from cauce_contract.labels import Labels
from cauce_contract.offline import finding_told

SEVERITIES = ("error", "confirm", "warning", "notice")
SETTLED = {"confirm": "confirmed", "warning": "explained"}  # by the document itself
MOST_LISTED = 100  # --json has them all
MOST_EXPLAINED = 5  # rules: of more, nobody reads what each is for
FOUR_COLUMNS = 110  # columns of a terminal from which a table of four can be read


def show(checked: Checked, screen: Screen) -> None:
    """The findings, what their rules are for, and how many there are of each kind."""
    outcome = checked.outcome
    found = sorted(outcome.findings, key=lambda each: SEVERITIES.index(each.severity))
    faults = [_fault(finding, outcome, screen) for finding in found]
    table(faults[:MOST_LISTED], screen, outcome.labels(screen.language))
    if len(found) > MOST_LISTED:
        screen.say("more_findings", count=len(found) - MOST_LISTED)
    _explain(found, outcome.labels(screen.language), screen)
    shown = [fault.severity for fault in faults]
    screen.say("counted", **{kind: shown.count(kind) for kind in SEVERITIES})
    if settled := sum(kind in SETTLED.values() for kind in shown):
        screen.say("settled", count=settled)


def show_verdict(checked: Checked, screen: Screen) -> None:
    """Whether it would be accepted, and what to do where it would not, or not quite."""
    outcome = checked.outcome
    if outcome.report is None or (outcome.of("error") and not awaited(outcome)):
        screen.warn("to_correct")
    elif unconfirmed := outcome.unacknowledged():
        screen.say("how_to_confirm")
        screen.tell(_acknowledgements(unconfirmed))
        screen.warn("to_confirm")
    elif outcome.of("error"):
        show_awaited(outcome, screen)
    else:
        unexplained = [w for w in outcome.of("warning") if not outcome.is_acknowledged(w)]
        if unexplained:
            screen.say("how_to_explain")
            screen.tell(_acknowledgements(unexplained))
        report = outcome.report
        rules = checked.lacking()
        screen.say(
            "acceptable_so_far" if rules else "acceptable",
            programme=report.programme,
            period=report.period,
            digest=report.content_digest,
            count=len(rules),
            severe=_severe(rules, report.contract, screen) or screen.word("none_of_them"),
        )


def awaited(outcome: Outcome) -> Sequence[Finding]:
    """The errors that time alone mends, where there are no others: nothing is to correct.

    A draft that is not in force yet, and a month that is not over.
    """
    errors = outcome.of("error")
    mended = {"not_over", "version_draft"}
    return errors if all(error.variant in mended for error in errors) else []


def show_awaited(outcome: Outcome, screen: Screen) -> None:
    """Until when the document has to wait."""
    figures = {
        "version": outcome.version,
        "period": outcome.report.period if outcome.report else "",
    }
    conditions = [screen.word(f"once_{each.variant}", **figures) for each in awaited(outcome)]
    screen.warn("to_wait", conditions="; ".join(conditions))


def _severe(rules: Iterable[str], contract: Contract, screen: Screen) -> str:
    """Those of the rules that can stand in the way, each with its severity."""
    return ", ".join(
        f"{rule} ({screen.name('severity', contract.rules[rule].severity)})"
        for rule in rules
        if contract.rules[rule].severity in ("error", "confirm")
    )


def table(faults: Sequence[Fault], screen: Screen, labels: Labels) -> None:
    """Findings with their place, in words too; nothing where there are none."""
    if not faults:
        return
    names = ("severity", "rule", "place", "message")
    columns = [screen.word(f"column_{name}") for name in names]
    if screen.out.width >= FOUR_COLUMNS:
        screen.table(columns, [_row(fault, screen, labels) for fault in faults])
    else:
        rows = [_narrow_row(fault, screen, labels) for fault in faults]
        screen.table([columns[0], columns[-1]], rows, are_apart=True)


def _row(fault: Fault, screen: Screen, labels: Labels) -> list[str | Text]:
    place = "\n".join(filter(None, (in_words(fault.place, labels), fault.place)))
    return [screen.marked("severity", fault.severity), fault.rule, place, fault.message]


def _narrow_row(fault: Fault, screen: Screen, labels: Labels) -> list[str | Text]:
    """Place and rule above the message: side by side they would be broken into bits."""
    words = in_words(fault.place, labels)
    place = " · ".join(filter(None, (fault.place, fault.rule)))
    told = Text.assemble(
        (printable(f"{words}\n" if words else ""), "bold"),
        (printable(f"{place}\n"), "dim"),
        printable(fault.message),
    )
    return [screen.marked("severity", fault.severity), told]


def in_words(pointer: str, labels: Labels) -> str:
    """Measure, dimension and code that a pointer leads to, in words; "" for none of ours."""
    names = []
    match pointer.split("/"):
        case ["", "measures", measure, *rest] if measure in labels.texts["measure"]:
            names.append(labels.measure(measure))
            match rest:
                case ["by", dimension, *code] if dimension in labels.texts["dimension"]:
                    codes = labels.texts["dimension"][dimension]["code"]
                    names += [labels.dimension(dimension), *(codes.get(each) for each in code)]
    return " › ".join(filter(None, names))


def _fault(finding: Finding, outcome: Outcome, screen: Screen) -> Fault:
    """The finding as the service would tell it, or as settled by the document itself."""
    fault = Fault.read(finding_told(finding, outcome.labels(screen.language)))
    if outcome.is_acknowledged(finding):
        return replace(fault, severity=SETTLED.get(fault.severity, fault.severity))
    return fault


def _explain(found: Sequence[Finding], labels: Labels, screen: Screen) -> None:
    """What the rules are for: of the first few in full, of the others their titles."""
    rules = list(dict.fromkeys(each.rule for each in found if each.variant != "gap"))
    for rule in rules[:MOST_EXPLAINED]:
        words = labels.texts["rule"][rule]
        screen.explain(f"{rule} · {words['title']}", words["explanation"])
    if others := rules[MOST_EXPLAINED:]:
        screen.explain(screen.word("other_rules"), _titles(others, labels))


def _titles(rules: Iterable[str], labels: Labels) -> str:
    return "; ".join(f"{labels.texts['rule'][rule]['title']} ({rule})" for rule in rules)


def show_not_checked(checked: Checked, screen: Screen) -> None:
    """The rules that look back further than the months that were given, by what they lack."""
    by_months: dict[tuple[Month, ...], list[str]] = {}
    for rule, months in checked.lacking().items():
        by_months.setdefault(tuple(months), []).append(rule)
    if not by_months:
        return
    labels = checked.outcome.labels(screen.language)
    screen.say("not_checked")
    screen.table(
        [screen.word("column_lacking"), screen.word("column_not_checked")],
        [
            (_runs(months, screen), _titles(rules, labels))
            for months, rules in sorted(by_months.items(), reverse=True)
        ],
        are_apart=True,
    )


def _runs(months: Sequence[Month], screen: Screen) -> str:
    """Months in order, those without a gap between them as the first and the last."""
    runs: list[list[Month]] = []
    for month in months:
        if runs and runs[-1][-1] + 1 == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return "\n".join(
        screen.word("from_to", first=run[0], last=run[-1]) if len(run) > 1 else str(run[0])
        for run in runs
    )


def _acknowledgements(findings: Sequence[Finding]) -> str:
    """The member of the document that settles these findings, to be filled in."""
    items = [
        {"rule": each.rule, "pointer": each.pointer, "explanation": "…"} for each in findings
    ]
    lines = ",\n".join(f"  {json.dumps(item, ensure_ascii=False)}" for item in items)
    return f'"acknowledgements": [\n{lines}\n]'
