"""cauce verify-receipt: what a receipt proves, without network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cauce_client import documents
from cauce_client.errors import Unproven
from cauce_client.receipts import Receipt
from cauce_client.screen import Misuse, Screen
from cauce_client.settings import AsJson, Language
from cauce_contract import Report, load_all
from cauce_contract.history import read_report

LARGEST = 16 * 1024  # bytes; a receipt has about 1,300


def beside(receipt: Path) -> Path:
    """Where `submit` keeps the keys of a receipt: no .json, which --history would take in."""
    return receipt.with_name(f"{receipt.name}.jwks")


def verify_receipt(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The receipt: a compact JWS.")],
    keys: Annotated[
        Path | None,
        typer.Option(
            "--keys", metavar="JWKS", help="The service's keys; by default FILE.jwks beside it."
        ),
    ] = None,
    document: Annotated[
        str, typer.Option("--document", metavar="MONTH", help="Whether it is for this month.")
    ] = "",
    language: Language = "",
    as_json: AsJson = False,
) -> None:
    """Verify a receipt and show what it proves. Exit code 1: it does not prove it."""
    screen: Screen = context.obj
    screen.speak(language)
    token = _read(file)
    jwks = documents.read(str(_keys(file, keys)), screen.language)
    report = _report(document, screen.language) if document else None
    try:
        receipt = Receipt.verified(token, jwks)
    except Unproven as fault:
        if as_json:
            screen.json({"verified": False, "fault": fault.key})
        raise
    if as_json:
        screen.json(_as_json(receipt, report))
    else:
        _tell(screen, receipt)
    if report and not receipt.is_of(report):
        digest = report.content_digest
        raise Unproven("receipt_of_other_content", file=document, digest=digest)
    if report and not as_json:
        screen.say("receipt_of_document", file=document)


def _read(file: Path) -> str:
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise Misuse("no_file", file=file) from None
    except OSError as fault:
        raise Misuse("file_unreadable", file=file, reason=fault.strerror) from None
    return "" if len(data) > LARGEST else data.decode("ascii", "replace").strip()


def _keys(file: Path, given: Path | None) -> Path:
    """The file with the keys; Misuse says how to get one where there is none."""
    path = given or beside(file)
    if not given and not path.exists():
        raise Misuse("no_keys", file=file, path=path)
    return path


def _report(document: str, language: str) -> Report:
    report = read_report(load_all(), documents.read(document, language))
    if report is None:
        raise Misuse("document_not_a_report", file=document)
    return report


def _as_json(receipt: Receipt, report: Report | None) -> dict[str, object]:
    compared = report and {
        "content_digest": report.content_digest,
        "is_of_receipt": receipt.is_of(report),
    }
    return {
        "verified": True,
        "kid": receipt.kid,
        "claims": receipt.claims,
        "leaf": receipt.leaf,
        "document": compared,
    }


def _tell(screen: Screen, receipt: Receipt) -> None:
    screen.say(
        "receipt_proves",
        issuer=receipt.issuer,
        programme=receipt.programme,
        period=receipt.period,
        revision=receipt.revision,
        received_at=receipt.claims["received_at"],
        client=receipt.client or "-",
        contract=receipt.contract,
        content_digest=receipt.content_digest,
        core_digest=receipt.core_digest,
        durability=screen.name("durability", receipt.durability),
        state=receipt.state,
        position=receipt.position,
        kid=receipt.kid,
    )
