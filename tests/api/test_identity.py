"""A machine proves who it is once for each token, and nothing else passes for that proof."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import random
import stat
import string
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils

from cauce.access import tokens
from cauce.access.scopes import SCOPES
from cauce.access.signing_keys import SigningKeys
from cauce.access.tokens import BadKey, PublicKey, Signer
from support import centre as under_test
from support.centre import ASSERTION_TYPE, ISSUER, STATE_SCOPE, Centre, Client, Databases, later
from support.keys import ClientKey, b64, part

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
WHO_AM_I = "/v1/indicators"  # any address that asks for a token
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def centre(databases: Databases) -> AsyncIterator[Centre]:
    """One for the whole module: nobody here moves its clock."""
    async with under_test.centre(databases) as found:
        yield found


@pytest.fixture(scope="module")
async def nle(centre: Centre) -> Client:
    return await centre.state("MX-NLE")


@pytest.fixture(scope="module")
async def chh(centre: Centre) -> Client:
    return await centre.state("MX-CHH")


def sealed(key: ClientKey, header: bytes, claims: bytes) -> str:
    """A well-signed token over any bytes."""
    unsigned = f"{b64(header)}.{b64(claims)}"
    der = key.private.sign(unsigned.encode(), ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(der)
    signature = b64(r.to_bytes(32) + s.to_bytes(32))
    return f"{unsigned}.{signature}"


def header(client: Client, **changes: Any) -> dict[str, Any]:
    members = {"alg": "ES256", "kid": client.key.kid, "typ": "client-authentication+jwt"}
    return {name: v for name, v in (members | changes).items() if v is not ...}


def with_header(client: Client, **changes: Any) -> str:
    return client.key.sign(header(client, **changes), client.claims())


def with_signature(client: Client, signature: bytes) -> str:
    unsigned = client.assertion().rpartition(".")[0]
    return f"{unsigned}.{b64(signature)}"


def with_hmac(client: Client, secret: bytes, alg: str) -> str:
    unsigned = f"{part(header(client, alg=alg))}.{part(client.claims())}"
    return f"{unsigned}.{b64(hmac.digest(secret, unsigned.encode(), hashlib.sha256))}"


def pem(client: Client) -> bytes:
    return client.key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def with_raw_claims(client: Client, *changes: tuple[str, str]) -> str:
    """A well-signed assertion whose claims are JSON text with replacements made in it."""
    text = json.dumps(client.claims(jti="j" * 16), ensure_ascii=False)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    members = json.dumps(header(client)).encode()
    return sealed(client.key, members, text.encode("utf-8", "surrogatepass"))


def with_raw_header(client: Client, text: str) -> str:
    return sealed(client.key, text.encode(), json.dumps(client.claims()).encode())


def respelled(token: str) -> str:
    """The same bytes in base64url's other spelling: the unused bits of the last character."""
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


def der_signed(client: Client) -> str:
    unsigned = client.assertion().rpartition(".")[0]
    der = client.key.private.sign(unsigned.encode(), ec.ECDSA(hashes.SHA256()))
    return f"{unsigned}.{b64(der)}"


def now(client: Client) -> int:
    return int(client.centre.clock.now.timestamp())


Forger = Callable[[Client, Client], str]

