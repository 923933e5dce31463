"""Answers about submissions: private, tagged, and not sent again to who has them."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from cauce import pages
from cauce.etags import OWN_LABELLED, has_already
from cauce_contract import digest


def told(
    body: BaseModel, etag: str, status: int = 200, headers: Mapping[str, str] = {}
) -> Response:
    """The body as JSON under its tag."""
    named = {**OWN_LABELLED, **headers, "ETag": etag}
    return Response(body.model_dump_json(), status, named, "application/json")


def read(
    request: Request, body: BaseModel, etag: str, headers: Mapping[str, str] = {}
) -> Response:
    """The same, or 304 for who has it already."""
    if has_already(request.headers, etag):
        return Response(status_code=304, headers={**OWN_LABELLED, "ETag": etag})
    return told(body, etag, headers=headers)


def page(request: Request, body: BaseModel, cursor: str | None) -> Response:
    """A page of a collection; its tag covers the items: the cursor moves with the log."""
    items = body.model_dump(exclude={"next"})
    etag = f'"{digest([items, cursor is None])[8:40]}"'
    return read(request, body, etag, pages.link(request, cursor))
