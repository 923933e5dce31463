"""Every page × every role, and nobody: as the page declares, and no figure where it may not be.

The same with the pages' own check gone: PostgreSQL holds each role to its reach.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, fields
from itertools import product

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from cauce.dashboard import routes as dashboard
from cauce.dashboard.readers import READERS, SEEN_BY, Reader
from cauce.dashboard.visit import Visit, VisitDep
from support import centre as under_test
from support.centre import Centre, Databases
from support.coordination import done
from support.months import steady
from support.people import COOKIE, post, session_of, sign_in

STATES = OWN, OTHER = ("MX-NLE", "MX-CHH")
PERIOD = "2026-10"
CASELOADS = {OWN: 41_117, OTHER: 52_223}  # figures that stand nowhere else
SLOTS = {OWN: (61_000, 61_003), OTHER: (72_000, 72_007)}  # before and after a correction
REASONS = {OWN: "Revisar la capacidad de Nuevo León.", OTHER: "Revisar la de Chihuahua."}
STAYS_OUT = "Hay que entrar primero"
OF_ANOTHER = "le toca a otra función"


@dataclass(frozen=True, slots=True)
class Page:
    """A page's method and address, and the readers that it declares."""

    method: str
    path: str
    readers: frozenset[Reader]

    def at(self, state: str) -> str:
        """Its address, about a month of this state."""
        values = {"programme": f"{state}-01", "period": PERIOD, "token": "x"}
        return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], self.path)


def declared(dependant: Dependant) -> Iterator[frozenset[Reader]]:
    """Whom each `seen_by` that a page depends on lets in."""
    for dependency in dependant.dependencies:
        if dependency.call in SEEN_BY:
            yield SEEN_BY[dependency.call]
        yield from declared(dependency)


def pages() -> list[Page]:
    """Every page of the dashboard; one that declares nobody, or twice, is a fault."""
    found: list[Page] = []
    for context in iter_route_contexts(dashboard.router.routes):
        readers = list(declared(context.dependant))
        assert len(readers) == 1, f"{context.path} does not declare whom it is for"
        methods = context.methods or ()
        found += [Page(method, context.path or "", readers[0]) for method in methods]
    return found


@pytest.fixture
async def two_states(databases: Databases) -> AsyncIterator[Centre]:
    """Two states, each with a month that was corrected and then returned."""
    async with under_test.centre(databases) as centre:
        nation = await centre.coordinator()
        for state in STATES:
            programme, size = f"{state}-01", CASELOADS[state]
            await centre.programme(programme)
            sender = await centre.state(state)
            before, after = (
                steady(PERIOD, programme, opens=size, closes=size, capacity_slots=slots)
                for slots in SLOTS[state]
            )
            await sender.accepted(before)
            await sender.replaced(after)
            why = {"code": "incomplete", "text": REASONS[state]}
            await done(nation, "POST", f"/v1/submissions/{programme}/{PERIOD}/return", why)
        yield centre


def marks(*states: str) -> list[str]:
    """What pages could show of these states, as the pages write it."""
    figures = [sum(CASELOADS.values())] if states == STATES else []
    figures += [n for state in states for n in (CASELOADS[state], *SLOTS[state])]
    written = [text for n in figures for text in (str(n), f"{n:,}")]
    return [*written, *(REASONS[state] for state in states)]


def shown(answer: httpx.Response, *states: str) -> list[str]:
    said = f"{answer.text}\n{answer.headers}"
    return [mark for mark in marks(*states) if re.search(rf"(?<!\w){mark}(?!\w)", said)]


async def as_reader(centre: Centre, reader: Reader) -> None:
    """The centre's browser is that of a new person, or of nobody."""
    centre.http.cookies.clear()
    if reader:
        session = await session_of(centre, reader, OWN if reader == "state_staff" else None)
        centre.http.cookies.set(COOKIE, session, domain="cauce.example")