# What is wrong with the assertion: how the first client (or somebody for it) would make it. The
# second client is another registered one.
FAULTS: dict[str, Forger] = {
    "signature of nobody's": lambda a, _: with_signature(a, b"\1" * 64),
    "signature of zeros": lambda a, _: with_signature(a, bytes(64)),
    "signature of the curve's order": lambda a, _: with_signature(a, ORDER.to_bytes(32) * 2),
    "signature missing": lambda a, _: with_signature(a, b""),
    "signature too short": lambda a, _: with_signature(a, b"\1" * 63),
    "signature in DER": lambda a, _: der_signed(a),
    "another client's key, own kid": lambda a, b: b.key.sign(header(a), a.claims()),
    "another client's key and kid": lambda a, b: b.key.sign(header(b), a.claims()),
    "another client's kid": lambda a, b: with_header(a, kid=b.key.kid),
    "unknown kid": lambda a, _: with_header(a, kid=ClientKey().kid),
    "unregistered key": lambda a, _: ClientKey().sign(header(a), a.claims()),
    "kid missing": lambda a, _: with_header(a, kid=...),
    "kid is no text": lambda a, _: with_header(a, kid=[a.key.kid]),
    "kid with NUL": lambda a, _: with_header(a, kid=f"{a.key.kid}\0"),
    "kid not ASCII": lambda a, _: with_header(a, kid="é" * 43),
    "kid is SQL": lambda a, _: with_header(a, kid="' OR '1'='1"),
    "HMAC with the public key's PEM": lambda a, _: with_hmac(a, pem(a), "HS256"),
    "HMAC with the JWK": lambda a, _: with_hmac(a, json.dumps(a.key.jwk).encode(), "HS256"),
    "HMAC that says ES256": lambda a, _: with_hmac(a, pem(a), "ES256"),
    "alg none": lambda a, _: with_header(a, alg="none"),
    "alg none without a signature": lambda a, _: f"{part(header(a, alg='none'))}.e30.",
    "alg NONE": lambda a, _: with_header(a, alg="nOnE"),
    "alg missing": lambda a, _: with_header(a, alg=...),
    "alg a list": lambda a, _: with_header(a, alg=["ES256", "none"]),
    "alg an object": lambda a, _: with_header(a, alg={"ES256": 1}),
    "alg a part of the name": lambda a, _: with_header(a, alg="ES"),
    "alg in lower case": lambda a, _: with_header(a, alg="es256"),
    "alg of another curve": lambda a, _: with_header(a, alg="ES384"),
    "crit": lambda a, _: with_header(a, crit=["exp"]),
    "crit, empty": lambda a, _: with_header(a, crit=[]),
    "b64 false": lambda a, _: with_header(a, b64=False),
    "jku": lambda a, _: with_header(a, jku="https://evil.example/jwks.json"),
    "jwk": lambda a, _: with_header(a, jwk=a.key.jwk),
    "x5c": lambda a, _: with_header(a, x5c=["MIIB"]),
    "x5u": lambda a, _: with_header(a, x5u="https://evil.example/"),
    "cty": lambda a, _: with_header(a, cty="JWT"),
    "typ missing": lambda a, _: with_header(a, typ=...),
    "typ null": lambda a, _: with_header(a, typ=None),
    "typ of an access token": lambda a, _: with_header(a, typ="at+jwt"),
    "typ of a receipt": lambda a, _: with_header(a, typ="receipt+jwt"),
    "typ of a checkpoint": lambda a, _: with_header(a, typ="checkpoint+jwt"),
    "typ a list": lambda a, _: with_header(a, typ=["JWT"]),
    "alg twice": lambda a, _: with_raw_header(
        a, f'{{"alg":"none","alg":"ES256","kid":"{a.key.kid}","typ":"JWT"}}'
    ),
    "header a list": lambda a, _: with_raw_header(a, "[]"),
    "header no JSON": lambda a, _: with_raw_header(a, "{"),
    "header with a BOM": lambda a, _: with_raw_header(a, f"\ufeff{json.dumps(header(a))}"),
    "header deep": lambda a, _: with_raw_header(a, "[" * 1200 + "]" * 1200),
    "header's kid deep": lambda a, _: with_header(a, kid=json.loads("[" * 500 + "]" * 500)),
    "iss of another": lambda a, b: a.assertion(iss=b.id),
    "iss and sub of another": lambda a, b: a.assertion(iss=b.id, sub=b.id),
    "sub of another": lambda a, b: a.assertion(sub=b.id),
    "iss of nobody": lambda a, _: a.assertion(iss="cl_0000", sub="cl_0000"),
    "iss missing": lambda a, _: a.assertion(iss=...),
    "iss a list": lambda a, _: a.assertion(iss=[a.id]),
    "iss with NUL": lambda a, _: a.assertion(iss=f"{a.id}\0", sub=f"{a.id}\0"),
    "iss is SQL": lambda a, _: a.assertion(iss="' OR '1'='1", sub="' OR '1'='1"),
    "sub missing": lambda a, _: a.assertion(sub=...),
    "aud of another service": lambda a, _: a.assertion(aud="https://other.example"),
    "aud with a slash": lambda a, _: a.assertion(aud=f"{ISSUER}/"),
    "aud the token endpoint": lambda a, _: a.assertion(aud=f"{ISSUER}/oauth/token"),
    "aud a list": lambda a, _: a.assertion(aud=[ISSUER]),
    "aud a longer list": lambda a, _: a.assertion(aud=[ISSUER, "https://other.example"]),
    "aud an object": lambda a, _: a.assertion(aud={ISSUER: True}),
    "aud missing": lambda a, _: a.assertion(aud=...),
    "exp missing": lambda a, _: a.assertion(exp=...),
    "exp null": lambda a, _: a.assertion(exp=None),
    "exp a text": lambda a, _: a.assertion(exp=str(now(a) + 60)),
    "exp a list": lambda a, _: a.assertion(exp=[now(a) + 60]),
    "exp true": lambda a, _: a.assertion(exp=True),
    "exp a fraction": lambda a, _: a.assertion(exp=now(a) + 60.5),
    "exp a float": lambda a, _: a.assertion(exp=float(now(a) + 60)),
    "exp Infinity": lambda a, _: a.assertion(exp=float("inf")),
    "exp NaN": lambda a, _: a.assertion(exp=float("nan")),
    "exp 1e999": lambda a, _: with_raw_claims(a, (f'"exp": {now(a) + 120}', '"exp": 1e999')),
    "exp vast": lambda a, _: a.assertion(exp=10**300),
    "exp beyond the calendar": lambda a, _: a.assertion(exp=2**39),
    "exp negative": lambda a, _: a.assertion(exp=-1),
    "exp over five minutes": lambda a, _: a.assertion(exp=now(a) + 301),
    "exp at iat": lambda a, _: a.assertion(exp=now(a), iat=now(a)),
    "exp before iat": lambda a, _: a.assertion(exp=now(a) + 5, iat=now(a) + 6),
    "expired": lambda a, _: a.assertion(iat=now(a) - 61, exp=now(a) - 1),
    "expired this second": lambda a, _: a.assertion(iat=now(a) - 60, exp=now(a)),
    "iat missing": lambda a, _: a.assertion(iat=...),
    "iat a text": lambda a, _: a.assertion(iat=str(now(a))),
    "iat beyond the calendar": lambda a, _: a.assertion(iat=2**39, exp=2**39 + 60),
    "iat in the future": lambda a, _: a.assertion(iat=now(a) + 31, exp=now(a) + 90),
    "nbf in the future": lambda a, _: a.assertion(nbf=now(a) + 31),
    "nbf a text": lambda a, _: a.assertion(nbf="soon"),
    "jti missing": lambda a, _: a.assertion(jti=...),
    "jti short": lambda a, _: a.assertion(jti="1234567"),
    "jti long": lambda a, _: a.assertion(jti="j" * 129),
    "jti a number": lambda a, _: a.assertion(jti=12345678),
    "jti a list": lambda a, _: a.assertion(jti=["12345678"]),
    "jti with a newline": lambda a, _: a.assertion(jti="12345678\n"),
    "claim with NUL": lambda a, _: with_raw_claims(a, ("j" * 16, "jjjjjjjj\\u0000")),
    "claim with half a surrogate pair": lambda a, _: with_raw_claims(
        a, ("j" * 16, "jjjjjjjj\\ud800")
    ),
    "claim with raw surrogate bytes": lambda a, _: with_raw_claims(
        a, ("j" * 16, "jjjjjjjj\udfff")
    ),
    "extra claim with half a surrogate pair": lambda a, _: a.assertion(extra="\ud800"),
    "claim twice": lambda a, _: with_raw_claims(a, ('"jti"', f'"iss": "{a.id}", "jti"')),
    "aud twice": lambda a, _: with_raw_claims(a, ('"jti"', '"aud": "x", "jti"')),
    "claims deep": lambda a, _: with_raw_claims(
        a, ('"jti"', f'"x": {"[" * 1200}{"]" * 1200}, "jti"')
    ),
    "claims a list": lambda a, _: a.key.sign(header(a), [a.claims()]),
    "claims a text": lambda a, _: a.key.sign(header(a), json.dumps(a.claims())),
    "claims null": lambda a, _: a.key.sign(header(a), None),
    "claims no JSON": lambda a, _: sealed(a.key, json.dumps(header(a)).encode(), b"\xff"),
    "claims in UTF-16": lambda a, _: sealed(
        a.key, json.dumps(header(a)).encode(), json.dumps(a.claims()).encode("utf-16")
    ),
    "claims and more": lambda a, _: with_raw_claims(a, ("{", "{}{")),
    "over 4,096 bytes": lambda a, _: a.assertion(extra="x" * 3000),
    "padded": lambda a, _: a.assertion() + "==",
    "padded inside": lambda a, _: a.assertion().replace(".", "=.", 1),
    "respelled": lambda a, _: respelled(a.assertion()),
    "standard base64": lambda a, _: a.assertion().replace("-", "+").replace("_", "/") + "+/",
    "newline at the end": lambda a, _: a.assertion() + "\n",
    "newline inside": lambda a, _: a.assertion().replace(".", "\n.", 1),
    "blank before": lambda a, _: " " + a.assertion(),
    "a fourth part": lambda a, _: a.assertion() + ".e30",
    "two parts": lambda a, _: a.assertion().rpartition(".")[0],
    "five parts, as if encrypted": lambda a, _: a.assertion() + ".e30.e30",
    "a dot at the end": lambda a, _: a.assertion() + ".",
    "dots alone": lambda *_: "..",
    "not ASCII": lambda a, _: a.assertion() + "é",
    "NUL": lambda a, _: a.assertion() + "\0",
    "JSON serialisation": lambda *_: json.dumps({"payload": "e30", "signatures": []}),
}


