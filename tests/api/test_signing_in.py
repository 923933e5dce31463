"""People sign in to the dashboard by password and second factor; without a browser."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from cauce.access import sign_in as signing_in
from cauce.access.passwords import TooOften
from cauce.access.people import Role
from cauce.access.sign_in import MOST_OF_ACCOUNT, MOST_OF_ADDRESS
from cauce.dashboard import routes as dashboard
from support.centre import ISSUER, Centre, later
from support.people import COOKIE, OURS, PASSWORD, Account, account, form_token, post

WRONG = "El correo o la contraseña no son correctos."
ADDRESS = "127.0.0.1"  # of the client that stands in for a browser here
OTHER = "otra frase, igual de larga"


async def with_password(known: Account, password: str = PASSWORD) -> httpx.Response:
    """What the form of e-mail and password answers."""
    return await post(known.centre, "/sign-in", email=known.email, password=password)


async def with_code(known: Account, code: str) -> httpx.Response:
    """What the form of the second step answers; the password was right."""
    return await post(known.centre, "/sign-in/code", code=code)


async def both(known: Account, code: str) -> int:
    """The status of the second step, from a new first one."""
    known.centre.http.cookies.clear()
    assert (await with_password(known)).status_code == 303
    return (await with_code(known, code)).status_code


async def is_in(centre: Centre, session: str | None = None) -> bool:
    """Whether a session is signed in, or the one that the browser has."""
    headers = {"Cookie": f"{COOKIE}={session}"} if session else {}
    return (await centre.http.get("/account", headers=headers)).status_code == 200


async def test_password_and_code_sign_in(centre: Centre) -> None:
    known = await account(centre)

    answer = await with_password(known)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in/code")
    assert not await is_in(centre)
    done = await with_code(known, known.code())
    assert (done.status_code, done.headers["Location"]) == (303, "/")
    assert known.email in (await centre.http.get("/account")).text


async def test_an_address_is_the_same_however_it_is_written(centre: Centre) -> None:
    known = await account(centre, "partner", email="ana@example.org", with_second_factor=False)
    known.email = " ANA@Example.ORG "
    assert (await with_password(known)).headers["Location"] == "/"
    assert await is_in(centre)


async def test_a_role_without_the_need_signs_in_by_its_password_alone(centre: Centre) -> None:
    staff = await account(centre, "state_staff", "MX-NLE", with_second_factor=False)
    assert (await with_password(staff)).headers["Location"] == "/"
    assert await is_in(centre)


async def test_a_role_that_needs_a_second_factor_gets_nowhere_without(centre: Centre) -> None:
    roles: tuple[Role, ...] = ("coordinator", "publisher", "auditor", "admin")
    for role in roles:
        known = await account(centre, role, with_second_factor=False)

        answer = await with_password(known)

        assert answer.status_code == 403
        assert "La cuenta quedó a medias" in answer.text
        assert COOKIE not in centre.http.cookies


async def test_every_fault_of_a_sign_in_has_one_answer(centre: Centre) -> None:
    known = await account(centre)
    stranger = Account(centre, "", "nadie@example.org", None, [])
    token = form_token(await centre.http.get("/sign-in"))

    async def answered(email: str, password: str) -> tuple[int, str]:
        form = {"token": token, "email": email, "password": password}
        answer = await centre.http.post("/sign-in", data=form, headers=OURS)
        return answer.status_code, answer.text

    answers = {
        await answered(known.email, OTHER),
        await answered(known.email, ""),
        await answered(known.email, PASSWORD.upper()),
        await answered(known.email, PASSWORD * 20),
        await answered(stranger.email, PASSWORD),
        await answered("no es un correo", PASSWORD),
        await answered("\0", "\0"),
        await answered("a@" + "b" * 900, PASSWORD),
    }

    ((status, page),) = answers
    assert (status, WRONG in page) == (403, True)
    assert COOKIE not in centre.http.cookies


async def test_a_code_is_good_once_and_no_older_one_after_it(centre: Centre) -> None:
    known = await account(centre)
    code, before = known.code(), known.code(steps=-1)

    assert await both(known, code) == 303
    assert await both(known, code) == 403
    assert await both(known, before) == 403

    later(centre.clock, seconds=30)
    assert await both(known, known.code()) == 303


async def test_ten_who_use_a_code_at_once_are_one_who_gets_in(centre: Centre) -> None:
    known = await account(centre)
    jars = []
    for _ in range(5):
        centre.http.cookies.clear()
        await with_password(known)
        token = form_token(await centre.http.get("/sign-in/code"))
        jars.append((centre.http.cookies[COOKIE], token))
    centre.http.cookies.clear()

    async def sent(session: str, token: str) -> int:
        headers = OURS | {"Cookie": f"{COOKIE}={session}"}
        form = {"token": token, "code": known.code()}
        return (await centre.http.post("/sign-in/code", data=form, headers=headers)).status_code

    answers = await asyncio.gather(*(sent(*jar) for jar in jars))

    assert sorted(answers) == [303, 403, 403, 403, 403]


async def test_a_telephone_s_clock_may_be_one_step_off(centre: Centre) -> None:
    known = await account(centre)
    for steps, status in ((-2, 403), (-1, 303), (1, 303), (2, 403)):
        assert await both(known, known.code(steps=steps)) == status, steps


async def test_a_recovery_code_stands_in_for_the_telephone_once(centre: Centre) -> None:
    known = await account(centre)
    first, second, *others = known.recovery_codes
    assert len(others) == 8

    assert await both(known, first) == 303
    assert "sin usar</dt><dd>9<" in (await centre.http.get("/account")).text
    assert await both(known, first) == 403
    assert await both(known, second.replace("-", " ").upper()) == 303


async def test_another_s_code_or_recovery_code_is_of_no_use(centre: Centre) -> None:
    known, other = await account(centre), await account(centre, "admin")
    await with_password(known)
    for code in (other.code(), other.recovery_codes[0], "", "000000\0", "٠٠٠٠٠٠", "9" * 900):
        assert (await with_code(known, code)).status_code == 403


async def test_every_change_of_privilege_has_a_new_session_and_the_old_one_is_dead(
    centre: Centre,
) -> None:
    known = await account(centre)
    await with_password(known)
    awaiting = centre.http.cookies[COOKIE]
    await with_code(known, known.code())
    signed_in = centre.http.cookies[COOKIE]
    form = {"current": PASSWORD, "password": OTHER, "again": OTHER}
    changed = await post(centre, "/account", "/account/password", **form)
    last = centre.http.cookies[COOKIE]
    centre.http.cookies.clear()

    assert "La contraseña se cambió" in changed.text
    assert len({awaiting, signed_in, last}) == 3
    alive = [await is_in(centre, session) for session in (awaiting, signed_in, last)]
    assert alive == [False, False, True]


async def test_a_session_lives_eight_hours_however_much_it_is_used(centre: Centre) -> None:
    known = await account(centre, "partner", with_second_factor=False)
    await with_password(known)
    for _ in range(19):
        later(centre.clock, minutes=25)
        assert await is_in(centre)
    later(centre.clock, minutes=5)
    assert not await is_in(centre)


async def test_who_waits_ten_minutes_with_the_code_begins_anew(centre: Centre) -> None:
    known = await account(centre)
    await with_password(known)
    later(centre.clock, minutes=10)
    answer = await centre.http.get("/sign-in/code")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")


async def test_ten_failures_close_an_account_for_a_quarter_of_an_hour(centre: Centre) -> None:
    known = await account(centre)
    for _ in range(MOST_OF_ACCOUNT - 3):
        await signing_in.count(centre.app.state.running, known.email, "192.0.2.1")
    assert (await with_password(known, OTHER)).status_code == 403
    await with_password(known)  # which is no failure, and takes none of them back
    for _ in range(2):
        assert (await with_code(known, "000000")).status_code == 403

    refused = await with_code(known, known.code())

    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert "Vuelva a intentarlo en 15 minutos." in refused.text
    centre.http.cookies.clear()
    assert (await with_password(known)).status_code == 429
    other = await account(centre)
    assert (await with_password(other)).status_code == 303
    later(centre.clock, seconds=int(refused.headers["Retry-After"]))
    assert await both(known, known.code()) == 303


async def test_failures_of_an_address_close_it_whosever_account_they_are_of(
    centre: Centre,
) -> None:
    known = await account(centre)
    running = centre.app.state.running
    for number in range(MOST_OF_ADDRESS):
        await signing_in.count(running, f"nadie-{number}@example.org", ADDRESS)

    assert (await with_password(known)).status_code == 429
    with pytest.raises(TooOften):
        await signing_in.count(running, known.email, f"::ffff:{ADDRESS}")
    await signing_in.count(running, known.email, "192.0.2.1")


async def test_signing_in_well_closes_nothing(centre: Centre) -> None:
    known = await account(centre, "partner", with_second_factor=False)
    for _ in range(MOST_OF_ACCOUNT - 1):
        await signing_in.count(centre.app.state.running, known.email, ADDRESS)
    for _ in range(3):
        centre.http.cookies.clear()
        assert (await with_password(known)).status_code == 303


async def test_many_guesses_at_once_are_as_many(centre: Centre) -> None:
    known = await account(centre)
    for _ in range(MOST_OF_ACCOUNT - 4):
        await signing_in.count(centre.app.state.running, known.email, ADDRESS)
    token = form_token(await centre.http.get("/sign-in"))
    form = {"token": token, "email": known.email, "password": OTHER}

    answers = await asyncio.gather(
        *(centre.http.post("/sign-in", data=form, headers=OURS) for _ in range(12))
    )

    assert sorted(answer.status_code for answer in answers) == [403] * 4 + [429] * 8


def forms() -> list[str]:
    """The address of every form that the pages send."""
    pages = iter_route_contexts(dashboard.router.routes)
    posts = [str(page.path) for page in pages if "POST" in (page.methods or ())]
    return [re.sub(r"\{\w+\}", "x", path) for path in posts]


NOT_OURS = "La petición no vino de una página de este servicio"


async def test_no_form_is_taken_from_elsewhere(centre: Centre) -> None:
    assert {"/sign-in", "/sign-in/code", "/second-factor", "/account/password"} <= {*forms()}
    known = await account(centre)
    before = form_token(await centre.http.get("/sign-in"))
    await both(known, known.code())
    session = centre.http.cookies[COOKIE]
    right = form_token(await centre.http.get("/account"))
    said = {"current": PASSWORD, "password": OTHER, "again": OTHER}
    for path in forms():
        for headers, token in (
            (OURS, ""),
            (OURS, "0" * 64),
            (OURS, "ñ"),
            (OURS, before),
            ({"Sec-Fetch-Site": "cross-site", "Origin": ISSUER}, right),
            ({"Sec-Fetch-Site": "same-site", "Origin": ISSUER}, right),
            ({"Sec-Fetch-Site": "none"}, right),
            ({"Origin": "https://elsewhere.example"}, right),
            ({"Origin": "null"}, right),
            ({}, right),
        ):
            form = said | ({"token": token} if token else {})
            refused = await centre.http.post(path, data=form, headers=headers)
            assert refused.status_code == 403, (path, headers)
            assert NOT_OURS in refused.text, (path, headers)
            assert centre.http.cookies[COOKIE] == session, path
    assert await is_in(centre, session)


async def test_no_form_of_a_session_is_taken_without_it(centre: Centre) -> None:
    known = await account(centre, "partner", with_second_factor=False)
    await with_password(known)
    right = form_token(await centre.http.get("/account"))
    for path in forms():
        centre.http.cookies.clear()
        without = await centre.http.post(path, data={"token": right}, headers=OURS)
        assert without.status_code == 403, path


async def test_no_form_of_a_stranger_does_anything(centre: Centre) -> None:
    for path in forms():
        answer = await post(centre, "/sign-in", path)
        assert answer.status_code in (303, 403, 410), path
        assert answer.headers.get("Location", "/") in ("/", "/sign-in"), path


async def test_no_form_is_a_500_and_none_is_echoed(centre: Centre) -> None:
    known = await account(centre)
    await with_password(known)
    await with_code(known, known.code())
    token = form_token(await centre.http.get("/account"))
    hostile = (
        "token=%00&token=" + token,
        f"token={token}&current=%FF%FE&password=%ED%A0%80&again=%00&code=%00&email=%00&"
        + "&".join(f"a{number}=1" for number in range(900)),
        f"token={token}&current=canario&password=canario&again=canario&code=canario",
        "{" * 900,
    )
    sent_as = OURS | {"Content-Type": "application/x-www-form-urlencoded"}
    for path in forms():
        if path in ("/sign-out", "/account/sign-out-everywhere"):
            continue
        for body in hostile:
            answer = await centre.http.post(path, content=body, headers=sent_as)
            assert answer.status_code in (303, 403, 404, 410, 422, 429), (path, body)
            assert "canario" not in answer.text
    too_large = await centre.http.post("/sign-in", content="x" * 20_000, headers=sent_as)
    assert too_large.status_code == 413


async def test_the_password_is_asked_for_before_anything_is_changed(centre: Centre) -> None:
    known = await account(centre, "partner")
    await with_password(known)
    await with_code(known, known.code())
    for path in ("password", "recovery-codes", "second-factor"):
        form = {"current": OTHER, "password": OTHER, "again": OTHER}
        refused = await post(centre, "/account", f"/account/{path}", **form)
        assert refused.status_code == 403
        assert "La contraseña actual no es correcta." in refused.text
    later(centre.clock, minutes=1)
    assert await both(known, known.code()) == 303


async def test_another_telephone_takes_the_place_of_the_first(centre: Centre) -> None:
    known = await account(centre)
    await both(known, known.code())
    assert (await centre.http.get("/second-factor")).headers["Location"] == "/account"
    await post(centre, "/account", "/account/second-factor", current=PASSWORD)
    page = await centre.http.get("/second-factor")
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page.text)
    assert found
    new = Account(centre, known.id, known.email, found[1].replace(" ", ""), [])
    wrong = await post(centre, "/second-factor", code="000000")
    assert (wrong.status_code, found[1] in wrong.text) == (422, True)

    done = await post(centre, "/second-factor", code=new.code())

    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", done.text)
    assert len(codes) == 10
    later(centre.clock, minutes=1)
    assert [await both(who, who.code()) for who in (known, new)] == [403, 303]
    assert [await both(new, code) for code in (known.recovery_codes[0], codes[0])] == [
        403,
        303,
    ]


async def test_new_recovery_codes_are_shown_and_the_old_ones_good_no_more(
    centre: Centre,
) -> None:
    known = await account(centre)
    await both(known, known.code())

    shown = await post(centre, "/account", "/account/recovery-codes", current=PASSWORD)

    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", shown.text)
    assert len(codes) == 10
    assert not set(codes) & set(known.recovery_codes)
    assert shown.headers["Cache-Control"] == "no-store"
    assert [await both(known, code) for code in (known.recovery_codes[0], codes[0])] == [
        403,
        303,
    ]


async def test_signing_out_everywhere_ends_the_sessions_of_all_machines(centre: Centre) -> None:
    known, other = [
        await account(centre, "partner", with_second_factor=False) for _ in range(2)
    ]
    sessions = []
    for who in (known, other, known):
        centre.http.cookies.clear()
        await with_password(who)
        sessions.append(centre.http.cookies[COOKIE])

    answer = await post(centre, "/account", "/account/sign-out-everywhere")

    assert answer.headers["Location"] == "/"
    centre.http.cookies.clear()
    assert [await is_in(centre, each) for each in sessions] == [False, True, False]


async def test_who_is_signed_in_is_not_asked_again(centre: Centre) -> None:
    known = await account(centre, "partner", with_second_factor=False)
    await with_password(known)
    before = centre.http.cookies[COOKIE]
    assert (await centre.http.get("/sign-in")).headers["Location"] == "/"
    assert centre.http.cookies[COOKIE] == before
