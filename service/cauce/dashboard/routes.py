"""The pages: for a signed-in coordinator the nation, for anybody what the service is."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

router = APIRouter(include_in_schema=False)


def static_files() -> StaticFiles:
    return StaticFiles(directory=str(files("cauce") / "dashboard" / "static"))


@router.get("/")
async def home() -> Response:
    return HTMLResponse("<!doctype html><title>Cauce</title>")
