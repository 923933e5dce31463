"""Cauce over HTTP: the calls sent, sent again where that helps, and their answers read."""

from __future__ import annotations

import random
import time
from datetime import date
from importlib.metadata import version
from types import TracebackType
from typing import Self, Unpack

import httpx

from cauce_client import calls
from cauce_client.answers import Answer, joined, understood
from cauce_client.auth import TokenAuth, answer_of
from cauce_client.calls import Call, Question
from cauce_client.errors import Misconfigured, ServiceFault, Unavailable
from cauce_client.keys import PrivateKey
from cauce_client.problem import Json
from cauce_client.results import (
    Act,
    Completeness,
    Difference,
    DryRun,
    Enrolled,
    Figures,
    Me,
    Submission,
)
from cauce_client.retry import pause
from cauce_contract import Month

TIMEOUT = httpx.Timeout(60, connect=10)  # seconds; a figure over many years takes a few


class Cauce:
    """A state's, a coordinator's or a partner's connection to the centre.

    url        the service's public origin, such as https://cauce.example.mx
    client_id  what national coordination answered when it registered the public key
    key        the private key; see PrivateKey.load
    transport  what carries the requests: another proxy, other certificates, or a test's own
    language   `es` or `en`: the language of the service's messages

    Redirects are not followed: a token goes to the address it was meant for or nowhere. Every
    method may raise any CauceError.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        key: PrivateKey,
        transport: httpx.BaseTransport | None = None,
        language: str = "es",
    ) -> None:
        origin = _origin(url)
        self._client_id = client_id
        self._http = httpx.Client(
            base_url=origin,
            auth=TokenAuth(origin, client_id, key),
            transport=transport,
            timeout=TIMEOUT,
            follow_redirects=False,
            headers={
                "User-Agent": f"cauce-client/{version('cauce-client')}",
                "Accept": "application/json, application/problem+json",
                "Accept-Language": language,
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def submit(self, document: Json, *, replace: bool | str = False) -> Submission:
        """Send a programme's month, whole.

        replace  what may be written over: nothing (False, raises AlreadyReported), what is
                 in force (True), or the one revision of that ETag (raises Overtaken)

        The same content again changes nothing and answers the same receipt. A replacement
        has a `revision_reason`. ContractViolation lists what is wrong with the document;
        ValueError where it does not say whose month it is.
        """
        etag = replace if isinstance(replace, str) else None
        if replace is True:
            etag = _submission(self._send(calls.in_force(document))).etag
        return _submission(self._send(calls.submit(document, if_match=etag)))

    def dry_run(self, document: Json) -> DryRun:
        """What `submit` would change; raises as it would, and stores nothing."""
        return understood(DryRun.read, self._send(calls.dry_run(document)).json())

    def submission(self, programme: str, period: Month | str) -> Submission:
        """The revision in force, with its document; Refused where there is none."""
        return _submission(self._send(calls.submission(programme, period)))

    def explain(
        self, programme: str, period: Month | str, rule: str, pointer: str, explanation: str
    ) -> Submission:
        """Explain a warning of the revision in force; the same again changes nothing.

        rule, pointer  which warning: see Submission.unexplained

        Refused where there is no such warning, or it has another explanation.
        """
        said = calls.explain(programme, period, rule, pointer, explanation)
        return _submission(self._send(said))

    def revisions(self, programme: str, period: Month | str) -> list[Json]:
        """Every revision of a month, newest first, in the service's own words."""
        return list(self._all(calls.revisions(programme, period))["items"])

    def differences(
        self, programme: str, period: Month | str, revision: int, against: int
    ) -> tuple[Difference, ...]:
        """The cells in which a revision of a month differs from another one, `against`."""
        call = calls.differences(programme, period, revision, against)
        return understood(Difference.read_all, self._send(call).json())

    def acts(self, programme: str, period: Month | str) -> list[Act]:
        """All that was decided or said about a month, oldest first."""
        return understood(Act.read_all, self._all(calls.acts(programme, period)))

    def ask_for_extension(
        self, programme: str, period: Month | str, until: date | str, text: str
    ) -> Act:
        """Ask national coordination for more days; nothing changes until they are granted.

        until  the last day; the same with the same text again changes nothing

        Refused where the month is reported already, or the day does not come later.
        """
        said = calls.ask_for_extension(programme, period, until, text)
        return understood(Act.read, self._send(said).json())

    def completeness(
        self,
        from_: Month | str | None = None,
        to: Month | str | None = None,
        state: str | None = None,
    ) -> Completeness:
        """Which months came, were late or are missing; a state's client sees its own."""
        return understood(Completeness.read, self._all(calls.completeness(from_, to, state)))

    def indicator(self, indicator: str, **question: Unpack[Question]) -> Figures:
        """An indicator's live, exact figures; see Question for what can be asked."""
        return understood(
            Figures.read, self._all(calls.figures("indicators", indicator, question))
        )

    def measure(self, measure: str, **question: Unpack[Question]) -> Figures:
        """A reported measure's figures, asked for as an indicator's."""
        return understood(Figures.read, self._all(calls.figures("measures", measure, question)))

    def programmes(self, at: Month | str | None = None) -> list[Json]:
        """The roster, in the service's own words; `at`: as it is in that month."""
        return list(self._all(calls.programmes(at))["items"])

    def contracts(self) -> list[Json]:
        """The contract's versions, in the service's own words."""
        return list(self._all(calls.contracts())["items"])

    def enrol(self, token: str, jwk: Json) -> Enrolled:
        """Register a client by a link's token, with its public key; needs no client_id yet."""
        return understood(Enrolled.read, self._send(calls.enrol(token, jwk)).json())

    def me(self) -> Me:
        """Who this client is to the service: its keys, their ends, and what is due next."""
        return understood(Me.read, self._send(calls.me()).json())

    def add_key(self, jwk: Json) -> None:
        """Register another public key of this client; the ones it has stay."""
        self._send(calls.add_key(self._client_id, jwk))

    def revoke_key(self, kid: str) -> None:
        """Revoke a key of this client for ever; Refused where it is the last that holds."""
        self._send(calls.revoke_key(self._client_id, kid))

    def keys(self) -> Json:
        """The service's public keys, as a JWK Set: receipts verify with them (see Receipt)."""
        answer = self._send(calls.keys()).json()
        if not isinstance(answer.get("keys"), list):
            raise ServiceFault("answer_not_understood")
        return answer

    def _all(self, first: Call) -> Json:
        """A collection with all its pages; the cursor holds them to one snapshot."""
        pages: list[Json] = []
        call: Call | None = first
        while call:
            pages.append(self._send(call).json())
            call = calls.after(call, pages[-1])
        return understood(lambda page: joined([page, *pages[1:]]), pages[0])

    def _send(self, call: Call) -> Answer:
        """The answer to a call that succeeded, at once or after some waiting."""
        attempt = 1
        while True:
            try:
                return self._send_once(call)
            except Unavailable as fault:
                chance = random.SystemRandom().random()
                seconds = pause(attempt, fault.retry_after, chance)
                if seconds is None:
                    raise
            time.sleep(seconds)
            attempt += 1

    def _send_once(self, call: Call) -> Answer:
        request = self._http.build_request(
            call.method,
            call.path,
            params=dict(call.query),
            headers=dict(call.headers),
            content=call.content,
        )
        auth = None if call.is_public else httpx.USE_CLIENT_DEFAULT
        try:
            answer = answer_of(self._http.send(request, auth=auth))
        except httpx.TransportError as fault:
            reason = str(fault) or type(fault).__name__
            raise Unavailable("unreachable", url=self._http.base_url, reason=reason) from fault
        except httpx.DecodingError as fault:
            raise ServiceFault("answer_not_understood") from fault
        answer.require_success()
        return answer


def _submission(answer: Answer) -> Submission:
    etag = answer.headers.get("etag", "")
    return understood(lambda json: Submission.read(json, etag), answer.json())


def _origin(url: str) -> httpx.URL:
    """The address without a closing slash; Misconfigured where nothing can be asked there."""
    try:
        parsed = httpx.URL(url.rstrip("/"))
    except httpx.InvalidURL:
        raise Misconfigured("bad_url") from None
    is_plain = not parsed.userinfo and not parsed.query and not parsed.fragment
    if parsed.scheme not in ("https", "http") or not parsed.host or not is_plain:
        raise Misconfigured("bad_url")
    return parsed
