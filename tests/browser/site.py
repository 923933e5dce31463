"""The pages of a centre in a browser's window."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Response

from cauce.access.people import Role
from support import people
from support.centre import Centre


@dataclass
class Site:
    """The pages of a centre, where they are served, and a reader's browser window.

    complaints  what the window's console said that it should not have: policy, scripts, faults
    """

    url: str
    centre: Centre
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str = "/") -> int:
        """Go to a page; its status."""
        answer = await self.page.goto(self.url + path)
        assert answer
        return answer.status

    async def sign_in(
        self,
        role: Role = "coordinator",
        state: str | None = None,
        email: str | None = None,
    ) -> int:
        """Open the first page with the session of a new person; its status."""
        session = await people.session_of(self.centre, role, state, email)
        await self.context.add_cookies([{"name": "cauce", "value": session, "url": self.url}])
        return await self.open()

    async def text(self, selector: str = "main") -> str:
        """What a reader reads there, each run of white space as one space."""
        return " ".join((await self.page.inner_text(selector)).split())

    def note(self, message: ConsoleMessage) -> None:
        # A page that answers 4xx on purpose is one of Chromium's errors, too.
        if message.type in ("error", "warning") and "Failed to load" not in message.text:
            self.complaints.append(message.text)

    def note_missing(self, answer: Response) -> None:
        if answer.status >= 400 and answer.request.resource_type != "document":
            self.complaints.append(f"{answer.status} {answer.url}")