@pytest.fixture(scope="module")
async def refused(centre: Centre) -> httpx.Response:
    """The one answer to every fault of an assertion."""
    return await centre.ask_for_token("no assertion")


async def test_an_assertion_buys_a_token_for_ten_minutes(nle: Client) -> None:
    answer = await nle.centre.ask_for_token(nle.assertion())

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"  # RFC 6749, 5.1
    body = answer.json()
    assert body.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    assert body["scope"] == STATE_SCOPE
    await _accepts(nle.centre, body["access_token"])


async def test_the_plain_typ_of_ordinary_libraries_is_taken(nle: Client) -> None:
    answer = await nle.centre.ask_for_token(with_header(nle, typ="JWT"))
    assert answer.status_code == 200


async def test_clocks_may_differ_by_half_a_minute(nle: Client) -> None:
    ahead = nle.assertion(iat=now(nle) + 30, exp=now(nle) + 330)
    behind = nle.assertion(iat=now(nle) - 200, exp=now(nle) + 100, nbf=now(nle) - 200)

    for assertion in (ahead, behind):
        assert (await nle.centre.ask_for_token(assertion)).status_code == 200


@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_of_an_assertion_has_the_same_answer(
    fault: str, nle: Client, chh: Client, refused: httpx.Response
) -> None:
    answer = await nle.centre.ask_for_token(FAULTS[fault](nle, chh))

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert answer.content == refused.content
    assert answer.headers == refused.headers
    assert answer.headers["Cache-Control"] == "no-store"


