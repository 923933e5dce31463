"""A state's life with a month, by `cauce`, at a real centre: corrected, returned, explained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command_line import Done, cauce, write
from support.months import steady
from support.service import Service, service

FAR = "2099-12-31"  # after whatever day a test runs on
FARTHER = "2100-01-31"
AUGUST, SEPTEMBER = "2024-08", "2024-09"
SCOPE = "submissions:write submissions:read indicators:read"


@pytest.fixture(scope="module")
def serving() -> Iterator[Service]:
    """A centre with a programme that may bring its past."""
    with service() as found:
        found.start()
        entered = found.run(
            *("programme", "add", "MX-NLE-01", "--name", "Guadalupe", "--since", "2024-01"),
            *("--backfill-until", FAR),
        )
        assert entered.returncode == 0, entered.stderr
        yield found


@pytest.fixture
def settings(
    serving: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Those of the programme's state, with its key in the folder."""
    monkeypatch.chdir(tmp_path)
    assert cauce("keygen", "--out", "nle.jwk").code == 0
    added = serving.run(
        *(
            "client",
            "add",
            f"Nuevo León {tmp_path.name}",
            "--state",
            "MX-NLE",
            "--scope",
            SCOPE,
        ),
        *("--jwk", str(tmp_path / "nle.pub.jwk")),
    )
    return {
        "CAUCE_URL": serving.url,
        "CAUCE_CLIENT_ID": json.loads(added.stdout)["client_id"],
        "CAUCE_KEY": "nle.jwk",
        "CAUCE_LANG": "en",
    }


def because(code: str, text: str) -> list[str]:
    return ["--replace", "--reason", code, "--text", text]


def test_an_extension_is_asked_for_and_its_answer_read(
    serving: Service, settings: dict[str, str]
) -> None:
    month = ("MX-NLE-01", "2024-10")
    assert "nothing was decided" in cauce("acts", *month, settings=settings).out
    ask = ("extension-request", *month, "--text", "Files are restored.", "--until")

    wrong = cauce(*ask, "soon", settings=settings)
    asked = cauce(*ask, FARTHER, settings=settings)
    granted = serving.run("extension", *month, "--until", FARTHER, "--text", "Until then.")
    told = cauce("acts", *month, settings=settings)
    listed = json.loads(cauce("acts", *month, "--json", settings=settings).out)["items"]

    assert (wrong.code, wrong.out) == (2, "")
    assert (asked.code, told.code) == (0, 0), asked.err
    assert granted.returncode == 0, granted.stderr
    assert f"until {FARTHER}" in asked.out
    assert "Files are restored." in told.out
    assert settings["CAUCE_CLIENT_ID"] in told.out
    assert [each["kind"] for each in listed] == ["extension_request", "extension"]
    assert {each["until"] for each in listed} == {FARTHER}


def test_a_dry_run_counts_the_cells_of_a_first_month_and_shows_those_of_others(
    settings: dict[str, str],
) -> None:
    write("nov.json", steady("2024-11"))

    dry = cauce("submit", "nov.json", "--dry-run", settings=settings)
    whole = cauce("submit", "nov.json", "--dry-run", "--json", settings=settings)

    cells = len(json.loads(whole.out)["differences"])
    assert cells > 100
    assert f"Cells that would change: {cells}." in dry.out
    assert "/measures/active_close/value" not in dry.out


def test_a_month_is_corrected_returned_explained_and_confirmed(
    serving: Service, settings: dict[str, str]
) -> None:
    def said(*arguments: str) -> Done:
        done = cauce(*arguments, settings=settings)
        assert (done.code, done.err.strip()) == (0, ""), done
        return done

    write("aug.json", steady(AUGUST, relapses=8))
    write("sep.json", steady(SEPTEMBER, capacity_slots=20))
    said("submit", "aug.json")
    said("submit", "sep.json", "--receipt", "sep.jws")

    write("aug.json", steady(AUGUST, closes=45, relapses=8))
    dry = said("submit", "aug.json", "--dry-run", *because("error", "Two were left out."))
    real = said("submit", "aug.json", *because("error", "Two were left out."))
    for told in (dry, real):
        assert "/measures/active_close/value" in told.out
        assert SEPTEMBER in told.out
    assert "Would no longer fit" in dry.out
    assert "No longer fit with this month, and must be corrected: 2024-09." in real.out
    assert "Cells that changed: " in real.out
    assert "Revision: 2 (new)" in real.out

    why = ["--reason", "implausible", "--text", "Twenty slots for so many?"]
    returned = serving.run("return", "MX-NLE-01", SEPTEMBER, *why)
    assert returned.returncode == 0, returned.stderr
    status = said("status", "--from", AUGUST, "--to", SEPTEMBER)
    month = f"MX-NLE-01 {SEPTEMBER}: "
    lines = [line for line in status.out.splitlines() if line.startswith(month)]
    assert [line.removeprefix(month).split(" ")[0] for line in lines] == [
        "needs",
        "returned",
        "explanation",
    ]
    assert "(implausible): “Twenty slots for so many?”" in lines[1]

    listed = said("explain", "MX-NLE-01", SEPTEMBER)
    assert "S06_capacity" in listed.out
    assert "/measures/active_close/value" in listed.out
    place = ["--rule", "S06_capacity", "--pointer", "/measures/active_close/value"]
    explained = said("explain", "MX-NLE-01", SEPTEMBER, *place, "--text", "A second shift.")
    assert f"MX-NLE-01 {SEPTEMBER}: nothing is left to explain." in explained.out
    wrong = cauce(
        *("explain", "MX-NLE-01", SEPTEMBER, "--rule", "S05_unknown_share"),
        *("--pointer", "/measures", "--text", "x"),
        settings=settings,
    )
    assert wrong.code == 2
    assert "S06_capacity /measures/active_close/value" in wrong.err

    broken = cauce(
        "submit", "sep.json", *because("confirmed", "As in the files."), settings=settings
    )
    assert broken.code == 1  # August changed under it: the same figures join no more
    assert "H02_continuity" in broken.out
    write("sep.json", steady(SEPTEMBER, opens=45, closes=45, relapses=10))
    said("submit", "sep.json", *because("error", "After August's correction."))
    acts = said("acts", "MX-NLE-01", SEPTEMBER).out
    for words in ("implausible", "Twenty slots", "S06_capacity", "A second shift."):
        assert words in acts
    last = said("status", "--from", AUGUST, "--to", SEPTEMBER)
    assert "MX-NLE-01 2024-0" not in last.out
