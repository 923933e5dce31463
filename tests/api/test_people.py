"""Who may sign in: invited, listed and disabled by administration, told by the nation's log."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import stat
import unicodedata
from collections.abc import Awaitable, Callable

import httpx
import pyotp
import pytest
from sqlalchemy import text

from cauce.access import accounts, credentials, invitations, people, sessions, sign_in_links
from cauce.access.passwords import AT_ONCE, MOST_WAITING, Passwords, TooOften, fault_of
from cauce.access.people import Role
from cauce.access.seal import Seal
from cauce.access.sessions import Ended
from cauce.demo.coordinator import enter_coordinator
from cauce.log.one_log import Keys
from cauce.log.verify import verify
from cauce.store import migrate
from cauce.store.connect import ACCESS, ADMIN, connect, see, transaction
from cauce_contract import load_all
from support.centre import Centre, Databases, later
from support.found import faults, of_database, recorded
from support.operating import run
from support.people import COOKIE, OURS, PASSWORD, Account, account, form_token, post

EMAIL = "ana.canario@example.org"


async def invited(centre: Centre, role: Role = "coordinator", state: str | None = None) -> str:
    """The path of the invitation of a new person."""
    async with transaction(centre.engine, ADMIN) as tx:
        person = await people.add(tx, EMAIL, role, state, "test", centre.clock.now)
        token = await invitations.invite(tx, person.id, "test", centre.clock.now)
    return f"/invitation/{token}"


async def accepted(centre: Centre, link: str, password: str = PASSWORD) -> httpx.Response:
    return await post(centre, link, password=password, again=password)


async def link_of(centre: Centre, *arguments: str) -> str:
    """The path of the link that a command prints."""
    done = await run(centre, "person", *arguments)
    assert done.exit_code == 0, done.output
    origin, _, token = done.stdout.strip().rpartition("/invitation/")
    assert origin == centre.settings.issuer
    return f"/invitation/{token}"


async def test_an_invitation_becomes_an_account_with_password_and_second_factor(
    centre: Centre,
) -> None:
    link = await invited(centre)
    for _ in range(2):  # opening it uses nothing up
        assert EMAIL in (await centre.http.get(link)).text

    answer = await accepted(centre, link)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/second-factor")
    assert (await centre.http.get("/account")).status_code == 303
    page = await centre.http.get("/second-factor")
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page.text)
    assert found
    assert 'src="data:image/svg+xml' in page.text
    assert found[1] in (await centre.http.get("/second-factor")).text  # the same, reloaded
    secret = found[1].replace(" ", "")
    before = centre.http.cookies[COOKIE]
    done = await post(centre, "/second-factor", code=pyotp.TOTP(secret).at(centre.clock.now))
    codes = re.findall(r"<code>((?:[a-z2-7]{4}-){3}[a-z2-7]{4})</code>", done.text)
    assert (done.status_code, len(set(codes))) == (200, 10)
    assert centre.http.cookies[COOKIE] != before
    assert EMAIL in (await centre.http.get("/account")).text
    assert (await centre.http.get(link)).status_code == 410


async def test_who_needs_no_second_factor_is_in_and_can_set_one_up(centre: Centre) -> None:
    answer = await accepted(centre, await invited(centre, "state_staff", "MX-NLE"))

    assert answer.headers["Location"] == "/account"
    page = (await centre.http.get("/account")).text
    assert "personal del estado, Nuevo León" in page
    assert "Enlazar un segundo factor" in page


async def test_who_left_before_the_second_factor_is_invited_again(centre: Centre) -> None:
    await accepted(centre, await invited(centre))
    centre.http.cookies.clear()

    refused = await post(centre, "/sign-in", email=EMAIL, password=PASSWORD)

    assert (refused.status_code, "quedó a medias" in refused.text) == (403, True)
    again = await link_of(centre, "invite", EMAIL)
    assert (await accepted(centre, again)).headers["Location"] == "/second-factor"


REFUSED: tuple[tuple[str, str, list[str]], ...] = (
    ("corta", "corta", ["es corta: son 12"]),
    ("ñ" * 129, "ñ" * 129, ["es larga: son 128"]),
    (EMAIL, EMAIL, ["es el correo"]),
    (EMAIL.upper(), EMAIL.upper(), ["es el correo"]),
    ("Contraseña123", "Contraseña123", ["de las más usadas"]),
    (PASSWORD, PASSWORD + ".", ["no son iguales"]),
    ("", "x", ["es corta", "no son iguales"]),
)


async def test_a_password_that_is_not_taken_is_told_why_and_uses_nothing_up(
    centre: Centre,
) -> None:
    link = await invited(centre)
    for password, again, told in REFUSED:
        answer = await post(centre, link, password=password, again=again)

        assert answer.status_code == 422
        assert [each for each in told if each not in answer.text] == []
    assert COOKIE not in centre.http.cookies
    assert (await accepted(centre, link)).status_code == 303


async def test_a_password_is_the_same_however_its_letters_are_composed(centre: Centre) -> None:
    composed = "dieciséis ñandúes"
    apart = unicodedata.normalize("NFD", composed)
    assert composed != apart
    assert fault_of("ﬃ" * 4, "") is None  # twelve letters, as NFKC writes them

    link = await invited(centre, "partner")
    answer = await post(centre, link, password=composed, again=apart)

    assert answer.status_code == 303
    centre.http.cookies.clear()
    done = await post(centre, "/sign-in", email=EMAIL, password=apart)
    assert done.headers["Location"] == "/"


async def test_five_who_use_an_invitation_at_once_are_one(centre: Centre) -> None:
    link = await invited(centre, "partner")
    token = form_token(await centre.http.get(link))
    form = {"token": token, "password": PASSWORD, "again": PASSWORD}

    answers = await asyncio.gather(
        *(centre.http.post(link, data=form, headers=OURS) for _ in range(5))
    )

    # Who sees it used up gets 410; who comes with the winner's cookie is on no form of ours.
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(303) == 1
    assert {*statuses} <= {303, 403, 410}


async def test_an_invitation_lives_three_days_and_until_the_next(centre: Centre) -> None:
    first = await invited(centre)
    second = await link_of(centre, "invite", EMAIL)
    assert [(await centre.http.get(link)).status_code for link in (first, second)] == [410, 200]
    async with transaction(centre.engine, ADMIN) as tx:
        person = await people.find(tx, EMAIL)
        assert person
        third = await invitations.invite(tx, person.id, "test", centre.clock.now)
    later(centre.clock, hours=71, minutes=59)
    assert (await centre.http.get(f"/invitation/{third}")).status_code == 200
    later(centre.clock, minutes=1)
    assert (await centre.http.get(f"/invitation/{third}")).status_code == 410


async def test_an_administrator_adds_lists_invites_again_and_disables(centre: Centre) -> None:
    link = await link_of(
        centre, "add", " Ana.Canario@Example.org", "--role", "state_staff", "--state", "MX-NLE"
    )
    await accepted(centre, link)
    (listed,) = json.loads((await run(centre, "person", "list")).stdout)
    assert (listed["email"], listed["role"], listed["state"], listed["disabled_at"]) == (
        EMAIL,
        "state_staff",
        "MX-NLE",
        None,
    )
    assert (await centre.http.get("/account")).status_code == 200

    again = await link_of(centre, "invite", EMAIL)

    assert (await centre.http.get("/account")).status_code == 303  # its sessions ended
    centre.http.cookies.clear()
    wrong = await post(centre, "/sign-in", email=EMAIL, password=PASSWORD)
    assert wrong.status_code == 403
    await accepted(centre, again)
    assert (await run(centre, "person", "disable", EMAIL)).exit_code == 0
    assert (await centre.http.get("/account")).status_code == 303
    wrong = await post(centre, "/sign-in", email=EMAIL, password=PASSWORD)
    assert wrong.status_code == 403
    assert (await run(centre, "person", "invite", EMAIL)).exit_code == 2
    await link_of(centre, "add", EMAIL, "--role", "auditor")  # another person, and role
    listed = json.loads((await run(centre, "person", "list")).stdout)
    assert len({each["person"] for each in listed}) == 2


WRONG_USE: tuple[tuple[tuple[str, ...], str], ...] = (
    (("add", "ana", "--role", "admin"), "EMAIL is an address"),
    (("add", "a@b c", "--role", "admin"), "EMAIL is an address"),
    (("add", f"{'a' * 65}@b", "--role", "admin"), "EMAIL is an address"),
    (("add", EMAIL, "--role", "boss"), "--role is one of coordinator, publisher"),
    (("add", EMAIL, "--role", "state_staff"), "--state is for state_staff"),
    (("add", EMAIL, "--role", "admin", "--state", "MX-NLE"), "--state is for"),
    (("add", EMAIL, "--role", "state_staff", "--state", "MX-XXX"), "a state's ISO code"),
    (("add", "taken@example.org", "--role", "admin"), "Somebody has that address"),
    (("invite", EMAIL), "Nobody has that address"),
    (("disable", EMAIL), "Nobody has that address"),
)


async def test_a_command_says_what_is_wrong(centre: Centre) -> None:
    await account(centre, email="taken@example.org")
    for arguments, told in WRONG_USE:
        done = await run(centre, "person", *arguments)
        assert (done.exit_code, done.stdout) == (2, "")
        assert told in done.stderr


async def test_the_log_of_the_nation_tells_who_may_sign_in_and_never_their_address(
    centre: Centre,
) -> None:
    await link_of(centre, "add", EMAIL, "--role", "publisher")
    await run(centre, "person", "disable", EMAIL)
    kinds = ("person", "person_invitation", "person_disablement")

    (entered,), (invitation,), (disabled,) = [await centre.entries(kind) for kind in kinds]

    assert entered.keys() == {"kind", "person", "role", "of", "at", "by"}
    assert (entered["role"], entered["of"], entered["by"]) == (
        "publisher",
        None,
        "cauce-service",
    )
    assert {each["person"] for each in (entered, invitation, disabled)} == {entered["person"]}
    assert entered["person"].startswith("pe_")
    assert "canario" not in json.dumps([entered, invitation, disabled])
    assert await faults(centre) == []


async def test_who_is_signing_in_while_the_account_ends_does_not_get_in(centre: Centre) -> None:
    known = await account(centre, "partner", email=EMAIL, with_second_factor=False)
    async with transaction(centre.engine, ADMIN) as tx:
        await invitations.invite(tx, known.id, "test", centre.clock.now)
        signing_in = asyncio.create_task(
            post(centre, "/sign-in", email=EMAIL, password=PASSWORD)
        )
        await centre.until_somebody_waits()

    assert (await signing_in).status_code == 403
    assert COOKIE not in centre.http.cookies


Sent = tuple[str, str, dict[str, str]]  # the page, where its form goes, what it has


async def the_code(known: Account) -> Sent:
    await post(known.centre, "/sign-in", email=known.email, password=PASSWORD)
    return "/sign-in/code", "", {"code": known.code()}


async def another_password(known: Account) -> Sent:
    page, _, code = await the_code(known)
    await post(known.centre, page, **code)
    new = "otra frase, igual de larga"
    form = {"current": PASSWORD, "password": new, "again": new}
    return "/account", "/account/password", form


async def other_recovery_codes(known: Account) -> Sent:
    page, _, form = await another_password(known)
    return page, "/account/recovery-codes", form


async def another_telephone(known: Account) -> Sent:
    page, _, form = await another_password(known)
    await post(known.centre, page, "/account/second-factor", **form)
    return "/second-factor", "", {"code": await offered(known.centre)}


async def offered(centre: Centre) -> str:
    """A code of the second factor that is being set up."""
    page = await centre.http.get("/second-factor")
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page.text)
    assert found
    return pyotp.TOTP(found[1].replace(" ", "")).at(centre.clock.now)


@pytest.mark.parametrize("end", ["invited again", "signed out everywhere"])
@pytest.mark.parametrize(
    "form", [the_code, another_password, other_recovery_codes, another_telephone]
)
async def test_no_form_outlives_a_session_that_ends_while_it_is_looked_at(
    form: Callable[[Account], Awaitable[Sent]], end: str, centre: Centre
) -> None:
    known = await account(centre)
    page, to, fields = await form(known)
    before = centre.http.cookies[COOKIE]
    async with transaction(centre.engine, ADMIN) as tx:
        await see(tx, ACCESS)
        kept = await credentials.find(tx, known.id, hold=True)
        sending = asyncio.create_task(post(centre, page, to, **fields))
        await centre.until_somebody_waits()
        if end == "invited again":
            await see(tx, ADMIN)
            await invitations.invite(tx, known.id, "test", centre.clock.now)
        else:
            await sessions.end_all(tx, known.id)

    answer = await sending

    assert (answer.status_code, "de una sesión anterior" in answer.text) == (403, True)
    assert centre.http.cookies[COOKIE] == before
    assert (await centre.http.get("/account")).status_code == 303
    async with transaction(centre.engine, ACCESS) as tx:
        is_invited = end == "invited again"
        assert await credentials.find(tx, known.id) == (None if is_invited else kept)
        assert await credentials.recovery_codes_left(tx, known.id) == (0 if is_invited else 10)


async def test_what_was_begun_before_an_account_was_taken_back_does_not_take_it_again(
    centre: Centre,
) -> None:
    running = centre.app.state.running
    await accepted(centre, await invited(centre))
    code, old = await offered(centre), centre.http.cookies[COOKIE]
    async with transaction(centre.engine, ACCESS) as tx:
        before = await sessions.living(tx, old, centre.clock.now)
    assert before
    again = await link_of(centre, "invite", EMAIL)
    centre.http.cookies.clear()
    await accepted(centre, again)
    owners = centre.http.cookies[COOKIE]

    for late in (
        accounts.set_up_second_factor(running, before, code),
        accounts.change_password(running, before, PASSWORD * 2),
        accounts.new_recovery_codes(running, before),
    ):
        with pytest.raises(Ended):
            await late

    async with transaction(centre.engine, ACCESS) as tx:
        assert await sessions.living(tx, old, centre.clock.now) is None
        assert await sessions.living(tx, owners, centre.clock.now)
        kept = await credentials.find(tx, before.person.id)
    assert kept
    assert kept.sealed is None


async def test_accepting_an_invitation_ends_whatever_there_was_of_the_account(
    centre: Centre,
) -> None:
    link = await invited(centre)
    async with transaction(centre.engine, ADMIN) as tx:
        person = await people.find(tx, EMAIL)
        assert person
        await see(tx, ACCESS)
        await credentials.set_password(tx, person.id, "hash")
        await credentials.set_second_factor(tx, person.id, b"sealed", 0)
        old = await sessions.begin(tx, person.id, centre.clock.now)

    await accepted(centre, link)

    async with transaction(centre.engine, ACCESS) as tx:
        assert await sessions.living(tx, old, centre.clock.now) is None
        assert await credentials.recovery_codes_left(tx, person.id) == 0
        kept = await credentials.find(tx, person.id)
    assert kept
    assert kept.sealed is None


async def test_signing_out_everywhere_ends_what_is_just_beginning(centre: Centre) -> None:
    known = await account(centre)
    await another_password(known)
    async with transaction(centre.engine, ACCESS) as tx:
        await credentials.find(tx, known.id, hold=True)
        signing_out = asyncio.create_task(
            post(centre, "/account", "/account/sign-out-everywhere")
        )
        await centre.until_somebody_waits()
        begun = await sessions.begin(tx, known.id, centre.clock.now)

    assert (await signing_out).headers["Location"] == "/"
    async with transaction(centre.engine, ACCESS) as tx:
        assert await sessions.living(tx, begun, centre.clock.now) is None


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        ("UPDATE person SET role = 'admin'", "the person's role or state is not"),
        ("UPDATE person SET disabled_at = NULL", "the person is disabled by its entries or"),
        ("DELETE FROM person", "the person of this entry is not there"),
    ],
)
async def test_a_person_who_is_not_as_the_log_says_is_found(
    edit: str, found: str, centre: Centre, databases: Databases
) -> None:
    await link_of(centre, "add", EMAIL, "--role", "partner")
    await run(centre, "person", "disable", EMAIL)
    assert await faults(centre) == []

    await databases.execute(edit, of_database(centre))

    assert [what.startswith(found) for what in await faults(centre)] == [True]


async def test_a_person_who_is_there_by_no_entry_is_named_by_the_check(centre: Centre) -> None:
    await link_of(centre, "add", EMAIL, "--role", "partner")
    slipped_in = await account(centre, "admin")
    found = await verify(centre.engine, load_all(), Keys({}, {}))
    assert found.unentered == [slipped_in.id]


async def test_sign_ins_and_sign_outs_are_in_the_audit_and_strangers_are_not(
    centre: Centre,
) -> None:
    known = await account(centre, "coordinator", email=EMAIL)
    await post(centre, "/sign-in", email="nadie@example.org", password=PASSWORD)
    await post(centre, "/sign-in", email=EMAIL, password="x" * 12)
    await post(centre, "/sign-in", email=EMAIL, password=PASSWORD)
    await post(centre, "/sign-in/code", code="000000")
    await post(centre, "/sign-in/code", code=known.code())
    await post(centre, "/account", "/sign-out")

    rows = await recorded(centre)

    posts = [
        (row["operation"], row["status"])
        for row in rows
        if row["operation"] in ("sign_in", "sign_in_code", "sign_out")
    ]
    assert posts == [
        ("sign_in", 403),
        ("sign_in", 303),
        ("sign_in_code", 403),
        ("sign_in_code", 303),
        ("sign_out", 303),
    ]
    assert {row["person"] for row in rows} == {known.id}
    assert "canario" not in json.dumps(rows)
    assert centre.app.state.running.audit._begun == 0


async def test_no_line_of_the_log_file_has_what_was_typed_or_handed_out(
    centre: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    link = await invited(centre, "partner")
    await post(centre, link, password="canario corto", again="canario largo")
    await accepted(centre, link)
    handed_out = [centre.http.cookies[COOKIE], link.rpartition("/")[2]]
    centre.http.cookies.clear()
    await post(centre, "/sign-in", email=EMAIL, password="un canario que no es")
    await post(centre, "/sign-in", email=EMAIL, password=PASSWORD)
    handed_out.append(centre.http.cookies[COOKIE])

    lines = [
        record.getMessage()
        for record in caplog.records
        if not record.name.startswith(("httpx", "httpcore"))  # what stands in for a browser
    ]

    assert any("/invitation/{token} 303" in line for line in lines)
    for told in ("canario", PASSWORD, *handed_out):
        assert [line for line in lines if told in line] == []


async def test_accepting_an_invitation_is_in_the_audit_whoever_was_signed_in(
    centre: Centre,
) -> None:
    link = await invited(centre, "partner")
    other = await account(centre, "partner", with_second_factor=False)
    await post(centre, "/sign-in", email=other.email, password=PASSWORD)

    await accepted(centre, link)

    rows = await recorded(centre)
    (accepting,) = [row for row in rows if row["operation"] == "accept_invitation"]
    assert accepting["person"] not in (other.id, None)
    assert centre.app.state.running.audit._begun == 0
    assert EMAIL in (await centre.http.get("/account")).text


async def test_the_database_alone_opens_nothing(
    centre: Centre, databases: Databases, tmp_path: object
) -> None:
    known, other = await account(centre), await account(centre, "admin")
    await post(centre, "/sign-in", email=known.email, password=PASSWORD)
    await post(centre, "/sign-in/code", code=known.code())
    link = await invited(centre)
    held = [
        PASSWORD,
        known.secret or "",
        known.recovery_codes[0],
        known.recovery_codes[0].replace("-", ""),
        centre.http.cookies[COOKIE],
        link.rpartition("/")[2],
    ]
    kept = ""
    async with databases.connected(of_database(centre)) as connection:
        for table in ("person", "credential", "recovery_code", "session", "invitation"):
            rows = await connection.fetch(f"SELECT t::text FROM {table} t")  # noqa: S608  ours
            kept += " ".join(row[0] for row in rows)
        copied = (
            "UPDATE credential SET last_step = NULL, secret ="
            " (SELECT secret FROM credential WHERE person = $1)"
        )
        await connection.execute(copied, known.id)

    hexed = [each.encode().hex() for each in held]
    assert [each for each in (*held, *hexed) if each in kept] == []
    assert "$argon2id$" in kept
    key = centre.settings.data_dir / "keys" / "seal.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    later(centre.clock, minutes=1)
    async with transaction(centre.engine, ACCESS) as tx:
        seal, now = Seal.open(centre.settings.data_dir), centre.clock.now
        assert await credentials.use_code(tx, known.id, seal, known.code(), now)
        assert not await credentials.use_code(tx, other.id, seal, known.code(), now)


async def test_without_the_seals_key_codes_are_wrong_and_recovery_codes_still_help(
    centre: Centre,
) -> None:
    known = await account(centre)
    (centre.settings.data_dir / "keys" / "seal.key").unlink()
    another = Seal.open(centre.settings.data_dir)
    async with transaction(centre.engine, ACCESS) as tx:
        now = centre.clock.now
        assert not await credentials.use_code(tx, known.id, another, known.code(), now)
        code = known.recovery_codes[0]
        assert await credentials.use_code(tx, known.id, another, code, now)


async def test_passwords_are_hashed_two_at_a_time_and_no_more_wait_than_are_soon_done() -> None:
    passwords = Passwords()
    assert passwords._threads._max_workers == AT_ONCE == 2
    first = await passwords.hash(PASSWORD)
    assert first != await passwords.hash(PASSWORD)
    assert [await passwords.is_right(each, first) for each in (PASSWORD, "x", "")] == [
        True,
        False,
        False,
    ]
    assert not await passwords.is_right(PASSWORD, None)

    async def wants_a_turn() -> None:
        async with passwords.turn():
            pass

    async with passwords.turn(), passwords.turn():
        waiting = [asyncio.create_task(wants_a_turn()) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(TooOften):
            await wants_a_turn()
        for each in waiting:  # whose readers have left
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    await wants_a_turn()
    assert await passwords.is_right(PASSWORD, first)
    passwords.close()


async def test_the_way_back_keeps_people_and_signs_nobody_in(centre: Centre) -> None:
    awaiting = await account(centre)
    await post(centre, "/sign-in", email=awaiting.email, password=PASSWORD)
    async with transaction(centre.engine, ADMIN) as tx:
        ana = await enter_coordinator(tx, EMAIL)
        link = await sign_in_links.new_link(tx, ana, centre.clock.now)
    async with transaction(centre.engine, ACCESS) as tx:
        signed_in = await sessions.begin(tx, ana, centre.clock.now)
    await account(centre, "state_staff", "MX-NLE")
    everybody = "SELECT email, role, state FROM person ORDER BY role, email"
    before = await rows_of(centre, everybody)
    owner = connect(centre.owner_url, role=None)
    await centre.app.state.running.close()  # a table in use cannot be taken away

    await migrate.downgrade(owner, "20261127")

    behind = await rows_of(centre, everybody)
    assert {row[1] for row in behind} == {"coordinator"}
    assert sorted(str(row[2]) for row in behind) == ["MX-NLE", "None", "None"]
    (session,) = await rows_of(centre, "SELECT person FROM session")  # not who awaits a code
    assert session == (ana,)
    await centre.engine.dispose()
    await migrate.upgrade(owner)
    assert await rows_of(centre, everybody) == before
    async with transaction(centre.engine, ACCESS) as tx:
        assert await sessions.living(tx, signed_in, centre.clock.now)
        assert await sign_in_links.redeem(tx, link, centre.clock.now)
    await link_of(centre, "add", "luz@example.org", "--role", "publisher")
    await centre.engine.dispose()
    with pytest.raises(Exception, match="2 entries about people"):
        await migrate.downgrade(owner, "20261127")
    await owner.dispose()
    assert before[0] in await rows_of(centre, everybody)


async def rows_of(centre: Centre, query: str) -> list[tuple[object, ...]]:
    async with transaction(centre.engine, ADMIN) as tx:
        await tx.execute(text("SELECT set_config('cauce.reach', 'access', true)"))
        return [tuple(row) for row in await tx.execute(text(query))]
