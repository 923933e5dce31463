"""A thousand documents, and what each way of having a month checked says of them.

Of programmes with and without months behind them: honest months, and the same with one to five
things wrong with them.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, cached_property
from pathlib import Path

import httpx
import typer

from cauce_client.__main__ import commands
from cauce_client.commands.check import history_repeated
from cauce_client.screen import Screen
from cauce_contract import LANGUAGES, Month, Report, load_all
from cauce_contract.history import read_report
from support import command_line
from support.anybody import Anybody
from support.centre import Centre, Client, moved
from support.command_line import Done
from support.lives import lives
from support.months import Document
from support.mutations import Around, mutated

DOCUMENTS = 1000
SPARE = "MX-NLE-98"  # a programme of the roster that has not reported
SINCE = "2000-01"  # every programme's start: before any month that is sent
# How many months stand before the one that is sent, by programme.
BEHIND = (0, 1, 2, 1, 3, 1, 4, 1, 2, 1, 0, 1, 2, 12, 1, 3, 0, 1, 24, 1, 6, 2, 1, 0, 1)


@dataclass(frozen=True)
class Programme:
    """One of the roster: the months that the centre has of it, and the honest ones to come."""

    id: str
    stored: Mapping[Month, Document]
    to_come: Sequence[Document]

    @property
    def next(self) -> Month:
        return Month.parse(self.to_come[0]["period"])


@cache
def programmes() -> Mapping[str, Programme]:
    found = (_programme(number, behind) for number, behind in enumerate(BEHIND, start=1))
    return {programme.id: programme for programme in found}


def _programme(number: int, behind: int) -> Programme:
    """A stretch of a programme's life, under a name of its own."""
    rng = random.Random(f"programme {number}")
    reports = list(rng.choice(lives(3)).documents.items())
    at = rng.randrange(behind, len(reports) - 3)
    own = f"MX-NLE-{number:02}"
    months = [(month, moved(sent, own, str(month))) for month, sent in reports]
    return Programme(
        own, dict(months[at - behind : at]), [sent for _, sent in months[at : at + 3]]
    )


@dataclass
class Told:
    """A document and what was said of it; `dry` and `put` where it was sent so.

    given    files of earlier months, with which the command and /v1/validate compare it
    unfit    what /v1/validate said of those that are no earlier months of the programme
    """

    number: int
    document: object
    given: Mapping[Path, Document]
    by_command: Done = field(init=False)
    unfit: Sequence[Document] = ()
    validated: Document = field(init=False)
    dry: httpx.Response | None = None
    put: httpx.Response | None = None

    @property
    def language(self) -> str:
        return LANGUAGES[self.number % len(LANGUAGES)]

    @cached_property
    def report(self) -> Report | None:
        """What it says that it is; None where it does not say whose month it is."""
        return read_report(load_all(), self.document)

    @property
    def address(self) -> tuple[str, Month]:
        """Where it is sent: where it says, as far as there is such a programme and month."""
        said = self.document if isinstance(self.document, dict) else {}
        programme, period = said.get("programme"), said.get("period")
        on_roster = isinstance(programme, str) and programme in programmes()
        try:
            month = Month.parse(period if isinstance(period, str) else "")
        except ValueError:
            month = Month(2020, 1)
        return (str(programme) if on_roster else SPARE), month

    @property
    def is_misaddressed(self) -> bool:
        """Whether it says that it is another programme's than that of its address."""
        return self.report is not None and self.report.programme != self.address[0]

    @property
    def is_acceptable(self) -> bool:
        return self.validated["content_digest"] is not None

    @property
    def is_refused(self) -> bool:
        """Whether it cannot be taken in at its address, so that nothing is stored."""
        return not self.is_acceptable or self.is_misaddressed

    @property
    def has_reason(self) -> bool:
        """Whether it says why it replaces a month."""
        return isinstance(self.document, dict) and "revision_reason" in self.document


def told_of(number: int, folder: Path) -> Told:
    """The document of this number, with the months of its folder and of the one it names."""
    rng = random.Random(f"document {number}")
    every = list(programmes().values())
    round_, at = divmod(number, len(every))
    programme = every[at]
    document: object
    if round_ < 3:
        document = programme.to_come[round_]
    elif round_ == 3:
        document = _with_a_cohort_of_nobody(programme.to_come[0])
    elif round_ == 4:
        document = _corrected(programme.to_come[0])
    else:
        # Fewer with many months behind them, which take as long as ten without.
        (programme,) = rng.choices(every, [1 if len(p.stored) < 6 else 0.3 for p in every])
        honest = rng.choice([programme.to_come[0], *programme.to_come])
        month = Month.parse(honest["period"])
        around = Around(month, programme.stored.get(month + -1), list(programmes()))
        document = mutated(rng, honest, around)
    named = document.get("programme") if isinstance(document, dict) else None
    folders = [programme]
    if isinstance(named, str) and named != programme.id and named in programmes():
        folders.append(programmes()[named])
    given = {
        folder / each.id / f"{month}.json": sent
        for each in folders
        for month, sent in each.stored.items()
    }
    return Told(number, document, given)


