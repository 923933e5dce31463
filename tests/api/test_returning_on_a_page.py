"""A coordinator returns a month from its page: the same act as over the interface."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from cauce.access.people import ROLES, Role
from support.centre import Centre, Client
from support.coordination import done
from support.found import faults, recorded
from support.months import steady
from support.people import OURS, form_token, post, sign_in

PAGE = "/months/MX-NLE-01/2026-10"
WHY = {"code": "implausible", "text": "Las audiencias se duplicaron: revisar."}
RETURN = "/v1/submissions/MX-NLE-01/2026-10/return"


@pytest.fixture
async def nle(centre: Centre) -> Client:
    """A state whose month came in; a coordinator sits before the centre's browser."""
    await centre.programme("MX-NLE-01")
    found = await centre.state("MX-NLE")
    await found.accepted(steady("2026-10"))
    await sign_in(centre)
    return found


async def returned(centre: Centre, **changes: str) -> httpx.Response:
    form = WHY | {"revision": "1"} | changes
    return await post(centre, PAGE, f"{PAGE}/return", **form)


def text_kept(answer: httpx.Response) -> str:
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", answer.text, re.DOTALL)
    assert found
    return unescape(found[1])


def elsewhere(answer: httpx.Response) -> str:
    """The page without what its field was left with, and its headers."""
    page = re.sub(r"<textarea.*?</textarea>", "", answer.text, flags=re.DOTALL)
    return f"{page}\n{answer.headers}"


async def test_the_return_stands_in_the_state_s_log_by_the_person_and_the_page_shows_it(
    centre: Centre, nle: Client
) -> None:
    before = await faults(centre)
    answer = await returned(centre)
    page = await centre.http.get(answer.headers["Location"])

    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    (entry,) = await centre.entries("return")
    assert entry == WHY | {
        "kind": "return",
        "programme": "MX-NLE-01",
        "period": "2026-10",
        "revision": 1,
        "open_until": "2030-01-01",
        "at": "2026-11-23T12:00:00Z",
        "by": entry["by"],
    }
    assert re.fullmatch("pe_[0-9a-f]{16}", entry["by"])
    assert "Devuelto por la coordinación: espera a que el estado" in page.text
    assert WHY["text"] in page.text
    assert entry["by"] in page.text
    assert "<textarea" not in page.text
    seen = (await nle.get("/v1/submissions/MX-NLE-01/2026-10")).json()
    assert seen["returned"]["text"] == WHY["text"]
    assert await faults(centre) == before
    (call,) = [each for each in await recorded(centre) if each["operation"] == "return_month"]
    assert (call["person"], call["status"]) == (entry["by"], 303)
    assert call["about"] == {"programme": "MX-NLE-01", "period": "2026-10"}


async def test_a_browser_s_line_ends_are_lines(centre: Centre, nle: Client) -> None:
    assert (await returned(centre, text="Uno.\r\nDos.")).status_code == 303
    assert [each["text"] for each in await centre.entries("return")] == ["Uno.\nDos."]


async def test_what_is_wrong_with_the_text_stands_at_it_and_the_text_stays_there_alone(
    centre: Centre, nle: Client
) -> None:
    for text, says in (
        ("La señora Canaria Pérez faltó.", "parece contener"),
        ("Llamar al 81 1234 5678", "parece contener un número de teléfono"),
        ("largo" * 101, "el máximo es de 500 caracteres"),
        (" \r\n", "Escriba qué hay que revisar."),
        ("", "Escriba qué hay que revisar."),
        ("\0", "Escriba qué hay que revisar."),
    ):
        answer = await returned(centre, text=text)

        assert answer.status_code == 422
        fault = re.search(r'id="text-fault">(.*?)</div>', answer.text, re.DOTALL)
        assert fault
        assert says in fault[1]
        assert 'aria-describedby="text-hint text-fault" aria-invalid="true"' in answer.text
        assert 'value="implausible" selected' in answer.text
        assert text_kept(answer) == text.replace("\r\n", "\n")
        for word in re.findall(r"\w{5,}", text):
            assert word not in elsewhere(answer)
    assert await centre.entries("return") == []


