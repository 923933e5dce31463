"""What is asked of the service: every request as a value, made without sending anything.

All are GET, DELETE, PUT on a natural key, or POST of what is said once and no more; so all may
be sent again when an answer was lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, TypedDict
from urllib.parse import quote

from cauce_client.errors import ServiceFault
from cauce_client.problem import Json
from cauce_contract import Month

AS_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `is_public`: it needs no token, so none is asked for or sent."""

    method: Literal["GET", "PUT", "POST", "DELETE"]
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    is_public: bool = False


class Question(TypedDict, total=False):
    """The parameters of a figure; what is left out or None is the service's default.

    from_, to  the first and the last month
    window     `month`, `quarter`, `year` or `rolling12`
    area       `MX`, states, programmes
    by         at most one dimension, and `area`
    contract   the version whose codes to answer in
    known_at   an instant (RFC 3339): what the centre had accepted by then
    """

    from_: Month | str | None
    to: Month | str | None
    window: str | None
    area: str | Iterable[str] | None
    by: str | Iterable[str] | None
    contract: str | None
    known_at: str | None


def submit(document: Json, *, if_match: str | None) -> Call:
    """Send a month; ValueError where the document does not say which programme's and which."""
    return Call(
        "PUT",
        _month_of(document),
        headers=AS_JSON | ({"If-Match": if_match} if if_match else {}),
        content=_encoded(document),
    )


def dry_run(document: Json) -> Call:
    return replace(submit(document, if_match=None), query={"dry_run": "true"})


def in_force(document: Json) -> Call:
    """What stands for a document's month."""
    return Call("GET", _month_of(document))


def submission(programme: str, period: Month | str) -> Call:
    return Call("GET", _path("submissions", programme, str(period)))


def revisions(programme: str, period: Month | str) -> Call:
    return Call("GET", _path("submissions", programme, str(period), "revisions"))


def differences(programme: str, period: Month | str, revision: int, against: int) -> Call:
    place = _path("submissions", programme, str(period), "revisions", str(revision), "diff")
    return Call("GET", place, {"against": str(against)})


def explain(
    programme: str, period: Month | str, rule: str, pointer: str, explanation: str
) -> Call:
    body = {"rule": rule, "pointer": pointer, "explanation": explanation}
    place = _path("submissions", programme, str(period), "explanations")
    return Call("POST", place, headers=AS_JSON, content=_encoded(body))


def acts(programme: str, period: Month | str) -> Call:
    return Call("GET", _path("submissions", programme, str(period), "acts"))


def ask_for_extension(
    programme: str, period: Month | str, until: date | str, text: str
) -> Call:
    place = _path("submissions", programme, str(period), "extension-requests")
    body = {"until": str(until), "text": text}
    return Call("POST", place, headers=AS_JSON, content=_encoded(body))


def completeness(from_: Month | str | None, to: Month | str | None, state: str | None) -> Call:
    given = {"from": from_, "to": to, "state": state}
    return Call("GET", _path("completeness"), _query(given))


def figures(kind: Literal["indicators", "measures"], id: str, question: Question) -> Call:  # noqa: A002  the interface's own word
    given = {name.rstrip("_"): value for name, value in question.items()}
    return Call("GET", _path(kind, id), _query(given))


def programmes(at: Month | str | None) -> Call:
    return Call("GET", _path("programmes"), _query({"at": at}), is_public=True)


def contracts() -> Call:
    return Call("GET", _path("contracts"), is_public=True)


def keys() -> Call:
    """The service's public keys, a JWK Set."""
    return Call("GET", "/.well-known/jwks.json", is_public=True)


def me() -> Call:
    """Who calls."""
    return Call("GET", _path("me"))


def add_key(client_id: str, jwk: Json) -> Call:
    """Register another public key; the same again changes nothing."""
    content = _encoded({"jwk": jwk})
    return Call("POST", _path("clients", client_id, "keys"), headers=AS_JSON, content=content)


def revoke_key(client_id: str, kid: str) -> Call:
    return Call("DELETE", _path("clients", client_id, "keys", kid))


def enrol(token: str, jwk: Json) -> Call:
    """Register a client by a link's token; the same with the same key again changes nothing."""
    content = _encoded({"token": token, "jwk": jwk})
    place = _path("enrolments")
    return Call("POST", place, headers=AS_JSON, content=content, is_public=True)


def after(call: Call, page: Json) -> Call | None:
    """The call for the page that follows; None after the last."""
    cursor = page.get("next")
    if cursor is None:
        return None
    if not isinstance(cursor, str) or cursor == call.query.get("cursor"):
        raise ServiceFault("answer_not_understood")  # it would go round for ever
    return replace(call, query={**call.query, "cursor": cursor})


def _encoded(body: Json) -> bytes:
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()


def _month_of(document: Json) -> str:
    try:
        return _path("submissions", document["programme"], document["period"])
    except (KeyError, TypeError):
        raise ValueError("a document names its programme and its period") from None


def _path(*parts: str) -> str:
    return "/".join(["/v1", *(quote(part, safe="") for part in parts)])


def _query(given: Mapping[str, object]) -> dict[str, str]:
    return {name: _written(value) for name, value in given.items() if value is not None}


def _written(value: object) -> str:
    if isinstance(value, str | Month):
        return str(value)
    if isinstance(value, Iterable):
        return ",".join(value)
    raise TypeError(f"neither text nor a list of it: {value!r}")