def _with_a_cohort_of_nobody(month: Document) -> Document:
    """More to follow up than ever graduated, as a look back of two years finds."""
    windows = {"M6": 40, "M12": 40, "M24": 40}
    cohort = {"value": 120, "by": {"followup_window": windows}}
    return month | {"measures": month["measures"] | {"followup_due": cohort}}


def _corrected(month: Document) -> Document:
    """The month with another note, and why: it replaces the first that was stored."""
    measure, figure = next(iter(month["measures"].items()))
    noted = {measure: figure | {"note": "Se revisó el registro."}}
    reason = {"code": "error", "text": "Se revisó el registro."}
    return month | {"measures": month["measures"] | noted, "revision_reason": reason}


async def told_by_all(centre: Centre, folder: Path) -> list[Told]:
    """What all four say, each document at one instant; what is to be stored, at last."""
    every = [told_of(number, folder) for number in range(DOCUMENTS)]
    centre.clock.now = datetime.now(UTC)  # the command's own
    nle = await _stored(centre)
    anybody = Anybody(centre.app, centre.clock)
    _write(folder)
    for each in every:
        each.by_command = _by_command(each, folder)
    for each in every:
        each.unfit, each.validated = await _validated(each, anybody)
    for each in every:
        # Every seventh in either way, but all that there are few of.
        is_rare = each.is_misaddressed or len(each.given) > 6
        if is_rare or each.number % 7 == 0:
            each.dry = await _put(each, nle, "?dry_run=true")
        if each.is_refused and (is_rare or each.number % 7 == 1):
            each.put = await _put(each, nle)
    taken: set[tuple[str, Month]] = set()
    for each in every:
        if _is_to_be_stored(each, taken):
            tag = {"If-Match": "*"} if each.address in taken else {}
            each.put = await _put(each, nle, **tag)
            taken.add(each.address)
    return every


async def _stored(centre: Centre) -> Client:
    """The state, with its programmes and their months in the centre."""
    nle = await centre.state("MX-NLE")
    for id_ in (SPARE, *programmes()):
        await centre.programme(id_, SINCE, backfill_until=date.max)
    for programme in programmes().values():
        for sent in programme.stored.values():
            assert (await nle.put(sent)).status_code == 201
    return nle


def _write(folder: Path) -> None:
    for programme in programmes().values():
        (folder / programme.id).mkdir()
        for month, sent in programme.stored.items():
            (folder / programme.id / f"{month}.json").write_text(json.dumps(sent), "utf-8")


@cache
def _parser() -> typer.core.TyperGroup:
    """As main() builds it, which takes longer than a check."""
    return typer.main.get_group(commands())


def _by_command(each: Told, folder: Path) -> Done:
    file = folder / "document.json"
    file.write_text(json.dumps(each.document), "utf-8")
    patterns = [
        str(parent / "*.json") for parent in dict.fromkeys(p.parent for p in each.given)
    ]
    history = ["--history", *patterns] if patterns else []

    def main() -> None:
        arguments = history_repeated(sys.argv[1:])
        _parser()(args=arguments, prog_name="cauce", obj=Screen.of({}))

    arguments = ("check", str(file), *history, "--json", "--lang", each.language)
    return command_line.cauce(*arguments, command=main)


async def _validated(each: Told, anybody: Anybody) -> tuple[Sequence[Document], Document]:
    """What /v1/validate says of it; where files are unfit, what it says without them."""
    address = f"192.0.2.{each.number // 20}"
    history = list(each.given.values())
    body = {"submission": each.document, "history": history}
    answer = await anybody.post(body, address, Accept_Language=each.language)
    unfit: list[Document] = []
    if answer.status_code == 422:
        unfit = answer.json()["errors"]
        left_out = {int(error["pointer"].removeprefix("/history/")) for error in unfit}
        body["history"] = [m for at, m in enumerate(history) if at not in left_out]
        answer = await anybody.post(body, address, Accept_Language=each.language)
    assert answer.status_code == 200, answer.text
    return unfit, dict(answer.json())


async def _put(each: Told, nle: Client, query: str = "", **more: str) -> httpx.Response:
    programme, month = each.address
    kind = {"Content-Type": "application/json", "Accept-Language": each.language}
    return await nle.centre.http.put(
        f"/v1/submissions/{programme}/{month}{query}",
        content=json.dumps(each.document).encode(),
        headers={**kind, **await nle.headers(), **more},
    )


def _is_to_be_stored(each: Told, taken: set[tuple[str, Month]]) -> bool:
    """Acceptable months that no other is compared with; with a reason, where one stands."""
    programme, month = each.address
    return (
        each.is_acceptable
        and programme in programmes()
        and month == programmes()[programme].next
        and (each.address not in taken or each.has_reason)
    )
