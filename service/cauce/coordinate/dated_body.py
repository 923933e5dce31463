"""The body of an act that names days."""

from __future__ import annotations

from datetime import date

from cauce.act_body import ActBody
from cauce.errors import Refusal
from cauce.store.calendar import day_of


class DatedBody(ActBody):
    """Reads days too; one that cannot be read is None, and then there is a refusal."""

    def day(self, member: str) -> date | None:
        """A local day, written YYYY-MM-DD."""
        if member not in self._body:
            return None
        given = self._body[member]
        try:
            return day_of(given if isinstance(given, str) else "")
        except ValueError:
            self.fault("not_a_day", f"/{member}")
            return None

    def refusal(self) -> Refusal:
        return Refusal("bad-act", errors=self._faults)
