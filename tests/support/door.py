"""A listening centre that knows two states, for what should never get through its door."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from cauce.store.connect import NATION, transaction
from cauce.store.tables import LogEntry, Revision
from support import centre as under_test
from support.centre import Centre, Client, Databases
from support.hostile_bodies import CANARIES, JSON
from support.serving import Answer, Served, request, served

ADDRESS = "/v1/submissions/MX-NLE-01/2026-09"


@dataclass(frozen=True, slots=True)
class Door:
    """The centre, who may send to it, and who may not."""

    served: Served
    centre: Centre
    nle: Client
    chh: Client
    nation: Client
    admin: Client

    async def rows(self) -> int:
        """How many revisions and entries of logs there are."""
        async with transaction(self.centre.engine, NATION) as tx:
            counts = [select(func.count()).select_from(table) for table in (Revision, LogEntry)]
            return sum([int((await tx.execute(count)).scalar_one()) for count in counts])

    async def put(self, body: bytes, headers: Mapping[str, str] = JSON) -> Answer:
        """The answer to a body that one state sends as its month."""
        authorized = {**await self.nle.headers(), **headers}
        return await self.served.ask(request("PUT", ADDRESS, authorized, body))


@asynccontextmanager
async def standing(databases: Databases, body_seconds: float = 1.0) -> AsyncIterator[Door]:
    """body_seconds: within which a body must come."""
    async with (
        under_test.centre(databases, body_seconds=body_seconds) as centre,
        served(centre) as listening,
    ):
        for programme, since, until in (
            ("MX-NLE-01", "2026-03", None),
            ("MX-NLE-02", "2024-01", "2026-08"),
            ("MX-CHH-01", "2024-01", None),
        ):
            await centre.programme(programme, since, until)
        nle, chh = await centre.state("MX-NLE"), await centre.state("MX-CHH")
        nation, admin = await centre.coordinator(), await centre.client("admin", "admin")
        yield Door(listening, centre, nle, chh, nation, admin)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """What the service logs. pytest hears uvicorn's access log too, which `serve` turns off."""
    own = [record for record in caplog.records if record.name != "uvicorn.access"]
    return "\n".join(caplog.handler.format(record) for record in own)


_IDS = re.compile(r"\b(?:cl_)?[0-9a-f]{16,32}\b")  # of traces and clients: any digits by chance


def says_nothing_of_canaries(answer: Answer, logged: str) -> None:
    """None of them came back, nor went into the log."""
    body, headers = answer.body.decode("utf-8", "replace"), str(answer.headers)
    said = _IDS.sub("", "\n".join([body, headers, logged]))
    for canary in (*CANARIES, "Fulana", "8312"):
        assert canary not in said
