"""Thousands of tokens that nobody should take, each at the address that it is made for."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import string
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from cauce.access import tokens
from support import centre as under_test
from support.centre import ISSUER, Centre, Client, Databases
from support.keys import ClientKey, b64, part

AT_LEAST = 5000
TYPS = (*tokens.ASSERTION, tokens.ACCESS, tokens.RECEIPT, tokens.CHECKPOINT, "", "jwt", None)
ALGS = (
    *("none", "None", "NONE", "HS256", "HS384", "HS512", "RS256", "PS256", "ES384", "ES512"),
    *("ES256K", "EdDSA", "es256", "ES256 ", "", None, 1, True, ["ES256"], {"ES256": "ES256"}),
)
EVIL = "https://evil.example/keys"
MORE = {  # members that no header of ours has
    "crit": ["exp"],
    "jku": EVIL,
    "x5u": EVIL,
    "x5c": ["MIIB"],
    "x5t": "AAAA",
    "jwk": ClientKey().jwk,
    "b64": False,
    "cty": "JWT",
    "zip": "DEF",
    "enc": "A128GCM",
    "": "",
}
NOTHING = object()
VALUES: tuple[object, ...] = (
    *(NOTHING, None, "", "x", "0", "Inf", [], {}, True, False, 0, -1, 1.5, 2**40, 2**63),
    *(
        1e300,
        float("inf"),
        float("-inf"),
        float("nan"),
        ["x"],
        [None],
        {"x": 1},
        "\0",
        "x" * 200,
    ),
)
ALPHABET = string.ascii_letters + string.digits + "-_"

Forged = tuple[str, str]  # which family, and the token


@pytest.mark.heavy
async def test_no_hostile_token_is_taken_and_none_fails_the_service(
    databases: Databases,
) -> None:
    async with under_test.centre(databases, failed_assertions_a_minute=10**6) as centre:
        nle, chh = await centre.state("MX-NLE"), await centre.state("MX-CHH")
        used = nle.assertion()
        assert (await centre.ask_for_token(used)).status_code == 200
        access = await chh.token()
        tried: Counter[str] = Counter()
        answered: Counter[tuple[str, int]] = Counter()
        wrong = []
        chance = random.Random(5)
        for family, token in (*assertions(nle, chh, used, chance), *kinds(centre, nle)):
            answer = await centre.ask_for_token(token)
            tried[family] += 1
            answered["token", answer.status_code] += 1
            if answer.status_code not in (400, 401) or "access_token" in answer.text:
                wrong.append((family, token, answer.status_code))
        bearers = bearer_tokens(centre, nle, access, chance)
        for family, token in (*bearers, *kinds(centre, nle, but=tokens.ACCESS)):
            headers = {"Authorization": f"Bearer {token}"}
            answer = await centre.http.get("/v1/me", headers=headers)
            tried[family] += 1
            answered["call", answer.status_code] += 1
            if answer.status_code not in (400, 401):
                wrong.append((family, token, answer.status_code))
        assert (await chh.get("/v1/me")).status_code == 200
    print(f"{tried.total()} hostile tokens: {dict(tried)}, answered {dict(answered)}")
    assert wrong == []
    assert tried.total() >= AT_LEAST


@pytest.mark.heavy
async def test_300_assertions_used_ten_times_at_once_give_300_tokens(
    databases: Databases,
) -> None:
    async with under_test.centre(databases, failed_assertions_a_minute=10**6) as centre:
        nle = await centre.state("MX-NLE")
        issued, refused = set(), 0
        for _ in range(10):
            assertions = [nle.assertion() for _ in range(30)] * 10
            random.Random(7).shuffle(assertions)
            answers = await asyncio.gather(*map(centre.ask_for_token, assertions))
            taken = [answer for answer in answers if answer.status_code == 200]
            issued |= {answer.json()["access_token"] for answer in taken}
            refused += sum(answer.status_code == 401 for answer in answers)
    assert (len(issued), refused) == (300, 2700)


def header(kid: str, **changes: Any) -> dict[str, Any]:
    return {"alg": "ES256", "kid": kid, "typ": tokens.ASSERTION[0]} | changes


def signed(key: ClientKey, members: dict[str, Any], claims: dict[str, Any]) -> str:
    """Well signed over the JSON, which has Infinity and NaN where the claims do."""
    return key.sign(members, {k: v for k, v in claims.items() if v is not NOTHING})


def assertions(a: Client, b: Client, used: str, chance: random.Random) -> Iterator[Forged]:
    """By the client `a` itself, or by somebody for it."""
    yield from wrong_headers(a, b)
    yield from wrong_claims(a, used)
    yield from with_hmac(a)
    yield from bent(a.assertion(), chance, 750)
    for size in range(4097, 9000, 250):
        yield "oversized", signed(a.key, header(a.key.kid), a.claims(more="x" * size))
    for depth in range(20, 900, 40):
        deep = json.loads("[" * depth + "]" * depth)
        yield "deep", signed(a.key, header(a.key.kid), a.claims(jti=deep))
        yield "deep", signed(a.key, header(a.key.kid) | {"kid": deep}, a.claims())


def wrong_headers(a: Client, b: Client) -> Iterator[Forged]:
    kid = a.key.kid
    for alg, typ in product(ALGS, TYPS):
        yield "algorithms", signed(a.key, header(kid, alg=alg, typ=typ), a.claims())
    for name, typ in product(MORE, tokens.ASSERTION):
        members = header(kid, typ=typ) | {name: MORE[name]}
        yield "more in the header", signed(a.key, members, a.claims())
    others = (
        b.key.kid,
        ClientKey().kid,
        "",
        "../../etc/passwd",
        "x" * 900,
        "' OR ''='",
        None,
        7,
    )
    for other, key in product((*others, [kid], {"kid": kid}), (a.key, b.key, ClientKey())):
        yield "foreign and unknown kid", signed(key, header(kid) | {"kid": other}, a.claims())


def wrong_claims(a: Client, used: str) -> Iterator[Forged]:
    kid, now = a.key.kid, int(a.centre.clock.now.timestamp())
    for name, value in product(("iss", "sub", "aud", "iat", "exp", "jti"), VALUES):
        yield f"claim {name}", signed(a.key, header(kid), a.claims() | {name: value})
    for value in VALUES[1:]:
        yield "claim nbf", signed(a.key, header(kid), a.claims() | {"nbf": value})
    for aud in (f"{ISSUER}/", f"{ISSUER}/oauth/token", ISSUER.upper(), [ISSUER], EVIL):
        yield "claim aud", signed(a.key, header(kid), a.claims(aud=aud))
    for step in range(60):
        late = now + 31 + step * 17
        yield "future iat", signed(a.key, header(kid), a.claims(iat=late, exp=late + 60))
        past = now - 1 - step * 17
        yield "expired", signed(a.key, header(kid), a.claims(iat=past - 60, exp=past))
        yield "lives too long", signed(a.key, header(kid), a.claims(exp=now + 301 + step * 97))
    for _ in range(60):
        yield "replays", used


def with_hmac(a: Client) -> Iterator[Forged]:
    public = a.key.private.public_key()
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    encodings = (serialization.Encoding.PEM, serialization.Encoding.DER)
    secrets = [public.public_bytes(encoding, info) for encoding in encodings]
    secrets += [json.dumps(a.key.jwk).encode(), a.key.kid.encode(), b""]
    for secret, alg, typ in product(secrets, ("HS256", "HS512", "ES256"), TYPS):
        unsigned = f"{part(header(a.key.kid, alg=alg, typ=typ))}.{part(a.claims())}"
        digest = hashlib.sha512 if alg == "HS512" else hashlib.sha256
        mac = hmac.digest(secret, unsigned.encode(), digest)
        yield "HMAC with the public key", f"{unsigned}.{b64(mac)}"


def bent(token: str, chance: random.Random, times: int) -> Iterator[Forged]:
    """A good token with one thing about its text changed."""
    for _ in range(times):
        at = chance.randrange(len(token))
        other = chance.choice(ALPHABET.replace(token[at], ""))
        yield "a character changed", f"{token[:at]}{other}{token[at + 1 :]}"
        yield "cut", token[:at]
        added = chance.choice(ALPHABET + ".=+/~ %")
        inside = 1 + chance.randrange(len(token) - 1)
        yield "a character added", f"{token[:inside]}{added}{token[inside:]}"
    for last in ALPHABET.replace(token[-1], ""):
        yield "malleable base64", token[:-1] + last
    for padding in ("=", "==", "A", ".", "..", ".e30"):
        yield "malleable base64", token + padding


def bearer_tokens(
    centre: Centre, a: Client, access: str, chance: random.Random
) -> Iterator[Forged]:
    """Access tokens that the service did not issue, or not so."""
    parts = tokens.take_apart(access)
    now = int(centre.clock.now.timestamp())
    key, claims = ClientKey(), dict(parts.claims)
    for alg, typ, kid in product(ALGS, TYPS, (parts.kid, a.key.kid)):
        yield "algorithms", signed(a.key, header(kid, alg=alg, typ=typ), claims)
    for name, by in product(MORE, (key, a.key)):
        members = header(parts.kid, typ=tokens.ACCESS) | {name: MORE[name]}
        yield "more in the header", signed(by, members, claims)
    for name, value in product(("iss", "aud", "exp", "scope", "state", "client_id"), VALUES):
        forged = signed(key, header(parts.kid, typ=tokens.ACCESS), claims | {name: value})
        yield "somebody else's signature", forged
    # What the service's own key would have signed for another, or long ago.
    signer = centre.app.state.running.keys.access
    for changes in ({"iss": EVIL}, {"aud": EVIL}, {"aud": [ISSUER]}, {"exp": now}, {"exp": 1}):
        yield "ended, or for another", signer.sign(tokens.ACCESS, claims | changes)
    yield from bent(access, chance, 500)
    for size in range(4097, 9000, 500):
        yield "oversized", signer.sign(tokens.ACCESS, claims | {"more": "x" * size})


def kinds(centre: Centre, a: Client, but: str = "") -> Iterator[Forged]:
    """What each of the service's keys signs, used for another thing."""
    keys = centre.app.state.running.keys
    signers = {
        tokens.ACCESS: keys.access,
        tokens.RECEIPT: keys.receipt,
        tokens.CHECKPOINT: keys.checkpoint,
    }
    for (kind, signer), typ in product(signers.items(), (*TYPS, a.key.kid)):
        if typ is not None and not kind == typ == but:
            yield "kinds for each other", signer.sign(typ, a.claims(client_id=a.id, scope="x"))