async def test_both_faults_are_told_at_once(centre: Centre, nle: Client) -> None:
    answer = await returned(centre, code="ugly", text="")

    assert answer.status_code == 422
    assert 'id="code-fault"' in answer.text
    assert 'id="text-fault"' in answer.text
    assert "ugly" not in answer.text


async def test_a_form_that_lacks_its_fields_is_as_an_empty_one(
    centre: Centre, nle: Client
) -> None:
    answer = await post(centre, PAGE, f"{PAGE}/return")
    assert answer.status_code == 422
    assert 'id="code-fault"' in answer.text


async def test_markup_in_a_text_is_text(centre: Centre, nle: Client) -> None:
    text = '</textarea><script>alert("x")</script> 81 1234 5678'
    kept = await returned(centre, text=text)
    stored = await returned(centre, text=text.removesuffix("81 1234 5678"))
    page = await centre.http.get(PAGE)

    assert (kept.status_code, text_kept(kept)) == (422, text)
    assert stored.status_code == 303
    assert "<script" not in kept.text + page.text
    assert "&lt;script&gt;" in page.text


async def test_what_somebody_else_did_meanwhile_is_told_and_nothing_is_done(
    centre: Centre, nle: Client
) -> None:
    await nle.replaced(steady("2026-10", relapses=8))
    stale = await returned(centre)
    nation = await centre.coordinator()
    await done(nation, "POST", RETURN, {"code": "other", "text": "Otra cosa."})
    already = await post(
        centre, PAGE.replace("/2026-10", "/2026-09"), f"{PAGE}/return", **WHY, revision="2"
    )

    assert stale.status_code == 412
    assert "el estado lo sustituyó mientras tanto" in stale.text
    assert 'name="revision" value="2"' in stale.text
    assert already.status_code == 409
    assert "mientras tanto alguien lo devolvió por otro motivo" in already.text
    assert text_kept(stale) == text_kept(already) == WHY["text"]
    assert [each["text"] for each in await centre.entries("return")] == ["Otra cosa."]


async def test_the_same_return_sent_twice_is_one(centre: Centre, nle: Client) -> None:
    token = form_token(await centre.http.get(PAGE))
    form = WHY | {"token": token, "revision": "1"}
    answers = [
        await centre.http.post(f"{PAGE}/return", data=form, headers=OURS) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(await centre.entries("return")) == 1


async def test_no_other_role_returns_anything(centre: Centre, nle: Client) -> None:
    others: list[Role] = [role for role in ROLES if role != "coordinator"]
    for role in others:
        page = await sign_in(centre, role, "MX-NLE" if role == "state_staff" else None)
        form = WHY | {"token": form_token(page), "revision": "1"}

        answer = await centre.http.post(f"{PAGE}/return", data=form, headers=OURS)

        assert answer.status_code == 403, role
        assert WHY["text"] not in answer.text
    assert await centre.entries("return") == []
    calls = [each for each in await recorded(centre) if each["operation"] == "return_month"]
    assert [call["status"] for call in calls] == [403] * len(others)


async def test_a_month_that_is_not_there_is_not_returned(centre: Centre, nle: Client) -> None:
    for address in ("MX-NLE-99/2026-10", "MX-NLE-01/2026-08", "x/2026-13"):
        answer = await post(centre, PAGE, f"/months/{address}/return", **WHY, revision="1")
        assert answer.status_code == 404, address
        assert WHY["text"] not in answer.text


async def test_a_session_that_ended_meanwhile_returns_nothing(
    centre: Centre, nle: Client
) -> None:
    token = form_token(await centre.http.get(PAGE))
    await post(centre, "/account", "/account/sign-out-everywhere")
    answer = await centre.http.post(
        f"{PAGE}/return", data=WHY | {"token": token, "revision": "1"}, headers=OURS
    )
    assert answer.status_code == 403
    assert await centre.entries("return") == []
