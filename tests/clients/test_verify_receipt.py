"""`cauce verify-receipt`: what a receipt proves, and all that does not prove it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cauce_client import CauceError, Misconfigured, Receipt, Unproven
from cauce_contract import LANGUAGES
from support import receipts
from support.command_line import Done, Run, sound, write
from support.keys import ClientKey, b64, part
from support.months import read

KEY, OTHER = ClientKey(), ClientKey()
JWKS = {"keys": [receipts.jwk(OTHER, signs="at+jwt"), receipts.jwk(KEY, signs="receipt+jwt")]}


@pytest.fixture
def verify(cauce: Run) -> Callable[..., Done]:
    """Runs the command on a receipt, with its keys beside it unless the test says otherwise."""

    def run(token: str, *arguments: str, keys: object = JWKS, language: str = "en") -> Done:
        Path("r.jws").write_text(token)
        Path("r.jws.jwks").unlink(missing_ok=True)
        if keys is not None:
            write("r.jws.jwks", keys)
        return cauce("verify-receipt", "r.jws", *arguments, settings={"CAUCE_LANG": language})

    return run


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_what_is_proven_in_the_reader_s_language(
    language: str, verify: Callable[..., Done]
) -> None:
    done = verify(receipts.signed(KEY), language=language)

    assert (done.code, done.err) == (0, "")
    for proven in (
        "https://cauce.example",
        "MX-NLE-01 2024-09",
        "sha-256:60df",
        "1.0.0, sha-256:c0",
        "2024-10-04T16:20:11Z",
        "cl_1",
        KEY.kid,
    ):
        assert proven in done.out
    durable = {
        "es": "en el disco de un servidor",
        "en": "on one server's disk",
        "pt": "no disco de um servidor",
        "fr": "sur le disque d'un serveur",
    }
    assert durable[language] in done.out


def test_as_json_it_gives_the_claims_and_the_entry_s_leaf(verify: Callable[..., Done]) -> None:
    done = verify(receipts.signed(KEY), "--json")

    assert json.loads(done.out) == {
        "verified": True,
        "kid": KEY.kid,
        "claims": receipts.claims(),
        "leaf": receipts.leaf().hex(),
        "document": None,
    }


def test_a_line_s_end_after_the_receipt_does_not_matter(verify: Callable[..., Done]) -> None:
    assert verify(receipts.signed(KEY) + "\r\n").code == 0


def test_it_says_whether_it_is_the_receipt_of_a_document(verify: Callable[..., Done]) -> None:
    of_m = receipts.signed(KEY, content_digest=read(sound()).content_digest, log=later())

    same = verify(of_m, "--document", "m.json")
    same_json = verify(of_m, "--document", "m.json", "--json")
    other = verify(receipts.signed(KEY), "--document", "m.json")
    other_json = verify(receipts.signed(KEY), "--document", "m.json", "--json")

    assert (same.code, same.err) == (0, "")
    assert "m.json" in same.out
    assert json.loads(same_json.out)["document"]["is_of_receipt"] is True
    assert other.code == other_json.code == 1
    assert "NOT FOR m.json" in other.err
    compared = json.loads(other_json.out)["document"]
    assert compared == {"content_digest": read(sound()).content_digest, "is_of_receipt": False}


def later(**changes: Any) -> dict[str, Any]:
    """A place in the log whose head one receipt alone cannot tell."""
    log = {"state": "MX-NLE", "position": 7, "salt": receipts.SALT, "head": "00" * 32}
    return log | changes


def test_a_receipt_of_the_first_months_is_verified_too(verify: Callable[..., Done]) -> None:
    early = receipts.signed(
        KEY, annex_digest=..., client=..., log={"state": "MX-NLE", "position": 3}
    )
    done = verify(early, "--json")
    assert (done.code, json.loads(done.out)["leaf"]) == (0, None)
    assert verify(early).code == 0


def test_a_key_that_does_not_say_what_it_signs_may_have_signed_it(
    verify: Callable[..., Done],
) -> None:
    assert verify(receipts.signed(KEY), keys={"keys": [receipts.jwk(KEY)]}).code == 0


UNPROVEN = {
    "a key that is not the service's": (
        receipts.signed(ClientKey()),
        "not among the service's",
    ),
    "the service's key for access tokens": (receipts.signed(OTHER), "something else (at+jwt)"),
    "another key under the name of the right one": (
        OTHER.sign({"alg": "ES256", "kid": KEY.kid, "typ": "receipt+jwt"}, receipts.claims()),
        "the signature is not that of the key",
    ),
    "claims without a place in the log": (receipts.signed(KEY, log=...), "does not say what"),
    "an instant that is none": (receipts.signed(KEY, received_at="x"), "does not say what"),
    "a head that the first entry cannot have": (
        receipts.signed(KEY, log=later(position=1)),
        "does not say what",
    ),
}


@pytest.mark.parametrize("case", UNPROVEN)
def test_what_is_not_proven_ends_with_1_and_says_why(
    case: str, verify: Callable[..., Done]
) -> None:
    token, told = UNPROVEN[case]

    done = verify(token)
    as_json = verify(token, "--json")

    assert (done.code, done.out) == (1, "")
    assert told in done.err
    assert as_json.code == 1
    assert json.loads(as_json.out)["verified"] is False


_HEAD, _CLAIMS, _SIGNATURE = receipts.signed(KEY).split(".")
NO_RECEIPT = {
    "nothing": ("", "not a compact JWS"),
    "a month": (json.dumps(sound()), "not a compact JWS"),
    "two parts": (f"{_HEAD}.{_CLAIMS}", "not a compact JWS"),
    "four parts": (f"{_HEAD}.{_CLAIMS}.{_SIGNATURE}.x", "not a compact JWS"),
    "too much": ("x" * 20_000, "not a compact JWS"),
    "claims that are a list": (f"{_HEAD}.{part([])}.{_SIGNATURE}", "not a compact JWS"),
    "a header with another member": (
        KEY.sign({"alg": "ES256", "kid": KEY.kid, "typ": "receipt+jwt", "crit": []}, {}),
        "not a compact JWS",
    ),
    "no algorithm": (
        KEY.sign({"alg": "none", "kid": KEY.kid, "typ": "receipt+jwt"}, receipts.claims()),
        "not a compact JWS",
    ),
    "padding": (f"{_HEAD}=.{_CLAIMS}.{_SIGNATURE}", "not a compact JWS"),
    "an access token": (receipts.signed(KEY, "at+jwt"), "(at+jwt)"),
    "a checkpoint": (receipts.signed(KEY, "checkpoint+jwt"), "(checkpoint+jwt)"),
    "an assertion": (receipts.signed(KEY, "client-authentication+jwt"), "(client-auth"),
}


@pytest.mark.parametrize("case", NO_RECEIPT)
def test_a_file_that_is_no_receipt_is_wrong_usage(
    case: str, verify: Callable[..., Done]
) -> None:
    token, told = NO_RECEIPT[case]

    done = verify(token)

    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_without_keys_it_says_how_to_get_them(verify: Callable[..., Done]) -> None:
    done = verify(receipts.signed(KEY), keys=None)

    assert (done.code, done.out) == (2, "")
    assert 'curl -o r.jws.jwks "$CAUCE_URL/.well-known/jwks.json"' in done.err


def test_keys_can_be_named(verify: Callable[..., Done], cauce: Run) -> None:
    write("all.jwks", JWKS)
    assert verify(receipts.signed(KEY), "--keys", "all.jwks", keys=None).code == 0
    # Named, they go before those that lie beside the receipt.
    wrong = verify(receipts.signed(KEY), "--keys", "all.jwks", keys={"keys": []})
    assert wrong.code == 0


@pytest.mark.parametrize(
    "keys",
    [[], {}, {"keys": 7}, 7, {"keys": [7, {"kty": "RSA"}, {"kty": "EC", "crv": "P-256"}]}],
)
def test_keys_that_are_none_prove_nothing(keys: object, verify: Callable[..., Done]) -> None:
    done = verify(receipts.signed(KEY), keys=keys)
    assert done.code in (1, 2)
    assert done.out == ""
    assert done.err


def test_missing_files_are_wrong_usage(verify: Callable[..., Done], cauce: Run) -> None:
    assert cauce("verify-receipt", "none.jws").code == 2
    for arguments in (("--keys", "none.jwks"), ("--document", "none.json")):
        assert verify(receipts.signed(KEY), *arguments).code == 2
    write("list.json", [])
    assert verify(receipts.signed(KEY), "--document", "list.json").code == 2


@given(st.data())
def test_no_byte_of_a_receipt_can_be_another(data: st.DataObject) -> None:
    token = receipts.signed(KEY)
    at = data.draw(st.integers(0, len(token) - 1))
    put = data.draw(st.characters(codec="ascii").filter(lambda char: char != token[at]))
    with pytest.raises(CauceError) as caught:
        Receipt.verified(token[:at] + put + token[at + 1 :], JWKS)
    assert isinstance(caught.value, Unproven | Misconfigured)


@given(
    st.text() | st.binary().map(b64),
    st.recursive(st.none() | st.integers() | st.text(), st.lists),
)
def test_nothing_that_is_no_receipt_makes_it_fall_over(text: str, keys: Any) -> None:
    for token in (text, f"{text}.{text}.{text}", f"{_HEAD}.{text}.{text}"):
        for jwks in (keys, {"keys": [keys]}):
            with pytest.raises((Unproven, Misconfigured)):
                Receipt.verified(token, jwks)