async def test_an_assertion_is_taken_once(nle: Client, refused: httpx.Response) -> None:
    assertion = nle.assertion()

    first = await nle.centre.ask_for_token(assertion)
    again = [await nle.centre.ask_for_token(assertion) for _ in range(3)]

    assert first.status_code == 200
    assert {answer.content for answer in again} == {refused.content}


async def test_a_jti_is_used_once_even_in_another_assertion(nle: Client, chh: Client) -> None:
    jti = "the same for both"

    first = await nle.centre.ask_for_token(nle.assertion(jti=jti))
    second = await nle.centre.ask_for_token(nle.assertion(jti=jti, exp=now(nle) + 200))
    anothers = await nle.centre.ask_for_token(chh.assertion(jti=jti))

    assert [a.status_code for a in (first, second, anothers)] == [200, 401, 200]


async def test_an_assertion_stays_used_until_it_has_expired(databases: Databases) -> None:
    async with under_test.centre(databases) as centre:
        nle = await centre.state("MX-NLE")
        assertion = nle.assertion(exp=now(nle) + 300)
        assert (await centre.ask_for_token(assertion)).status_code == 200

        for _ in range(17):  # past its expiry and the leeway
            later(centre.clock, seconds=20)
            assert (await centre.ask_for_token(nle.assertion())).status_code == 200
            assert (await centre.ask_for_token(assertion)).status_code == 401


async def test_a_forged_assertion_uses_no_jti_up(nle: Client) -> None:
    jti = "guessed by a stranger"
    forged = ClientKey().sign(header(nle), nle.claims(jti=jti))
    late = nle.assertion(jti=jti, exp=now(nle) + 900)
    for assertion in (forged, late):
        assert (await nle.centre.ask_for_token(assertion)).status_code == 401

    assert (await nle.centre.ask_for_token(nle.assertion(jti=jti))).status_code == 200


async def test_failures_never_count_against_the_client_they_name(nle: Client) -> None:
    forged = [ClientKey().sign(header(nle), nle.claims()) for _ in range(60)]
    for assertion in forged:
        assert (await nle.centre.ask_for_token(assertion)).status_code == 401

    assert (await nle.centre.ask_for_token(nle.assertion())).status_code == 200


async def test_of_four_times_the_same_assertion_at_once_one_is_taken(nle: Client) -> None:
    assertions = [nle.assertion() for _ in range(50)] * 4
    random.Random(1).shuffle(assertions)

    answers = await asyncio.gather(*(nle.centre.ask_for_token(each) for each in assertions))

    outcomes = [answer.status_code for answer in answers]
    assert (outcomes.count(200), outcomes.count(401)) == (50, 150)
    issued = {each.json()["access_token"] for each in answers if each.status_code == 200}
    assert len(issued) == 50


