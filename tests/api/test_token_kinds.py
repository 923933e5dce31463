"""No kind of token passes for another: every key, `typ` and claims, wherever one is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import product
from typing import Any

from cauce.access import tokens
from cauce.access.signing_keys import SigningKeys, published
from cauce.log import attested
from cauce.log.attested import Kept
from cauce.store.connect import NATION, transaction
from cauce_client import CauceError, Receipt
from support import months
from support.centre import Centre, Client

ACCESS, RECEIPT, CHECKPOINT = tokens.ACCESS, tokens.RECEIPT, tokens.CHECKPOINT
ASSERTION = tokens.ASSERTION[0]
KINDS = (ACCESS, RECEIPT, CHECKPOINT, ASSERTION)


async def test_only_the_right_key_kind_and_claims_together_are_taken(centre: Centre) -> None:
    await centre.programme("MX-NLE-01")
    nle = await centre.state("MX-NLE")
    receipt = (await nle.accepted(months.month()))["receipt"]
    checkpoint = (await centre.http.get("/v1/log/checkpoint")).json()["statement"]
    claims = {
        ACCESS: tokens.take_apart(await nle.token()).claims,
        RECEIPT: tokens.take_apart(receipt).claims,
        CHECKPOINT: tokens.take_apart(checkpoint).claims,
    }
    tried = 0
    for signer, typ, said in product(KINDS, (*KINDS, "JWT"), KINDS):
        for kind, accepts in READERS:
            token = signed(nle, signer, typ, claims.get(said) or nle.claims())
            typs = tokens.ASSERTION if kind == ASSERTION else (kind,)
            is_right = signer == said == kind and typ in typs
            assert await accepts(centre, token) is is_right, (signer, typ, said, kind)
            tried += 1
    print(f"{tried} readings of tokens")


def keys_of(centre: Centre) -> SigningKeys:
    found: SigningKeys = centre.app.state.running.keys
    return found


def signed(client: Client, signer: str, typ: str, claims: Any) -> str:
    """A token by the key that signs tokens of a kind, of whatever kind it says that it is."""
    if signer == ASSERTION:
        return client.key.sign({"alg": "ES256", "kid": client.key.kid, "typ": typ}, claims)
    keys = keys_of(client.centre)
    by = {ACCESS: keys.access, RECEIPT: keys.receipt, CHECKPOINT: keys.checkpoint}
    return by[signer].sign(typ, claims)


async def as_bearer(centre: Centre, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    return (await centre.http.get("/v1/log/proof", headers=headers)).status_code == 200


async def as_assertion(centre: Centre, token: str) -> bool:
    return (await centre.ask_for_token(token)).status_code == 200


async def as_receipt(centre: Centre, token: str) -> bool:
    """As `cauce verify-receipt` reads it, without network."""
    try:
        Receipt.verified(token, {"keys": keys_of(centre).public()})
    except CauceError:
        return False
    return True


async def as_kept_receipt(centre: Centre, token: str) -> bool:
    """As `cauce-service log verify --receipt` reads it; the next with --checkpoint."""
    known = published(keys_of(centre).public(), RECEIPT)
    async with transaction(centre.engine, NATION) as tx:
        return not await attested.kept_receipt(tx, Kept("r", token), known)


async def as_kept_checkpoint(centre: Centre, token: str) -> bool:
    known = published(keys_of(centre).public(), CHECKPOINT)
    async with transaction(centre.engine, NATION) as tx:
        return not await attested.kept_checkpoint(tx, Kept("c", token), known)


READERS: list[tuple[str, Callable[[Centre, str], Awaitable[bool]]]] = [
    (ACCESS, as_bearer),
    (ASSERTION, as_assertion),
    (RECEIPT, as_receipt),
    (RECEIPT, as_kept_receipt),
    (CHECKPOINT, as_kept_checkpoint),
]
