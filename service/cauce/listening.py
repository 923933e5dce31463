"""How the application listens: what comes before a body is bounded, as bodies are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

LARGEST_HEAD = 32 * 1024  # bytes of address and headers, of which a token takes up to 4,096


class HeadTooLarge(Exception):
    """An address and headers that are larger than any of ours."""


class BoundedHead(HttpToolsProtocol):
    """uvicorn's HTTP, with a limit to how much comes before a body, and how slowly.

    Without one, anybody can fill the memory with a header, or keep connections by sending
    nothing. What is refused here is so with its status alone: nobody has asked for anything.
    """

    head_seconds: ClassVar[float] = 30.0

    _is_head = True
    _has_begun = False
    _came = 0  # bytes of an unfinished head, but for what came with the end of something else
    _is_too_large = False
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's own
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_head = self._is_head
        super().data_received(data)
        if was_head and self._is_head:
            self._came += len(data)
            if self._came > LARGEST_HEAD:
                self._refuse(431)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_head, self._has_begun, self._came = True, True, 0
        self._wait()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_head:  # what trails a body is no header: it would pass for one
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._wait_no_longer()
        self._is_head = False
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > LARGEST_HEAD:
            self._is_too_large = True
            raise HeadTooLarge
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        if self._is_too_large:
            self._refuse(431)
        else:
            super().send_400_response(msg)

    def _wait(self) -> None:
        self._wait_no_longer()
        self._deadline = self.loop.call_later(self.head_seconds, self._give_up)

    def _wait_no_longer(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        if self._has_begun:
            self._refuse(408)
        else:
            self.transport.close()  # an answer would be taken for that to the first request

    def _refuse(self, status: int) -> None:
        self._wait_no_longer()
        ending = b"content-length: 0\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[status] + ending)
        self.transport.close()


def config(app: Callable[..., Any], **more: Any) -> uvicorn.Config:
    """uvicorn's settings, as every process that serves has them; `more` are its own."""
    settings = {"http": BoundedHead, "log_config": None, "access_log": False}
    return uvicorn.Config(app, **{**settings, "server_header": False, **more})
