"""Which readers each page is for: it says so by `seen_by`, and nobody else gets to see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from cauce.access.people import ROLES, Role
from cauce.dashboard.page import go, page
from cauce.dashboard.visit import Visit, VisitDep

Reader = Role | None  # None: who is not signed in
READERS: tuple[Reader, ...] = (None, *ROLES)

# Which readers each dependency made by `seen_by` lets in: the test that no page forgot to say
# reads it.
SEEN_BY: dict[Callable[..., Any], frozenset[Reader]] = {}


class NotForReader(Exception):
    """A page that is not for whoever asks for it."""

    def __init__(self, visit: Visit) -> None:
        super().__init__(visit.role)
        self.visit = visit


def seen_by(*readers: Reader) -> Callable[..., Awaitable[Visit]]:
    """A dependency: the visit of one of these readers; NotForReader for another's."""

    async def visit_of(visit: VisitDep) -> Visit:
        if visit.role not in readers:
            raise NotForReader(visit)
        return visit

    SEEN_BY[visit_of] = frozenset(readers)
    return visit_of


Anybody = Annotated[Visit, Depends(seen_by(*READERS))]
SignedInVisit = Annotated[Visit, Depends(seen_by(*ROLES))]
WhoseFigures = Annotated[Visit, Depends(seen_by("coordinator", "state_staff"))]
Coordinator = Annotated[Visit, Depends(seen_by("coordinator"))]


async def not_for_reader(request: Request, fault: Exception) -> Response:
    """Let who only looks sign in first; say to anybody else that nothing was done."""
    if not isinstance(fault, NotForReader):
        raise fault
    visit = fault.visit
    if visit.person is None and request.method == "GET":
        return go(visit, "/sign-in", visit.session)
    return page(visit, "not_for_reader.html", 403, is_form=request.method == "POST")
