"""Callers by what they may do with submissions, roster and calendar."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from cauce.access.caller import Caller, needs

Sender = Annotated[Caller, Depends(needs("submissions:write"))]
Rehearser = Annotated[Caller, Depends(needs("submissions:write", "coordination"))]
Reader = Annotated[Caller, Depends(needs("submissions:read", "coordination"))]
Coordinator = Annotated[Caller, Depends(needs("coordination"))]
