"""A state registers by a link, and changes its keys itself, at a real centre."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cauce_client import PrivateKey
from support.centre import STATE_SCOPE
from support.command_line import Done, cauce, write
from support.months import steady
from support.service import Service, service

AUGUST, SEPTEMBER = "2024-08", "2024-09"


@pytest.fixture(scope="module")
def serving() -> Iterator[Service]:
    with service() as found:
        found.start()
        entered = found.run(
            *("programme", "add", "MX-NLE-01", "--name", "Guadalupe", "--since", "2024-01"),
            *("--backfill-until", "2099-12-31"),
        )
        assert entered.returncode == 0, entered.stderr
        yield found


def ran(serving: Service, *arguments: str) -> str:
    done = serving.run(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.heavy
def test_a_state_enrols_rotates_its_key_and_its_receipts_go_on_to_verify(
    serving: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    invite = ("client", "enrol", "Nuevo León", "--state", "MX-NLE", "--scope", STATE_SCOPE)
    link = ran(serving, *invite).strip()

    done = cauce("enrol", link, "--out", "nle.jwk", "--lang", "en")

    assert (done.code, done.err) == (0, "")
    private = Path("nle.jwk")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    first = PrivateKey.load(private)
    assert first.kid in done.out
    assert first.jwk["d"] not in done.out
    settings = exported(done) | {"CAUCE_LANG": "en"}
    assert settings["CAUCE_KEY"] == str(private.absolute())

    def said(*arguments: str) -> str:
        told = cauce(*arguments, settings=settings)
        assert (told.code, told.err.strip()) == (0, ""), told
        return told.out

    assert cauce("enrol", link, "--out", "nle.jwk").out  # as if the answer had been lost
    assert cauce("enrol", link, "--out", "other.jwk").code == 2
    assert "Nuevo León" in said("me")
    write("aug.json", steady(AUGUST, relapses=8))
    said("submit", "aug.json", "--receipt", "aug.jws")

    ran(serving, "signing-key", "rotate", "receipt")
    ran(serving, "signing-key", "rotate", "access")
    assert first.kid in said("key", "rotate")

    second = PrivateKey.load(private)
    assert second.kid != first.kid
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert not Path("nle.jwk.new").exists()
    keys = {each["kid"]: each["status"] for each in json.loads(said("me", "--json"))["keys"]}
    assert keys == {first.kid: "revoked", second.kid: "active"}
    write("sep.json", steady(SEPTEMBER, capacity_slots=20))
    said("submit", "sep.json", "--receipt", "sep.jws")
    for receipt in ("aug", "sep"):
        said("verify-receipt", f"{receipt}.jws", "--document", f"{receipt}.json")
    ran(serving, "log", "verify", "--receipt", "aug.jws", "sep.jws")

    last = cauce("key", "revoke", second.kid, settings=settings)
    assert last.code == 2
    assert "cauce key rotate" in last.err
    ran(serving, "client", "key", "revoke", settings["CAUCE_CLIENT_ID"], second.kid)
    assert cauce("me", settings=settings).code == 3


def exported(done: Done) -> dict[str, str]:
    """The settings that the command says to make."""
    lines = [line for line in done.out.splitlines() if line.startswith("export ")]
    return dict(line.removeprefix("export ").split("=", 1) for line in lines)


@pytest.mark.heavy
def test_who_reads_about_their_months_hears_of_a_key_that_ends(
    serving: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cauce("keygen", "--out", "a.jwk").code == 0
    ending = PrivateKey.new()
    write("b.jwk", ending.private_jwk())
    write("b.pub.jwk", ending.public_jwk())
    Path("b.jwk").chmod(0o600)
    scope = ("--scope", STATE_SCOPE, "--state", "MX-NLE")
    added = ran(serving, "client", "add", "Apodaca", *scope, "--jwk", f"{tmp_path}/a.pub.jwk")
    client = json.loads(added)["client_id"]
    soon = f"{datetime.now(UTC) + timedelta(days=10):%Y-%m-%dT%H:%M:%SZ}"
    key = ("client", "key", "add", client, "--jwk", f"{tmp_path}/b.pub.jwk")
    ran(serving, *key, "--not-after", soon)
    listed = json.loads(ran(serving, "client", "key", "list", client))
    assert [each["not_after"] for each in listed] == [None, soon]

    settings = {"CAUCE_URL": serving.url, "CAUCE_CLIENT_ID": client, "CAUCE_KEY": "b.jwk"}
    for command in ("status", "me"):
        done = cauce(command, settings=settings | {"CAUCE_LANG": "en"})
        assert done.code == 0
        assert f"{ending.kid} ends on {soon}" in done.err

    ran(serving, "client", "revoke", client)
    assert cauce("status", settings=settings).code == 3


@pytest.mark.parametrize(
    "link", ["x", "https://cauce.example", "https://cauce.example/#enrol="]
)
def test_what_is_no_link_is_wrong_usage_and_makes_no_key(
    link: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cauce("enrol", link).code == 2
    assert not Path("cauce.jwk").exists()
