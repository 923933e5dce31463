"""A month is checked for anybody, and nothing of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from cauce.errors import DocumentError, Refusal
from cauce.etags import UNSTORED
from cauce.json_body import read_json
from cauce.running import LabelsDep, Running, RunningDep
from cauce_contract import Report, check
from cauce_contract.history import read_history, read_report
from cauce_contract.offline import told

router = APIRouter()

LARGEST = 256 * 1024  # bytes: a month takes about 6,000, two years of them 150,000
_MEMBERS = ("submission", "history")
_OF_A_MONTH = {"contract", "programme", "period", "measures"}  # as a PUT takes it: not wrapped
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "description": "both as /v1/contracts/{version}/schema has it",
                    "properties": {
                        "submission": {"type": "object"},
                        "history": {"type": "array", "items": {"type": "object"}},
                    },
                    "required": ["submission"],
                    "additionalProperties": False,
                }
            }
        },
    }
}


@router.post("/v1/validate", operation_id="validate", openapi_extra=BODY)
async def validate(request: Request, running: RunningDep, labels: LabelsDep) -> Response:
    """Check a month as a PUT would, against the earlier months that are given.

    Answers what `cauce check --json` does; `not_checked` has the rules that look back at months
    that were not given. Nothing is read from the database and nothing is stored: whether
    the programme is on the roster, only a PUT or its dry run can tell.

    An address may ask 60 times a minute, counted in each process by itself; then the answer is
    429 with Retry-After.
    """
    _require_patience(request, running)
    body = await read_json(request, running.settings.body_seconds, LARGEST)
    # On a thread, as the check of a PUT.
    answer = await asyncio.to_thread(_findings, running, body, labels.language)
    return JSONResponse(answer, headers=UNSTORED)


def _require_patience(request: Request, running: Running) -> None:
    address = request.client.host if request.client else ""
    seconds = running.validations.seconds_to_wait(address, running.clock())
    if seconds:
        headers = {"Retry-After": str(seconds)}
        limit = running.validations.a_minute
        raise Refusal("too-many-requests", headers=headers, limit=limit, seconds=seconds)


def _findings(running: Running, body: object, language: str) -> dict[str, object]:
    if not isinstance(body, dict):
        raise Refusal("nothing-to-check")
    if faults := list(_faults(body)):
        raise Refusal("nothing-to-check", errors=faults)
    document = body["submission"]
    of = read_report(running.contracts, document)
    earlier = _history(running, body.get("history", []), of) if of else []
    outcome = check(running.contracts, document, now=running.clock(), history=earlier)
    return told(outcome, of, earlier, language)


def _faults(body: dict[str, Any]) -> Iterator[DocumentError]:
    if not body.keys() & set(_MEMBERS) and body.keys() & _OF_A_MONTH:
        yield DocumentError("not_wrapped", "")
        return
    for key in body:
        if key not in _MEMBERS:
            yield DocumentError("not_a_member", "", {"nearest": ", ".join(_MEMBERS)})
    if "submission" not in body:
        yield DocumentError("no_submission", "")
    if not isinstance(body.get("history", []), list):
        yield DocumentError("not_a_list", "/history")


def _history(running: Running, documents: list[object], of: Report) -> list[Report]:
    """The earlier months; a Refusal that names what is something else."""
    earlier, misfits = read_history(running.contracts, documents, of)
    if misfits:
        faults = [
            DocumentError(f"history_{misfit.reason}", f"/history/{misfit.index}")
            for misfit in misfits
        ]
        raise Refusal("nothing-to-check", errors=faults)
    return earlier
