"""Forms that the pages send: taken only where one of our own pages sent them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.responses import Response

from cauce.access import sessions
from cauce.dashboard.page import page
from cauce.dashboard.visit import Visit, is_same_origin
from cauce.store.connect import ACCESS, transaction
from cauce.streams import read_bytes

LARGEST_FORM = 16 * 1024  # bytes: 500 characters of a reason, each written with twelve


async def sent(request: Request, visit: Visit) -> Mapping[str, str] | None:
    """The fields of a form of ours; None for another site's, or an earlier session's.

    None as well where the session ended while the form came: that can be held back.
    """
    seconds = visit.running.settings.body_seconds
    body = await read_bytes(request, LARGEST_FORM, seconds)
    if visit.living and not await _lives(visit):
        return None
    form = dict(parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True))
    is_ours = visit.is_form_of_ours(form.get("token", ""))
    return form if is_ours and is_same_origin(request, visit.running) else None


async def _lives(visit: Visit) -> bool:
    """Whether the visit's session is what it was when the visit began."""
    async with transaction(visit.running.engine, ACCESS) as tx:
        now = await sessions.living(tx, visit.session or "", visit.running.clock())
    return now is not None and visit.living is not None and now.stage == visit.living.stage


def not_ours(visit: Visit) -> Response:
    return page(visit, "not_our_form.html", 403)
