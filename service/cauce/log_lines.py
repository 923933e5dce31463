"""The lines that the service logs, to standard error."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from types import TracebackType


class WithoutMessages(logging.Formatter):
    """Tells of a fault where it happened and of what kind, and not what it says.

    What an exception says has values in it: PostgreSQL names the row that it refuses, Python
    the text that is no number.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler's telling of the fault, which logging keeps
        return super().format(record)

    def formatException(  # noqa: N802  logging's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        fault = ei[1]
        return "\n".join(_told(each) for each in _chain(fault)) if fault else ""


def _chain(fault: BaseException | None) -> Iterator[BaseException]:
    """The fault, and what it came of, the first one first."""
    if fault is not None:
        yield from _chain(fault.__cause__ or fault.__context__)
        yield fault


def _told(fault: BaseException) -> str:
    where = "".join(traceback.format_tb(fault.__traceback__))
    kind = f"{type(fault).__module__}.{type(fault).__qualname__}"
    named = (getattr(fault, name, None) for name in ("sqlstate", "constraint_name"))
    return " ".join([f"{where}{kind}", *(str(each) for each in named if each)])


def handler() -> logging.Handler:
    """Writes to standard error."""
    found = logging.StreamHandler()
    found.setFormatter(WithoutMessages())
    return found