# What is asked with a good assertion, and what is wrong with the rest of the form.
FORMS: dict[str, tuple[dict[str, str | None], str]] = {
    "grant type missing": ({"grant_type": None}, "invalid_request"),
    "grant type empty": ({"grant_type": ""}, "invalid_request"),
    "grant type unknown": ({"grant_type": "password"}, "unsupported_grant_type"),
    "assertion missing": ({"client_assertion": None}, "invalid_request"),
    "assertion empty": ({"client_assertion": ""}, "invalid_request"),
    "assertion type missing": ({"client_assertion_type": None}, "invalid_request"),
    "assertion type of SAML": (
        {"client_assertion_type": ASSERTION_TYPE.replace("jwt", "saml2")},
        "invalid_request",
    ),
    "scope not owned": ({"scope": "coordination"}, "invalid_scope"),
    "scope partly owned": ({"scope": "submissions:read admin"}, "invalid_scope"),
    "scope unknown": ({"scope": "everything"}, "invalid_scope"),
    "scope in capitals": ({"scope": "SUBMISSIONS:READ"}, "invalid_scope"),
    "scope of blanks": ({"scope": "  "}, "invalid_scope"),
    "scope with NUL": ({"scope": "submissions:read\0"}, "invalid_scope"),
}


@pytest.mark.parametrize("fault", FORMS)
async def test_a_fault_of_the_form_is_named_as_oauth_names_it(fault: str, nle: Client) -> None:
    changes, error = FORMS[fault]
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": nle.assertion(),
    }
    asked = {name: text for name, text in {**form, **changes}.items() if text is not None}

    answer = await nle.centre.http.post("/oauth/token", data=asked)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json().keys() == {"error", "error_description"}
    assert answer.json()["error"] == error


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"grant_type",
        b"grant_type=client_credentials&grant_type=client_credentials",
        b"&".join(b"field%d=1" % n for n in range(20)),
        "grant_type=contraseña".encode(),
        b"\xff\xfe",
        b'{"grant_type": "client_credentials"}',
        b"grant_type=client_credentials;client_assertion=x",
        b"&&&&",
    ],
)
async def test_what_is_no_form_is_an_invalid_request(centre: Centre, body: bytes) -> None:
    answer = await centre.http.post("/oauth/token", content=body, headers=FORM)

    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_request", "unsupported_grant_type")


async def test_a_field_given_twice_is_an_invalid_request(nle: Client) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": [nle.assertion(), nle.assertion()],
    }

    answer = await nle.centre.http.post("/oauth/token", data=form)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_client_id_beside_the_assertion_must_be_the_same(
    nle: Client, chh: Client, refused: httpx.Response
) -> None:
    own = await nle.centre.ask_for_token(nle.assertion(), client_id=nle.id)
    anothers = await nle.centre.ask_for_token(nle.assertion(), client_id=chh.id)

    assert own.status_code == 200
    assert (anothers.status_code, anothers.content) == (401, refused.content)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "text/plain"},
        {},
        FORM | {"Content-Encoding": "gzip"},
    ],
)
async def test_only_a_plain_form_is_read(centre: Centre, headers: dict[str, str]) -> None:
    answer = await centre.http.post("/oauth/token", content=b"a=b", headers=headers)

    assert answer.status_code == 415
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_form_of_more_than_16_kib_is_not_read(nle: Client) -> None:
    answer = await nle.centre.ask_for_token(nle.assertion(), padding="x" * 16 * 1024)

    assert answer.status_code == 413
    assert answer.json()["type"] == "/problems/body-too-large"


async def test_a_token_may_be_asked_for_less_than_the_client_may_do(
    centre: Centre, month: dict[str, Any]
) -> None:
    if not (await centre.http.get("/v1/programmes")).json()["items"]:
        await centre.programme("MX-DUR-01")
    dur = await centre.state("MX-DUR")

    answer = await centre.ask_for_token(dur.assertion(), scope="submissions:read")

    assert answer.json()["scope"] == "submissions:read"
    dur.held["token"] = answer.json()["access_token"]
    reading = await dur.get("/v1/submissions/MX-DUR-01/2026-09")
    writing = await dur.put(month | {"programme": "MX-DUR-01"})
    assert (reading.status_code, writing.status_code) == (404, 403)


async def test_an_empty_scope_asks_for_all_as_rfc_6749_has_it(nle: Client) -> None:
    answer = await nle.centre.ask_for_token(nle.assertion(), scope="")
    assert answer.json()["scope"] == STATE_SCOPE


def bearing(token: str) -> dict[bytes, bytes]:
    return {b"Authorization": f"Bearer {token}".encode()}


async def _refuses(centre: Centre, token: str) -> None:
    """The token opens nothing, and the answer says what is asked for."""
    answer = await centre.http.get(WHO_AM_I, headers=bearing(token))

    assert answer.status_code == 401, token
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/unauthenticated"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert not token or token not in answer.text


