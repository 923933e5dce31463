"""What every test of the project shares."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import settings

from support import centre as under_test
from support import months
from support.centre import Centre, Databases

settings.register_profile("cauce", deadline=None, derandomize=True)
settings.load_profile("cauce")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    with under_test.databases() as found:
        yield found


@pytest.fixture
async def centre(databases: Databases) -> AsyncIterator[Centre]:
    async with under_test.centre(databases) as found:
        yield found


@pytest.fixture
def month() -> dict[str, Any]:
    """MX-NLE-01's September 2026, the contract's example."""
    return months.month()