async def asked(centre: Centre, page: Page, reader: Reader, state: str) -> httpx.Response:
    """What a page, or a form of it, answers a reader of its own session."""
    await as_reader(centre, reader)
    if page.method == "POST":
        return await post(centre, "/account" if reader else "/sign-in", page.at(state))
    return await centre.http.request(page.method, page.at(state))


def calls() -> Iterator[tuple[Page, Reader, str]]:
    """Every page × reader; × state, where its address names a programme."""
    for page, reader, state in product(pages(), READERS, STATES):
        if state == OWN or "{programme}" in page.path:
            yield page, reader, state


async def test_every_page_is_for_whom_it_declares_and_shows_no_figure_to_whose_it_is_not(
    two_states: Centre,
) -> None:
    hidden: dict[Reader, tuple[str, ...]] = dict.fromkeys(READERS, STATES)
    hidden |= {"coordinator": (), "state_staff": (OTHER,)}
    seen: dict[Reader, set[str]] = {reader: set() for reader in READERS}
    for page, reader, state in calls():
        answer = await asked(two_states, page, reader, state)

        call = (page.method, page.path, reader, state, answer.status_code)
        assert answer.status_code < 500, call
        is_refusal = STAYS_OUT in answer.text or OF_ANOTHER in answer.text
        if reader in page.readers:
            assert not is_refusal, call
        elif reader is None and page.method == "GET":
            assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in"), call
        else:
            assert (answer.status_code, is_refusal) == (403, True), call
        assert shown(answer, *hidden[reader]) == [], call
        seen[reader] |= {*shown(answer, *STATES)}

    own = {f"{n:,}" for n in SLOTS[OWN]} | {REASONS[OWN]}
    total = f"{sum(CASELOADS.values()):,}"
    assert own <= seen["state_staff"]
    assert {total, *(f"{n:,}" for n in CASELOADS.values())} <= seen["coordinator"]
    print(f"{len(pages())} pages × {len(READERS)} readers: {len([*calls()])} calls, 0 leaks")


async def test_another_state_s_month_reads_byte_for_byte_as_one_that_there_is_not(
    two_states: Centre,
) -> None:
    await as_reader(two_states, "state_staff")
    theirs, *absent = [
        await two_states.http.get(f"/months/{programme}/{period}")
        for programme, period in (
            (f"{OTHER}-01", PERIOD),
            (f"{OTHER}-77", PERIOD),
            (f"{OWN}-77", PERIOD),
            ("MX-XXX-01", PERIOD),
            (f"{OTHER}-01", "2026-09"),
            (f"{OTHER}-01", "1999-01"),
        )
    ]

    assert theirs.status_code == 404
    for answer in absent:
        assert answer.status_code == 404
        assert (answer.content, answer.headers) == (theirs.content, theirs.headers)


class Unchecked(Visit):
    """A visit that pages let see anything."""

    def may_see(self, _: str) -> bool:
        return True


async def unchecked(visit: VisitDep) -> Visit:
    return Unchecked(**{each.name: getattr(visit, each.name) for each in fields(visit)})


async def test_with_the_pages_check_gone_the_database_refuses_the_same(
    two_states: Centre,
) -> None:
    two_states.app.dependency_overrides = dict.fromkeys(SEEN_BY, unchecked)
    returns = await two_states.entries("return")
    path = f"/months/{OTHER}-01/{PERIOD}"
    for reader in set(READERS) - {None, "coordinator"}:
        await as_reader(two_states, reader)

        page = await two_states.http.get(path)
        form = {"revision": "2", "code": "other", "text": "No es para mí."}
        sent = await post(two_states, "/", f"{path}/return", **form)

        assert (page.status_code, shown(page, OTHER)) == (200, []), reader
        assert sent.status_code == 404, reader
    assert await two_states.entries("return") == returns


