"""cauce submit: a month checked here, sent, and its receipt kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cauce_client import documents, findings
from cauce_client.client import Cauce
from cauce_client.commands.check import Document
from cauce_client.commands.told import tell_differences, tell_flags
from cauce_client.commands.verify_receipt import beside
from cauce_client.errors import CauceError, ContractViolation
from cauce_client.receipts import Receipt
from cauce_client.results import Difference, DryRun, Submission
from cauce_client.screen import Misuse, Screen
from cauce_client.settings import AsJson, ClientId, KeyFile, Language, Url, connected
from cauce_contract import in_force, load_all
from cauce_contract.labels import Labels


def submit(
    context: typer.Context,
    file: Document,
    is_dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; store nothing.")
    ] = False,
    is_replacement: Annotated[
        bool, typer.Option("--replace", help="Write over the report that stands.")
    ] = False,
    reason: Annotated[
        str, typer.Option("--reason", metavar="CODE", help="Why it is replaced: a code.")
    ] = "",
    why: Annotated[
        str, typer.Option("--text", metavar="TEXT", help="Why it is replaced: a sentence.")
    ] = "",
    receipt: Annotated[
        Path | None, typer.Option("--receipt", metavar="FILE", help="Keep the receipt there.")
    ] = None,
    language: Language = "",
    as_json: AsJson = False,
    url: Url = "",
    client_id: ClientId = "",
    key: KeyFile = "",
) -> None:
    """Check a month and send it. Exit code 1: it was not accepted, and the findings say why."""
    screen: Screen = context.obj
    screen.speak(language)
    if receipt:
        _require_room_for(receipt, is_dry_run)
    _require_reason(is_replacement, reason, why)
    document = documents.read(file, screen.language)
    if reason and isinstance(document, dict):
        document = {**document, "revision_reason": {"code": reason, "text": why}}
    elif is_replacement and isinstance(document, dict) and "revision_reason" not in document:
        raise Misuse("replacement_without_reason", codes=_codes())

    checked = documents.examined(document, screen)
    if not checked.outcome.is_accepted or not isinstance(document, dict):
        _tell_not_sent(screen, checked, as_json)
        raise typer.Exit(1)

    labels = checked.outcome.labels(screen.language)
    with connected(screen, url, client_id, key) as cauce:
        try:
            answer = _sent(screen, cauce, document, is_dry_run, is_replacement)
        except ContractViolation as refused:
            _tell_refused(screen, refused, labels, as_json)
            raise typer.Exit(1) from None
        if receipt and isinstance(answer, Submission):
            _keep(receipt, answer.receipt)
            _keep_keys(screen, cauce, receipt, answer.receipt)
        changed = _changed(screen, cauce, answer) if is_replacement and not as_json else None
    if as_json:
        screen.json(answer.json)
    elif isinstance(answer, DryRun):
        _tell_dry_run(screen, answer, labels, is_first="revision_reason" not in document)
    else:
        _tell_accepted(screen, answer, labels, changed, receipt)


def _codes() -> str:
    return ", ".join(in_force(load_all()).revision_reasons)


def _require_reason(is_replacement: bool, reason: str, why: str) -> None:
    """A replacement says why, in both ways; nothing else has a reason."""
    if bool(reason) != bool(why):
        raise Misuse("replacement_without_reason", codes=_codes())
    if reason and not is_replacement:
        raise Misuse("reason_without_replacement")
    if reason and reason not in in_force(load_all()).revision_reasons:
        raise Misuse("unknown_reason", codes=_codes())


def _require_room_for(receipt: Path, is_dry_run: bool) -> None:
    """Before anything is sent: an earlier receipt is proof, and is not written over."""
    if is_dry_run:
        raise Misuse("dry_run_has_no_receipt")
    for path in (receipt, beside(receipt)):
        if path.exists():
            raise Misuse("file_exists", path=path)
    if not receipt.absolute().parent.is_dir():
        raise Misuse("no_folder", path=receipt.absolute().parent)


def _sent(
    screen: Screen, cauce: Cauce, document: dict[str, Any], is_dry_run: bool, replace: bool
) -> Submission | DryRun:
    with screen.working("sending"):
        return (
            cauce.dry_run(document) if is_dry_run else cauce.submit(document, replace=replace)
        )


def _changed(
    screen: Screen, cauce: Cauce, answer: Submission | DryRun
) -> tuple[Difference, ...] | None:
    """What a replacement changed; None where that is no question, or has no answer now."""
    if isinstance(answer, DryRun) or not answer.is_changed or answer.revision == 1:
        return None
    month = (answer.programme, answer.period)
    try:
        return cauce.differences(*month, answer.revision, answer.revision - 1)
    except CauceError:  # the month is stored all the same
        screen.warn("differences_not_shown", revision=answer.revision)
        return None


def _keep(path: Path, receipt: str) -> None:
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(receipt)
    except OSError as fault:
        raise Misuse("receipt_not_kept", path=path, reason=fault.strerror) from None


def _keep_keys(screen: Screen, cauce: Cauce, path: Path, receipt: str) -> None:
    """The service's keys beside the receipt, so that it can be verified without network.

    What goes wrong here is told and no more: the month is accepted, and its receipt kept.
    """
    try:
        jwks = cauce.keys()
        with beside(path).open("x", encoding="utf-8") as file:
            json.dump(jwks, file, indent=1)
            file.write("\n")
        Receipt.verified(receipt, jwks)
    except OSError as fault:
        screen.warn("keys_not_kept", path=beside(path), reason=fault.strerror)
    except CauceError as fault:
        screen.warn("keys_not_kept", path=beside(path), reason=fault.says(screen.language))


def _tell_not_sent(screen: Screen, checked: documents.Checked, as_json: bool) -> None:
    """What the check here found, and whether it is to be corrected or has but to wait."""
    if as_json:
        screen.json(checked.as_json(screen.language))
    else:
        findings.show(checked, screen)
    outcome = checked.outcome
    if findings.awaited(outcome) and not outcome.unacknowledged():
        findings.show_awaited(outcome, screen)
        screen.warn("not_sent_yet")
    else:
        screen.warn("not_sent")


def _tell_refused(
    screen: Screen, refused: ContractViolation, labels: Labels, as_json: bool
) -> None:
    if as_json:
        screen.json(refused.problem.json)
    else:
        findings.table(refused.problem.faults, screen, labels)
    screen.complain(f"{refused.problem.title}: {refused.problem.detail}")
    if any(fault.rule == "revision_reason_missing" for fault in refused.problem.faults):
        screen.warn("next_already_reported")


def _tell_dry_run(screen: Screen, answer: DryRun, labels: Labels, *, is_first: bool) -> None:
    """is_first: nothing stands yet, so that every cell is new: their number says enough."""
    findings.table(answer.warnings, screen, labels)
    if not is_first:
        tell_differences(answer.differences, screen, labels)
    cells = len(answer.differences)
    screen.say("dry_run_done", cells=cells, digest=answer.content_digest)
    if answer.needs_correction:
        screen.say("would_need_correction", periods=", ".join(answer.needs_correction))
    if answer.counts_only:
        screen.warn("counts_only", measures=", ".join(answer.counts_only))


def _tell_accepted(
    screen: Screen,
    answer: Submission,
    labels: Labels,
    changed: tuple[Difference, ...] | None,
    receipt: Path | None,
) -> None:
    findings.table(answer.warnings, screen, labels)
    if changed is not None:
        tell_differences(changed, screen, labels)
        screen.say("cells_changed", cells=len(changed))
    screen.say(
        "accepted",
        programme=answer.programme,
        period=answer.period,
        revision=answer.revision,
        changed=screen.word("was_changed" if answer.is_changed else "was_not_changed"),
        timeliness=screen.name("status", answer.timeliness),
        digest=answer.content_digest,
        receipt=receipt or screen.word("receipt_not_asked_for"),
    )
    tell_flags(answer.programme, answer.period, answer.flags, answer.returned, screen)
    if answer.needs_correction:
        screen.say("needs_correction", periods=", ".join(answer.needs_correction))
    if answer.counts_only:
        screen.warn("counts_only", measures=", ".join(answer.counts_only))
