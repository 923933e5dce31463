"""A stored revision against what must agree with it: its entry, its document, its receipt."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

from sqlalchemy import Row

from cauce.instants import written
from cauce.log.chain import Stored
from cauce_contract import Contract, Report, canonical, digest, proof
from cauce_contract.read import Reader
from cauce_contract.strict_json import NotJson, loads


def against_entry(row: Row[Any], said: Mapping[str, Any]) -> Iterator[str]:
    """How the row says something else than its entry."""
    beside = {
        "programme": row.programme,
        "period": f"{row.period:%Y-%m}",
        "revision": row.revision,
        "contract": row.contract,
        "core_digest": row.core_digest,
        "content_digest": row.content_digest,
        "client": row.client,
        "received_at": written(row.received_at.astimezone(UTC)),
    }
    for member, value in beside.items():
        if said.get(member) != value:
            yield f"the revision's {member} is not that of its entry"
    if said.get("annex_digest") != _annex_digest(row):
        yield "acknowledgements, findings or reason are not those of the entry"


def _annex_digest(row: Row[Any]) -> str:
    reason = {"code": row.reason_code, "text": row.reason_text}
    said = reason if any(reason.values()) else None
    return digest(proof.annex(row.acknowledgements, row.findings, said))


def against_document(row: Row[Any], contracts: Mapping[str, Contract]) -> Iterator[str]:
    """How digest and cells are not those of the document, read again under its contract.

    Where this build has another contract of that number, as after a draft was changed, the
    cells are not read again: see `is_of`.
    """
    text = row.document.encode()
    if f"sha-256:{hashlib.sha256(text).hexdigest()}" != row.content_digest:
        yield "the document does not have the revision's content digest"
    try:
        document = loads(text)
    except NotJson:
        document = None
    if not isinstance(document, dict):
        yield "the document is not a JSON object"
        return
    if canonical(document) != text:
        yield "the document is not canonical JSON"
    if row.contract not in contracts:
        yield "this build does not know the revision's contract"
    elif is_of(row, contracts[row.contract]):
        yield from _against_reading(row, document, contracts[row.contract])


def is_of(row: Row[Any], contract: Contract) -> bool:
    """Whether a revision was checked under the very contract that this build has."""
    return bool(row.core_digest == contract.core_digest)


def _against_reading(
    row: Row[Any], document: Mapping[str, Any], contract: Contract
) -> Iterator[str]:
    report = Reader(contract, document).report
    if report is None:
        yield "the document has no figures"
        return
    named = (document.get("contract"), report.programme, report.period.first_day)
    if named != (row.contract, row.programme, row.period):
        yield "the document is about another month"
    # Its notes are taken as they stand: what shows personal data is known better every year.
    if replace(report, notes=_notes(document)).document != document:
        yield "the document says what its contract does not have"
    yield from _against_cells("numbers", row.numbers, report.numbers, report)
    yield from _against_cells("statuses", row.statuses, report.statuses, report)


def _notes(document: Mapping[str, Any]) -> dict[str, str]:
    measures = document.get("measures")
    given = measures.items() if isinstance(measures, dict) else ()
    return {
        id_: each["note"] for id_, each in given if isinstance(each, dict) and "note" in each
    }


def _against_cells(
    name: str, stored: Sequence[int | None], read: Sequence[int | None], report: Report
) -> Iterator[str]:
    if len(stored) != len(read):
        yield f"there are {len(stored)} {name}, but the contract has {len(read)} cells"
        return
    cells = zip(report.contract.cells, stored, read, strict=True)
    wrong = [cell.pointer for cell, kept, said in cells if kept != said]
    if wrong:
        yield f"{len(wrong)} {name} are not those of the document, first {wrong[0]}"


def unlike(
    claims: Mapping[str, Any], state: str, stored: Stored, said: Mapping[str, Any]
) -> Iterator[str]:
    """How a receipt's claims are not about this entry at this place.

    The receipts of the first months do not name client, annex, salt and head.
    """
    for member in proof.REVISION_MEMBERS:
        if member in claims and claims[member] != said.get(member):
            yield f"the receipt's {member} is not that of the entry"
    place = proof.place(state, stored.position, stored.salt, stored.head)
    log = claims.get("log")
    if not isinstance(log, dict):
        yield "the receipt names no place in the log"
        return
    for member, value in place.items():
        if member in log and log[member] != value:
            yield f"the receipt's {member} in the log is not the entry's"


def is_told(claims: Mapping[str, Any]) -> bool:
    """Whether the revision's findings were kept with it: not so in the first months."""
    return "annex_digest" in claims