async def test_state_staff_see_what_is_left_to_do_by_month(centre: Centre) -> None:
    """Nothing of another state, and no month that came in time and has nothing pending."""
    for programme, since in (
        ("MX-NLE-01", "2026-08"),
        ("MX-NLE-02", "2025-10"),
        ("MX-CHH-01", "2026-08"),
    ):
        await centre.programme(programme, since=since)
    await centre.programme("MX-NLE-03", since="2025-08", backfill_until=None)
    nle, nation = await centre.state(OWN), await centre.coordinator()
    for period, relapses in (("2026-08", 3), ("2026-09", 4), ("2026-10", 5)):
        await nle.accepted(steady(period, relapses=relapses))
    await nle.replaced(steady("2026-08", closes=46))  # September opens with 43
    await nle.accepted(steady("2026-10", "MX-NLE-02", capacity_slots=20))
    why = {"code": "implausible", "text": "Se duplicaron."}
    await done(nation, "POST", "/v1/submissions/MX-NLE-01/2026-10/return", why)

    page = (await sign_in(centre, "state_staff", OWN)).text

    left, earlier, closed, latest = re.findall(
        r"<table.*?</table>|<ul>.*?</ul>", page, re.DOTALL
    )[:4]
    rows = re.findall(
        r"<tr>\s*<td>(.*?)</td>.*?\((MX-NLE-0\d)\).*?situation(.*?)</tr>", left, re.DOTALL
    )
    assert [(month, programme) for month, programme, _ in rows][:6] == [
        ("octubre de 2026", "MX-NLE-01"),
        ("octubre de 2026", "MX-NLE-02"),
        ("octubre de 2026", "MX-NLE-03"),
        ("septiembre de 2026", "MX-NLE-01"),
        ("septiembre de 2026", "MX-NLE-02"),
        ("septiembre de 2026", "MX-NLE-03"),
    ]
    situations = [situation for _, _, situation in rows]
    assert "Se duplicaron." in situations[0]
    assert "Tiene una advertencia sin explicar" in situations[1]
    assert "aún se recibe, hasta el 10 de noviembre de 2027" in situations[2]
    assert "requiere corrección" in situations[3]
    assert "(MX-NLE-02)</span>: 1 mes, octubre de 2025" in earlier
    assert "(MX-NLE-03)</span>: 3 meses, de agosto de 2025 a octubre de 2025" in closed
    assert latest.count('<th scope="row">') == 3
    assert "MX-CHH" not in page
    assert "Las cifras nacionales, y las de otros estados, no se muestran aquí" in page


async def test_a_month_s_page_tells_state_staff_how_to_send_it_and_has_no_form(
    centre: Centre,
) -> None:
    await centre.programme("MX-NLE-01", since="2025-08", backfill_until=None)
    nle, nation = await centre.state(OWN), await centre.coordinator()
    await nle.accepted(steady("2026-10"))
    why = {"code": "other", "text": "Revisar."}
    await done(nation, "POST", "/v1/submissions/MX-NLE-01/2026-10/return", why)
    await sign_in(centre, "state_staff", OWN)

    returned, missing, closed = [
        (await centre.http.get(f"/months/MX-NLE-01/{period}")).text
        for period in ("2026-10", "2026-09", "2025-08")
    ]

    assert "cauce submit 2026-10.json --replace --reason confirmed" in returned
    assert "cauce submit 2026-09.json --receipt 2026-09.jws" in missing
    assert "pídala a la coordinación nacional" in closed
    assert "cauce submit" not in closed
    for page in (returned, missing, closed):
        assert "/return" not in page
        assert re.findall(r'<form[^>]*action="([^"]*)"', page) == ["/sign-out"]


async def test_staff_of_a_state_without_programmes_are_told_so(centre: Centre) -> None:
    page = await sign_in(centre, "state_staff", "MX-AGU")
    assert "no tiene todavía ningún programa en el padrón" in page.text


@pytest.mark.parametrize(
    ("reader", "says"),
    [
        ("auditor", "cauce-service audit verify"),
        ("admin", "cauce-service person"),
        ("partner", "/openapi.json"),
        ("publisher", "control de divulgación"),
    ],
)
async def test_every_other_role_is_told_what_it_may_do_and_where(
    reader: Reader, says: str, centre: Centre
) -> None:
    assert reader
    page = (await sign_in(centre, reader)).text
    main = page[page.index("<main") :]
    assert says in main
    assert 'href="/account"' in main
