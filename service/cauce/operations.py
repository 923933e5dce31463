"""Whether the service lives, and whether it is ready."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from cauce.running import RunningDep
from cauce.store import migrate
from cauce.store.connect import PUBLIC, DatabaseUnavailable, transaction

router = APIRouter(tags=["operations"])


@router.get("/livez", operation_id="livez")
async def livez() -> dict[str, str]:
    """The process answers; no database is touched."""
    return {"status": "alive"}


@router.get("/readyz", operation_id="readyz")
async def readyz(running: RunningDep) -> Response:
    """Database, migration head and signing keys are in place; else 503 says which is not."""
    checks = {
        "database": "not reachable",
        "migration": "unknown",
        "signing_keys": "ready",
        "mode": "external" if running.settings.database_url else "embedded, single node",
    }
    try:
        async with transaction(running.engine, PUBLIC) as tx:
            at = await migrate.current(tx)
    except DatabaseUnavailable:
        return JSONResponse({"status": "not ready", **checks}, 503, {"Retry-After": "2"})
    is_current = at == migrate.head()
    checks |= {"database": "ready", "migration": "current" if is_current else "behind"}
    if not is_current:
        return JSONResponse({"status": "not ready", **checks}, 503, {"Retry-After": "5"})
    return JSONResponse({"status": "ready", **checks})