async def test_an_access_token_ends_after_ten_minutes(databases: Databases) -> None:
    async with under_test.centre(databases) as centre:
        nle = await centre.state("MX-NLE")
        token = await nle.token()

        later(centre.clock, minutes=9, seconds=59)
        assert (await nle.get(WHO_AM_I)).status_code == 200
        later(centre.clock, seconds=1)
        await _refuses(centre, token)


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "bearer  ", "Basic Y2xfMTp4", "DPoP x", "Bearer é", "Bearer\tx"],
)
async def test_without_a_bearer_token_nobody_is_known(
    centre: Centre, authorization: str
) -> None:
    headers = {b"Authorization": authorization.encode()} if authorization else {}

    answer = await centre.http.get(WHO_AM_I, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_cookie_or_a_parameter_is_no_authorization(nle: Client) -> None:
    token = await nle.token()

    cookie = {"Cookie": f"Authorization=Bearer {token}; access_token={token}"}
    by_cookie = await nle.centre.http.get(WHO_AM_I, headers=cookie)
    by_parameter = await nle.centre.http.get(f"{WHO_AM_I}?access_token={token}")

    assert (by_cookie.status_code, by_parameter.status_code) == (401, 400)
    assert token not in by_parameter.text


async def test_no_kind_of_token_passes_for_another(
    centre: Centre, nle: Client, month: dict[str, Any], refused: httpx.Response
) -> None:
    await centre.programme("MX-NLE-01")
    receipt = (await nle.put(month)).json()["receipt"]

    for token in (receipt, nle.assertion(), with_header(nle, typ="at+jwt")):
        await _refuses(centre, token)
    for token in (receipt, await nle.token()):
        assert (await centre.ask_for_token(token)).content == refused.content


async def test_an_access_token_of_another_make_is_refused(centre: Centre, nle: Client) -> None:
    keys: SigningKeys = centre.app.state.running.keys
    good = json.loads(_bytes((await nle.token()).split(".")[1]))
    assert (good["iss"], good["aud"], good["sub"]) == (ISSUER, ISSUER, nle.id)
    await _accepts(centre, keys.access.sign(tokens.ACCESS, good))

    misnamed = Signer(keys.receipt.public, keys.access.private)
    others = {
        "the right key under another kid": misnamed.sign(tokens.ACCESS, good),
        "the receipt key": keys.receipt.sign(tokens.ACCESS, good),
        "the receipt's kind": keys.access.sign(tokens.RECEIPT, good),
        "an assertion's kind": keys.access.sign("JWT", good),
        "another issuer": keys.access.sign(tokens.ACCESS, good | {"iss": "https://x.example"}),
        "another audience": keys.access.sign(
            tokens.ACCESS, good | {"aud": "https://x.example"}
        ),
        "a list of audiences": keys.access.sign(tokens.ACCESS, good | {"aud": [ISSUER]}),
        "a client's key": nle.key.sign(
            {"alg": "ES256", "typ": "at+jwt", "kid": nle.key.kid}, good
        ),
    }
    for token in others.values():
        await _refuses(centre, token)


async def _accepts(centre: Centre, token: str) -> None:
    assert (await centre.http.get(WHO_AM_I, headers=bearing(token))).status_code == 200


async def test_altered_claims_or_headers_are_refused(centre: Centre, nle: Client) -> None:
    head, claims, signature = (await nle.token()).split(".")
    members, said = json.loads(_bytes(head)), json.loads(_bytes(claims))

    for change in (
        {"state": "MX-CHH"},
        {"scope": " ".join(SCOPES)},
        {"exp": said["exp"] + 1},
        {"client_id": "cl_other"},
    ):
        await _refuses(centre, f"{head}.{part(said | change)}.{signature}")
    for changes in (
        {"alg": "none"},
        {"alg": ["ES256"]},
        {"kid": "é"},
        {"kid": nle.key.kid},
        {"kid": None},
        {"jku": "https://evil.example"},
        {"crit": ["exp"]},
        {"typ": "AT+JWT"},
    ):
        await _refuses(centre, f"{part(members | changes)}.{claims}.{signature}")
    await _refuses(centre, f"{head}.{claims}.")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


_ODD = string.ascii_letters + string.digits + '-_.=+/ \t\0é{}[]"\u2028'
_NASTY: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    2**63,
    10**30,
    float("inf"),
    float("nan"),
    "",
    "x",
    "\0",
    "\ud800",
    [],
    {},
    ["ES256", "none"],
    {"a": {"b": []}},
    "é" * 50,
    json.loads("[" * 200 + "]" * 200),
]


