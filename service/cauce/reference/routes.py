"""What is public: the contract, and what the problems mean."""

from __future__ import annotations

import asyncio
import re
from functools import cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from cauce.errors import QueryError, Refusal, status_of, words
from cauce.etags import has_already, tagged
from cauce.reference import page
from cauce.running import LabelsDep, Running, RunningDep
from cauce_contract import Contract, describe, json_schema, summary
from cauce_contract.compare import compare

router = APIRouter(tags=["reference"])


@router.get("/v1/contracts", operation_id="contracts")
async def contracts(request: Request, running: RunningDep) -> Response:
    """The versions of the contract, oldest first."""
    items = [summary(contract) for contract in running.contracts.values()]
    return tagged(request, {"items": items, "next": None})


@router.get("/v1/contracts/diff", operation_id="contracts_diff")
async def diff(
    request: Request,
    running: RunningDep,
    labels: LabelsDep,
    earlier: Annotated[
        str | None, Query(alias="from", description="a version, such as 1.0.0")
    ] = None,
    later: Annotated[str | None, Query(alias="to", description="a later one")] = None,
) -> Response:
    """Every change between two versions: for producers, for consumers, and for the series."""
    known = {"nearest": ", ".join(running.contracts)}
    faults = [
        QueryError("unknown_contract" if version else "version_missing", parameter, known)
        for parameter, version in (("from", earlier), ("to", later))
        if version not in running.contracts
    ]
    if faults or earlier is None or later is None:
        raise Refusal("bad-query", errors=faults)
    first, last = running.contracts[earlier], running.contracts[later]
    if first.number > last.number:
        raise Refusal("bad-query", errors=[QueryError("versions_reversed", "from")])
    answer = tagged(request, compare(first, last).as_json(labels.language))
    answer.headers["Content-Language"] = labels.language
    answer.headers["Vary"] = "Accept-Language"
    return answer


@router.get("/v1/contracts/{version}", operation_id="contract")
async def contract(request: Request, version: str, running: RunningDep) -> Response:
    """A whole version: measures, dimensions, code lists, rules, indicators, labels."""
    found = _version(running, version)
    return tagged(request, describe(found), found.digest)


@router.get("/v1/contracts/{version}/schema", operation_id="contract_schema")
async def schema(request: Request, version: str, running: RunningDep) -> Response:
    """The JSON Schema (2020-12) of a submission under a version."""
    kind = "application/schema+json"
    return tagged(request, _schema(_version(running, version)), media_type=kind)


@cache
def _schema(contract: Contract) -> dict[str, Any]:
    return json_schema(contract)


@router.get("/contracts/{version}", operation_id="contract_page", response_class=HTMLResponse)
async def contract_page(
    request: Request,
    version: str,
    running: RunningDep,
    labels: LabelsDep,
    lang: Annotated[
        Literal["es", "en", "pt", "fr"] | None, Query(description="es, en, pt or fr")
    ] = None,
) -> Response:
    """A version for people: what is counted and what is not, codes, rules and examples."""
    found, language = _version(running, version), lang or labels.language
    text, etag = await asyncio.to_thread(page.written, found, language, running.is_demo)
    headers = page.HEADERS | {"ETag": etag, "Content-Language": language}
    if has_already(request.headers, etag):
        return Response(status_code=304, headers=headers)
    return HTMLResponse(text, headers=headers)


@router.get("/problems/{slug}", operation_id="problem", response_class=HTMLResponse)
async def problem(slug: str, labels: LabelsDep) -> Response:
    """What a problem means, for people."""
    try:
        text = words(slug, labels.language)
    except KeyError:
        raise Refusal("not-found") from None
    detail = re.sub(r"\{\w+\}", "…", text["detail"])  # what only an answer can fill in
    page = (
        f'<!doctype html><html lang="{labels.language}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">'
        f"<title>{text['title']}</title>"
        f"<h1>{status_of(slug)} · {text['title']}</h1><p>{detail}</p></html>"
    )
    return HTMLResponse(page, headers={"Content-Language": labels.language})


def _version(running: Running, version: str) -> Contract:
    if version not in running.contracts:
        raise Refusal("unknown-contract", known=", ".join(running.contracts))
    return running.contracts[version]
