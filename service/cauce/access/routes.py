"""OAuth 2.0: tokens for machine clients, and the documents that say how to ask for one."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from cauce.access.caller import TOKEN_LIFE, issue
from cauce.access.clients import authenticate
from cauce.access.scopes import SCOPES
from cauce.access.tokens import ALGORITHM, TokenRefused
from cauce.errors import Refusal
from cauce.limits import subscriber
from cauce.running import Running, RunningDep
from cauce.streams import read_bytes, require_type

router = APIRouter(tags=["identity"])

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
UNCACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749, 5.1
LARGEST_FORM = 16 * 1024  # bytes: an assertion of 4,096 and what stands around it
FIELDS = ("grant_type", "client_assertion_type", "client_assertion", "scope")
FORM = {
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": {
                "type": "object",
                "required": list(FIELDS[:3]),
                "properties": {
                    "grant_type": {"const": "client_credentials"},
                    "client_assertion_type": {"const": ASSERTION_TYPE},
                    "client_assertion": {"type": "string", "maxLength": 4096},
                    "scope": {"type": "string"},
                },
            }
        }
    },
    "required": True,
}


@router.post("/oauth/token", operation_id="token", openapi_extra={"requestBody": FORM})
async def token(request: Request, running: RunningDep) -> Response:
    """Issue an access token to a client that signs an assertion (`private_key_jwt`)."""
    form = await _form(request, running.settings.body_seconds)
    if form is None or "grant_type" not in form:
        return _oauth_error("invalid_request")
    if form["grant_type"] != "client_credentials":
        return _oauth_error("unsupported_grant_type")
    if form.get("client_assertion_type") != ASSERTION_TYPE or "client_assertion" not in form:
        return _oauth_error("invalid_request")
    now = running.clock()
    issuer = running.settings.issuer
    try:
        client = await authenticate(running.engine, form["client_assertion"], issuer, now)
    except TokenRefused:
        await _count_failure(request, running)
        return _oauth_error("invalid_client")
    if form.get("client_id", client.id) != client.id:
        return _oauth_error("invalid_client")
    scopes = form["scope"].split() if "scope" in form else list(client.scopes)
    if not scopes or not set(scopes) <= set(client.scopes):
        return _oauth_error("invalid_scope")
    return JSONResponse(
        {
            "access_token": issue(client, scopes, running.keys, issuer, now),
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIFE.total_seconds()),
            "scope": " ".join(scopes),
        },
        headers=UNCACHED,
    )


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
    "invalid_request": "a form with grant_type, client_assertion_type and client_assertion",
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
        "scopes_supported": list(SCOPES),
    }


@router.get("/.well-known/jwks.json", operation_id="jwks")
async def jwks(running: RunningDep) -> dict[str, Any]:
    """The service's public keys: access tokens, receipts and checkpoints verify with them."""
    return {"keys": running.keys.public()}