def mutations(token: str, chance: random.Random, count: int) -> Iterator[str]:
    """Tokens that differ from a good one: in characters, in parts, or in what the JSON says."""
    while count:
        chars, parts = list(token), token.split(".")
        match chance.randrange(7):
            case 0:
                for _ in range(chance.randint(1, 4)):
                    chars[chance.randrange(len(chars))] = chance.choice(_ODD)
                mutant = "".join(chars)
            case 1:
                at = chance.randrange(len(chars))
                del chars[at : at + chance.randint(1, 60)]
                mutant = "".join(chars)
            case 2:
                at = chance.randrange(len(chars) + 1)
                mutant = token[:at] + "".join(chance.choices(_ODD, k=3)) + token[at:]
            case 3:
                chance.shuffle(parts)
                mutant = ".".join(parts[: chance.randint(1, 3)])
            case 4:
                at = chance.randrange(len(chars))
                chars[at] = chars[at].swapcase()
                mutant = "".join(chars)
            case _:
                which = chance.randrange(2)
                said = json.loads(_bytes(parts[which]))
                name = chance.choice([*said, "crit", "jwk", "nbf", "x"])
                said[name] = chance.choice([*_NASTY, *said.values()])
                parts[which] = part(said)
                mutant = ".".join(parts)
        if mutant != token:
            count -= 1
            yield mutant


async def test_of_400_mutants_of_an_assertion_none_is_taken_and_none_breaks_anything(
    nle: Client, refused: httpx.Response
) -> None:
    good = nle.assertion()
    for mutant in mutations(good, random.Random(7523), 400):
        answer = await nle.centre.ask_for_token(mutant)
        assert (answer.status_code, answer.content) == (401, refused.content), mutant

    assert (await nle.centre.ask_for_token(good)).status_code == 200


async def test_of_300_well_signed_assertions_with_a_bad_claim_none_is_taken(
    nle: Client, refused: httpx.Response
) -> None:
    chance = random.Random(9068)
    for _ in range(300):
        claim = chance.choice(["iss", "sub", "aud", "iat", "exp", "jti", "nbf"])
        bad = chance.choice(_NASTY)
        answer = await nle.centre.ask_for_token(nle.assertion(**{claim: bad}))
        told = (answer.status_code, answer.content)
        if claim == "jti" and isinstance(bad, str) and len(bad) >= 8:
            continue  # any text of that length is a fair jti
        assert told == (401, refused.content), (claim, bad)


async def test_of_400_mutants_of_an_access_token_none_opens_anything(nle: Client) -> None:
    good = await nle.token()
    for mutant in mutations(good, random.Random(7515), 400):
        if mutant.strip() != good:
            await _refuses(nle.centre, mutant)

    assert (await nle.get(WHO_AM_I)).status_code == 200


async def test_the_ecdsa_package_is_never_loaded(nle: Client) -> None:
    """CVE-2024-23342: python-jose brings it along, to use where cryptography is missing."""
    assert (await nle.centre.ask_for_token(nle.assertion())).status_code == 200
    assert "ecdsa" not in sys.modules


def _p384() -> dict[str, str]:
    numbers = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    x, y = b64(numbers.x.to_bytes(48)), b64(numbers.y.to_bytes(48))
    return {"kty": "EC", "crv": "P-384", "x": x, "y": y}


def _rsa() -> dict[str, str]:
    numbers = rsa.generate_private_key(65537, 2048).public_key().public_numbers()
    return {"kty": "RSA", "n": b64(numbers.n.to_bytes(256)), "e": "AQAB"}


def _with_zeros() -> dict[str, str]:
    """A good key whose x is written with a leading zero byte, against RFC 7518, 6.2.1.2."""
    jwk = ClientKey().jwk
    return jwk | {"x": b64(b"\0" + _bytes(jwk["x"]))}


def _without_zero() -> dict[str, str]:
    """A good key whose x begins with a zero byte that is left out."""
    for secret in range(1, 5000):
        key = ClientKey(ec.derive_private_key(secret, ec.SECP256R1()))
        x = _bytes(key.jwk["x"])
        if x[0] == 0:
            return key.jwk | {"x": b64(x[1:])}
    raise AssertionError("one key in 256 begins so")


