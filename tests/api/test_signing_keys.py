"""The service's keys rotate while it runs, and what they signed before still verifies."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cauce.access import tokens
from cauce.access.signing_keys import KINDS, SigningKeys, published, rotate
from cauce.access.tokens import TokenRefused, new_private_jwk, take_apart
from cauce.log.one_log import Keys
from cauce.log.verify import verify
from cauce_client import Receipt
from cauce_contract import load_all
from support.centre import Centre, Clock, later, moved
from support.months import month as september


async def jwks(centre: Centre) -> list[dict[str, Any]]:
    answer = await centre.http.get("/.well-known/jwks.json")
    return list(answer.json()["keys"])


def of(kind: str, keys: list[dict[str, Any]]) -> list[str]:
    return [key["kid"] for key in keys if key["signs"] == kind]


def turned(centre: Centre, kind: str) -> None:
    rotate(centre.settings.data_dir, kind, centre.clock.now)


async def test_a_receipt_of_before_a_rotation_still_verifies(centre: Centre) -> None:
    await centre.programme("MX-NLE-01")
    nle = await centre.state("MX-NLE")
    first, following = of(tokens.RECEIPT, await jwks(centre))
    receipts = [(await nle.accepted(september()))["receipt"]]

    turned(centre, "receipt")
    receipts.append((await nle.accepted(moved(september(), "MX-NLE-01", "2026-08")))["receipt"])
    turned(centre, "receipt")

    assert [take_apart(receipt).kid for receipt in receipts] == [first, following]
    keys = await jwks(centre)
    assert set(of(tokens.RECEIPT, keys)) >= {first, following}
    assert len(of(tokens.RECEIPT, keys)) == 4  # these, the one that signs, and its next
    later(centre.clock, days=4000)
    assert await jwks(centre) == keys
    for receipt in receipts:
        Receipt.verified(receipt, {"keys": keys})
    known = Keys(published(keys, tokens.RECEIPT), published(keys, tokens.CHECKPOINT))
    assert (await verify(centre.engine, load_all(), known)).faults.listed == []


async def test_a_checkpoint_of_before_a_rotation_still_verifies(centre: Centre) -> None:
    await centre.programme("MX-NLE-01")
    nle = await centre.state("MX-NLE")
    first, following = of(tokens.CHECKPOINT, await jwks(centre))
    made = []
    for period in ("2026-05", "2026-09"):
        await nle.accepted(moved(september(), "MX-NLE-01", period))
        later(centre.clock, minutes=2)
        made.append((await centre.http.get("/v1/log/checkpoint")).json()["statement"])
        turned(centre, "checkpoint")

    assert [take_apart(statement).kid for statement in made] == [first, following]
    later(centre.clock, days=4000)
    keys = published(await jwks(centre), tokens.CHECKPOINT)
    of_receipts = published(await jwks(centre), tokens.RECEIPT)
    for number, statement in enumerate(made, 1):
        assert tokens.opened(statement, keys, tokens.CHECKPOINT)["number"] == number
        with pytest.raises(TokenRefused):  # what signs receipts vouches for no checkpoint
            tokens.opened(statement, of_receipts, tokens.CHECKPOINT)
    known = Keys(of_receipts, keys)
    assert (await verify(centre.engine, load_all(), known)).faults.listed == []


async def test_a_retired_key_of_access_tokens_is_believed_until_they_end(
    centre: Centre,
) -> None:
    nle = await centre.state("MX-NLE")
    running = centre.app.state.running
    old, token = running.keys.access, await nle.token()
    ends = int(centre.clock.now.timestamp()) + 10**8
    # Whoever has the old key signs tokens that never end: its retirement ends them.
    forged = old.sign(tokens.ACCESS, {**take_apart(token).claims, "exp": ends})

    turned(centre, "access")

    assert (await nle.get("/v1/me")).status_code == 200
    renewed = (await centre.ask_for_token(nle.assertion())).json()["access_token"]
    assert take_apart(renewed).kid != take_apart(token).kid == old.public.kid
    assert old.public.kid in of(tokens.ACCESS, await jwks(centre))
    later(centre.clock, minutes=11)
    assert old.public.kid not in of(tokens.ACCESS, await jwks(centre))
    nle.held["token"] = forged
    assert (await nle.get("/v1/me")).status_code == 401


@pytest.mark.parametrize("kind", KINDS)
def test_the_one_key_that_was_there_goes_on_to_sign(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    given = new_private_jwk()
    (folder / f"{kind}.jwk").write_text(json.dumps(given))

    keys = SigningKeys.open(tmp_path)

    assert keys.rings[kind].held.active.public.kid == given["kid"]
    assert not (folder / f"{kind}.jwk").exists()
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert SigningKeys.open(tmp_path).public() == keys.public()


def test_rotations_at_once_come_one_after_the_other(tmp_path: Path) -> None:
    keys = SigningKeys.open(tmp_path)
    first = keys.receipt.public.kid
    now = Clock().now
    with ThreadPoolExecutor(4) as at_once:
        list(at_once.map(lambda _: rotate(tmp_path, "receipt", now), range(4)))

    held = keys.rings["receipt"].held
    assert len(held.retired) == 4
    assert held.retired[-1].key.kid == first
    kids = [key.kid for key in held.public(now)]
    assert len(set(kids)) == len(kids) == 6
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "keys").iterdir()} == {
        0o600
    }
