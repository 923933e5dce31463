"""Access tokens: asked for with a signed assertion, sent along, renewed before they end."""

from __future__ import annotations

import time
from collections.abc import Generator
from datetime import UTC, datetime

import httpx

from cauce_client.answers import Answer, understood
from cauce_client.assertion import signed
from cauce_client.errors import Misconfigured, Refused
from cauce_client.keys import PrivateKey
from cauce_client.problem import Json

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EARLY = 30  # seconds before its end at which a token is no longer begun with

Flow = Generator[httpx.Request, httpx.Response, None]


class TokenAuth(httpx.Auth):
    """A client's identity towards one service (`private_key_jwt`).

    A 401 makes it ask for a new token, once a request: keys change and services restart.
    """

    requires_response_body = True

    def __init__(self, url: httpx.URL, client_id: str, key: PrivateKey) -> None:
        self._url = url
        self._client_id = client_id
        self._key = key
        self._issuer: str | None = None
        self._token = ""
        self._until = 0.0  # by time.monotonic, which no correction of the clock moves

    def auth_flow(self, request: httpx.Request) -> Flow:
        if time.monotonic() >= self._until:
            yield from self._renew(request)
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == 401:
            yield from self._renew(request)
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _renew(self, request: httpx.Request) -> Flow:
        if self._issuer is None:
            path = "/.well-known/oauth-authorization-server"
            answer = answer_of((yield self._beside(request, "GET", path)))
            self._issuer = issuer_of(answer, self._url)
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": signed(
                self._key, self._client_id, self._issuer, datetime.now(UTC)
            ),
        }
        answer = answer_of((yield self._beside(request, "POST", "/oauth/token", form)))
        self._token, life = understood(_token, answer.json())
        self._until = time.monotonic() + life - EARLY

    def _beside(
        self, request: httpx.Request, method: str, path: str, form: dict[str, str] | None = None
    ) -> httpx.Request:
        """A request of our own, as patient and in the same language as the caller's."""
        kept = ("user-agent", "accept", "accept-language")
        headers = {name: request.headers[name] for name in kept if name in request.headers}
        extensions = {"timeout": request.extensions.get("timeout", {})}
        url = f"{str(self._url).rstrip('/')}{path}"
        return httpx.Request(method, url, headers=headers, data=form, extensions=extensions)


def answer_of(response: httpx.Response) -> Answer:
    return Answer(response.status_code, response.headers, response.content)


def issuer_of(answer: Answer, url: httpx.URL) -> str:
    """The issuer that the service names, which must be the address it was reached at.

    Else whoever owns a mistyped address could have assertions made for the true service, and
    use them there (RFC 8414, section 3.3).
    """
    try:
        issuer = understood(_issuer, answer.json())
    except Refused:
        raise Misconfigured("no_service", url=url) from None
    if httpx.URL(issuer.rstrip("/")) != httpx.URL(str(url).rstrip("/")):
        raise Misconfigured("other_issuer", url=url, issuer=issuer)
    return issuer


def _issuer(json: Json) -> str:
    issuer = json["issuer"]
    try:
        httpx.URL(issuer)
    except httpx.InvalidURL:
        raise ValueError("issuer") from None
    return str(issuer)


def _token(json: Json) -> tuple[str, float]:
    token, life = json["access_token"], json["expires_in"]
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise TypeError("access_token")
    return token, float(life)
