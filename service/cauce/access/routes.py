"""OAuth 2.0: tokens for machine clients, and the documents that say how to ask for one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from cauce.access import administration, keys_of_clients
from cauce.access.assertions import Authenticated, authenticate
from cauce.access.caller import issue, opened
from cauce.access.scopes import SCOPES
from cauce.access.tokens import ALGORITHM, TokenRefused
from cauce.errors import Refusal
from cauce.etags import UNSTORED
from cauce.limits import subscriber
from cauce.running import Running, RunningDep
from cauce.streams import read_bytes, require_type

router = APIRouter(tags=["identity"])
router.include_router(administration.router)
router.include_router(keys_of_clients.router)

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
UNCACHED = {**UNSTORED, "Pragma": "no-cache"}  # RFC 6749, 5.1
LARGEST_FORM = 16 * 1024  # bytes: an assertion of 4,096 and what stands around it


def _form_of(required: list[str], **fields: object) -> dict[str, Any]:
    """A form in OpenAPI, in which the client says who it is."""
    proof = {
        "client_assertion_type": {"const": ASSERTION_TYPE},
        "client_assertion": {"type": "string", "maxLength": 4096},
    }
    schema = {
        "type": "object",
        "required": [*required, *proof],
        "properties": {**fields, **proof},
    }
    content = {"application/x-www-form-urlencoded": {"schema": schema}}
    return {"requestBody": {"content": content, "required": True}}


TOKEN_FORM = _form_of(
    ["grant_type"], grant_type={"const": "client_credentials"}, scope={"type": "string"}
)
REVOCATION_FORM = _form_of(
    ["token"], token={"type": "string"}, token_type_hint={"type": "string"}
)


@router.post("/oauth/token", operation_id="token", openapi_extra=TOKEN_FORM)
async def token(request: Request, running: RunningDep) -> Response:
    """Issue an access token to a client that signs an assertion (`private_key_jwt`)."""
    form = await _form(request, running.settings.body_seconds)
    if form is None or "grant_type" not in form:
        return _oauth_error("invalid_request")
    if form["grant_type"] != "client_credentials":
        return _oauth_error("unsupported_grant_type")
    known = await _proved(request, running, form)
    if isinstance(known, Response):
        return known
    client = known.client
    scopes = form["scope"].split() if "scope" in form else list(client.scopes)
    if not scopes or not set(scopes) <= set(client.scopes):
        return _oauth_error("invalid_scope")
    issued, seconds = issue(
        known, scopes, running.keys, running.settings.issuer, running.clock()
    )
    return JSONResponse(
        {
            "access_token": issued,
            "token_type": "Bearer",
            "expires_in": seconds,
            "scope": " ".join(scopes),
        },
        headers=UNCACHED,
    )


@router.post("/oauth/revoke", operation_id="revoke_token", openapi_extra=REVOCATION_FORM)
async def revoke(request: Request, running: RunningDep) -> Response:
    """Give an access token up (RFC 7009): no process takes it any more within a second.

    What is no token of this client, or has ended, is as good as revoked: 200 as well.
    """
    form = await _form(request, running.settings.body_seconds)
    if form is None or "token" not in form:
        return _oauth_error("invalid_request")
    known = await _proved(request, running, form)
    if isinstance(known, Response):
        return known
    issuer = running.settings.issuer
    with suppress(TokenRefused):
        claims = opened(form["token"], running.keys, issuer, running.clock())
        if claims["client_id"] == known.client.id:
            ends = datetime.fromtimestamp(claims["exp"], UTC)
            await running.revocations.revoke_token(claims["jti"], ends)
    return Response(status_code=200, headers=UNCACHED)


async def _proved(
    request: Request, running: Running, form: Mapping[str, str]
) -> Authenticated | Response:
    """The client whose assertion is in a form, or the error that it is answered with."""
    if form.get("client_assertion_type") != ASSERTION_TYPE or "client_assertion" not in form:
        return _oauth_error("invalid_request")
    issuer = running.settings.issuer
    try:
        known = await authenticate(
            running.engine, form["client_assertion"], issuer, running.clock()
        )
    except TokenRefused:
        await _count_failure(request, running)
        return _oauth_error("invalid_client")
    if form.get("client_id", known.client.id) != known.client.id:
        return _oauth_error("invalid_client")
    return known


async def _count_failure(request: Request, running: Running) -> None:
    """Refuse further failures of an address that has had many, of whichever client they speak.

    Good assertions are let in from there all the same: behind a proxy all states may have the
    same address, and one that is set up wrongly must not keep the others from reporting.
    """
    address = request.client.host if request.client else ""
    failures = running.failed_assertions
    left = await failures.take(subscriber(address), running.clock())
    if left.wait:
        raise Refusal(
            "too-many-failures",
            headers={"Retry-After": str(left.wait), **UNCACHED},
            limit=failures.limit,
            seconds=left.wait,
        )


async def _form(request: Request, seconds: float) -> dict[str, str] | None:
    """The fields of the form that have a value, each once; None for what is no such form."""
    require_type(request, "application/x-www-form-urlencoded")
    data = await read_bytes(request, LARGEST_FORM, seconds)
    try:
        pairs = parse_qsl(
            data.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=8
        )
    except ValueError:
        return None
    if len(dict(pairs)) < len(pairs):
        return None
    return {name: text for name, text in pairs if text}  # RFC 6749, 3.2: empty means omitted


_DESCRIPTIONS = {
    "invalid_request": "a form with what the operation asks for, each field once, and"
    " client_assertion_type and client_assertion",
    "unsupported_grant_type": "the grant type is client_credentials",
    "invalid_client": "the client assertion is not valid",
    "invalid_scope": "the client does not have a scope that it asked for",
}


def _oauth_error(error: str) -> Response:
    """An error as RFC 6749, section 5.2 has it; one answer for all faults of an assertion."""
    return JSONResponse(
        {"error": error, "error_description": _DESCRIPTIONS[error]},
        401 if error == "invalid_client" else 400,
        headers=UNCACHED,
    )


@router.get("/.well-known/oauth-authorization-server", operation_id="oauth_metadata")
async def metadata(running: RunningDep) -> dict[str, Any]:
    """How to ask for a token (RFC 8414)."""
    issuer = running.settings.issuer
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": [ALGORITHM],
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": ["private_key_jwt"],
        "revocation_endpoint_auth_signing_alg_values_supported": [ALGORITHM],
        "scopes_supported": list(SCOPES),
    }


@router.get("/.well-known/jwks.json", operation_id="jwks")
async def jwks(running: RunningDep) -> dict[str, Any]:
    """The service's public keys: access tokens, receipts and checkpoints verify with them."""
    return {"keys": running.keys.public(running.clock())}