BAD_KEYS: dict[str, tuple[Callable[[], object], str]] = {
    "RSA": (_rsa, "Only EC keys on the curve P-256"),
    "P-384": (_p384, "Only EC keys on the curve P-256"),
    "secp256k1": (lambda: ClientKey().jwk | {"crv": "secp256k1"}, "P-256"),
    "symmetric": (lambda: {"kty": "oct", "k": "AAAA"}, "Only EC keys"),
    "off the curve": (lambda: ClientKey().jwk | {"y": ClientKey().jwk["y"]}, "not a point"),
    "the origin": (lambda: ClientKey().jwk | {"x": "A" * 43, "y": "A" * 43}, "not a point"),
    "private": (lambda: ClientKey().jwk | {"d": "A" * 43}, "private key"),
    "private, null": (lambda: ClientKey().jwk | {"d": None}, "private key"),
    "kid of another key": (lambda: ClientKey().jwk | {"kid": ClientKey().kid}, "thumbprint"),
    "kid a number": (lambda: ClientKey().jwk | {"kid": 1}, "thumbprint"),
    "x too short": (lambda: ClientKey().jwk | {"x": "AAAA"}, "32 bytes"),
    "x with a zero before": (_with_zeros, "32 bytes"),
    "x without its zero": (_without_zero, "32 bytes"),
    "x missing": (lambda: {"kty": "EC", "crv": "P-256", "y": ClientKey().jwk["y"]}, "32 bytes"),
    "x a number": (lambda: ClientKey().jwk | {"x": 5}, "32 bytes"),
    "x a list": (lambda: ClientKey().jwk | {"x": [1]}, "32 bytes"),
    "x padded": (lambda: (k := ClientKey().jwk) | {"x": k["x"] + "="}, "32 bytes"),
    "x vast": (lambda: ClientKey().jwk | {"x": "A" * 100_000}, "32 bytes"),
    "a list": (lambda: [ClientKey().jwk], "JSON object"),
    "a text": (lambda: "-----BEGIN PUBLIC KEY-----", "JSON object"),
    "a set of keys": (lambda: {"keys": [ClientKey().jwk]}, "Only EC keys"),
    "for encryption": (lambda: ClientKey().jwk | {"use": "enc"}, "signature"),
    "for another algorithm": (lambda: ClientKey().jwk | {"alg": "ECDH-ES"}, "ES256"),
}


@pytest.mark.parametrize("fault", BAD_KEYS)
def test_a_bad_key_is_not_registered_and_the_reason_is_said(fault: str) -> None:
    made, reason = BAD_KEYS[fault]

    with pytest.raises(BadKey, match=reason):
        PublicKey.read(made())


def test_a_good_key_is_registered_under_its_thumbprint() -> None:
    key = ClientKey()
    for jwk in (key.jwk, key.jwk | {"kid": key.kid, "alg": "ES256", "use": "sig"}):
        found = PublicKey.read(jwk)
        assert found.kid == key.kid
        assert dict(found.jwk) == key.jwk


async def test_the_published_keys_have_no_private_member(centre: Centre) -> None:
    answer = await centre.http.get("/.well-known/jwks.json")

    keys = answer.json()["keys"]
    assert len(keys) == 6
    for jwk in keys:
        assert not jwk.keys() & PRIVATE_MEMBERS
        assert PublicKey.read(jwk).kid == jwk["kid"]
        assert (jwk["alg"], jwk["use"]) == ("ES256", "sig")
    running = centre.app.state.running
    signers = (running.keys.access, running.keys.receipt, running.keys.checkpoint)
    assert [jwk["kid"] for jwk in keys[::2]] == [signer.public.kid for signer in signers]
    assert len({jwk["kid"] for jwk in keys}) == 6
    kinds = ["at+jwt", "receipt+jwt", "checkpoint+jwt"]
    for place in (0, 1):  # the one that signs, and the one that will
        assert [jwk["signs"] for jwk in keys[place::2]] == kinds


async def test_the_metadata_say_how_to_ask_for_a_token(centre: Centre) -> None:
    metadata = (await centre.http.get("/.well-known/oauth-authorization-server")).json()

    assert metadata["issuer"] == ISSUER
    assert metadata["token_endpoint"] == f"{ISSUER}/oauth/token"
    assert metadata["jwks_uri"] == f"{ISSUER}/.well-known/jwks.json"
    assert metadata["grant_types_supported"] == ["client_credentials"]
    assert metadata["response_types_supported"] == []  # required by RFC 8414, 2
    assert metadata["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert metadata["token_endpoint_auth_signing_alg_values_supported"] == ["ES256"]
    assert metadata["scopes_supported"] == list(SCOPES)


def test_signing_keys_are_their_owners_alone_and_are_kept(tmp_path: Path) -> None:
    first = SigningKeys.open(tmp_path / "data")
    second = SigningKeys.open(tmp_path / "data")

    folder = tmp_path / "data" / "keys"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["access.json", "checkpoint.json", "receipt.json"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert first.public() == second.public()
    for jwk in first.public():
        assert not jwk.keys() & PRIVATE_MEMBERS


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: SigningKeys.open(tmp_path).public(), range(8)))

    assert all(keys == opened[0] for keys in opened)
    assert len(list((tmp_path / "keys").iterdir())) == 3
